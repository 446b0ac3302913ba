"""Usage: credits by day, by room, by role and by month."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from rollbook.domain.organizations import Organization
from rollbook.domain.period import Period, day_lived, period_of, time_zone
from rollbook.domain.presets import month_before
from rollbook.domain.report import Profile, Totals
from rollbook.domain.tally import Days, Tallies, Tally
from rollbook.service.reports.ports import OverviewReader, Overviews

MONTHS = 6
NO_ROLE = "unknown"


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of the usage: a day, a room or a role."""

    key: str
    label: str
    tally: Tally


@dataclass(frozen=True, slots=True)
class Usage:
    """The usage of a range; days are all there, also those without sessions."""

    totals: Totals
    people: int
    days: Sequence[tuple[date, Totals]]
    rooms: Sequence[Slice]
    roles: Sequence[Slice]


@dataclass(frozen=True, slots=True)
class MonthUsage:
    """One month; the month that is still going on counts up to now."""

    first: date
    totals: Totals
    people: int


async def usage(overviews: Overviews, organization: Organization, days: Period, now: int) -> Usage:
    """What a range cost, by day, room and role."""
    calendar, rule = Days(days), organization.credit_rule
    async with overviews.reader() as reader:
        people = await reader.people(organization.org_id)
        titles = await reader.titles(organization.org_id)
        by_day: Tallies[date] = Tallies(lambda stay: calendar.of(stay[2]), rule, now)
        by_room: Tallies[str] = Tallies(lambda stay: stay[1], rule, now)
        by_role: Tallies[str] = Tallies(lambda stay: _role(people.get(stay[0])), rule, now)
        async for batch in reader.stays(organization.org_id, days.start, days.end):
            for tallies in (by_day, by_room, by_role):
                tallies.add(batch)
    # In a thread, as everything here that grows with the organization: others wait for the loop.
    return await asyncio.to_thread(_usage, calendar, by_day, by_room.by, by_role.by, titles)


def _usage(
    calendar: Days,
    by_day: Tallies[date],
    by_room: Mapping[str, Tally],
    by_role: Mapping[str, Tally],
    titles: Mapping[str, str | None],
) -> Usage:
    rooms = [Slice(key, titles.get(key) or key, tally) for key, tally in by_room.items()]
    roles = [Slice(key, key.capitalize(), tally) for key, tally in by_role.items()]
    everybody = {uid for tally in by_day.by.values() for uid in tally.people}
    return Usage(
        by_day.whole(),
        len(everybody),
        _every_day(by_day, calendar),
        _most_credits_first(rooms),
        _most_credits_first(roles),
    )


def _role(profile: Profile | None) -> str:
    return profile.role.value if profile and profile.role else NO_ROLE


def _most_credits_first(slices: Sequence[Slice]) -> list[Slice]:
    return sorted(slices, key=lambda one: (-one.tally.totals.credits, one.key))


def _every_day(by_day: Tallies[date], calendar: Days) -> list[tuple[date, Totals]]:
    return [(day, by_day.by.get(day, Tally()).totals) for day in calendar.every]


async def months(overviews: Overviews, organization: Organization, now: int) -> list[MonthUsage]:
    """The last months, this one first."""
    first = day_lived(now, time_zone(organization.time_zone)).replace(day=1)
    by_month = []
    async with overviews.reader() as reader:
        last = day_lived(now, time_zone(organization.time_zone))
        for _ in range(MONTHS):
            days = period_of(first, last, organization.time_zone)
            by_month.append(await _month(reader, organization, days, now))
            last = date.fromordinal(first.toordinal() - 1)
            first = month_before(first)
    return by_month


async def _month(
    reader: OverviewReader, organization: Organization, days: Period, now: int
) -> MonthUsage:
    tallies: Tallies[None] = Tallies(lambda _: None, organization.credit_rule, now)
    async for batch in reader.stays(organization.org_id, days.start, days.end):
        tallies.add(batch)
    tally = tallies.by.get(None, Tally())
    return MonthUsage(days.first, tally.totals, len(tally.people))
