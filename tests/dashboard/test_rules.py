"""The rules behind the pages: pure, without a database."""

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollbook.domain.attendance import (
    AttendanceRule,
    Rules,
    Verdict,
    attendance,
    classes,
)
from rollbook.domain.credits import CreditRule
from rollbook.domain.period import day_lived, period, time_zone
from rollbook.domain.presets import Preset, Term, days_of, half_year
from rollbook.domain.stays import Stay, highest_in, levels, merged, peak, times, two_places
from rollbook.domain.tally import Days, Tallies
from rollbook.web.dashboard.charts import by_day_or_longer, columns, round_up
from rollbook.web.dashboard.sign_in import local_path

MINUTE = 60_000
NOW = 600 * MINUTE

minutes = st.integers(0, 500)
pieces = st.lists(st.tuples(minutes, minutes).map(sorted).map(tuple), max_size=12)


def stay(uid: str, first: int, last: int | None, room: str = "r") -> Stay:
    left = None if last is None else last * MINUTE
    return Stay(f"{uid}{first}{room}", uid, None, None, room, None, first * MINUTE, left, None)


@given(pieces)
def test_merged_time_is_the_moments_that_are_covered(parts: list[tuple[int, int]]) -> None:
    covered = {moment for start, end in parts for moment in range(start, end)}
    whole = merged(parts)
    assert sum(end - start for start, end in whole) == len(covered)
    assert all(one[1] < other[0] for one, other in pairwise(whole))


@given(pieces)
def test_peak_is_the_most_at_any_moment(parts: list[tuple[int, int]]) -> None:
    expected = max(
        (sum(start <= moment < end for start, end in parts) for moment in range(500)), default=0
    )
    assert peak(parts)[0] == expected
    assert max(highest_in(levels(parts), (0, 500), 50), default=0) == expected


def test_raw_merged_and_reconnects() -> None:
    stays = [stay("a", 0, 30), stay("a", 20, 50), stay("a", 55, 60), stay("a", 90, 100)]
    assert times(stays, NOW) == (75 * 60, 65 * 60, 2)


def test_two_places_at_once_forgives_a_minute() -> None:
    there = [stay("a", 0, 30, "one"), stay("a", 29, 60, "two"), stay("a", 50, None, "three")]
    found = two_places(there, NOW)
    assert [(pair.one.room_id, pair.other.room_id, pair.seconds) for pair in found] == [
        ("two", "three", 600)
    ]


def test_attendance_by_the_rule() -> None:
    stays = [
        stay("teacher", 0, 60),
        stay("late", 11, 60),
        stay("early", 0, 40),
        stay("both", 5, 30),
        stay("both", 20, 55),
        stay("next class", 85, 100),
    ]
    (first, second) = classes(stays, NOW)
    assert first == (0, 60 * MINUTE)
    assert second[0] == 85 * MINUTE
    rules = Rules(AttendanceRule(75, 10), CreditRule())
    found = {one.person.uid: one for one in attendance(stays[:5], first, rules, NOW)}
    assert (found["late"].late, found["late"].verdict) == (11, Verdict.PRESENT)
    assert (found["early"].early, found["early"].verdict) == (20, Verdict.TOO_SHORT)
    assert (found["both"].raw, found["both"].merged, found["both"].share) == (3600, 3000, 83)
    assert found["both"].credits == 60
    assert found["teacher"].late == found["teacher"].early == 0


@pytest.mark.parametrize(
    ("preset", "first", "last"),
    [
        (Preset.TODAY, "2026-03-04", "2026-03-04"),
        (Preset.WEEK, "2026-03-02", "2026-03-04"),
        (Preset.MONTH, "2026-03-01", "2026-03-04"),
        (Preset.LAST_MONTH, "2026-02-01", "2026-02-28"),
        (Preset.TERM, "2026-01-01", "2026-03-04"),
    ],
)
def test_presets(preset: Preset, first: str, last: str) -> None:
    found = days_of(preset, date(2026, 3, 4), None)
    assert found == (date.fromisoformat(first), date.fromisoformat(last))


def test_terms() -> None:
    term = Term(date(2026, 9, 7), date(2026, 12, 18))
    assert days_of(Preset.TERM, date(2027, 1, 5), term) == (term.first, term.last)
    assert days_of(Preset.TERM, date(2026, 8, 1), term) == (term.first, term.first)
    assert half_year(date(2026, 11, 1)).first == date(2026, 8, 1)


def test_tallies_add_up() -> None:
    tallies: Tallies[str] = Tallies(lambda one: one[1], CreditRule(), NOW)
    tallies.add([("a", "x", 0, 61_000), ("b", "x", 0, None), ("a", "y", 0, 1_000)])
    assert tallies.by["x"].people == {"a", "b"}
    assert tallies.by["x"].totals.credits == 2 + 600
    assert tallies.whole().sessions == 3


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


@given(st.integers(0, 400 * 86_400))
def test_days_agree_with_the_calendar(second: int) -> None:
    whole = period("2025-12-30", "2027-02-10", "Europe/Paris", NOW)
    instant = whole.start + second * 1000
    assert Days(whole).of(instant) == day_lived(instant, time_zone("Europe/Paris"))
