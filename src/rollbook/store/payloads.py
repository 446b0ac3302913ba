"""Payloads as bytes: what a platform said, deflated with all before its eyes that is known anyway.

The first byte says how: 0 is plain UTF-8, 255 what the event's row tells in the form of our own events, as
most of those are, and 254 the same where whole seconds are told without milliseconds. Others are the number of the words that go before; after them goes what the row tells, so
that only what the platform alone says is left to write. Then two bytes to check by, and what was deflated.
"""

import zlib
from collections.abc import Iterable
from functools import lru_cache

import msgspec

from rollbook.domain.errors import StoreUnavailable
from rollbook.domain.events import Fact, Joined, Left, Role, RoomFinished, RoomStarted
from rollbook.domain.instants import to_text
from rollbook.store.payload_words import WORDS, number_for

MOST_BYTES = 32 * 1024 * 1024
"""How much is read of a payload at most. No delivery is as large: bodies end at 4 MiB."""

_PLAIN, _AS_KNOWN, _AS_KNOWN_IN_SECONDS = 0, 255, 254
_CHECK = slice(1, 3)
_HEAD = 3
_LEVEL = 6
_SMALL_BYTES, _SMALL = 8 * 1024, (13, 6)
_REACH_LOST = 262
_LARGE = (zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL)
"""How far back is looked, and how large the tables for it are, as powers of two. Of nearly all payloads a few
kilobytes are enough; to clear more for each of them takes seven times as long as to deflate one."""

_encode = msgspec.json.Encoder().encode


def payload_to_bytes(payload: str, known: bytes) -> bytes:
    """A payload in few bytes; `known` is what its row tells, and needed to read it again."""
    plain = payload.encode()
    own = _own_form(known)
    if plain == own:
        return bytes([_AS_KNOWN]) + _check(plain)
    if plain == _in_seconds(own):
        return bytes([_AS_KNOWN_IN_SECONDS]) + _check(plain)
    number = number_for(payload)
    deflated = _deflated(plain, WORDS[number] + known)
    if len(deflated) + _HEAD > len(plain) or len(plain) > MOST_BYTES:
        return bytes([_PLAIN]) + plain
    return bytes([number]) + _check(plain) + deflated


def _deflated(plain: bytes, words: bytes) -> bytes:
    small = len(words) + len(plain) < _SMALL_BYTES - _REACH_LOST
    bits, memory = _SMALL if small else _LARGE
    deflater = zlib.compressobj(_LEVEL, zlib.DEFLATED, -bits, memory, zdict=words)
    return deflater.compress(plain) + deflater.flush()


def payload_from_bytes(data: bytes, known: bytes) -> str:
    """The payload in bytes that `payload_to_bytes` made.

    Raises StoreUnavailable where they, or what the row tells, are not what they were.
    """
    if data[0] == _PLAIN:
        return data[1:].decode()
    plain = _inflated(data, known) if data[0] in WORDS else _as_known(data[0], known)
    if plain is None or _check(plain) != data[_CHECK]:
        raise StoreUnavailable("The ledger is damaged: an event's payload cannot be read")
    return plain.decode()


def _as_known(how: int, known: bytes) -> bytes | None:
    if how == _AS_KNOWN:
        return _own_form(known)
    return _in_seconds(_own_form(known)) if how == _AS_KNOWN_IN_SECONDS else None


def _inflated(data: bytes, known: bytes) -> bytes | None:
    try:
        inflater = zlib.decompressobj(-zlib.MAX_WBITS, zdict=WORDS[data[0]] + known)
        plain = inflater.decompress(data[_HEAD:], MOST_BYTES)
    except zlib.error:
        return None
    return plain if inflater.eof else None


def _own_form(known: bytes) -> bytes:
    """Of what `known_of_row` tells all but the instants, which stand in an array before it."""
    return known[known.find(b"]") + 2 : -1]


def _in_seconds(own: bytes) -> bytes:
    """The same as who tells no milliseconds would write it."""
    return own.replace(b'.000Z"', b'Z"')


def _check(plain: bytes) -> bytes:
    return (zlib.crc32(plain) & 0xFFFF).to_bytes(2)


def known_of_row(event_id: str, event_type: str, occurred_at: int, facts: Iterable[Fact]) -> bytes:
    """What an event's row tells, in the form of our own events, and its instants as numbers.

    Payloads are written by it, so it stays as it is: another form is another number of words.
    """
    said: dict[str, object] = {"id": event_id}
    instants: list[int] = [occurred_at]
    agent: str | None = None
    fact = next(iter(facts), None)
    if isinstance(fact, Joined | Left):
        agent = fact.user_agent
        _add_person(said, fact)
        if isinstance(fact, Left) and fact.joined_at is not None:
            instants.append(fact.joined_at)
    if fact is not None:
        _add_place(said, fact)
    said["time"] = to_text(occurred_at)
    said["type"] = event_type
    if agent is not None:
        said["userAgent"] = agent
    return _encode([instants, said])


def _add_person(said: dict[str, object], fact: Joined | Left) -> None:
    if fact.ip_address is not None:
        said["ipAddress"] = fact.ip_address
    if isinstance(fact, Left) and fact.joined_at is not None:
        said["joinedAt"] = to_text(fact.joined_at)
    if (person := fact.participant) is not None:
        said["participant"] = _person(person.uid, person.name, person.role, person.identity)


def _add_place(said: dict[str, object], fact: Fact) -> None:
    room = fact.room
    said["roomId"] = room.room_id
    if room.instance_id is not None:
        said["roomInstanceId"] = room.instance_id
    if room.title is not None:
        said["roomTitle"] = room.title
    if not isinstance(fact, RoomStarted | RoomFinished):
        said["sessionId"] = fact.presence_id


@lru_cache(4_096)
def _person(uid: str, name: str | None, role: Role | None, identity: str | None) -> msgspec.Raw:
    told = {"identity": identity, "name": name, "role": role}
    said = {name: value for name, value in told.items() if value is not None}
    return msgspec.Raw(_encode(said | {"uid": uid}))
