"""What facts name beside sessions: people with their roles, and rooms with their titles."""

from collections.abc import Iterable
from typing import TypeVar

from rollbook.domain.events import Fact, Joined, Left, Participant, Role
from rollbook.service.ingest.ports import PersonNote, RoomNote

Key = TypeVar("Key")
Note = TypeVar("Note", PersonNote, RoomNote)


def notes(
    facts: Iterable[Fact], default_role: Role | None = None
) -> tuple[list[PersonNote], list[RoomNote]]:
    """The names, roles and titles that facts tell. Of what they repeat, only the latest."""
    people: dict[Participant, PersonNote] = {}
    rooms: dict[tuple[str, str | None], RoomNote] = {}
    for fact in facts:
        if isinstance(fact, Joined | Left) and fact.participant is not None:
            _keep_latest(people, fact.participant, PersonNote(fact.participant, fact.at))
            if fact.participant.role is None and default_role is not None:
                # Told at the beginning of time: whatever anybody tells is later, and stays.
                default = Participant(fact.participant.uid, role=default_role)
                _keep_latest(people, default, PersonNote(default, 0))
        _keep_latest(rooms, (fact.room.room_id, fact.room.title), RoomNote(fact.room, fact.at))
    return list(people.values()), list(rooms.values())


def _keep_latest(notes: dict[Key, Note], key: Key, note: Note) -> None:
    known = notes.get(key)
    if known is None or known.at < note.at:
        notes[key] = note
