"""The list of people: who they are, when they were last seen, and their time in a range."""

from collections.abc import Sequence
from dataclasses import replace

from rollbook.domain.organizations import Organization
from rollbook.domain.period import Period
from rollbook.service.reports.ports import FoundPeople, Overviews, PeopleQuestion, Person
from rollbook.service.reports.usage import counting

PAGE = 25


async def people(
    overviews: Overviews,
    organization: Organization,
    days: Period,
    question: PeopleQuestion,
    now: int,
) -> FoundPeople:
    """Find people. Sessions still running count up to `now` (ms UTC)."""
    async with overviews.use() as use:
        found = await use.people(counting(organization, days, now), question, PAGE)
    shown = await _last_seen(overviews, organization.org_id, found.people)
    return replace(found, people=shown)


async def _last_seen(overviews: Overviews, org_id: str, shown: Sequence[Person]) -> list[Person]:
    """Who was not there in the range was perhaps there before it."""
    unseen = [one.profile.uid for one in shown if not one.last_seen]
    latest = await overviews.latest_joins(org_id, unseen) if unseen else {}
    return [
        one if one.last_seen else replace(one, last_seen=latest.get(one.profile.uid, 0))
        for one in shown
    ]
