"""Live now: who is in which room at this moment, and what the day has brought so far."""

from collections.abc import Sequence
from dataclasses import dataclass

from rollbook.domain.credits import CreditRule
from rollbook.domain.organizations import Organization
from rollbook.domain.period import Period, day_around
from rollbook.domain.stays import Stay
from rollbook.domain.use import Use
from rollbook.service.reports.ports import Overviews
from rollbook.service.reports.shared import Shared
from rollbook.service.reports.usage import used

MOST_SHOWN = 2_000

SUMS_MS = 10_000
"""How long the sums of a day are shown before they are counted anew."""


@dataclass(frozen=True, slots=True)
class LiveRoom:
    """A room with people in it; `stays` by join, earliest first; `since` is the first of them."""

    room_id: str
    title: str | None
    stays: Sequence[Stay]
    people: int
    since: int


@dataclass(frozen=True, slots=True)
class Live:
    """All rooms with people in them, the fullest first; `cut`: only `MOST_SHOWN` stays are here."""

    rooms: Sequence[LiveRoom]
    people: int
    cut: bool


async def live(overviews: Overviews, organization: Organization) -> Live:
    running = await overviews.running(organization.org_id, MOST_SHOWN + 1)
    by_room: dict[str, list[Stay]] = {}
    for stay in reversed(running[:MOST_SHOWN]):
        by_room.setdefault(stay.room_id, []).append(stay)
    rooms = [_room(stays) for stays in by_room.values()]
    rooms.sort(key=lambda room: (-room.people, room.room_id))
    people = len({stay.uid for stay in running})
    return Live(rooms, people, len(running) > MOST_SHOWN)


def _room(stays: Sequence[Stay]) -> LiveRoom:
    first = stays[0]
    people = len({stay.uid for stay in stays})
    return LiveRoom(first.room_id, first.room_title, stays, people, first.joined_at)


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
