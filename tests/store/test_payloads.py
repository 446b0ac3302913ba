"""Payloads as bytes: every one is read again as it was, in few bytes, and never as another one."""

import json
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollbook.domain.errors import StoreUnavailable
from rollbook.domain.events import Left, Participant, Role, Room, RoomFinished, RoomStarted
from rollbook.service.platforms import TranslationSettings, WebhookRequest
from rollbook.sources.livekit.webhooks import LiveKit
from rollbook.store import payloads
from rollbook.store.payload_words import WORDS, number_for
from rollbook.store.payloads import known_of_row, payload_from_bytes, payload_to_bytes
from rollbook.web.api.event_shapes import ReadEvent, from_json

LIVEKIT = Path(__file__).parent.parent / "fixtures" / "webhooks" / "livekit"
OWN = {
    "id": "evt-1",
    "ipAddress": "203.0.113.9",
    "participant": {"name": "Jürgen", "role": "STUDENT", "uid": "student-1"},
    "roomId": "math-101",
    "roomTitle": "Calculus I",
    "sessionId": "visit-77",
    "time": "2024-01-15T09:05:30.000Z",
    "type": "participant.joined",
}
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0")) | st.sampled_from(
    ["{}", '{"id":"', '{"event":"participant_joined"', "a" * 100_000]
)


@given(TEXTS, st.binary(max_size=400))
def test_what_is_written_is_read_again(payload: str, known: bytes) -> None:
    data = payload_to_bytes(payload, known)
    assert payload_from_bytes(data, known) == payload
    assert len(data) <= max(3, len(payload.encode()) + 1)


def own_event(**changes: object) -> tuple[str, bytes]:
    """Its payload, and what its row tells."""
    (event,) = from_json(json.dumps([OWN | changes]).encode(), "application/json")
    assert isinstance(event, ReadEvent)
    told = event.delivery
    known = known_of_row(told.event_id, told.event_type, told.occurred_at, told.facts)
    return told.payload, known


def test_of_our_own_events_hardly_anything_is_left() -> None:
    assert len(payload_to_bytes(*own_event())) == 3
    assert len(payload_to_bytes(*own_event(time="2024-01-15T09:05:30Z"))) == 3
    assert len(payload_to_bytes(*own_event(time="2024-01-15T10:05:30+01:00"))) <= 30
    assert len(payload_to_bytes(*own_event(note="as it is"))) <= 40


@pytest.mark.parametrize("time", ["09:05:30.000Z", "09:05:30Z", "09:05:30.5Z", "09:05:30+00:00"])
def test_our_own_events_are_read_again_however_they_tell_the_time(time: str) -> None:
    payload, known = own_event(time=f"2024-01-15T{time}", roomTitle='At 30.000Z"')
    assert payload_from_bytes(payload_to_bytes(payload, known), known) == payload


@pytest.mark.parametrize("name", ["participant_joined", "participant_left", "room_finished"])
def test_of_livekits_events_a_sixth_is_left(name: str) -> None:
    body = (LIVEKIT / f"{name}.json").read_bytes()
    (told,) = LiveKit().translate(WebhookRequest({}, body), TranslationSettings(), 0)
    known = known_of_row(told.event_id, told.event_type, told.occurred_at, told.facts)
    assert len(payload_to_bytes(told.payload, known)) < len(told.payload) / 6


def test_a_row_that_is_not_what_it_was_is_no_reason_for_another_payload() -> None:
    payload, known = own_event()
    _, other = own_event(roomId="math-102")
    with pytest.raises(StoreUnavailable, match="damaged"):
        payload_from_bytes(payload_to_bytes(payload, known), other)


@pytest.mark.parametrize("damage", [lambda b: b[:-2], lambda b: b"\xff" + b[1:], lambda b: b[:1]])
def test_damage_is_told(damage: "object") -> None:
    payload, known = own_event(note="as it is")
    with pytest.raises(StoreUnavailable, match="damaged"):
        payload_from_bytes(damage(payload_to_bytes(payload, known)), known)  # type: ignore[operator]  # it is a function


def test_no_more_is_read_than_a_payload_can_have(monkeypatch: pytest.MonkeyPatch) -> None:
    data = payload_to_bytes("a" * 5_000, b"")
    monkeypatch.setattr(payloads, "MOST_BYTES", 4_999)
    with pytest.raises(StoreUnavailable, match="damaged"):
        payload_from_bytes(data, b"")
    plain = payload_to_bytes("a" * 5_000, b"")
    assert payload_from_bytes(plain, b"") == "a" * 5_000


def test_words_stay_what_they_were() -> None:
    """Whoever changes them takes payloads from ledgers: new words are another number."""
    sums = {number: zlib.crc32(words) for number, words in WORDS.items()}
    assert sums == {1: 2322628628, 2: 2816391780, 3: 537161170}
    assert {number_for(one) for one in ("{", '{"id":1}', '{"event":"room_started"}')} == {1, 2, 3}


def test_what_a_row_tells_is_told_in_the_same_words_for_ever() -> None:
    _, known = own_event()
    assert (
        known.decode()
        == f"[[1705309530000],{json.dumps(OWN, ensure_ascii=False, separators=(',', ':'))}]"
    )


def test_a_row_tells_whatever_its_first_fact_does_in_the_order_of_the_names() -> None:
    room = Room("math", 'The "title"', "run")
    person = Participant("mei", "Mei", Role.STUDENT, "7")
    left = Left("p", room, person, 61_000, 1_000, "203.0.113.9", "Browser")
    known = known_of_row("e", "left", 61_000, (left, RoomFinished(room, 5)))
    said = {
        "id": "e",
        "ipAddress": "203.0.113.9",
        "joinedAt": "1970-01-01T00:00:01.000Z",
        "participant": {"identity": "7", "name": "Mei", "role": "STUDENT", "uid": "mei"},
        "roomId": "math",
        "roomInstanceId": "run",
        "roomTitle": 'The "title"',
        "sessionId": "p",
        "time": "1970-01-01T00:01:01.000Z",
        "type": "left",
        "userAgent": "Browser",
    }
    assert known.decode() == json.dumps([[61_000, 1_000], said], separators=(",", ":"))
    assert list(said) == sorted(said)
    bare = known_of_row("e", "x", 0, ())
    assert bare == b'[[0],{"id":"e","time":"1970-01-01T00:00:00.000Z","type":"x"}]'
    begun = known_of_row("e", "x", 0, (RoomStarted(Room("r"), 0),))
    assert json.loads(begun)[1]["roomId"] == "r"
