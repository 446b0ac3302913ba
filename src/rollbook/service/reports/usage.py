"""Usage: credits by day, by room, by role and by month."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from rollbook.domain.days import Days
from rollbook.domain.events import Role
from rollbook.domain.organizations import Organization
from rollbook.domain.period import Period, day_lived, period_of, time_zone
from rollbook.domain.presets import month_before
from rollbook.domain.report import Totals
from rollbook.domain.use import Counting, Use
from rollbook.domain.values import value
from rollbook.service.reports.ports import Overviews, RoomsUse, UseReader

MONTHS = 6
NO_ROLE = "unknown"
ROOMS_SHOWN = 50


@value
class RoleUse:
    """The part of the usage that people of one role have."""

    key: str
    label: str
    use: Use


@value
class Usage:
    """The usage of a range; days are all there, also those without sessions."""

    totals: Totals
    people: int
    days: Sequence[tuple[date, Totals]]
    roles: Sequence[RoleUse]


@value
class MonthUsage:
    """One month; the month that is still going on counts up to now.

    `before` is what it is compared with: the month before it, of one that goes on only as much time of it.
    """

    first: date
    totals: Totals
    people: int
    before: Totals


def counting(organization: Organization, days: Period, now: int) -> Counting:
    """Which sessions count in a range of an organization, and how."""
    return Counting(organization.org_id, days.start, days.end, organization.credit_rule, now)


async def used(overviews: Overviews, organization: Organization, days: Period, now: int) -> Use:
    """What a range adds up to, with how many people and rooms there were."""
    async with overviews.use() as use:
        return await use.whole(counting(organization, days, now))


async def usage(overviews: Overviews, organization: Organization, days: Period, now: int) -> Usage:
    """What a range cost, by day and role."""
    counted = counting(organization, days, now)
    async with overviews.use() as use:
        roles = roles_of(await use.by_role(counted))
        by_day = await each_day(use, counted, days)
    people = sum(one.use.people for one in roles)
    return Usage(whole(roles), people, by_day, roles)


async def usage_by_room(
    overviews: Overviews, organization: Organization, days: Period, now: int
) -> RoomsUse:
    """The `ROOMS_SHOWN` rooms with most credits in a range."""
    async with overviews.use() as use:
        return await use.by_room(counting(organization, days, now), ROOMS_SHOWN)


def roles_of(by_role: Mapping[Role | None, Use]) -> list[RoleUse]:
    """Roles with words for them, most credits first."""
    keys = {role: role.value if role else NO_ROLE for role in by_role}
    roles = [RoleUse(keys[role], keys[role].capitalize(), use) for role, use in by_role.items()]
    return sorted(roles, key=lambda one: (-one.use.totals.credits, one.key))


def whole(roles: Sequence[RoleUse]) -> Totals:
    """The sums of all: everybody has one role, or none."""
    total = Totals()
    for one in roles:
        total.add(one.use.totals)
    return total


async def each_day(
    use: UseReader, counted: Counting, days: Period
) -> Sequence[tuple[date, Totals]]:
    """The sums of every day of a range, also of those without sessions."""
    calendar = Days(days)
    by_day = await use.by_span(counted, calendar.spans)
    return [(day, by_day.get(number, Totals())) for number, day in enumerate(calendar.every)]


async def months(overviews: Overviews, organization: Organization, now: int) -> list[MonthUsage]:
    """The last months, this one first."""
    periods = _last_months(organization.time_zone, now)
    spans = [(days.start, days.end) for days in periods]
    counted = Counting(
        organization.org_id, periods[-1].start, periods[0].end, organization.credit_rule, now
    )
    start, end = spans[1]
    so_far = (start, min(end, start + now - spans[0][0]))
    async with overviews.use() as use:
        totals = await use.by_span(counted, spans)
        people = await use.people_by_span(counted, spans)
        as_far = await use.by_span(counted, [so_far])
    before = [as_far.get(0, Totals()), *(totals.get(n, Totals()) for n in range(2, len(spans)))]
    return [
        MonthUsage(days.first, totals.get(number, Totals()), people.get(number, 0), before[number])
        for number, days in enumerate(periods[:MONTHS])
    ]


def _last_months(zone: str, now: int) -> list[Period]:
    """The months that are shown, and the one before them."""
    last = day_lived(now, time_zone(zone))
    first = last.replace(day=1)
    periods = []
    for _ in range(MONTHS + 1):
        periods.append(period_of(first, last, zone))
        last = first - timedelta(days=1)
        first = month_before(first)
    return periods
