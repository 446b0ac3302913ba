"""100ms, RealtimeKit and GetStream: what only they do, and the table of all platforms."""

import gzip
import hashlib
import hmac
import json
import tracemalloc
from base64 import b64encode
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from rollbook.domain.events import Fact, Joined, Left, Role, RoomFinished
from rollbook.service.platforms import (
    BadSignature,
    TranslationSettings,
    UnreadableDelivery,
    WebhookRequest,
)
from rollbook.sources.getstream import MAX_UNPACKED, GetStream
from rollbook.sources.hundredms import HundredMs
from rollbook.sources.realtimekit import RealtimeKit
from rollbook.sources.table import SOURCE_KINDS

FIXTURES = Path(__file__).parents[2] / "fixtures" / "webhooks"
NOW = 1_795_424_404_000


def facts_of(kind: str, name: str, part: str, **change: Any) -> tuple[Fact, ...]:
    event = json.loads((FIXTURES / kind / f"{name}.json").read_text())
    (event[part] if part else event).update(change)
    request = WebhookRequest({}, json.dumps(event).encode())
    (delivery,) = SOURCE_KINDS[kind].translate(request, TranslationSettings(), NOW)
    return delivery.facts


# --- the table -------------------------------------------------------------------------------


NINE = {
    "livekit", "daily", "zoom", "jaas", "whereby", "bigbluebutton", "100ms", "realtimekit",
    "getstream",
}  # fmt: skip
"""Platforms that somebody may have a source of: more may come, and none may go."""


def test_nine_platforms_can_send() -> None:
    assert set(SOURCE_KINDS) >= NINE
    assert all(name == kind.kind for name, kind in SOURCE_KINDS.items())
    assert {name for name in NINE if SOURCE_KINDS[name].presences.once} == {"livekit"}
    assert all(kind.secret_parts for kind in SOURCE_KINDS.values())


# --- 100ms -----------------------------------------------------------------------------------


def test_the_operators_header_must_have_the_operators_value() -> None:
    secrets = [{"header": "X-One", "value": "1"}, {"header": "X-Two", "value": "2"}]
    for headers in ({"x-one": "1"}, {"x-two": "2"}, {"x-one": "2", "x-two": "2"}):
        HundredMs().verify(WebhookRequest(headers, b"{}"), secrets, NOW)
    for headers in ({}, {"x-one": "2"}, {"x-two": "1"}, {"x-one": ""}, {"": "1"}, {"x-three": "1"}):
        with pytest.raises(BadSignature):
            HundredMs().verify(WebhookRequest(headers, b"{}"), secrets, NOW)


def test_a_secret_of_half_a_pair_opens_nothing() -> None:
    for secret in ({"header": "x-one", "value": ""}, {"header": "", "value": "1"}, {"value": "1"}):
        for headers in ({"x-one": ""}, {"": "1"}, {}):
            with pytest.raises(BadSignature):
                HundredMs().verify(WebhookRequest(headers, b"{}"), [secret], NOW)


@pytest.mark.parametrize("name", ["peer.join.success", "peer.leave.success"])
def test_phones_count_and_recorders_do_not(name: str) -> None:
    for peer_type, count in (("regular", 1), ("sip", 1), (None, 1), ("beam", 0), (7, 0)):
        assert len(facts_of("100ms", name, "data", type=peer_type)) == count
    assert facts_of("100ms", name, "data", role="__internal_recorder") == ()


def test_zero_times_are_not_known() -> None:
    zero = "0001-01-01T00:00:00Z"
    (join,) = facts_of("100ms", "peer.join.success", "data", joined_at=zero)
    assert join.at == 1_795_424_401_000
    (leave,) = facts_of("100ms", "peer.leave.success", "data", joined_at=zero, left_at=zero)
    assert isinstance(leave, Left)
    assert (leave.at, leave.joined_at) == (1_795_426_245_000, None)


def test_the_envelopes_time_may_be_in_seconds() -> None:
    (end,) = facts_of("100ms", "room.end.success", "", timestamp=1_795_426_265)
    assert end.at == 1_795_426_265_000


# --- RealtimeKit -----------------------------------------------------------------------------

PRIVATE_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    encoding, form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(encoding, form).decode()


def rsa_signed(body: bytes, prefix: str = "rtk") -> WebhookRequest:
    signature = b64encode(PRIVATE_KEY.sign(body, padding.PKCS1v15(), SHA256())).decode()
    return WebhookRequest({f"{prefix}-signature": signature, f"{prefix}-uuid": "the-uuid"}, body)


@pytest.mark.parametrize("prefix", ["rtk", "dyte"])
def test_both_names_of_the_product_are_known(prefix: str) -> None:
    request = rsa_signed((FIXTURES / "realtimekit/meeting.started.json").read_bytes(), prefix)
    RealtimeKit().verify(request, [{"public_key": pem(PRIVATE_KEY)}], NOW)
    (delivery,) = RealtimeKit().translate(request, TranslationSettings(), NOW)
    # The header with the uuid is not signed, so it names nothing.
    assert delivery.event_id.startswith("sha256:")


def test_a_key_copied_out_of_json_is_read() -> None:
    escaped = pem(PRIVATE_KEY).strip().replace("\n", "\\n")
    RealtimeKit().verify(rsa_signed(b"{}"), [{"public_key": escaped}], NOW)


def test_a_key_of_another_kind_opens_nothing_and_harms_no_other() -> None:
    elliptic = pem(ec.generate_private_key(ec.SECP256R1()))
    useless = [{"public_key": elliptic}, {"public_key": "no key"}]
    with pytest.raises(BadSignature):
        RealtimeKit().verify(rsa_signed(b"{}"), useless, NOW)
    RealtimeKit().verify(rsa_signed(b"{}"), [*useless, {"public_key": pem(PRIVATE_KEY)}], NOW)


def test_a_signature_has_one_spelling() -> None:
    request = rsa_signed(b"{}")
    right = request.headers["rtk-signature"]
    for wrong in (
        right.rstrip("="),
        right + "=",
        f"{right[:9]} {right[9:]}",
        right[:-4],
        "====",
        "é",
    ):
        with pytest.raises(BadSignature):
            RealtimeKit().verify(
                replace(request, headers={"rtk-signature": wrong}),
                [{"public_key": pem(PRIVATE_KEY)}],
                NOW,
            )


def test_the_content_is_the_id() -> None:
    first, second = (
        RealtimeKit().translate(
            WebhookRequest({}, (FIXTURES / f"realtimekit/meeting.{name}.json").read_bytes()),
            TranslationSettings(),
            NOW,
        )[0]
        for name in ("started", "ended")
    )
    assert first.event_id != second.event_id
    assert first.event_id.startswith("sha256:")


def test_the_old_name_of_a_field_is_known() -> None:
    (join,) = facts_of(
        "realtimekit", "meeting.participantJoined", "participant", customParticipantId=""
    )
    assert isinstance(join, Joined)
    assert (join.participant.uid, join.participant.role) == ("user-1042", Role.STUDENT)


# --- GetStream -------------------------------------------------------------------------------

API_SECRET = {"secret": "the-api-secret"}


def stream_signed(body: bytes, packed: bytes | None = None) -> WebhookRequest:
    mac = hmac.new(API_SECRET["secret"].encode(), body, hashlib.sha256)
    return WebhookRequest({"x-signature": mac.hexdigest()}, body if packed is None else packed)


def test_a_packed_body_is_proved_and_read_unpacked() -> None:
    body = (FIXTURES / "getstream/call.session_participant_joined.json").read_bytes()
    request = stream_signed(body, gzip.compress(body))
    GetStream().verify(request, [API_SECRET], NOW)
    plain = GetStream().translate(stream_signed(body), TranslationSettings(), NOW)
    assert GetStream().translate(request, TranslationSettings(), NOW) == plain


def test_a_body_that_unpacks_to_too_much_is_refused() -> None:
    largest = b" " * MAX_UNPACKED
    GetStream().verify(stream_signed(largest, gzip.compress(largest)), [API_SECRET], NOW)
    request = stream_signed(largest + b" ", gzip.compress(largest + b" "))
    with pytest.raises(BadSignature, match="1 MiB"):
        GetStream().verify(request, [API_SECRET], NOW)
    with pytest.raises(UnreadableDelivery, match="1 MiB"):
        GetStream().translate(request, TranslationSettings(), NOW)


def test_a_body_that_unpacks_to_very_much_is_not_even_unpacked() -> None:
    request = stream_signed(b"", gzip.compress(b" " * (64 * MAX_UNPACKED)))
    tracemalloc.start()
    try:
        with pytest.raises(BadSignature, match="1 MiB"):
            GetStream().verify(request, [API_SECRET], NOW)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 8 * MAX_UNPACKED


def test_gzip_that_is_broken_or_has_something_behind_it_is_refused() -> None:
    packed = gzip.compress(b"{}")
    for broken in (packed[:-1], packed + b"x", packed + packed, packed[:4], b"\x1f\x8b"):
        with pytest.raises(BadSignature):
            GetStream().verify(stream_signed(b"{}", broken), [API_SECRET], NOW)


def test_times_may_be_nanoseconds() -> None:
    name = "call.session_participant_left"
    event = json.loads((FIXTURES / f"getstream/{name}.json").read_text())
    event["created_at"] = 1_795_426_245_107_187_951
    event["participant"]["joined_at"] = 1_795_424_401_342_179_098
    request = WebhookRequest({}, json.dumps(event).encode())
    (delivery,) = GetStream().translate(request, TranslationSettings(), NOW)
    assert delivery.facts == facts_of("getstream", name, "")
    assert delivery.occurred_at == 1_795_426_245_107


def test_the_end_of_a_call_ends_the_session_it_names() -> None:
    name, session = "call.session_ended", "8c4f2e91-0d7b-4a36-95c8-b1e6f3a07d52"
    (end,) = facts_of("getstream", name, "", type="call.ended")
    assert isinstance(end, RoomFinished)
    assert end.room.instance_id == session
    # Without a session it would end nothing that the ledger knows; session_ended follows.
    assert facts_of("getstream", name, "", type="call.ended", session_id=None) == ()


def test_a_call_has_the_title_that_the_application_gave_it() -> None:
    event = json.loads((FIXTURES / "getstream/call.session_started.json").read_text())
    event["call"]["custom"] = {"title": "Algebra II"}
    (fact,) = facts_of("getstream", "call.session_started", "", call=event["call"])
    assert fact.room.title == "Algebra II"
