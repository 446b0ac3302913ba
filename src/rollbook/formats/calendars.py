"""A room's schedule out of an iCalendar file (RFC 5545), as calendars export it.

Classes are its events, each on the days on which it is, in the time of the organization. Read is what
tells when events are; descriptions, alarms and definitions of time zones are left out before
anything is read: a zone is known by its name.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import islice, takewhile
from typing import Any, Literal
from zoneinfo import ZoneInfo

from dateutil.rrule import DAILY, WEEKLY, rrule, weekday

from rollbook.domain import fields
from rollbook.domain.errors import InvalidInput
from rollbook.domain.schedules import CHECKED_DAYS, Schedule, Single, as_weekly, checked_times
from rollbook.domain.values import value

MOST_EVENTS = 1_000
MOST_DATES = 20_000
"""Days on which the events of a calendar are, from the first on, all together."""

_MOST_LINES = 20_000
_READ = {
    "BEGIN", "END", "VERSION", "PRODID", "UID", "SUMMARY", "STATUS", "DTSTART", "DTEND", "DURATION",
    "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID",
}  # fmt: skip
_PARTS = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "WKST"}
_FREQUENCIES: Mapping[str, Literal[2, 3]] = {"DAILY": DAILY, "WEEKLY": WEEKLY}
_WEEKDAYS = {name: weekday(n) for n, name in enumerate(("MO", "TU", "WE", "TH", "FR", "SA", "SU"))}
_A_DAY = timedelta(days=1)


def schedule_from_calendar(text: str, zone: ZoneInfo, since: date) -> Schedule:
    """The schedule from a day on, for two years at most: what recurs without an end ends there.

    Raises InvalidInput, naming the event, for what is not understood in full.
    """
    events = [_Event(number, event) for number, event in enumerate(_events(text), start=1)]
    reading = _Reading(zone, since)
    for one in events:
        if one.replaces is not None:
            reading.replaced.add((one.uid, _instant(one, one.replaces, zone)))
    single = [class_ for one in events for class_ in reading.classes(one)]
    if not single:
        raise InvalidInput(f"The calendar has no event from {since} on", field="body")
    return as_weekly(single)


@value
class _Event:
    """An event of the file, and which of them it is, counted from one."""

    number: int
    told: Any  # an icalendar Event, whose properties are of any of its types

    @property
    def uid(self) -> str:
        return str(self.told.get("UID", ""))

    @property
    def title(self) -> str | None:
        return fields.label(str(self.told.get("SUMMARY", "")), f"SUMMARY of event {self.number}")

    @property
    def replaces(self) -> Any:
        """The recurrence of another event of its UID that it stands for."""
        told = self.told.get("RECURRENCE-ID")
        if told is not None and "RANGE" in told.params:
            raise self.problem("RECURRENCE-ID", "must not be for all that follow (RANGE)")
        return None if told is None else told.dt

    def problem(self, name: str, what: str) -> InvalidInput:
        title = str(self.told.get("SUMMARY", ""))[:60]
        event = f"event {self.number} ({title})" if title else f"event {self.number}"
        return InvalidInput(f"{name} of {event} {what}", field=name)


# --- when an event is -----------------------------------------------------------------------------


@dataclass(slots=True)
class _Reading:
    """One calendar on its way to be a schedule; `left` are the dates that it may still have."""

    zone: ZoneInfo
    since: date
    replaced: set[tuple[str, datetime]] = field(default_factory=set)
    left: int = MOST_DATES

    def classes(self, event: _Event) -> Iterator[Single]:
        """The classes that an event is, from the first day that is wanted to the last."""
        if str(event.told.get("STATUS", "")).upper() == "CANCELLED":
            return
        start = _moment(event, "DTSTART", self.zone)
        length = _length(event, start, self.zone)
        last = date.fromordinal(
            min(date.max.toordinal() - 2, self.since.toordinal() + CHECKED_DAYS)
        )
        for naive in self._starts(event, start, last + 2 * _A_DAY):
            begun = naive.replace(tzinfo=start.tzinfo)
            ended = (naive + length).replace(tzinfo=start.tzinfo)
            class_ = self._class(event, begun, ended)
            if self.since <= class_.day <= last:
                yield class_

    def _starts(self, event: _Event, start: datetime, last: date) -> Iterator[datetime]:
        """When it begins, again and again, as the clock shows where it is told."""
        naive = start.replace(tzinfo=None)
        recurring = event.replaces is None
        rule = _rule(event, start, last) if recurring and event.told.get("RRULE") else [naive]
        left_out = _left_out(event, start) if recurring else set()
        every = list(islice(rule, self.left + 1))
        self.left -= len(every)
        if self.left < 0:
            message = f"The calendar has more than {MOST_DATES:,} dates: leave out what is over"
            raise InvalidInput(message, field="body")
        for one in every:
            instant = one.replace(tzinfo=start.tzinfo).astimezone(UTC)
            replaced = recurring and (event.uid, instant) in self.replaced
            if not replaced and not left_out & {one, one.date()}:
                yield one

    def _class(self, event: _Event, begun: datetime, ended: datetime) -> Single:
        start, end = (at.astimezone(self.zone).replace(tzinfo=None) for at in (begun, ended))
        if not timedelta() < end - start < _A_DAY:
            raise event.problem("DTEND", "must be after DTSTART, by less than a day")
        where = f"DTEND of event {event.number}"
        return Single(start.date(), checked_times(_clock(start), _clock(end), where), event.title)


def _rule(event: _Event, start: datetime, last: date) -> Iterator[datetime]:
    told = event.told["RRULE"]
    if isinstance(told, list):
        raise event.problem("RRULE", "must be told once")
    strange = sorted(set(told) - _PARTS)
    frequency = _FREQUENCIES.get(str(told.get("FREQ", [""])[0]).upper())
    interval = int(told.get("INTERVAL", [1])[0])
    days = [str(day).upper() for day in told.get("BYDAY", [])]
    if frequency is None or strange:
        parts = ", ".join(strange) or "this FREQ"
        raise event.problem("RRULE", f"must be DAILY or WEEKLY, and without {parts}")
    if not set(days) <= set(_WEEKDAYS) or interval < 1:
        raise event.problem("RRULE", "must have days like MO and an INTERVAL of at least 1")
    if days and frequency == DAILY and interval > 1:
        raise event.problem("RRULE", "must be WEEKLY where it has both BYDAY and INTERVAL")
    until = (_naive(one, start.tzinfo, time.max) for one in told.get("UNTIL", []))
    end = min([datetime.combine(last, time.max), *until])
    count = told.get("COUNT", [None])[0]
    weekdays = [_WEEKDAYS[day] for day in days] or None
    week = str(told.get("WKST", ["MO"])[0]).upper()
    rule = rrule(
        frequency,
        dtstart=start.replace(tzinfo=None),
        interval=interval,
        count=None if count is None else int(count),
        byweekday=weekdays,
        wkst=_WEEKDAYS.get(week, _WEEKDAYS["MO"]),
    )
    return takewhile(lambda one: one <= end, rule)


def _left_out(event: _Event, start: datetime) -> set[datetime | date]:
    told = event.told.get("EXDATE", [])
    lists = told if isinstance(told, list) else [told]
    every = [one.dt for some in lists for one in some.dts]
    return {
        _naive(one, start.tzinfo, time()) if isinstance(one, datetime) else one for one in every
    }


def _length(event: _Event, start: datetime, zone: ZoneInfo) -> timedelta:
    """How long it is on the clock."""
    if "DTEND" in event.told:
        end = _moment(event, "DTEND", zone).astimezone(start.tzinfo)
        return end.replace(tzinfo=None) - start.replace(tzinfo=None)
    told = event.told.get("DURATION")
    if told is None or isinstance(told, list):
        raise event.problem("DTEND", "or DURATION is required, once")
    length: timedelta = told.dt
    return length


def _moment(event: _Event, name: str, zone: ZoneInfo) -> datetime:
    told = event.told.get(name)
    if told is None or isinstance(told, list):
        raise event.problem(name, "is required, once")
    if not isinstance(told.dt, datetime):
        raise event.problem(name, "must have a time: leave out what lasts for whole days")
    if told.dt.tzinfo is None and "TZID" in told.params:
        raise event.problem(
            name, f"must be in a time zone that is known, not {told.params['TZID']}"
        )
    return told.dt if told.dt.tzinfo else told.dt.replace(tzinfo=zone)


def _instant(event: _Event, told: datetime | date, zone: ZoneInfo) -> datetime:
    if not isinstance(told, datetime):
        raise event.problem("RECURRENCE-ID", "must have a time")
    return (told if told.tzinfo else told.replace(tzinfo=zone)).astimezone(UTC)


def _naive(told: datetime | date, zone: tzinfo | None, at: time) -> datetime:
    """As the clock shows it in a zone; a day is at a time."""
    if not isinstance(told, datetime):
        return datetime.combine(told, at)
    return (told.astimezone(zone) if told.tzinfo else told).replace(tzinfo=None)


def _clock(at: datetime) -> time:
    return at.time().replace(second=0, microsecond=0)


# --- the file -------------------------------------------------------------------------------------


def _events(text: str) -> Sequence[Any]:
    """Its events, of which every line was understood."""
    # Pages load this module, and few services are ever told a calendar.
    from icalendar import Calendar  # noqa: PLC0415 - see above

    kept = "\r\n".join(_lines(text))
    if kept.count("BEGIN:VEVENT") > MOST_EVENTS:
        raise InvalidInput(f"The calendar must have at most {MOST_EVENTS:,} events", field="body")
    try:
        events: Sequence[Any] = Calendar.from_ical(kept).events
    except (ValueError, KeyError, IndexError) as error:
        message = "body must be one iCalendar, from BEGIN:VCALENDAR to END:VCALENDAR"
        raise InvalidInput(message, field="body") from error
    for number, event in enumerate(events, start=1):
        for name, _ in event.errors:
            raise _Event(number, event).problem(str(name), "cannot be read")
        if "RDATE" in event:
            raise _Event(number, event).problem("RDATE", "is not read: make an event of each")
    return events


def _lines(text: str) -> Iterator[str]:
    """The unfolded lines that tell when events are."""
    unfolded = text.replace("\r\n", "\n").replace("\n ", "").replace("\n\t", "")
    inside: list[str] = []
    lines = 0
    for line in unfolded.split("\n"):
        name, _, rest = line.partition(":")
        name = name.partition(";")[0].strip().upper()
        if name == "BEGIN":
            inside.append(rest.strip().upper())
        wanted = inside in (["VCALENDAR"], ["VCALENDAR", "VEVENT"]) and name in _READ
        if name == "END" and inside:
            inside.pop()
        if wanted:
            lines += 1
            yield line.strip() if name in {"BEGIN", "END"} else line
        if lines > _MOST_LINES:
            raise InvalidInput(
                f"The calendar must have at most {_MOST_LINES:,} lines", field="body"
            )
