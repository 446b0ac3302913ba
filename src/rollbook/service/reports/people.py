"""The list of people: who they are, when they were last seen, and their time in a range."""

from rollbook.domain.organizations import Organization
from rollbook.domain.period import Period
from rollbook.service.reports.ports import FoundPeople, Overviews, PeopleQuestion, Teacher
from rollbook.service.reports.usage import counting

PAGE = 25

MOST_TEACHERS = 300
"""Teachers to choose from; of more than these, those that come first by name."""


async def people(
    overviews: Overviews,
    organization: Organization,
    days: Period,
    question: PeopleQuestion,
    now: int,
) -> FoundPeople:
    """Find people. Sessions still running count up to `now` (ms UTC)."""
    async with overviews.use() as use:
        return await use.people(counting(organization, days, now), question, PAGE)


async def teachers(
    overviews: Overviews, organization: Organization, days: Period, now: int
) -> list[Teacher]:
    """The teachers who were there in a range, by name."""
    async with overviews.use() as use:
        return await use.teachers(counting(organization, days, now), MOST_TEACHERS)
