"""Facts as text: what an event meant, kept so that the ledger can be folded again.

A 2, and an array with an array for each fact: what kind it is, and what it says, in the order of its
fields. What is as usual is left out at the end. 0 in the place of a presence, a room or a person stands for
what the fact before has said; the first one may take the room of the event's row so, and any the id of
that room. A presence whose id is a UUID is an array with its 22 letters. Instants are told by how many milliseconds they are after the row's `occurred_at`.

Until schema 0012 it was an array of pairs, the kind's name and an object: that is read for ever.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, fields
from functools import lru_cache
from operator import attrgetter
from typing import Any

import msgspec

from rollbook.domain.events import (
    Corrected,
    Ended,
    EndEvidence,
    Fact,
    Joined,
    JoinEvidence,
    Left,
    Participant,
    Role,
    Room,
    RoomFinished,
    RoomStarted,
)
from rollbook.store.uuids import uuid_from_letters, uuid_in_letters

COMPACT = "2"
"""What the text of facts begins with since schema 0012."""

_KINDS: Sequence[type[Fact]] = (Joined, Left, Ended, Corrected, RoomStarted, RoomFinished)
_ROLES: Sequence[Role | None] = (None, Role.TEACHER, Role.STUDENT, Role.MODERATOR, Role.ADMIN)
"""Kinds and roles by their numbers: new ones come at the end, and none is ever taken away."""

_AS_BEFORE = 0
_REPEATED = ("presence_id", "room", "participant")
"""What facts of one event mostly have in common."""

_INSTANTS = frozenset({"at", "joined_at", "left_at", "within", "started_at"})
_EVIDENCE: Mapping[type[Fact], Callable[[int], Any]] = {Joined: JoinEvidence, Ended: EndEvidence}


class _Form:
    """How a kind of fact is written: its values in their order, and what is not written at the end.

    `repeated` come first. `instants` and `evidence` are places among them all.
    """

    def __init__(self, kind: type[Fact]) -> None:
        told = fields(kind)
        self.number = _KINDS.index(kind)
        self.kind: Any = kind
        self.repeated = [one.name for one in told if one.name in _REPEATED]
        names = [one.name for one in told]
        self.values_of = attrgetter(*names)
        self.usual = [_AS_BEFORE if one.default is MISSING else one.default for one in told]
        self.instants = [n for n, name in enumerate(names) if name in _INSTANTS]
        self.evidence = [n for n, name in enumerate(names) if name == "evidence"]


_FORMS = [_Form(kind) for kind in _KINDS]
_FORM_OF: Mapping[type[Fact], _Form] = dict(zip(_KINDS, _FORMS, strict=True))
_JOINED, _LEFT = _FORM_OF[Joined].number, _FORM_OF[Left].number
_UNSAID = object()

_encode = msgspec.json.Encoder().encode


def facts_to_text(facts: Sequence[Fact], room_id: str | None, occurred_at: int) -> str:
    """The facts of an event as text. The other two are its row's, and needed to read it again."""
    said: list[list[object]] = []
    before: Fact | None = None
    for fact in facts:
        soon = _said_soon(fact, before, room_id, occurred_at)
        said.append(soon or _said(fact, before or _Row(room_id), room_id, occurred_at))
        before = fact
    return COMPACT + _encode(said).decode()


def _said_soon(
    fact: Fact, before: Fact | None, room_id: str | None, occurred_at: int
) -> list[object] | None:
    """What `_said` says, in a quarter of the time, of joins and leaves that are like nearly all.

    None where they tell what few do, or stand behind another fact than the join of their visit.
    """
    last: object
    if isinstance(fact, Joined):
        usual = fact.user_agent is None and fact.evidence is JoinEvidence.SEEN
        last = fact.ip_address
        number = _JOINED
    elif isinstance(fact, Left):
        usual = fact.ip_address is None and fact.user_agent is None and not fact.moves
        last = None if fact.joined_at is None else fact.joined_at - occurred_at
        number = _LEFT
    else:
        return None
    if not usual:
        return None
    if before is None:
        said = _first(number, fact, room_id)
    elif _is_of_visit(fact, before):
        said = [number, _AS_BEFORE, _AS_BEFORE, _AS_BEFORE]
    else:
        return None
    if (at := fact.at - occurred_at) or last is not None:
        said.append(at)
    if last is not None:
        said.append(last)
    return said


def _first(number: int, fact: Joined | Left, room_id: str | None) -> list[object]:
    """The presence, the room and the person of the first fact of an event."""
    room, person = fact.room, fact.participant
    of_the_row = room.room_id == room_id
    untold = of_the_row and room.title is None and room.instance_id is None
    said_id = _AS_BEFORE if of_the_row else room.room_id
    return [
        number,
        _presence(fact.presence_id),
        _AS_BEFORE if untold else _room(said_id, room.title, room.instance_id),
        person and _person(person.uid, person.name, person.role, person.identity),
    ]


def _is_of_visit(fact: Joined | Left, before: Fact) -> bool:
    """Whether the fact before is a join that says who and where it is about."""
    return (
        isinstance(before, Joined)
        and before.room is fact.room
        and before.participant is fact.participant
        and before.presence_id == fact.presence_id
    )


class _Row:
    """What a row says before its first fact."""

    def __init__(self, room_id: str | None) -> None:
        self.room = None if room_id is None else _room_told(room_id)


@lru_cache(4_096)  # many events tell of the same rooms and people, and to make them takes its time
def _room_told(room_id: str, title: str | None = None, instance_id: str | None = None) -> Room:
    return Room(room_id, title, instance_id)


@lru_cache(4_096)
def _person_told(
    uid: str, name: str | None = None, role: int | None = None, identity: str | None = None
) -> Participant:
    return Participant(uid, name, _ROLES[role or 0], identity)


def _said(fact: Fact, before: object, room_id: str | None, occurred_at: int) -> list[object]:
    form = _FORM_OF[type(fact)]
    said: list[Any] = list(form.values_of(fact))
    for place, name in enumerate(form.repeated):
        value, known = said[place], getattr(before, name, _UNSAID)
        same = value is known or value == known
        said[place] = _AS_BEFORE if same else _named(value, room_id)
    for place in form.instants:
        if said[place] is not None:
            said[place] -= occurred_at
    usual = form.usual
    while said and said[-1] == usual[len(said) - 1]:
        said.pop()
    return [form.number, *said]


def _named(value: object, room_id: str | None) -> object:
    if isinstance(value, str):
        return _presence(value)
    if isinstance(value, Participant):
        return _person(value.uid, value.name, value.role, value.identity)
    if isinstance(value, Room):
        said_id = _AS_BEFORE if value.room_id == room_id else value.room_id
        return _room(said_id, value.title, value.instance_id)
    return value


def _presence(presence_id: str) -> object:
    letters = uuid_in_letters(presence_id)
    return presence_id if letters is None else [letters]


@lru_cache(4_096)
def _person(uid: str, name: str | None, role: Role | None, identity: str | None) -> msgspec.Raw:
    """A person, of whom many facts tell."""
    number = None if role is None else _ROLES.index(role)
    return msgspec.Raw(_encode(_trimmed([uid, name, number, identity])))


@lru_cache(4_096)
def _room(said_id: object, title: str | None, instance_id: str | None) -> msgspec.Raw:
    return msgspec.Raw(_encode(_trimmed([said_id, title, instance_id])))


def _trimmed(values: list[object]) -> list[object]:
    while values[-1] is None:
        values.pop()
    return values


def facts_from_text(text: str, room_id: str | None, occurred_at: int) -> tuple[Fact, ...]:
    """The facts in a text that `facts_to_text` wrote for such a row, or that one of before wrote."""
    if not text.startswith(COMPACT):
        return _from_pairs(text)
    facts: list[Fact] = []
    before: object = _Row(room_id)
    for said in msgspec.json.decode(text[len(COMPACT) :]):
        fact = _fact(said, before, room_id, occurred_at)
        facts.append(fact)
        before = fact
    return tuple(facts)


def _fact(said: list[Any], before: object, room_id: str | None, occurred_at: int) -> Fact:
    form = _FORMS[said[0]]
    values = said[1:] + form.usual[len(said) - 1 :]
    for place, name in enumerate(form.repeated):
        values[place] = _told(name, values[place], before, room_id)
    for place in form.instants:
        if values[place] is not None:
            values[place] += occurred_at
    for place in form.evidence:
        values[place] = _EVIDENCE[form.kind](values[place])
    fact: Fact = form.kind(*values)
    return fact


def _told(name: str, value: Any, before: object, room_id: str | None) -> Any:
    if value == _AS_BEFORE:
        return getattr(before, name)
    if name == "presence_id":
        return value if isinstance(value, str) else uuid_from_letters(value[0])
    if name == "room":
        told_id, *rest = value
        return _room_told(str(room_id) if told_id == _AS_BEFORE else told_id, *rest)
    return value and _person_told(*value)


# --- until schema 0012 -----------------------------------------------------------------------

_NAMES: Mapping[str, type[Fact]] = {
    "joined": Joined,
    "left": Left,
    "ended": Ended,
    "corrected": Corrected,
    "room_started": RoomStarted,
    "room_finished": RoomFinished,
}


def _from_pairs(text: str) -> tuple[Fact, ...]:
    """Facts as they were written: of a visit, room and person stand in the first fact alone."""
    facts: list[Fact] = []
    before: dict[str, Any] = {}
    for name, said in msgspec.json.decode(text):
        before = {key: before[key] for key in _REPEATED if key in before} | said
        facts.append(msgspec.convert(before, _NAMES[name]))
    return tuple(facts)
