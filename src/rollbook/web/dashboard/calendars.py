"""Classes on the pages of a calendar, a month each."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from rollbook.domain.classes import HeldClass
from rollbook.domain.presets import week_of
from rollbook.web.dashboard import words
from rollbook.web.dashboard.notation import notation


class Day(NamedTuple):
    """A day of a month and the classes that began on it; a day of another month has none to show."""

    day: date
    inside: bool
    classes: Sequence[HeldClass]


class Month(NamedTuple):
    """A month, week by week; `weekdays` are the names of the days of one."""

    name: str
    weekdays: Sequence[str]
    weeks: Sequence[Sequence[Day]]
    classes: Sequence[HeldClass]


def months_of(held: Sequence[HeldClass], zone: ZoneInfo, first_weekday: int = 0) -> list[Month]:
    """The months in which there were classes, latest first; weeks begin with `first_weekday`, 0: Monday."""
    by_day: dict[date, list[HeldClass]] = {}
    for one in held:
        by_day.setdefault(words.local(one.start, zone).date(), []).append(one)
    firsts = sorted({day.replace(day=1) for day in by_day}, reverse=True)
    return [_month(first, first_weekday, by_day) for first in firsts]


def _month(first: date, first_weekday: int, by_day: dict[date, list[HeldClass]]) -> Month:
    begins = week_of(first, first_weekday)
    names = [notation().weekday(begins + timedelta(days=number)) for number in range(7)]
    weeks = []
    while (begins.year, begins.month) <= (first.year, first.month):
        days = [begins + timedelta(days=number) for number in range(7)]
        weeks.append([_day(day, first, by_day) for day in days])
        begins += timedelta(days=7)
    classes = [one for week in weeks for day in week for one in day.classes]
    return Month(words.month(first), names, weeks, classes)


def _day(day: date, first: date, by_day: dict[date, list[HeldClass]]) -> Day:
    inside = (day.year, day.month) == (first.year, first.month)
    return Day(day, inside, by_day.get(day, []) if inside else [])
