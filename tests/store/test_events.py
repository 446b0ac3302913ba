"""Events as rows: whatever an event is called, it is found, and read as it was told."""

from hypothesis import given
from hypothesis import strategies as st

from rollbook.domain.events import Joined, Participant, Room
from rollbook.domain.presences import session_id_for
from rollbook.service.ingest.ports import StoredEvent
from rollbook.store.events import (
    TAKEN,
    from_event,
    hashes_found,
    presence_key,
    rewritten,
    stored_ids,
    to_event,
)

UUID = "1a4f2d4d-3f5f-4a6c-9221-aef71a5e11b1"
PACKED = "~Gk8tTT9fSmySIa73Gl4RsQ"
COLUMNS = [
    "source_id",
    "event_id",
    "event_type",
    "occurred_at",
    "received_at",
    "body_hash",
    "room_id",
    "session_id",
    "facts",
    "payload",
    "said",
    "written",
]
IDS = st.sampled_from([UUID, UUID.upper(), PACKED, f"~{PACKED}", "~", "evt-1", "#1"]) | st.text(
    min_size=1
)
TYPES = st.sampled_from(["participant.joined", "#0", "#", "session.corrected", "x"])


def event(
    event_id: str = "evt-1", event_type: str = "x", payload: str | None = "{}"
) -> StoredEvent:
    fact = Joined("p", Room("math", "Mathematics"), Participant("mei"), 5)
    session_id = session_id_for("source", "p")
    return StoredEvent(
        "source",
        event_id,
        event_type,
        5,
        7,
        "0123456789abcdef",
        (fact,),
        payload,
        "math",
        session_id,
    )


def row_of(one: StoredEvent) -> list[object]:
    values = {"payload": None, **from_event("org", one)}
    return [values[column] for column in COLUMNS]


@given(IDS, TYPES, st.none() | st.sampled_from(["{}", '{"id":"evt-1"}']))
def test_what_is_written_is_read_again(event_id: str, event_type: str, payload: str | None) -> None:
    one = event(event_id, event_type, payload)
    read = to_event(row_of(one))
    assert read.session_id == presence_key(one.session_id or "")
    assert (read.event_id, read.event_type) == (event_id, event_type)
    assert (read.facts, read.payload, read.body_hash) == (one.facts, payload, one.body_hash)


@given(IDS)
def test_what_is_written_anew_keeps_its_key(event_id: str) -> None:
    row = row_of(event(event_id))
    anew = rewritten("org", row, to_event(row))
    assert anew["event_id"] == row[COLUMNS.index("event_id")]
    assert anew["session_id"] == row[COLUMNS.index("session_id")]


@given(IDS, IDS)
def test_an_event_is_known_by_its_id_alone(stored: str, asked: str) -> None:
    values = from_event("org", event(stored))
    row = (values["event_id"], values["body_hash"], values["written"])
    assert values["event_id"] in stored_ids([stored])
    if row[0] in stored_ids([asked]):
        found = hashes_found([asked], [row])
        assert found == {asked: "0123456789abcdef" if asked == stored else TAKEN}
    else:
        assert asked != stored


def test_an_id_that_looks_like_a_packed_one_is_never_taken_for_it() -> None:
    as_it_came = from_event("org", event(PACKED))
    assert (as_it_came["event_id"], as_it_came["written"]) == (PACKED, None)
    packed = from_event("org", event(UUID))
    assert (packed["event_id"], packed["written"]) == (PACKED, 1)
    assert hashes_found([UUID], [(PACKED, "hash", None)]) == {UUID: TAKEN}
    assert hashes_found([PACKED], [(PACKED, "hash", 1)]) == {PACKED: TAKEN}


def test_a_hash_of_before_is_as_long_as_one_of_today() -> None:
    assert hashes_found(["a"], [("a", "00" * 32, None)]) == {"a": "A" * 16}
    assert hashes_found(["a"], [("a", "", None)]) == {"a": ""}
