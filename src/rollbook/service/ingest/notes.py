"""What facts name beside sessions: people with their roles, and rooms with their titles."""

from collections.abc import Iterable

from rollbook.domain.events import Fact, Joined, Left, Participant, Role
from rollbook.service.ingest.ports import PersonNote, RoomNote

_Latest = dict[str, tuple[int, str]]
"""When something was told of each last, and what; of two tellings at once the greater text."""


def notes(
    facts: Iterable[Fact], default_role: Role | None = None
) -> tuple[list[PersonNote], list[RoomNote]]:
    """The latest names, roles and titles that facts tell: one note of each person and room.

    Who is told of without a role has the default one, as if told at the beginning of time: whatever
    anybody tells is later, and stays.
    """
    people: dict[str, None] = {}
    names: _Latest = {}
    roles: _Latest = {}
    titles: _Latest = {}
    for fact in facts:
        if fact.room.title:
            _keep_latest(titles, fact.room.room_id, fact.at, fact.room.title)
        if isinstance(fact, Joined | Left) and fact.participant is not None:
            people[fact.participant.uid] = None
            _note(names, roles, fact.participant, fact.at)
            if default_role is not None and fact.participant.role is None:
                _keep_latest(roles, fact.participant.uid, 0, default_role)
    return (
        [_person(uid, names.get(uid), roles.get(uid)) for uid in people],
        [RoomNote(room_id, title, at) for room_id, (at, title) in titles.items()],
    )


def person_note(person: Participant, at: int) -> PersonNote:
    """What was told of one person at `at`."""
    names: _Latest = {}
    roles: _Latest = {}
    _note(names, roles, person, at)
    return _person(person.uid, names.get(person.uid), roles.get(person.uid))


def _note(names: _Latest, roles: _Latest, person: Participant, at: int) -> None:
    if person.name:
        _keep_latest(names, person.uid, at, person.name)
    if person.role:
        _keep_latest(roles, person.uid, at, person.role)


def _keep_latest(latest: _Latest, key: str, at: int, told: str) -> None:
    known = latest.get(key)
    if known is None or known < (at, told):
        latest[key] = (at, told)


def _person(uid: str, name: tuple[int, str] | None, role: tuple[int, str] | None) -> PersonNote:
    return PersonNote(
        uid,
        name[1] if name else None,
        name[0] if name else None,
        Role(role[1]) if role else None,
        role[0] if role else None,
    )
