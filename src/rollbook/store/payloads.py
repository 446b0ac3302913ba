"""Payloads as bytes: what a platform said, deflated with all before its eyes that is known anyway.

The first byte says how: 0 is plain UTF-8, others are the number of the words that go before. After them
goes what the event's row tells, in the form of our own events: of one of those hardly anything is left to
write, and of a platform's only what it alone says. Then two bytes to check by, and the deflated payload.
"""

import zlib
from collections.abc import Iterable, Mapping

import msgspec

from rollbook.domain.errors import StoreUnavailable
from rollbook.domain.events import Fact, Joined, Left, Participant
from rollbook.domain.instants import to_text
from rollbook.store.payload_words import WORDS, number_for

MOST_BYTES = 32 * 1024 * 1024
"""How much is read of a payload at most. No delivery is as large: bodies end at 4 MiB."""

_PLAIN = 0
_CHECK = slice(1, 3)
_HEAD = 3
_LEVEL = 6

_encode = msgspec.json.Encoder().encode


def payload_to_bytes(payload: str, known: bytes) -> bytes:
    """A payload in few bytes; `known` is what its row tells, and needed to read it again."""
    plain = payload.encode()
    number = number_for(payload)
    deflater = zlib.compressobj(_LEVEL, wbits=-zlib.MAX_WBITS, zdict=WORDS[number] + known)
    deflated = deflater.compress(plain) + deflater.flush()
    if len(deflated) + _HEAD > len(plain) or len(plain) > MOST_BYTES:
        return bytes([_PLAIN]) + plain
    return bytes([number]) + _check(plain) + deflated


def payload_from_bytes(data: bytes, known: bytes) -> str:
    """The payload in bytes that `payload_to_bytes` made.

    Raises StoreUnavailable where they, or what the row tells, are not what they were.
    """
    if data[0] == _PLAIN:
        return data[1:].decode()
    try:
        inflater = zlib.decompressobj(-zlib.MAX_WBITS, zdict=WORDS[data[0]] + known)
        plain = inflater.decompress(data[_HEAD:], MOST_BYTES)
    except (KeyError, zlib.error):
        plain = b""
    else:
        if inflater.eof and _check(plain) == data[_CHECK]:
            return plain.decode()
    raise StoreUnavailable("The ledger is damaged: an event's payload cannot be read")


def _check(plain: bytes) -> bytes:
    return (zlib.crc32(plain) & 0xFFFF).to_bytes(2)


def known_of_row(event_id: str, event_type: str, occurred_at: int, facts: Iterable[Fact]) -> bytes:
    """What an event's row tells, in the form of our own events, and its instants as numbers.

    Payloads are written by it, so it stays as it is: another form is another number of words.
    """
    fact = next(iter(facts), None)
    said: dict[str, object] = {"id": event_id}
    instants = [occurred_at]
    if fact is not None:
        if isinstance(fact, Joined | Left):
            _add(said, {"ipAddress": fact.ip_address})
        if isinstance(fact, Left) and fact.joined_at is not None:
            instants.append(fact.joined_at)
            said["joinedAt"] = to_text(fact.joined_at)
        if isinstance(fact, Joined | Left) and fact.participant is not None:
            said["participant"] = _person(fact.participant)
        room = fact.room
        _add(
            said,
            {"roomId": room.room_id, "roomInstanceId": room.instance_id, "roomTitle": room.title},
        )
        _add(said, {"sessionId": getattr(fact, "presence_id", None)})
    said |= {"time": to_text(occurred_at), "type": event_type}
    if isinstance(fact, Joined | Left):
        _add(said, {"userAgent": fact.user_agent})
    return _encode([instants, said])


def _person(person: Participant) -> Mapping[str, object]:
    said: dict[str, object] = {}
    _add(said, {"identity": person.identity, "name": person.name})
    if person.role is not None:
        said["role"] = person.role.value
    return said | {"uid": person.uid}


def _add(said: dict[str, object], more: Mapping[str, object]) -> None:
    said |= {name: value for name, value in more.items() if value is not None}
