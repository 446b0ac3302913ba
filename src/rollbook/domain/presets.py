"""Ranges of days that people ask for by name."""

from datetime import date, timedelta
from enum import StrEnum

from rollbook.domain.errors import InvalidInput
from rollbook.domain.values import value


class Preset(StrEnum):
    """A range that moves with the calendar."""

    TODAY = "today"
    WEEK = "week"
    MONTH = "month"
    LAST_MONTH = "last-month"
    TERM = "term"


FIRST_YEAR, LAST_YEAR = 2000, 2100
"""The years that a term may lie in."""

MOST_DAYS = 1_100
"""Days that a term or a page may show, three years and some: what a page costs grows with them."""


@value
class Term:
    """The days of a school's term, both included."""

    first: date
    last: date


def checked_term(term: Term) -> Term:
    """The term, if it is one. Raises InvalidInput."""
    for field, day in (("first", term.first), ("last", term.last)):
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            message = f"The term's {field} day must lie in the years {FIRST_YEAR} to {LAST_YEAR}."
            raise InvalidInput(message, field=field)
    if term.last < term.first:
        message = "The term's last day must not be before its first one."
        raise InvalidInput(message, field="last")
    if (term.last - term.first).days > MOST_DAYS:
        raise InvalidInput("A term lasts three years at most.", field="last")
    return term


def days_of(
    preset: Preset, today: date, term: Term | None, first_weekday: int = 0
) -> tuple[date, date]:
    """The first and last day of a preset; those still going on end today.

    A week begins with `first_weekday`: 0 is Monday.
    """
    this_month = today.replace(day=1)
    if preset is Preset.TODAY:
        return today, today
    if preset is Preset.WEEK:
        return week_of(today, first_weekday), today
    if preset is Preset.MONTH:
        return this_month, today
    if preset is Preset.LAST_MONTH:
        last = this_month - timedelta(days=1)
        return last.replace(day=1), last
    current = term or half_year(today)
    # A term to come has no days yet: better its first day than a range that runs backwards.
    last = max(current.first, min(current.last, today))
    # Before terms were checked, anything could be set.
    return max(current.first, last - timedelta(days=min(MOST_DAYS, last.toordinal() - 1))), last


def week_of(day: date, first_weekday: int = 0) -> date:
    """The first day of the week that a day is in."""
    # The calendar's first day is a Monday; what would lie before it begins with it.
    return day - timedelta(days=min((day.weekday() - first_weekday) % 7, day.toordinal() - 1))


def half_year(today: date) -> Term:
    """The half of the school year: the term of an organization that has set none."""
    if today.month >= 8:
        return Term(date(today.year, 8, 1), date(today.year, 12, 31))
    return Term(date(today.year, 1, 1), date(today.year, 7, 31))


def month_before(day: date) -> date:
    """The first day of the month before the month of `day`."""
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1)


def unit_of(first: date, last: date, name: str = "", first_weekday: int = 0) -> str:
    """What days are gone through by: `day`, `week`, `month`, or `days` as they are.

    `name` is that of a preset whose days may not be over yet; a week begins with `first_weekday`.
    """
    if first == last and name not in {Preset.WEEK, Preset.MONTH, Preset.TERM}:
        return "day"
    if name == Preset.WEEK or (first.weekday() == first_weekday and (last - first).days == 6):
        return "week"
    if name == Preset.MONTH or (first.day == 1 and last == _end_of_month(first)):
        return "month"
    return "days"


def beside(
    first: date, last: date, unit: str
) -> tuple[tuple[date, date] | None, tuple[date, date] | None]:
    """The days before some and after them, as many or a whole week or month; None: the calendar ends."""
    try:
        before = _before(first, last, unit)
    except (OverflowError, ValueError):
        before = None
    try:
        after = _after(first, last, unit)
    except (OverflowError, ValueError):
        after = None
    return before, after


def _before(first: date, last: date, unit: str) -> tuple[date, date]:
    if unit == "month":
        return month_before(first), first - timedelta(days=1)
    length = timedelta(days=7) if unit == "week" else last - first + timedelta(days=1)
    return first - length, first - timedelta(days=1)


def _after(first: date, last: date, unit: str) -> tuple[date, date]:
    if unit == "month":
        begins = _end_of_month(first) + timedelta(days=1)
        return begins, _end_of_month(begins)
    length = timedelta(days=7) if unit == "week" else last - first + timedelta(days=1)
    return first + length, first + 2 * length - timedelta(days=1)


def _end_of_month(day: date) -> date:
    following = day.replace(day=28) + timedelta(days=4)
    return following - timedelta(days=following.day)
