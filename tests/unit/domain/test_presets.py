"""Ranges of days that people ask for by name."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollbook.domain.errors import InvalidInput
from rollbook.domain.presets import (
    MOST_DAYS,
    Preset,
    Term,
    beside,
    checked_term,
    days_of,
    half_year,
    month_before,
    unit_of,
    week_of,
)

DAY = timedelta(days=1)
days = st.dates(date(2019, 12, 1), date(2030, 2, 1))
spans = st.tuples(days, st.integers(0, MOST_DAYS).map(timedelta))
terms = st.none() | spans.map(lambda span: Term(span[0], span[0] + span[1]))


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


@pytest.mark.parametrize(
    ("first_weekday", "first"), [(0, "2026-03-02"), (6, "2026-03-01"), (5, "2026-02-28")]
)
def test_a_week_begins_as_in_its_place(first_weekday: int, first: str) -> None:
    found = days_of(Preset.WEEK, date(2026, 3, 4), None, first_weekday)
    assert found == (date.fromisoformat(first), date(2026, 3, 4))


@given(st.dates(), st.integers(0, 6))
def test_the_first_day_of_a_week_is_the_last_one_of_its_name(day: date, first: int) -> None:
    begun = week_of(day, first)
    before = [day - timedelta(days=n) for n in range(min(7, day.toordinal()))]
    assert begun == next((one for one in before if one.weekday() == first), date.min)


def test_terms() -> None:
    term = Term(date(2026, 9, 7), date(2026, 12, 18))
    assert days_of(Preset.TERM, date(2027, 1, 5), term) == (term.first, term.last)
    assert days_of(Preset.TERM, date(2026, 8, 1), term) == (term.first, term.first)
    assert half_year(date(2026, 11, 1)).first == date(2026, 8, 1)


@given(st.dates(), st.dates(), st.dates(date(1970, 1, 1), date(9999, 12, 30)))
def test_whatever_was_set_once_no_term_shows_more_than_a_page_can(
    one: date, another: date, today: date
) -> None:
    term = Term(*sorted((one, another)))
    first, last = days_of(Preset.TERM, today, term)
    assert term.first <= first <= last <= term.last
    assert (last - first).days <= MOST_DAYS


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [
        ("0001-01-01", "9999-12-31", "first"),
        ("1999-12-31", "2000-06-01", "first"),
        ("2100-12-01", "2101-01-01", "last"),
        ("2026-09-01", "2026-08-31", "last"),
        ("2026-01-01", "2029-01-06", "last"),
    ],
)
def test_what_is_no_term_is_refused_by_the_field_that_is_wrong(
    first: str, last: str, field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        checked_term(Term(date.fromisoformat(first), date.fromisoformat(last)))
    assert refused.value.field == field


@pytest.mark.parametrize("days", [("2000-01-01", "2000-01-01"), ("2098-01-01", "2100-12-31")])
def test_a_term_of_up_to_three_years_is_one(days: tuple[str, str]) -> None:
    term = Term(*map(date.fromisoformat, days))
    assert checked_term(term) == term


@given(st.sampled_from(Preset), days, terms)
def test_every_range_is_that_of_a_second_reading(
    preset: Preset, today: date, term: Term | None
) -> None:
    expected = sorted(_days_read(preset, today, term))
    assert days_of(preset, today, term) == (expected[0], expected[-1])


@pytest.mark.parametrize("preset", Preset)
def test_every_range_is_that_of_a_second_reading_on_every_day_of_two_years(preset: Preset) -> None:
    for today in (date(2023, 12, 31) + n * DAY for n in range(733)):
        expected = sorted(_days_read(preset, today, None))
        assert days_of(preset, today, None) == (expected[0], expected[-1])


@given(days)
def test_the_month_before_is_that_of_the_day_before_this_one(day: date) -> None:
    (first, *_) = sorted(_days_read(Preset.LAST_MONTH, day, None))
    assert month_before(day) == first


# --- the second reading: docs/dashboard.md, one day of a calendar after the other -------------


def _days_read(preset: Preset, today: date, term: Term | None) -> list[date]:
    if preset is Preset.TODAY:
        return [today]
    if preset is Preset.WEEK:
        week = today.isocalendar()[:2]
        return [day for day in _back_from(today) if day.isocalendar()[:2] == week]
    if preset is Preset.MONTH:
        return [day for day in _back_from(today) if _month(day) == _month(today)]
    if preset is Preset.LAST_MONTH:
        before = next(day for day in _back_from(today) if _month(day) != _month(today))
        return [day for day in _back_from(today) if _month(day) == _month(before)]
    inside = _term_days(today, term)
    return [day for day in inside if day <= today] or inside[:1]


def _term_days(today: date, term: Term | None) -> list[date]:
    if term is not None:
        return [term.first + n * DAY for n in range((term.last - term.first).days + 1)]
    months = range(8, 13) if today.month in range(8, 13) else range(1, 8)
    around = [today + n * DAY for n in range(-366, 367)]
    return [day for day in around if day.year == today.year and day.month in months]


def _back_from(today: date) -> Iterator[date]:
    """The days of two months and more, the latest first."""
    return (today - n * DAY for n in range(70))


def _month(day: date) -> tuple[int, int]:
    return day.year, day.month


@given(first=days, name=st.sampled_from(["", *Preset]))
def test_weeks_and_months_lie_side_by_side(first: date, name: str) -> None:
    monday, month = first - first.weekday() * DAY, first.replace(day=1)
    for unit, start in (("day", first), ("week", monday), ("month", month)):
        before, after = beside(start, start, unit)
        assert before
        assert after
        assert before[1] + DAY == start
        assert before[0] <= before[1]
        # There and back again.
        again, _ = beside(*after, unit)
        assert again
        assert again[0] == start
        assert again[1] + DAY == after[0]
        assert unit == "day" or unit_of(*after) == unit
    assert unit_of(monday, monday + 6 * DAY, name) in {"week", "month"}


@given(span=spans)
def test_other_days_have_as_many_before_and_after_them(span: tuple[date, timedelta]) -> None:
    first, last = span[0], span[0] + span[1]
    before, after = beside(first, last, "days")
    assert before == (first - (last - first) - DAY, first - DAY)
    assert after == (last + DAY, last + DAY + (last - first))


@pytest.mark.parametrize(
    ("first", "last", "name", "unit"),
    [
        ("2026-03-02", "2026-03-02", "custom", "day"),
        ("2026-03-02", "2026-03-02", Preset.WEEK, "week"),
        ("2026-03-01", "2026-03-01", Preset.MONTH, "month"),
        ("2026-02-01", "2026-02-28", "custom", "month"),
        ("2026-03-02", "2026-03-08", "custom", "week"),
        ("2026-03-03", "2026-03-09", "custom", "days"),
        ("2026-03-01", "2026-03-20", Preset.MONTH, "month"),
        ("2026-03-01", "2026-03-20", Preset.TERM, "days"),
    ],
)
def test_days_are_gone_through_as_what_they_are(
    first: str, last: str, name: str, unit: str
) -> None:
    assert unit_of(date.fromisoformat(first), date.fromisoformat(last), name) == unit


def test_the_calendar_has_ends() -> None:
    assert beside(date.min, date.min, "day") == (None, (date.min + DAY, date.min + DAY))
    assert beside(date.max, date.max, "day")[1] is None
    assert beside(date(9999, 12, 1), date.max, "month")[1] is None
    assert beside(date(1, 1, 1), date(1, 1, 31), "month")[0] is None
