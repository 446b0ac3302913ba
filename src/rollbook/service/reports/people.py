"""The list of people: who they are, when they were last seen, and their time in a range."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from rollbook.domain.organizations import Organization
from rollbook.domain.period import Period
from rollbook.domain.report import Page, Profile, Totals
from rollbook.domain.tally import Tallies, Tally
from rollbook.service.reports.ports import Overviews

PAGE = 25


@dataclass(frozen=True, slots=True)
class Person:
    """A person and the sums of their sessions in the range; `last_seen` in ms UTC, 0: never."""

    profile: Profile
    totals: Totals
    last_seen: int
    running: bool


@dataclass(frozen=True, slots=True)
class People:
    """A page of people; `totals` are of all that were found."""

    people: Sequence[Person]
    totals: Totals
    page: Page


@dataclass(frozen=True, slots=True)
class PeopleQuestion:
    """Which people, in which order; `search` is part of a uid or name, in any case of letters."""

    search: str = ""
    sort: str = "seen"
    descending: bool = True
    page: int = 1


_SORTS: dict[str, Callable[[Person], tuple[object, ...]]] = {
    "name": lambda one: ((one.profile.name or one.profile.uid).casefold(),),
    "seen": lambda one: (one.running, one.last_seen),
    "sessions": lambda one: (one.totals.sessions,),
    "time": lambda one: (one.totals.seconds,),
    "credits": lambda one: (one.totals.credits,),
}
SORTS = tuple(_SORTS)


async def people(
    overviews: Overviews,
    organization: Organization,
    days: Period,
    question: PeopleQuestion,
    now: int,
) -> People:
    """Find people. Sessions still running count up to `now` (ms UTC)."""
    tallies: Tallies[str] = Tallies(lambda stay: stay[0], organization.credit_rule, now)
    async with overviews.reader() as reader:
        everybody = await reader.people(organization.org_id)
        async for batch in reader.stays(organization.org_id, days.start, days.end):
            tallies.add(batch)
    # In a thread, as everything here that grows with the organization: others wait for the loop.
    found = await asyncio.to_thread(_found, everybody.values(), tallies.by, question)
    shown = await _last_seen(overviews, organization.org_id, found.people)
    return replace(found, people=shown)


def _found(
    everybody: Collection[Profile], tallies: Mapping[str, Tally], question: PeopleQuestion
) -> People:
    """The page of people that is asked for."""
    search = question.search.casefold().strip()
    matching = [
        _person(profile, tallies.get(profile.uid))
        for profile in everybody
        if _matches(profile, search)
    ]
    matching.sort(key=lambda one: one.profile.uid)
    matching.sort(key=_SORTS[question.sort], reverse=question.descending)
    totals = Totals()
    for one in matching:
        totals.add(one.totals)
    shown = matching[(question.page - 1) * PAGE : question.page * PAGE]
    return People(shown, totals, Page(question.page, PAGE, len(matching)))


def _person(profile: Profile, tally: Tally | None) -> Person:
    if tally is None:
        return Person(profile, Totals(), 0, running=False)
    return Person(profile, tally.totals, tally.last_seen, running=tally.running > 0)


def _matches(profile: Profile, search: str) -> bool:
    return (
        not search or search in profile.uid.casefold() or search in (profile.name or "").casefold()
    )


async def _last_seen(overviews: Overviews, org_id: str, shown: Sequence[Person]) -> list[Person]:
    """Who was not there in the range was perhaps there before it."""
    unseen = [one.profile.uid for one in shown if not one.last_seen]
    latest = await overviews.latest_joins(org_id, unseen) if unseen else {}
    return [
        one if one.last_seen else replace(one, last_seen=latest.get(one.profile.uid, 0))
        for one in shown
    ]
