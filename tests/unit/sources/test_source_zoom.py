"""Zoom: the test of the address, who a guest is, and what a presence is made of."""

import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest

from rollbook.domain.events import Fact, Joined, Role
from rollbook.service.platforms import BadSignature, Delivery, TranslationSettings, WebhookRequest
from rollbook.sources.zoom.webhooks import Zoom

FIXTURES = Path(__file__).parents[2] / "fixtures" / "webhooks"
ZOOM = Zoom()
NOW = 1_795_424_402_000
SECRET = {"secret": "the-secret-token"}
TEST: dict[str, Any] = next(
    raw
    for raw in json.loads((FIXTURES / "signatures.json").read_text())
    if raw["event"] == "endpoint.url_validation"
)


def signed(body: bytes, secret: str = SECRET["secret"], now: int = NOW) -> WebhookRequest:
    stamp = str(now // 1000)
    mac = hmac.new(secret.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256)
    headers = {"x-zm-request-timestamp": stamp, "x-zm-signature": f"v0={mac.hexdigest()}"}
    return WebhookRequest(headers, body)


def delivered(name: str, **change: Any) -> Delivery:
    event = json.loads((FIXTURES / "zoom" / f"meeting.{name}.json").read_text())
    meeting = event["payload"]["object"]
    meeting.setdefault("participant", {}).update(change.pop("participant", {}))
    meeting.update(change.pop("meeting", {}))
    event.update(change)
    request = WebhookRequest({}, json.dumps(event).encode())
    (delivery,) = ZOOM.translate(request, TranslationSettings(), NOW)
    return delivery


def facts_of(name: str, **change: Any) -> tuple[Fact, ...]:
    return delivered(name, **change).facts


def joined(**participant: Any) -> Joined:
    (fact,) = facts_of("participant_joined", participant=participant)
    assert isinstance(fact, Joined)
    return fact


def test_the_test_of_the_address_is_answered_as_zoom_expects() -> None:
    headers = {name.lower(): value for name, value in TEST["headers"].items()}
    request = WebhookRequest(headers, TEST["body"].encode())
    secrets = [SECRET, {"secret": TEST["secret"]}]
    answer = ZOOM.handshake(request, secrets, 1_795_424_000_123)
    assert answer is not None
    assert json.loads(answer) == TEST["expected_response"]["json"]


def test_a_stranger_gets_no_answer() -> None:
    """The answer is an HMAC of the stranger's text: it would be a signature for any delivery."""
    body = b'{"event":"endpoint.url_validation","payload":{"plainToken":"v0:1795424402:{}"}}'
    for request in (
        WebhookRequest({}, body),
        signed(body, "another secret"),
        signed(body, now=NOW - 3 * 3_600_000),
        WebhookRequest(signed(body).headers, body.replace(b"{}", b"[]")),
    ):
        with pytest.raises(BadSignature):
            ZOOM.handshake(request, [SECRET], NOW)


@pytest.mark.parametrize(
    "body",
    [
        b'{"event":"meeting.started","topic":"endpoint.url_validation"}',
        b'{"event":"endpoint.url_validation"}',
        b'{"event":"endpoint.url_validation","payload":{"plainToken":7}}',
        b'{"event":"endpoint.url_validation","payload":[]}',
        b'["endpoint.url_validation"]',
        b'"endpoint.url_validation"',
        b"endpoint.url_validation",
        b'{"a":"endpoint.url_validation","b":' + b"[" * 50_000,
    ],
)
def test_what_only_mentions_the_test_is_an_ordinary_delivery(body: bytes) -> None:
    assert ZOOM.handshake(signed(body), [SECRET], NOW) is None


def test_a_person_goes_by_the_most_lasting_name() -> None:
    everything: dict[str, Any] = {
        "customer_key": "c", "registrant_id": "r", "id": "i", "participant_user_id": "p",
        "email": "e", "participant_uuid": "u",
    }  # fmt: skip
    for name, uid in everything.items():
        assert joined(**everything).participant.uid == uid
        everything = {**everything, name: ""}
    assert joined(**everything).participant.uid == "qv3HcB2wT1SmYd0xKfLr8A==:16778240"


def test_the_number_within_a_meeting_is_nobodys_name() -> None:
    """`user_id` starts from the same number in every meeting."""
    names = ("customer_key", "registrant_id", "id", "participant_user_id", "email")
    blank = dict.fromkeys((*names, "participant_uuid"), "")
    here, there = (
        facts_of("participant_joined", participant=blank, meeting={"uuid": uuid})[0]
        for uuid in ("one==", "two==")
    )
    assert isinstance(here, Joined)
    assert isinstance(there, Joined)
    assert here.participant.uid != there.participant.uid


def test_the_host_teaches() -> None:
    assert joined().participant.role is Role.TEACHER
    assert joined(id="somebody", participant_user_id="else").participant.role is Role.STUDENT
    (guest,) = facts_of("participant_joined.guest", meeting={"host_id": ""})
    assert isinstance(guest, Joined)
    assert guest.participant.role is Role.STUDENT


def test_a_presence_is_of_one_run_of_the_meeting() -> None:
    joins = [
        facts_of("participant_joined", meeting=meeting, participant=person)[0]
        for meeting in ({}, {"uuid": "other=="})
        for person in ({}, {"participant_uuid": "67C1A429"}, {"participant_uuid": ""})
    ]
    assert len({fact.presence_id for fact in joins if isinstance(fact, Joined)}) == 6


def test_an_event_is_the_same_however_often_it_is_sent() -> None:
    once = delivered("participant_joined")
    assert delivered("participant_joined", event_ts=1_795_424_999_999).event_id == once.event_id
    for changed in (
        delivered("participant_joined", participant={"join_time": "2026-11-23T10:00:01Z"}),
        delivered("participant_joined", participant={"participant_uuid": "other"}),
        delivered("participant_joined", meeting={"uuid": "other"}),
        delivered("participant_left"),
    ):
        assert changed.event_id != once.event_id


def test_webinars_are_told_in_the_same_way() -> None:
    assert facts_of("participant_joined", event="webinar.participant_joined") == facts_of(
        "participant_joined"
    )
    assert facts_of("participant_joined", event="phone.participant_joined") == ()


def test_a_meeting_number_may_be_a_number() -> None:
    (fact,) = facts_of("ended", meeting={"id": 84_712_639_219, "end_time": ""})
    assert (fact.room.room_id, fact.at) == ("84712639219", 1_795_426_266_004)
