"""Ranges of days that people ask for by name."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class Preset(StrEnum):
    """A range that moves with the calendar."""

    TODAY = "today"
    WEEK = "week"
    MONTH = "month"
    LAST_MONTH = "last-month"
    TERM = "term"


@dataclass(frozen=True, slots=True)
class Term:
    """The days of a school's term, both included."""

    first: date
    last: date


def days_of(preset: Preset, today: date, term: Term | None) -> tuple[date, date]:
    """The first and last day of a preset; those still going on end today."""
    this_month = today.replace(day=1)
    if preset is Preset.TODAY:
        return today, today
    if preset is Preset.WEEK:
        return today - timedelta(days=today.weekday()), today
    if preset is Preset.MONTH:
        return this_month, today
    if preset is Preset.LAST_MONTH:
        last = this_month - timedelta(days=1)
        return last.replace(day=1), last
    current = term or half_year(today)
    # A term to come has no days yet: better its first day than a range that runs backwards.
    return current.first, max(current.first, min(current.last, today))


def half_year(today: date) -> Term:
    """The half of the school year: the term of an organization that has set none."""
    if today.month >= 8:
        return Term(date(today.year, 8, 1), date(today.year, 12, 31))
    return Term(date(today.year, 1, 1), date(today.year, 7, 31))


def month_before(day: date) -> date:
    """The first day of the month before the month of `day`."""
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1)
