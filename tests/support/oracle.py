"""A second, slow reading of what a report must say, to hold the real one against.

It is written from the meaning of the contract alone and shares no code with the program: it looks
at every visit, at each of them on its own, with calendars and fractions in place of arithmetic on
milliseconds.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from ipaddress import IPv4Address, ip_address
from math import ceil, floor
from typing import Any
from zoneinfo import ZoneInfo

from support.visits import Visit

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ledger:
    """All visits of one organization, and what it has set.

    `rank` orders visits that began at the same instant: nothing says which of them comes first,
    but pages and files must agree.
    """

    visits: Sequence[Visit]
    time_zone: str
    rounding: str
    minimum_seconds: int
    now: datetime
    rank: Callable[[Visit], str]


# --- which sessions --------------------------------------------------------------------------


def local_day(moment: datetime, zone: ZoneInfo) -> date:
    """The day that a moment belongs to.

    It is the date on the wall, but a day that has begun is not left again: when clocks go back
    over midnight, the hour that is lived twice belongs to the later date.
    """
    day = moment.astimezone(zone).date()
    hours = (moment - timedelta(hours=n) for n in range(27))
    if all(_offset(hour, zone) <= _offset(moment, zone) for hour in hours):
        return day
    minutes = (moment - timedelta(minutes=n) for n in range(27 * 60))
    return max(minute.astimezone(zone).date() for minute in minutes)


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    offset = moment.astimezone(zone).utcoffset()
    assert offset is not None
    return offset


def zone_of(ledger: Ledger, body: Body) -> ZoneInfo:
    return ZoneInfo(body.get("timezone") or ledger.time_zone)


def days_of(ledger: Ledger, body: Body) -> tuple[date, date]:
    """The first and the last day that a request is about."""
    zone = zone_of(ledger, body)
    if body.get("startDate") is None:
        return (local_day(ledger.now, zone),) * 2
    first = _named_day(body["startDate"], zone)
    last = body.get("endDate")
    return first, first if last is None else _named_day(last, zone)


def _named_day(text: str, zone: ZoneInfo) -> date:
    return date.fromisoformat(text) if len(text) == 10 else local_day(moment_of(text), zone)


def moment_of(text: str) -> datetime:
    return datetime.fromisoformat(text)


def matching(ledger: Ledger, body: Body) -> list[Visit]:
    """The visits that a request is about, newest first."""
    zone, (first, last) = zone_of(ledger, body), days_of(ledger, body)
    found = [
        visit
        for visit in ledger.visits
        if visit.uid == body["uid"]
        and body.get("roomId") in {None, visit.room}
        and first <= local_day(moment_of(visit.joined), zone) <= last
    ]
    return sorted(found, key=lambda v: (moment_of(v.joined), ledger.rank(v)), reverse=True)


# --- what they add up to ---------------------------------------------------------------------


def half_up(number: Fraction) -> int:
    return floor(number + Fraction(1, 2))


def end_of(ledger: Ledger, visit: Visit) -> str | None:
    """When it ended, as it was told; None while it runs, which it does until its end has come."""
    if visit.left and moment_of(visit.joined) <= ledger.now < moment_of(visit.left):
        return None
    return visit.left


def duration(ledger: Ledger, visit: Visit) -> int:
    left = end_of(ledger, visit)
    end = ledger.now if left is None else moment_of(left)
    stayed = end - moment_of(visit.joined)
    return max(0, floor(Fraction(stayed // timedelta(milliseconds=1), 1000)))


def cost(ledger: Ledger, visit: Visit) -> int:
    seconds = duration(ledger, visit)
    if seconds < ledger.minimum_seconds:
        return 0
    minutes = Fraction(seconds, 60)
    return {"up": ceil(minutes), "down": floor(minutes), "half-up": half_up(minutes)}[
        ledger.rounding
    ]


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums over some visits."""

    count: int
    seconds: int
    credits: int

    @property
    def average(self) -> int:
        return half_up(Fraction(self.seconds, self.count)) if self.count else 0

    @property
    def average_in_minutes(self) -> int:
        return half_up(Fraction(self.seconds, 60 * self.count)) if self.count else 0


def sums_of(ledger: Ledger, visits: Iterable[Visit]) -> Sums:
    every = list(visits)
    return Sums(
        len(every),
        sum(duration(ledger, visit) for visit in every),
        sum(cost(ledger, visit) for visit in every),
    )


def by_room(visits: Iterable[Visit]) -> dict[str, list[Visit]]:
    rooms: dict[str, list[Visit]] = {}
    for visit in visits:
        rooms.setdefault(visit.room, []).append(visit)
    return rooms


# --- who and where ---------------------------------------------------------------------------


def latest(visits: Iterable[Visit], told: Callable[[Visit], str | None]) -> str | None:
    """What was told last. A visit tells when it begins and again when it ends."""
    tellings = [
        (moment_of(instant), text)
        for visit in visits
        if (text := told(visit))
        for instant in (visit.joined, visit.left)
        if instant is not None
    ]
    return max(tellings)[1] if tellings else None


def name_and_role(ledger: Ledger, uid: str) -> tuple[str | None, str | None]:
    theirs = [visit for visit in ledger.visits if visit.uid == uid]
    return latest(theirs, lambda visit: visit.name), latest(theirs, lambda visit: visit.role)


def title(ledger: Ledger, room: str) -> str | None:
    return latest((v for v in ledger.visits if v.room == room), lambda visit: visit.title)


def instant(text: str) -> str:
    """An instant as answers write it."""
    moment = moment_of(text).astimezone(UTC)
    return moment.strftime(f"%Y-%m-%dT%H:%M:%S.{moment.microsecond // 1000:03}Z")


def address(text: str | None) -> str | None:
    """An IP address as answers write it: IPv4 also where it came wrapped in IPv6."""
    if text is None:
        return None
    bits = int(ip_address(text))
    return str(IPv4Address(bits & 0xFFFF_FFFF) if bits >> 32 == 0xFFFF else ip_address(text))
