"""A range of days in a time zone, and the instants it covers."""

import re
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, available_timezones

from rollbook.domain.errors import InvalidInput
from rollbook.domain.instants import from_datetime, moment_in, to_datetime
from rollbook.domain.values import value

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_EXPECTED_DATE = "must be a date like 2024-01-15 or an ISO 8601 instant"
_ONE_DAY = timedelta(days=1)
_FIRST_INSTANT = from_datetime(datetime.min.replace(tzinfo=UTC))
_LAST_INSTANT = from_datetime(datetime.max.replace(tzinfo=UTC))


@value
class Period:
    """The days from `first` to `last`, both included, as they pass in `time_zone`.

    `start` (included) and `end` (not included) are the same range in milliseconds UTC.
    """

    first: date
    last: date
    time_zone: str
    start: int
    end: int


@cache
def _known_time_zones() -> frozenset[str]:
    # "localtime" is whatever zone the server happens to be in.
    return frozenset(available_timezones()) - {"localtime"}


@lru_cache(maxsize=1024)
def time_zone(name: str, field: str = "timezone") -> ZoneInfo:
    """The IANA time zone called `name`.

    Raises InvalidInput naming `field` where there is none of that name.
    """
    if name not in _known_time_zones():
        message = f"{field} must be an IANA time zone name like Europe/Paris"
        raise InvalidInput(message, field=field)
    return ZoneInfo(name)


def period(start_date: str | None, end_date: str | None, zone: str, now: int) -> Period:
    """The period that a request's `startDate` and `endDate` stand for.

    No dates: today. Only a start: that one day. An instant stands for its day in `zone`.
    `now` is in milliseconds UTC. Raises InvalidInput for an end without a start, an end before
    its start, a date that is none and an unknown zone.
    """
    where = time_zone(zone)
    if start_date is None:
        if end_date is not None:
            raise InvalidInput("startDate is required when endDate is provided", field="startDate")
        return day_around(now, zone)
    first = parse_day(start_date, where, "startDate")
    last = first if end_date is None else parse_day(end_date, where, "endDate")
    if last < first:
        raise InvalidInput("endDate must not be before startDate", field="endDate")
    return period_of(first, last, zone)


def open_period(first: str | None, last: str | None, zone: str) -> Period:
    """The days that `from` and `to` of a query stand for; one that is not told is no bound.

    Raises InvalidInput for an end before its start, a day that is none and an unknown zone.
    """
    where = time_zone(zone)
    begin = date.min if first is None else parse_day(first, where, "from")
    end = date.max if last is None else parse_day(last, where, "to")
    if end < begin:
        raise InvalidInput("to must not be before from", field="to")
    return period_of(begin, end, zone)


@lru_cache(maxsize=4096)
def period_of(first: date, last: date, zone: str) -> Period:
    """The days from `first` to `last`, both included, in the time zone called `zone`."""
    where = time_zone(zone)
    end = start_of_day(last + _ONE_DAY, where) if last < date.max else _LAST_INSTANT
    return Period(first, last, zone, start_of_day(first, where), end)


def end_of_day(day: date, zone: str) -> int:
    """The instant (ms UTC) at which a day is over in the time zone called `zone`."""
    return period_of(day, day, zone).end


def with_neighbours(days: Period) -> Period:
    """The days, the one before and the one after them, as far as the calendar goes."""
    first = max(days.first, date.min + _ONE_DAY) - _ONE_DAY
    last = min(days.last, date.max - _ONE_DAY) + _ONE_DAY
    return period_of(first, last, days.time_zone)


def widened(days: Period, by: int) -> tuple[int, int]:
    """The instants of the days, and `by` milliseconds more on both sides, within the calendar."""
    return max(_FIRST_INSTANT, days.start - by), min(_LAST_INSTANT, days.end + by)


def day_around(instant: int, zone: str) -> Period:
    """The day that holds an instant (ms UTC)."""
    day = day_lived(instant, time_zone(zone))
    return period_of(day, day, zone)


def day_of(instant: int, zone: ZoneInfo) -> date:
    """The date on the wall in `zone` at `instant` (milliseconds UTC)."""
    return to_datetime(instant).astimezone(zone).date()


def day_lived(instant: int, zone: ZoneInfo) -> date:
    """The day whose period holds `instant`: a day that has begun is not left again.

    Where clocks go back over midnight, the date on the wall returns to yesterday for a while.
    """
    day = day_of(instant, zone)
    following = min(day, date.max - _ONE_DAY) + _ONE_DAY
    return following if start_of_day(following, zone) <= instant else day


def same_time_on(instant: int, day: date, zone: ZoneInfo) -> int:
    """The instant on a day at which clocks show what they show at `instant` (ms UTC)."""
    on_the_wall = to_datetime(instant).astimezone(zone).time()
    return from_datetime(datetime.combine(day, on_the_wall, tzinfo=zone))


def parse_day(text: str, zone: ZoneInfo, field: str) -> date:
    """The day that `text` names; an instant with an offset stands for its day in `zone`."""
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
        moment = moment_in(text)
        return moment.date() if moment.tzinfo is None else day_lived(from_datetime(moment), zone)
    except (ValueError, OverflowError):
        pass
    raise InvalidInput(f"{field} {_EXPECTED_DATE}", field=field)


@lru_cache(maxsize=4096)
def start_of_day(day: date, zone: ZoneInfo) -> int:
    """The first instant whose local date is `day` or later.

    It is not always 00:00: some zones skip midnight when daylight saving begins.
    """
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
    try:
        start = from_datetime(midnight)
        if day_of(start, zone) == day and day_of(start - 1, zone) < day:
            return start
        return _first_instant_on(day, zone, start)
    except OverflowError:
        # The first and last days of the calendar have no neighbours to convert into.
        return from_datetime(midnight.replace(tzinfo=UTC))


def _first_instant_on(day: date, zone: ZoneInfo, near: int) -> int:
    before, after = near - 86_400_000, near + 86_400_000
    while after - before > 1:
        middle = (before + after) // 2
        if day_of(middle, zone) < day:
            before = middle
        else:
            after = middle
    return after


def day_in_words(day: date) -> str:
    """`Mon 24 Nov 2026`."""
    return f"{day:%a} {day.day} {day:%b %Y}"


def days_in_words(days: Period) -> str:
    """`Mon 24 Nov 2026`, or `1 to 24 Nov 2026` with a dash."""
    first, last = days.first, days.last
    if first == last:
        return day_in_words(first)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day} \u2013 {last.day} {last:%b %Y}"
    start = f"{first.day} {first:%b}" + ("" if first.year == last.year else f" {first.year}")
    return f"{start} \u2013 {last.day} {last:%b %Y}"
