"""Facts as JSON text: what an event meant, kept so that the ledger can be folded again.

An array of pairs: what kind of fact, and what it says. What is as usual is not written, nor what the
fact before has said already: of a visit, room and person are written once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from functools import lru_cache
from typing import Any

import msgspec

from rollbook.domain.events import (
    Corrected,
    Ended,
    Fact,
    Joined,
    Left,
    Participant,
    Room,
    RoomFinished,
    RoomStarted,
)

_TYPES: Mapping[str, type[Fact]] = {
    "joined": Joined,
    "left": Left,
    "ended": Ended,
    "corrected": Corrected,
    "room_started": RoomStarted,
    "room_finished": RoomFinished,
}
_NAMES = {kind: name for name, kind in _TYPES.items()}

_REPEATED = ("presence_id", "room", "participant")
"""What facts of one event mostly have in common."""

_WHO = {kind: tuple(name for name in _REPEATED if name in kind.__slots__) for kind in _NAMES}
_OWN = {
    kind: tuple((one.name, one.default) for one in fields(kind) if one.name not in _REPEATED)
    for kind in _NAMES
}
"""What else there is to say in each kind of fact, and what is usual."""

_UNSAID = object()

_encode = msgspec.json.Encoder().encode


def facts_to_json(facts: Sequence[Fact]) -> str:
    """Facts as JSON."""
    pairs: list[tuple[str, dict[str, object]]] = []
    before: Fact | None = None
    for fact in facts:
        said = _repeated(fact, before)
        for name, usual in _OWN[type(fact)]:
            value = getattr(fact, name)
            if value != usual:
                said[name] = value
        pairs.append((_NAMES[type(fact)], said))
        before = fact
    return _encode(pairs).decode()


def _repeated(fact: Fact, before: Fact | None) -> dict[str, object]:
    """Whom and what room a fact is about, unless the one before says the same."""
    said: dict[str, object] = {}
    for name in _WHO[type(fact)]:
        value, known = getattr(fact, name), getattr(before, name, _UNSAID)
        if value is not known and value != known:
            said[name] = _named(value) if isinstance(value, Room | Participant) else value
    return said


@lru_cache(4_096)
def _named(one: Room | Participant) -> msgspec.Raw:
    """A room or a person, of whom many facts tell."""
    named = {field.name: getattr(one, field.name) for field in fields(one)}
    return msgspec.Raw(_encode({name: value for name, value in named.items() if value is not None}))


def facts_from_json(text: str) -> tuple[Fact, ...]:
    """The facts in a text that `facts_to_json` wrote."""
    facts: list[Fact] = []
    before: dict[str, Any] = {}
    for name, said in msgspec.json.decode(text):
        before = {key: before[key] for key in _REPEATED if key in before} | said
        facts.append(msgspec.convert(before, _TYPES[name]))
    return tuple(facts)
