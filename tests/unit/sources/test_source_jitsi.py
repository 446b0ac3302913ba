"""Self-hosted Jitsi: one stay per join, whole classes told by the end of a room, and who is nobody."""

import json
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from rollbook.domain.events import EndEvidence, Fact, Joined, Left, Role, RoomFinished
from rollbook.domain.sessions import fold
from rollbook.service.platforms import BadSignature, Delivery, TranslationSettings, WebhookRequest
from rollbook.sources.jitsi import Jitsi

FIXTURES = Path(__file__).parents[2] / "fixtures" / "webhooks" / "jitsi"
JITSI = Jitsi()
START = 1_795_424_401
NOW = 1_795_430_000_000


def event_of(name: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((FIXTURES / f"{name}.json").read_text())
    return event


def delivered(event: dict[str, Any]) -> list[Delivery]:
    request = WebhookRequest({}, json.dumps(event).encode())
    return list(JITSI.translate(request, TranslationSettings(), NOW))


def facts_of(name: str, occupant: dict[str, Any] | None = None, **change: Any) -> tuple[Fact, ...]:
    event = {**event_of(name), **change}
    if occupant:
        event["occupant"] = {**event["occupant"], **occupant}
    (delivery,) = delivered(event)
    return delivery.facts


def joined(occupant: dict[str, Any], **change: Any) -> Joined:
    (fact,) = facts_of("muc-occupant-joined", occupant, **change)
    assert isinstance(fact, Joined)
    return fact


def test_the_end_of_a_room_tells_of_everybody_who_was_in_it() -> None:
    *people, room = delivered(event_of("_muc-room-destroyed.whole_class"))
    told = [fact for one in people for fact in one.facts]
    assert [
        (fact.participant.uid, fact.joined_at, fact.at)
        for fact in told
        if isinstance(fact, Left) and fact.participant
    ] == [
        ("user-1042", START * 1000, (START + 1843) * 1000),
        (
            "f1d4a0b7-62c3-4f7e-9a58-0c3e5b7d9f10@meet.example.org/nT3kXq0a",
            (START + 59) * 1000,
            (START + 1900) * 1000,
        ),
    ]
    assert [len(one.facts) for one in people] == [1, 1, 0]  # the third is the recorder
    (finished,) = room.facts
    assert isinstance(finished, RoomFinished)
    assert (finished.at, finished.started_at) == ((START + 1900) * 1000, (START - 1) * 1000)


def test_each_of_them_is_an_event_of_its_own_that_stays_the_same() -> None:
    event = event_of("_muc-room-destroyed.whole_class")
    once, again = delivered(event), delivered(event)
    assert once == again
    ids = [one.event_id for one in once]
    left = facts_of("muc-occupant-left")
    assert len({*ids, delivered(event_of("muc-occupant-left"))[0].event_id}) == 5
    assert once[0].facts == left  # the same stay, so it changes nothing that was told before


def test_a_class_that_comes_and_goes_in_the_same_seconds_is_told_of_one_by_one() -> None:
    event = event_of("_muc-room-destroyed.whole_class")
    event["all_occupants"] = [
        {"occupant_jid": f"{n}@meet.example.org/x", "joined_at": START, "left_at": START + 60}
        for n in range(500)
    ]
    assert len({one.event_id for one in delivered(event)}) == 501


def test_of_each_of_them_the_event_is_kept_without_the_others() -> None:
    *people, room = delivered(event_of("_muc-room-destroyed.whole_class"))
    for one, occupant in zip(
        people, event_of("_muc-room-destroyed.whole_class")["all_occupants"], strict=True
    ):
        payload = json.loads(one.payload)
        assert payload["occupant"] == occupant
        assert "all_occupants" not in payload
        assert JITSI.facts(payload, TranslationSettings(), NOW) == one.facts
    assert json.loads(room.payload) == event_of("_muc-room-destroyed.whole_class")


def test_who_is_lost_in_every_event_but_the_rooms_end_is_in_the_ledger() -> None:
    told = [
        fact for one in delivered(event_of("_muc-room-destroyed.whole_class")) for fact in one.facts
    ]
    for order in permutations([*told, *facts_of("muc-occupant-joined")]):
        sessions = fold("source", order, JITSI.presences).values()
        assert sorted((one.joined_at, one.left_at, one.left_by) for one in sessions) == [
            (START * 1000, (START + 1843) * 1000, EndEvidence.LEAVE),
            ((START + 59) * 1000, (START + 1900) * 1000, EndEvidence.LEAVE),
        ]


def test_who_is_there_when_a_room_ends_has_left_with_it() -> None:
    for breakout in ({}, {"is_breakout": True, "breakout_room_id": "b"}):
        event = {**event_of("_muc-room-destroyed.whole_class"), **breakout}
        del event["all_occupants"][0]["left_at"]
        (left,) = delivered(event)[0].facts
        assert isinstance(left, Left)
        assert (left.at, left.joined_at) == ((START + 1900) * 1000, START * 1000)


def test_a_breakout_room_ends_nothing_and_begins_nothing() -> None:
    assert facts_of("muc-room-destroyed")
    assert facts_of("muc-room-created")
    for name in ("muc-room-destroyed", "muc-room-created"):
        assert facts_of(name, is_breakout=True) == ()
        assert facts_of(name, breakout_room_id="b") == ()


def test_the_times_in_breakout_rooms_add_up_in_the_main_room() -> None:
    """A move is a leave and a join of another stay, of the same person in the same room."""
    stays = [
        joined({"joined_at": START}),
        joined({"joined_at": START + 600}, breakout_room_id="b", is_breakout=True),
        joined({"joined_at": START + 900}),
    ]
    assert len({stay.presence_id for stay in stays}) == 3
    assert {stay.room.room_id for stay in stays} == {"physics-7b@conference.meet.example.org"}
    assert {stay.participant.uid for stay in stays} == {"user-1042"}


def test_a_stay_is_one_of_its_room_its_connection_and_its_beginning() -> None:
    one = joined({})
    for other in (
        joined({}, room_jid="art@conference.meet.example.org"),
        joined({}, breakout_room_id="b"),
        joined({"occupant_jid": "other@meet.example.org/x"}),
        joined({"joined_at": START + 1}),
    ):
        assert other.presence_id != one.presence_id
    assert joined({"joined_at": str(START)}).presence_id == one.presence_id


def test_a_person_goes_by_the_most_lasting_name() -> None:
    names: dict[str, Any] = {"id": "i", "email": "e"}
    for name, uid in names.items():
        assert joined(names).participant.uid == uid
        names = {**names, name: ""}
    assert (
        joined(names).participant.uid == event_of("muc-occupant-joined")["occupant"]["occupant_jid"]
    )


@pytest.mark.parametrize(
    "jid",
    [
        "recorder@recorder.meet.example.org/Jq0dV7aP",
        "Recorder@Recorder.Meet.Example.org/x",
        "anybody@recorder.meet.example.org/x",
        "anybody@hidden.meet.example.org/x",
        "transcriber@meet.example.org/x",
        "transcriber2@auth.meet.example.org/x",
        "focus@auth.meet.example.org/focus",
        "jvb@auth.meet.example.org/x",
        "jibri@auth.meet.example.org/x",
    ],
)
def test_machines_are_nobody(jid: str) -> None:
    for name in ("muc-occupant-joined", "muc-occupant-left"):
        assert facts_of(name, {"occupant_jid": jid}) == ()


@pytest.mark.parametrize(
    "jid",
    [
        "jigasi@auth.meet.example.org/phone",  # who calls by phone
        "focus.miller@meet.example.org/x",
        "anna@recorderschool.example.org/x",
    ],
)
def test_people_are_somebody_whatever_they_are_called(jid: str) -> None:
    assert joined({"occupant_jid": jid, "name": "Recorder"}).participant.name == "Recorder"


def test_a_moderator_is_told_where_the_module_tells_of_users() -> None:
    assert joined({"moderator": True}).participant.role is Role.MODERATOR
    assert joined({"moderator": False}).participant.role is Role.STUDENT
    assert joined({"moderator": True, "role": "teacher"}).participant.role is Role.TEACHER


def test_without_its_beginning_or_its_connection_no_stay_is_known() -> None:
    for lacking in ({"joined_at": None}, {"joined_at": "soon"}, {"occupant_jid": ""}):
        assert facts_of("muc-occupant-joined", lacking) == ()
    assert facts_of("muc-occupant-joined", room_jid=None) == ()


def test_a_leave_without_its_time_is_of_when_it_came() -> None:
    (left,) = facts_of("muc-occupant-left", {"left_at": None})
    assert left.at == NOW


def test_the_operators_header_must_have_the_operators_value() -> None:
    secrets = [
        {"header": "Authorization", "value": "Bearer one"},
        {"header": "X-Two", "value": "2"},
    ]
    for headers in ({"authorization": "Bearer one"}, {"x-two": "2"}):
        JITSI.verify(WebhookRequest(headers, b"{}"), secrets, NOW)
    for headers in ({}, {"authorization": "Bearer two"}, {"x-two": ""}, {"": "2"}):
        with pytest.raises(BadSignature):
            JITSI.verify(WebhookRequest(headers, b"{}"), secrets, NOW)


def test_half_a_secret_beside_a_whole_one_opens_nothing() -> None:
    whole = {"header": "X-One", "value": "1"}
    for half in (
        {"header": "X-Two", "value": ""},
        {"header": "", "value": "2"},
        {"header": "X-Two"},
    ):
        for headers in ({}, {"x-two": ""}, {"": "2"}, {"": ""}):
            with pytest.raises(BadSignature):
                JITSI.verify(WebhookRequest(headers, b"{}"), [whole, half], NOW)


def test_the_configuration_of_prosody_names_the_address_and_the_header() -> None:
    text = JITSI.to_paste("https://host/v1/webhooks/jitsi/abc", {"header": "X-Secret"})
    assert 'api_prefix = "https://host/v1/webhooks/jitsi/abc"\n' in text
    assert '{ ["X-Secret"] = "YOUR-VALUE" }' in text
