"""Events to rows and back, in few bytes.

`session_id` is what the ids of all stays of a presence begin with, `body_hash` 96 bits of 256; the payload
is in `said`. `written` is 1 where the event's id may be a packed UUID, and its type a number. Rows of
before schema 0012 have all of it as it came, the payload in `payload`, and are read too.
"""

from base64 import b64encode
from collections.abc import Collection, Mapping, Sequence

from rollbook.domain.events import Fact, about_presences
from rollbook.domain.presences import SHARED, session_id_for
from rollbook.service.ingest.ports import StoredEvent
from rollbook.store.engine.database import Row, Values
from rollbook.store.facts import facts_from_text, facts_to_text
from rollbook.store.payloads import known_of_row, payload_from_bytes, payload_to_bytes
from rollbook.store.uuids import uuid_from_letters, uuid_in_letters

_SHORT = 1

_PACKED = "~"

_TYPES: Sequence[str] = (
    "participant.joined",
    "participant.left",
    "room.started",
    "room.finished",
    "participant_joined",
    "participant_left",
    "room_started",
    "room_finished",
    "participant_connection_aborted",
    "session.imported",
)
"""Types by their numbers: new ones come at the end. None that a statement asks for by its name."""

_NUMBERS = {name: f"#{number}" for number, name in enumerate(_TYPES)}
_NAMES = {number: name for name, number in _NUMBERS.items()}

_HASH_BYTES, _LONG_HASH = 12, 64

TAKEN = "taken"
"""Equal to no hash: the id of no event, as what would be stored for it stands for another one."""


def from_event(org_id: str, event: StoredEvent) -> Values:
    """The row of an event that is new."""
    event_id, event_type = event.event_id, event.event_type
    short = not event_id.startswith(_PACKED) and event_type not in _NAMES
    row = _content(event)
    row["org_id"] = org_id
    row["source_id"] = event.source_id
    row["event_id"] = _packed(event_id) if short else event_id
    row["event_type"] = _NUMBERS.get(event_type, event_type) if short else event_type
    row["occurred_at"] = event.occurred_at
    row["received_at"] = event.received_at
    row["room_id"] = event.room_id
    row["written"] = _SHORT if short else None
    return row


def _content(event: StoredEvent) -> dict[str, object]:
    said = None
    if event.payload is not None:
        known = known_of_row(event.event_id, event.event_type, event.occurred_at, event.facts)
        said = payload_to_bytes(event.payload, known)
    return {
        "body_hash": event.body_hash,
        "session_id": event.session_id and presence_key(event.session_id),
        "facts": facts_to_text(event.facts, event.room_id, event.occurred_at),
        "said": said,
    }


def to_event(row: Row) -> StoredEvent:
    """The event of a row with the columns of `{{event}}`, of whatever form.

    Its `session_id` is as much of one as the row has.
    """
    source_id, event_id, event_type, occurred_at, received_at, body_hash = row[:6]
    room_id, session_id, text, payload, said, written = row[6:]
    event_id, event_type = event_id_of(event_id, written), event_type_of(event_type, written)
    facts = facts_from_text(text, room_id, occurred_at)
    if said is not None:
        known = known_of_row(event_id, event_type, occurred_at, facts)
        payload = payload_from_bytes(said, known)
    return StoredEvent(
        source_id,
        event_id,
        event_type,
        occurred_at,
        received_at,
        _short_hash(body_hash),
        facts,
        payload,
        room_id,
        session_id,
    )


def rewritten(org_id: str, row: Row, event: StoredEvent) -> Values:
    """What such a row is to hold instead: what an event says, in the form of today. Its key stays."""
    return {"org_id": org_id, "source_id": row[0], "event_id": row[1], **_content(event)}


def presence_key(session_id: str) -> str:
    """What the events of a presence are found by."""
    return session_id[:SHARED]


def keys_of(session_ids: Collection[str]) -> list[str]:
    """The same of several, with what rows of before are found by."""
    return [*session_ids, *map(presence_key, session_ids)]


def session_told(source_id: str, facts: Sequence[Fact]) -> str | None:
    """The id of the presence that these facts of an event tell of, if they tell of one."""
    about = about_presences(facts)
    return session_id_for(source_id, about[-1].presence_id) if about else None


def stored_ids(event_ids: Collection[str]) -> list[str]:
    """What events of these ids may be found by: as they are, and packed."""
    return list(dict.fromkeys([*event_ids, *map(_packed, event_ids)]))


def event_id_of(stored_id: str, written: int | None) -> str:
    """The id of an event that is stored so."""
    return _unpacked(stored_id) if written else stored_id


def event_type_of(stored_type: str, written: int | None) -> str:
    """The type of an event that is stored so."""
    return _NAMES.get(stored_type, stored_type) if written else stored_type


def hashes_found(event_ids: Collection[str], rows: Sequence[Row]) -> Mapping[str, str]:
    """The hashes of those of these events that are stored, of rows with the columns of `known_events`."""
    found: dict[str, str] = {}
    asked = set(event_ids)
    for stored_id, body_hash, written in rows:
        event_id = event_id_of(stored_id, written)
        if event_id in asked:
            found[event_id] = _short_hash(body_hash)
        elif stored_id in asked:
            found[stored_id] = TAKEN
        else:
            found[_unpacked(stored_id)] = TAKEN
    return found


def _short_hash(body_hash: str) -> str:
    """A hash as it is written now, of one that may have been written at length."""
    if len(body_hash) != _LONG_HASH:
        return body_hash
    return b64encode(bytes.fromhex(body_hash)[:_HASH_BYTES]).decode()


def _packed(event_id: str) -> str:
    letters = uuid_in_letters(event_id)
    return event_id if letters is None else _PACKED + letters


def _unpacked(stored_id: str) -> str:
    packed = stored_id.startswith(_PACKED)
    return uuid_from_letters(stored_id.removeprefix(_PACKED)) if packed else stored_id
