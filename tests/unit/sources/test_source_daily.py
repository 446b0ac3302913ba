"""Daily: the test of the address, its clock in two units, and its hidden participants."""

import hashlib
import hmac
import json
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any

import pytest

from rollbook.domain.events import Fact, Joined, Left, Role
from rollbook.service.platforms import (
    BadSignature,
    TranslationSettings,
    UnreadableDelivery,
    WebhookRequest,
)
from rollbook.sources.daily import Daily

FIXTURES = Path(__file__).parents[2] / "fixtures" / "webhooks" / "daily"
DAILY = Daily()
NOW = 1_795_426_245_107
SECRET = {"secret": b64encode(b"0123456789abcdef0123456789abcdef").decode()}


def signed(body: bytes, stamp: str, key: str = SECRET["secret"]) -> WebhookRequest:
    mac = hmac.new(b64decode(key), stamp.encode() + b"." + body, hashlib.sha256)
    signature = b64encode(mac.digest()).decode()
    return WebhookRequest({"x-webhook-timestamp": stamp, "x-webhook-signature": signature}, body)


def facts_of(name: str, **change: Any) -> tuple[Fact, ...]:
    event = json.loads((FIXTURES / f"{name}.json").read_text())
    event["payload"].update(change)
    request = WebhookRequest({}, json.dumps(event).encode())
    (delivery,) = DAILY.translate(request, TranslationSettings(), NOW)
    return delivery.facts


@pytest.mark.parametrize("stamp", [str(NOW), str(NOW // 1000), "1795426245.107"])
def test_a_timestamp_is_in_seconds_or_milliseconds(stamp: str) -> None:
    DAILY.verify(signed(b"{}", stamp), [SECRET], NOW)
    with pytest.raises(BadSignature, match="over 30 minutes"):
        DAILY.verify(signed(b"{}", stamp), [SECRET], NOW + 31 * 60_000)


@pytest.mark.parametrize("stamp", ["soon", "1e12", "-1", "9" * 17, "²", "NaN"])
def test_a_signed_timestamp_that_is_none_is_refused(stamp: str) -> None:
    with pytest.raises(BadSignature, match="not a number"):
        DAILY.verify(signed(b"{}", stamp), [SECRET], NOW)


@pytest.mark.parametrize("secret", ["not base64", "====", "=", "Zg"])
def test_a_secret_that_is_no_key_opens_nothing(secret: str) -> None:
    for key in ("", "Zg=="):
        with pytest.raises(BadSignature):
            DAILY.verify(signed(b"{}", str(NOW), key), [{"secret": secret}], NOW)


@pytest.mark.parametrize("body", [b'{"test":"test"}', b'{\n  "test": "test"\n}\n'])
def test_the_test_of_the_address_is_answered_unsigned(body: bytes) -> None:
    assert json.loads(DAILY.handshake(WebhookRequest({}, body), [], NOW) or b"") == {}


def test_the_recorded_test_of_the_address_is_answered() -> None:
    body = (FIXTURES / "_verification_request.json").read_bytes()
    assert DAILY.handshake(WebhookRequest({}, body), [SECRET], NOW) is not None
    with pytest.raises(UnreadableDelivery):  # and could never be recorded
        DAILY.translate(WebhookRequest({}, body), TranslationSettings(), NOW)


@pytest.mark.parametrize("body", [b"", b"{}", b'{"test":"test","type":"x"}', b'{"test":"other"}'])
def test_nothing_else_passes_for_the_test_of_the_address(body: bytes) -> None:
    assert DAILY.handshake(WebhookRequest({}, body), [SECRET], NOW) is None


@pytest.mark.parametrize("name", ["participant.joined", "participant.left"])
def test_who_is_hidden_does_not_count(name: str) -> None:
    assert facts_of(name, permissions={"hasPresence": False}) == ()
    assert len(facts_of(name, permissions={"hasPresence": True})) == 1
    assert len(facts_of(name, permissions=None)) == 1


def test_a_leave_is_the_join_and_its_duration_else_when_it_was_sent() -> None:
    for duration, at in (
        (10, 1_795_424_411_342),
        (0.5, 1_795_424_401_842),
        (None, NOW),
        ("x", NOW),
    ):
        (leave,) = facts_of("participant.left", duration=duration)
        assert isinstance(leave, Left)
        assert (leave.at, leave.joined_at) == (at, 1_795_424_401_342)
    (leave,) = facts_of("participant.left", joined_at=None)
    assert isinstance(leave, Left)
    assert (leave.at, leave.joined_at) == (NOW, None)


def test_owners_teach_and_others_have_the_default_role() -> None:
    for owner, role in ((True, Role.TEACHER), (False, Role.STUDENT), (None, Role.STUDENT)):
        (join,) = facts_of("participant.joined", owner=owner)
        assert isinstance(join, Joined)
        assert join.participant.role is role


def test_a_room_may_be_called_room_name() -> None:
    (join,) = facts_of("participant.joined", room=None, room_name="other")
    assert join.room.room_id == "other"


def test_somebody_without_a_token_goes_by_the_id_of_the_presence() -> None:
    (join,) = facts_of("participant.joined", user_id=None)
    assert isinstance(join, Joined)
    assert join.participant.uid == join.presence_id
