"""What facts name beside sessions: people with their roles, and rooms with their titles."""

from collections.abc import Iterable
from typing import TypeVar

from rollbook.domain.events import Fact, Joined, Left, Participant, Role, Room
from rollbook.service.ingest.ports import PersonNote, RoomNote

Key = TypeVar("Key")


def notes(
    facts: Iterable[Fact], default_role: Role | None = None
) -> tuple[list[PersonNote], list[RoomNote]]:
    """The names, roles and titles that facts tell. Of what they repeat, only the latest."""
    people: dict[Participant, int] = {}
    rooms: dict[tuple[str, str | None], int] = {}
    for fact in facts:
        at, room = fact.at, fact.room
        if isinstance(fact, Joined | Left) and fact.participant is not None:
            _keep_latest(people, fact.participant, at)
        _keep_latest(rooms, (room.room_id, room.title), at)
    people = _defaults(people, default_role) | people
    return (
        [PersonNote(person, at) for person, at in people.items()],
        [RoomNote(Room(*named), at) for named, at in rooms.items()],
    )


def _keep_latest(latest: dict[Key, int], key: Key, at: int) -> None:
    known = latest.get(key)
    if known is None or known < at:
        latest[key] = at


def _defaults(people: Iterable[Participant], role: Role | None) -> dict[Participant, int]:
    """The role of people of whom none was told.

    As if told at the beginning of time: whatever anybody tells is later, and stays.
    """
    if role is None:
        return {}
    return {Participant(one.uid, role=role): 0 for one in people if one.role is None}
