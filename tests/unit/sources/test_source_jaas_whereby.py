"""JaaS and Whereby, which sign alike: `t=<timestamp>,v1=<signature>`."""

import hashlib
import hmac
import json
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from rollbook.domain.events import Fact, Joined, Left, Role
from rollbook.service.platforms import BadSignature, TranslationSettings, WebhookRequest
from rollbook.sources.jaas import JaaS
from rollbook.sources.table import SOURCE_KINDS
from rollbook.sources.whereby import Whereby

FIXTURES = Path(__file__).parents[2] / "fixtures" / "webhooks"
NOW = 1_795_424_403_000
SECRET = {"secret": "whsec_of_the_tests"}
HEADERS = {"jaas": "x-jaas-signature", "whereby": "whereby-signature"}


def signature(kind: str, stamp: str, body: bytes = b"{}") -> str:
    mac = hmac.new(SECRET["secret"].encode(), stamp.encode() + b"." + body, hashlib.sha256)
    return b64encode(mac.digest()).decode() if kind == "jaas" else mac.hexdigest()


def verify(kind: str, header: str) -> None:
    SOURCE_KINDS[kind].verify(WebhookRequest({HEADERS[kind]: header}, b"{}"), [SECRET], NOW)


@pytest.mark.parametrize("kind", HEADERS)
@pytest.mark.parametrize("stamp", ["1795424403", "1795424403000"])
def test_the_header_may_hold_several_signatures_and_schemes(kind: str, stamp: str) -> None:
    right = signature(kind, stamp)
    for header in (
        f"t={stamp},v1={right}",
        f"v1={right},t={stamp}",
        f"t={stamp}, v1={right}",
        f"t={stamp},v1=AAAA,v1={right}",
        f"t={stamp},v2=AAAA,v1={right},x",
    ):
        verify(kind, header)


@pytest.mark.parametrize("kind", HEADERS)
def test_a_header_of_another_form_is_refused(kind: str) -> None:
    right = signature(kind, "1795424403")
    for header in (
        right,
        f"v1={right}",
        "t=1795424403",
        f"t=1795424403,v0={right}",
        f"t=1795424403,t=1795424403,v1={right}",
        f"t=1795424404,v1={right}",
        f"t=,v1={signature(kind, '')}",
        f"t=now,v1={signature(kind, 'now')}",
        f"t=1795424403,v1={right.upper()}",
        "t=1795424403,v1=",
    ):
        with pytest.raises(BadSignature):
            verify(kind, header)


# --- JaaS ------------------------------------------------------------------------------------


def jaas(name: str, **data: Any) -> tuple[Fact, ...]:
    event = json.loads((FIXTURES / "jaas" / f"{name}.json").read_text())
    event["data"].update(data)
    request = WebhookRequest({}, json.dumps(event).encode())
    (delivery,) = JaaS().translate(request, TranslationSettings(), NOW)
    return delivery.facts


@pytest.mark.parametrize(
    ("moderator", "role"),
    [
        (True, Role.MODERATOR),
        ("true", Role.MODERATOR),
        (False, Role.STUDENT),
        ("false", Role.STUDENT),
    ],
)
def test_a_moderator_is_told_by_truth_or_text(moderator: object, role: Role) -> None:
    (join,) = jaas("PARTICIPANT_JOINED", moderator=moderator)
    assert isinstance(join, Joined)
    assert join.participant.role is role


@pytest.mark.parametrize("is_breakout", [True, "true"])
@pytest.mark.parametrize("name", ["ROOM_CREATED", "ROOM_DESTROYED"])
def test_a_breakout_room_does_not_end_the_room(name: str, is_breakout: object) -> None:
    assert jaas(name, isBreakout=is_breakout) == ()
    assert len(jaas(name, isBreakout="false")) == 1


def test_a_move_to_a_breakout_room_is_a_leave_and_a_join_of_one_presence_in_one_room() -> None:
    (leave,) = jaas("PARTICIPANT_LEFT.switch_room")
    (join,) = jaas("PARTICIPANT_JOINED.breakout")
    assert isinstance(leave, Left)
    assert isinstance(join, Joined)
    assert leave.moves
    assert leave.presence_id == join.presence_id
    assert leave.room == join.room
    assert leave.at <= join.at


def test_only_a_switch_of_rooms_is_a_move() -> None:
    for reason in ("left", "kicked", "unknown", "unrecoverable_error", None):
        (leave,) = jaas("PARTICIPANT_LEFT", disconnectReason=reason)
        assert isinstance(leave, Left)
        assert not leave.moves


def test_old_events_have_a_short_id_that_is_good_for_one_run_of_the_room() -> None:
    (join,) = jaas("PARTICIPANT_JOINED", participantJid=None)
    assert isinstance(join, Joined)
    assert join.presence_id == "7b0d6e51-2f43-4f0c-9a8e-64c1d5b2e790:4fd2c1a9"
    assert jaas("PARTICIPANT_JOINED", participantJid=None, participantId=None) == ()


def test_a_guest_without_id_goes_by_email_or_presence() -> None:
    for data, uid in (
        ({"id": ""}, "maria.nunez@example.com"),
        ({"id": "", "email": ""}, "4fd2c1a9-0b7e-4c36-9d58-a1e6f3b2c704@8x8.vc"),
    ):
        (join,) = jaas("PARTICIPANT_JOINED", **data)
        assert isinstance(join, Joined)
        assert join.participant.uid == uid


# --- Whereby ---------------------------------------------------------------------------------


def whereby(name: str, **data: Any) -> tuple[Fact, ...]:
    settings = data.pop("settings", TranslationSettings())
    event = json.loads((FIXTURES / "whereby" / f"room.client.{name}.json").read_text())
    event["data"].update(data)
    request = WebhookRequest({}, json.dumps(event).encode())
    (delivery,) = Whereby().translate(request, settings, NOW)
    return delivery.facts


@pytest.mark.parametrize("name", ["joined", "left"])
@pytest.mark.parametrize("role", ["recorder", "streamer", "captioner", "assistant", "RECORDER"])
def test_machines_do_not_count_nor_does_an_unknown_role(name: str, role: str) -> None:
    assert whereby(name, roleName=role) == ()


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("owner", Role.TEACHER),
        ("host", Role.TEACHER),
        ("member", Role.STUDENT),
        ("visitor", Role.STUDENT),
        ("granted_visitor", Role.STUDENT),
        ("viewer", Role.STUDENT),
        ("granted_viewer", Role.STUDENT),
        (None, Role.STUDENT),
    ],
)
def test_people_have_these_roles(name: object, role: Role) -> None:
    (join,) = whereby("joined", roleName=name)
    assert isinstance(join, Joined)
    assert join.participant.role is role


def test_a_role_that_the_organization_has_a_word_for_is_a_persons() -> None:
    settings = TranslationSettings(role_names={"cohost": Role.MODERATOR})
    (join,) = whereby("joined", roleName="cohost", settings=settings)
    assert isinstance(join, Joined)
    assert join.participant.role is Role.MODERATOR


def test_an_address_may_stand_in_the_metadata() -> None:
    (join,) = whereby("joined", metadata='{"ipAddress": "203.0.113.57"}')
    assert isinstance(join, Joined)
    assert join.ip_address == "203.0.113.57"


def test_rooms_are_told_apart_by_their_name_else_by_their_meeting() -> None:
    (named,), (numbered,) = whereby("joined"), whereby("joined", roomName=None)
    assert named.room.room_id == "consult-8842-5f0e9a31-77c4-4a0b-9d2e-c81b6f4d2e90"
    assert numbered.room.room_id == "71350482"
    assert named.room.instance_id is None


def _of_call(happened: str, **data: object) -> tuple[Fact, ...]:
    event = {"eventType": happened, "fqn": "app/physics", "timestamp": NOW, "data": data}
    return JaaS().facts(event, TranslationSettings(), NOW)


def test_who_calls_by_sip_goes_by_the_address_even_where_the_name_is_a_number() -> None:
    call = {"participantFullJid": "gw@8x8.vc/s1", "nick": "101", "sipAddress": "101@pbx.example"}
    (joined,) = _of_call("SIP_CALL_IN_STARTED", **call)
    assert isinstance(joined, Joined)
    assert joined.participant.uid == "101@pbx.example"


def test_transcribers_are_no_people_wherever_they_sign_in() -> None:
    for jid in ("transcriber@recorder.8x8.vc/a", "transcribera@internal.auth.8x8.vc/a"):
        assert _of_call("PARTICIPANT_JOINED", participantJid=jid, name="T") == ()
