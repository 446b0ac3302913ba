"""What pages are put together from: pure, without a database or a browser."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollbook.web.dashboard.charts import by_day_or_longer, columns, round_up
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
