"""What an office asks across all rooms: how this week goes, and what is worth a look."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple, Protocol

from rollbook.domain.absences import AT_RISK_SHARE
from rollbook.domain.days import Days
from rollbook.domain.organizations import Organization
from rollbook.domain.period import Period, day_around, day_lived, period_of, same_time_on, time_zone
from rollbook.domain.presets import week_of
from rollbook.domain.report import Totals
from rollbook.domain.stays import Span
from rollbook.domain.use import Counting
from rollbook.domain.values import value
from rollbook.service.reports.class_ports import RoomName
from rollbook.service.reports.ports import Overviews
from rollbook.service.reports.shared import Shared

MOST_FOUND = 200
"""Of each kind; the newest are shown."""

LONGER_MS = 300_000
"""How long counts that take longer are shown before they are made anew."""

WEEKS = 4
"""How many weeks back it counts who is seldom seen."""


@value
class Finding:
    """Where it is looked: in the sessions that joined from `start` (included) to `end` (ms UTC)."""

    org_id: str
    start: int
    end: int
    now: int
    most: int = MOST_FOUND + 1


class InTwoPlaces(NamedTuple):
    """Somebody in two rooms at once, from an instant to another (ms UTC)."""

    uid: str
    name: str | None
    one_session: str
    one_room: RoomName
    other_session: str
    other_room: RoomName
    since: int
    until: int


class OneAddress(NamedTuple):
    """Several people in one room from one address, from the first join to the last leave (ms UTC)."""

    room: RoomName
    ip_address: str
    people: int
    since: int
    until: int


class UntaughtRoom(NamedTuple):
    """A room that was used, and nobody in it teaches; last joined in ms UTC."""

    room: RoomName
    people: int
    sessions: int
    last_join: int


class Belonging(NamedTuple):
    """How often somebody belonged to a room that was used, and how often they were seldom seen there."""

    people: int
    seldom: int


class Findings(Protocol):
    """Finds them, the newest first, at most so many as are asked for."""

    async def two_places(self, finding: Finding) -> list[InTwoPlaces]: ...

    async def shared_addresses(self, finding: Finding) -> list[OneAddress]: ...

    async def without_teacher(self, finding: Finding) -> list[UntaughtRoom]:
        """Rooms, most people first."""
        ...

    async def belonging(
        self, org_id: str, days: Sequence[tuple[date, Span]], share: int
    ) -> Belonging:
        """Who belonged to a room, and was seen there on less than `share` percent of its days."""
        ...


@value
class Weeks:
    """This week up to now, and last week up to the same time: their sums and how many people came."""

    days: Period
    this: Totals
    last: Totals
    people: int
    people_last: int


@value
class Overview:
    """How the week goes, and what is worth a look in it."""

    weeks: Weeks
    two_places: int
    without_teacher: int


@value
class Longer:
    """What takes longer to count: addresses of this week that several people shared, and who is missing.

    Who belonged to rooms and was not seen there today; and seldom, in the `days` before today.
    """

    addresses: int
    today: Belonging
    before: Belonging
    days: Period


def this_week(organization: Organization, now: int, first_weekday: int) -> Period:
    """The days of this week, up to today; it begins with `first_weekday`, where 0 is Monday."""
    today = day_lived(now, time_zone(organization.time_zone))
    return period_of(week_of(today, first_weekday), today, organization.time_zone)


def finding_in(organization: Organization, days: Period, now: int) -> Finding:
    """Where it is looked for a range of days."""
    return Finding(organization.org_id, days.start, days.end, now)


async def overview(
    overviews: Overviews,
    findings: Findings,
    organization: Organization,
    now: int,
    first_weekday: int = 0,
) -> Overview:
    """How the week goes."""
    days = this_week(organization, now, first_weekday)
    found = finding_in(organization, days, now)
    return Overview(
        await _weeks(overviews, organization, days, now),
        len(await findings.two_places(found)),
        len(await findings.without_teacher(found)),
    )


class LongerCounts:
    """What takes longer to count, counted every five minutes at most while somebody looks."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._shared: Shared[tuple[str, Period, int], Longer] = Shared(LONGER_MS)

    async def of(self, organization: Organization, now: int, first_weekday: int = 0) -> Longer:
        """As of `now` (ms UTC), or some minutes before."""
        key = (organization.org_id, day_around(now, organization.time_zone), first_weekday)
        question = self._counted(organization, now, first_weekday)
        return await self._shared.answer(key, now, question)

    async def _counted(self, organization: Organization, now: int, first_weekday: int) -> Longer:
        zone, org_id = organization.time_zone, organization.org_id
        today = day_around(now, zone)
        before = period_of(
            today.first - timedelta(weeks=WEEKS), today.first - timedelta(days=1), zone
        )
        week = finding_in(organization, this_week(organization, now, first_weekday), now)
        return Longer(
            len(await self._findings.shared_addresses(week)),
            await self._findings.belonging(org_id, _spans(today), 1),
            await self._findings.belonging(org_id, _spans(before), AT_RISK_SHARE),
            before,
        )


async def _weeks(overviews: Overviews, organization: Organization, days: Period, now: int) -> Weeks:
    week = timedelta(weeks=1)
    before = period_of(days.first - week, days.last - week, days.time_zone)
    until = same_time_on(now, before.last, time_zone(days.time_zone))
    spans = [(before.start, until), (days.start, now + 1)]
    counted = Counting(organization.org_id, before.start, days.end, organization.credit_rule, now)
    async with overviews.use() as use:
        totals = await use.by_span(counted, spans)
        people = await use.people_by_span(counted, spans)
    return Weeks(
        days,
        totals.get(1, Totals()),
        totals.get(0, Totals()),
        people.get(1, 0),
        people.get(0, 0),
    )


def _spans(days: Period) -> Sequence[tuple[date, Span]]:
    calendar = Days(days)
    return list(zip(calendar.every, calendar.spans, strict=True))
