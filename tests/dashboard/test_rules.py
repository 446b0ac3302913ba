"""What pages are put together from: pure, without a database or a browser."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollbook.domain.instants import from_text
from rollbook.domain.period import period_of
from rollbook.domain.stays import Stay
from rollbook.web.dashboard.charts import by_day_or_longer, columns, round_up
from rollbook.web.dashboard.heat import heat_map
from rollbook.web.dashboard.requests import local_path


@given(st.integers(0, 10**9))
def test_top_of_a_chart_is_round_and_near(value: int) -> None:
    top = round_up(value)
    assert top >= value
    assert top % 2 == 0
    assert top <= max(2, 2 * value)


def test_columns_keep_their_sum_in_longer_units() -> None:
    for days, unit in ((10, "day"), (100, "week"), (900, "month")):
        values = [(date.fromordinal(740_000 + n), n) for n in range(days)]
        told, parts = by_day_or_longer(values, str)
        assert told == unit
        assert sum(value for _, _, value in parts) == sum(range(days))
        assert len(columns(parts).columns) == len(parts) <= 70


@pytest.mark.parametrize("text", ["/people?q=1", "/", "/person?uid=a%2Fb"])
def test_local_paths_are_kept(text: str) -> None:
    assert local_path(text) == text


@pytest.mark.parametrize("text", ["", "people", "//x", "/\\x", "http://x", "/ x", "/\nx", "///x"])
def test_other_places_are_not(text: str) -> None:
    assert local_path(text) == "/"


def stay(room: str, joined: str, minutes: int) -> Stay:
    at = from_text(joined)
    return Stay(joined, "jane", None, None, room, None, at, at + minutes * 60_000, None)


def test_a_heat_map_has_every_week_and_loses_no_time() -> None:
    days = period_of(date(2024, 1, 3), date(2024, 1, 23), "UTC")
    stays = [
        stay("music", "2024-01-22T09:00:00Z", 10),
        stay("art", "2024-01-14T23:00:00Z", 20),
        stay("art", "2024-01-03T09:00:00Z", 40),
    ]
    found = heat_map(stays, days, 0)
    assert found is not None
    weeks = [date(2024, 1, day) for day in (1, 8, 15, 22)]
    assert list(found.weeks) == list(zip(weeks, (2400, 1200, 0, 600), strict=True))
    levels = {row.label: [cell.level for cell in row.cells] for row in found.rows}
    assert levels == {"All rooms": [4, 2, 0, 1], "music": [0, 0, 0, 1], "art": [4, 2, 0, 0]}
    # Where weeks begin on a Sunday, the 14th is the first day of one.
    sunday = heat_map(stays, days, 0, first_weekday=6)
    assert sunday is not None
    assert [seconds for _, seconds in sunday.weeks] == [2400, 0, 1200, 600]


def test_a_heat_map_is_bounded_and_not_made_of_a_week_or_two() -> None:
    fortnight = period_of(date(2024, 1, 1), date(2024, 1, 14), "UTC")
    one = stay("art", "2024-01-03T09:00:00Z", 40)
    assert heat_map([one], fortnight, 0) is None
    years = period_of(date(2022, 1, 1), date(2024, 12, 31), "UTC")
    found = heat_map([one, stay("art", "2022-02-01T09:00:00Z", 5)], years, 0)
    assert found is not None
    assert (len(found.weeks), found.cut) == (53, True)
    assert sum(seconds for _, seconds in found.weeks) == 2400
