"""Facts as JSON text: what an event meant, kept so that the ledger can be folded again."""

from collections.abc import Mapping

import msgspec

from rollbook.domain.events import (
    Corrected,
    Ended,
    Fact,
    Joined,
    Left,
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


def facts_to_json(facts: tuple[Fact, ...]) -> str:
    """Facts as a JSON array of pairs: what kind, and what it says."""
    return msgspec.json.encode([(_NAMES[type(fact)], fact) for fact in facts]).decode()


def facts_from_json(text: str) -> tuple[Fact, ...]:
    """The facts in a text that `facts_to_json` wrote."""
    pairs = msgspec.json.decode(text)
    return tuple(msgspec.convert(said, _TYPES[name]) for name, said in pairs)
