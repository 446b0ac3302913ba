"""Entries of a schedule out of texts, whoever wrote them: each complaint names its field."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, time

from rollbook.domain import fields
from rollbook.domain.errors import InvalidInput
from rollbook.domain.schedules import Cancelled, Moved, Single, Times, Weekly, checked_times

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

Told = Mapping[str, str | None]
"""What is told of an entry, by the names of its fields."""

Where = Callable[[str], str]
"""How a field is called where it stands: `weekly[0].from`, `from in line 3`."""

_TIME = re.compile(r"\d{1,2}:\d{2}(:00)?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_BETWEEN_DAYS = re.compile(r"[\s,;/+]+")


def weekly(told: Told, weekdays: Iterable[str], since: date, where: Where) -> list[Weekly]:
    """A class on days of each week, one entry for each of these, from `since` if nothing is told."""
    days = sorted({_weekday(day, where("weekdays")) for day in weekdays})
    if not days:
        field = where("weekdays")
        raise InvalidInput(f"{field} must name days like monday", field=field)
    times, title = _times(told, where), fields.label(told.get("title"), where("title"))
    first = _optional_day(told, "since", where) or since
    last = _optional_day(told, "until", where)
    if last is not None and last < first:
        field = where("until")
        raise InvalidInput(f"{field} must not be before {first}", field=field)
    return [Weekly(day, times, first, last, title) for day in days]


def single(told: Told, where: Where) -> Single:
    """A class on one day."""
    title = fields.label(told.get("title"), where("title"))
    return Single(_day(told, "day", where), _times(told, where), title)


def cancelled(told: Told, where: Where) -> Cancelled:
    """No class on a day, or until another one, or only not that which begins `at` a time."""
    first = _day(told, "day", where)
    last = _optional_day(told, "until", where) or first
    if last < first:
        field = where("until")
        raise InvalidInput(f"{field} must not be before {first}", field=field)
    at = _time(told, "at", where) if told.get("at") else None
    return Cancelled(first, last, at)


def moved(told: Told, where: Where) -> Moved:
    """The class that begins `at` a time is at others on a day."""
    return Moved(_day(told, "day", where), _time(told, "at", where), _times(told, where))


def names_of_days(text: str) -> list[str]:
    """Several days in one text: `mon wed`, `monday, friday`."""
    return [name for name in _BETWEEN_DAYS.split(text) if name]


def _weekday(text: str, field: str) -> int:
    """By its English name, or at least the first two letters of that."""
    name = text.strip().casefold()
    for number, weekday in enumerate(WEEKDAYS):
        if len(name) >= 2 and weekday.startswith(name):
            return number
    raise InvalidInput(f"{field} must name days like monday, not {text[:40]!r}", field=field)


def _times(told: Told, where: Where) -> Times:
    return checked_times(_time(told, "from", where), _time(told, "to", where), where("to"))


def _time(told: Told, name: str, where: Where) -> time:
    text = (told.get(name) or "").strip()
    try:
        if _TIME.fullmatch(text):
            hour, minute, *_ = map(int, text.split(":"))
            return time(hour, minute)
    except ValueError:
        pass
    field = where(name)
    raise InvalidInput(f"{field} must be a time like 08:30", field=field)


def _optional_day(told: Told, name: str, where: Where) -> date | None:
    return _day(told, name, where) if (told.get(name) or "").strip() else None


def _day(told: Told, name: str, where: Where) -> date:
    text = (told.get(name) or "").strip()
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    field = where(name)
    raise InvalidInput(f"{field} must be a date like 2026-01-31", field=field)
