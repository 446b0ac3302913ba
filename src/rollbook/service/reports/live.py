"""Live now: who is in which room at this moment, and what the day has brought so far."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

from rollbook.domain.credits import CreditRule
from rollbook.domain.events import Role
from rollbook.domain.organizations import Organization
from rollbook.domain.period import Period, day_around
from rollbook.domain.stays import Stay
from rollbook.domain.use import Use
from rollbook.domain.values import value
from rollbook.service.reports.ports import Overviews
from rollbook.service.reports.shared import Shared
from rollbook.service.reports.usage import used

MOST_SHOWN = 2_000

LIVE_MS = 1_000
"""How long what was found is told to others who ask for it."""

SUMS_MS = 10_000
"""How long the sums of a day are shown before they are counted anew."""


@value
class LivePerson:
    """Somebody in a room; the stays that go on there, earliest join first: one for each device."""

    stays: Sequence[Stay]

    @property
    def who(self) -> Stay:
        """The first of them: who it is, and since when they have been there."""
        return self.stays[0]

    @property
    def teaches(self) -> bool:
        return self.who.role == Role.TEACHER


@value
class LiveRoom:
    """A room with people in it, since the first of them came (ms UTC).

    `here` are those that are shown, who teaches first, then by when they came; `people` are all.
    """

    room_id: str
    title: str | None
    here: Sequence[LivePerson]
    people: int
    since: int

    @property
    def teachers(self) -> Sequence[LivePerson]:
        return [one for one in self.here if one.teaches]


@value
class Live:
    """All rooms with people in them at an instant (ms UTC), the fullest first.

    `people` are in any of them. `cut`: only `MOST_SHOWN` stays are here.
    """

    at: int
    rooms: Sequence[LiveRoom]
    people: int
    cut: bool


async def live(overviews: Overviews, organization: Organization, now: int) -> Live:
    running = await overviews.running(organization.org_id, MOST_SHOWN + 1)
    by_room: dict[str, list[Stay]] = {}
    for stay in reversed(running[:MOST_SHOWN]):
        by_room.setdefault(stay.room_id, []).append(stay)
    rooms = [_room(stays) for stays in by_room.values()]
    rooms.sort(key=lambda room: (-room.people, room.room_id))
    people = len({stay.uid for stay in running})
    return Live(now, rooms, people, len(running) > MOST_SHOWN)


def _room(stays: Sequence[Stay]) -> LiveRoom:
    first = stays[0]
    by_person: dict[str, list[Stay]] = {}
    for stay in stays:
        by_person.setdefault(stay.uid, []).append(stay)
    here = sorted(map(LivePerson, by_person.values()), key=lambda one: not one.teaches)
    return LiveRoom(first.room_id, first.room_title, here, len(here), first.joined_at)


def found_in(everything: Live, search: str) -> Live:
    """The rooms whose id or title has `search` in it, and elsewhere the people whose uid or name has."""
    wanted = search.casefold().strip()
    if not wanted:
        return everything
    rooms = []
    for room in everything.rooms:
        here = room.here
        if not _has(wanted, room.room_id, room.title):
            here = [one for one in here if _has(wanted, one.who.uid, one.who.name)]
        if here:
            rooms.append(replace(room, here=here))
    return replace(everything, rooms=rooms)


def _has(wanted: str, *texts: str | None) -> bool:
    return any(wanted in (text or "").casefold() for text in texts)


class RightNow:
    """Who is in which room, asked for once a second at most, however many look at it."""

    def __init__(self, overviews: Overviews) -> None:
        self._overviews = overviews
        self._shared: Shared[str, Live] = Shared(LIVE_MS)

    async def of(
        self, organization: Organization, now: int, turn: AbstractAsyncContextManager[None]
    ) -> Live:
        """As of `now` (ms UTC), or a moment before; the database is asked within `turn`."""
        return await self._shared.answer(
            organization.org_id, now, self._asked(organization, now, turn)
        )

    async def _asked(
        self, organization: Organization, now: int, turn: AbstractAsyncContextManager[None]
    ) -> Live:
        async with turn:
            return await live(self._overviews, organization, now)


class DaySoFar:
    """The sums of organizations' days, counted every ten seconds at most while somebody looks."""

    def __init__(self, overviews: Overviews) -> None:
        self._overviews = overviews
        self._shared: Shared[tuple[str, Period, CreditRule, int], Use] = Shared(SUMS_MS)

    async def of(self, organization: Organization, now: int) -> tuple[Period, Use]:
        """The day that holds `now` (ms UTC), and its sums."""
        day = day_around(now, organization.time_zone)
        # As of an instant that is the same in all processes, so that those who ask now this one and
        # now that one do not see the sums go back and forth.
        moment = max(day.start, now - now % SUMS_MS)
        question = used(self._overviews, organization, day, moment)
        key = (organization.org_id, day, organization.credit_rule, moment)
        return day, await self._shared.answer(key, now, question)
