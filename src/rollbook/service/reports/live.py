"""Live now: who is in which room at this moment."""

from collections.abc import Sequence
from dataclasses import dataclass

from rollbook.domain.organizations import Organization
from rollbook.domain.stays import Stay
from rollbook.service.reports.ports import Overviews

MOST_SHOWN = 2_000


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
