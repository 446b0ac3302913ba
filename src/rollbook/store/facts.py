"""Facts as JSON text: what an event meant, kept so that the ledger can be folded again."""

import re
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

_UNSAID = re.compile(
    r',"(?:(?:title|instance_id|name|role|identity|ip_address|user_agent|joined_at|left_at|started_at)'
    r'":null|moves":false|void":false|note":"")'
)
"""Fields that say nothing, and are read as if they were there. In JSON no quote within a text stands
without a backslash before it, so this is never a part of one."""


def facts_to_json(facts: tuple[Fact, ...]) -> str:
    """Facts as a JSON array of pairs: what kind, and what it says."""
    pairs = [(_NAMES[type(fact)], fact) for fact in facts]
    return _UNSAID.sub("", msgspec.json.encode(pairs).decode())


def facts_from_json(text: str) -> tuple[Fact, ...]:
    """The facts in a text that `facts_to_json` wrote."""
    pairs = msgspec.json.decode(text)
    return tuple(msgspec.convert(said, _TYPES[name]) for name, said in pairs)
