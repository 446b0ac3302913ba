"""Zoom's Video SDK as a platform of its own: what a session tells, and Zoom's own test."""

import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest

from rollbook.domain.events import Fact, Joined
from rollbook.domain.sessions import fold
from rollbook.service.platforms import BadSignature, TranslationSettings, WebhookRequest
from rollbook.sources.table import SOURCE_KINDS

FIXTURES = Path(__file__).parents[2] / "fixtures" / "webhooks" / "zoom-video-sdk"
SDK = SOURCE_KINDS["zoom-video-sdk"]
NOW = 1_795_424_402_000


def facts_of(name: str, **user: Any) -> tuple[Fact, ...]:
    event = json.loads((FIXTURES / f"session.{name}.json").read_text())
    event["payload"]["object"].setdefault("user", {}).update(user)
    request = WebhookRequest({}, json.dumps(event).encode())
    (delivery,) = SDK.translate(request, TranslationSettings(), NOW)
    return delivery.facts


def joined(name: str = "user_joined", **user: Any) -> Joined:
    (fact,) = facts_of(name, **user)
    assert isinstance(fact, Joined)
    return fact


def test_a_stay_in_a_session_is_from_the_join_to_the_leave() -> None:
    told = [*facts_of("user_left"), *facts_of("started"), *facts_of("user_joined")]
    (session,) = fold("source", told, SDK.presences).values()
    assert (session.joined_at, session.left_at) == (1_795_424_401_000, 1_795_426_244_000)
    assert (session.room_id, session.participant_id) == ("class-9", "user-1042")


def test_the_end_of_a_session_closes_who_is_in_it() -> None:
    told = [*facts_of("user_joined"), *facts_of("ended")]
    (session,) = fold("source", told, SDK.presences).values()
    assert session.left_at == 1_795_426_265_000


def test_a_person_is_the_users_key_else_the_number_they_call_from() -> None:
    assert joined().participant.uid == "user-1042"
    assert joined("user_joined.phone").participant.uid == "15550100200"
    assert joined(user_key="").participant.uid == "67C1A429-1476-BE1C-7324-EDCA76B69406"


def test_without_a_uuid_the_number_within_the_session_is_the_presence() -> None:
    one, other = joined(participant_uuid=""), joined(participant_uuid="", id="16779264")
    assert one.presence_id == "v1Ge+oaoRxyUSg==:16778240"
    assert one.presence_id != other.presence_id


def test_the_test_of_the_address_is_answered_to_zoom_alone() -> None:
    body = b'{"event":"endpoint.url_validation","payload":{"plainToken":"abc"},"event_ts":1}'
    stamp = str(NOW // 1000)
    mac = hmac.new(b"the-token", f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
    headers = {"x-zm-request-timestamp": stamp, "x-zm-signature": f"v0={mac}"}
    answer = SDK.handshake(WebhookRequest(headers, body), [{"secret": "the-token"}], NOW)
    assert answer is not None
    encrypted = hmac.new(b"the-token", b"abc", hashlib.sha256).hexdigest()
    assert json.loads(answer) == {"plainToken": "abc", "encryptedToken": encrypted}
    with pytest.raises(BadSignature):
        SDK.handshake(WebhookRequest(headers, body), [{"secret": "another"}], NOW)
