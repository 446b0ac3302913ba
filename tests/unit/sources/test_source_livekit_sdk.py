"""LiveKit's own SDK as the judge: it signs what we let in, and lets in what we let in."""

import hashlib
import json
import time
from base64 import b64encode
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

import jwt.api_jwt
import pytest
from livekit.api import AccessToken, TokenVerifier, WebhookReceiver

from rollbook.domain.events import Joined, Left
from rollbook.service.platforms import BadSignature, TranslationSettings, WebhookRequest
from rollbook.sources.livekit.webhooks import LiveKit

FIXTURES = Path(__file__).parents[2] / "fixtures" / "webhooks"
VECTORS: list[dict[str, Any]] = [
    raw
    for raw in json.loads((FIXTURES / "signatures.json").read_text())
    if raw["platform"] == "livekit"
]
EVENTS = sorted(path for path in (FIXTURES / "livekit").glob("*.json") if "api." not in path.name)
KEY, SECRET = "APIofTheTests", "a-secret-of-at-least-thirty-two-bytes"


def sdk_token(body: bytes, **change: Any) -> str:
    digest = b64encode(hashlib.sha256(body).digest()).decode()
    token = AccessToken(change.get("key", KEY), change.get("secret", SECRET)).with_sha256(digest)
    return token.with_ttl(change.get("ttl", timedelta(minutes=5))).to_jwt()


def ours(token: str, body: bytes, now: int, secret: dict[str, str]) -> bool:
    request = WebhookRequest({"authorization": token}, body)
    try:
        LiveKit().verify(request, [secret], now)
    except BadSignature:
        return False
    return True


def theirs(token: str, body: bytes, key: str, secret: str) -> bool:
    try:
        WebhookReceiver(TokenVerifier(key, secret)).receive(body.decode(), token)
    except Exception:  # noqa: BLE001 (the SDK refuses with whatever its parts raise)
        return False
    return True


@pytest.mark.parametrize("path", EVENTS, ids=lambda path: path.stem)
def test_what_the_sdk_signs_is_let_in(path: Path) -> None:
    body = path.read_bytes()
    token = sdk_token(body)
    now = int(time.time() * 1000)
    secret = {"api_key": KEY, "api_secret": SECRET}
    assert ours(token, body, now, secret)
    assert theirs(token, body, KEY, SECRET)
    assert not ours(token, body + b" ", now, secret)
    assert not ours(sdk_token(body, secret=SECRET[::-1]), body, now, secret)
    assert not ours(sdk_token(body, key="APIother"), body, now, secret)


class Frozen(datetime):
    """A clock that stands still at `at`."""

    at: int

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> "Frozen":
        return cls.fromtimestamp(cls.at, tz)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["event"])
@pytest.mark.parametrize("after", [-300, -63, -62, -61, 0, 200, 357, 358, 359, 3600])
def test_we_and_the_sdk_agree_on_a_vector_at_any_time(
    vector: dict[str, Any], after: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Frozen, "at", vector["valid_at_unix"] + after, raising=False)
    monkeypatch.setattr(jwt.api_jwt, "datetime", Frozen)
    token, body, secret = vector["headers"]["Authorization"], vector["body"], vector["secret"]
    let_in = ours(token, body.encode(), Frozen.at * 1000, secret)
    # The SDK counts the very second in which the leeway ends as expired; we still let it in.
    if after != 358:
        assert let_in == theirs(token, body.encode(), secret["api_key"], secret["api_secret"])
    assert let_in == (-62 <= after <= 358)


@pytest.mark.parametrize("path", EVENTS, ids=lambda path: path.stem)
def test_we_read_what_the_sdk_reads(path: Path) -> None:
    body = path.read_text()
    token = sdk_token(body.encode())
    event = WebhookReceiver(TokenVerifier(KEY, SECRET)).receive(body, token)
    request = WebhookRequest({}, body.encode())
    (delivery,) = LiveKit().translate(request, TranslationSettings(), 0)
    assert delivery.event_id == event.id
    assert delivery.event_type == event.event
    assert delivery.occurred_at == event.created_at * 1000
    for fact in delivery.facts:
        assert fact.room.room_id == event.room.name
        assert fact.room.instance_id == event.room.sid
        assert fact.at == event.created_at * 1000
        if isinstance(fact, Joined | Left):
            assert fact.presence_id == event.participant.sid
            if fact.participant is not None:
                assert fact.participant.uid == event.participant.identity
                assert fact.participant.name == event.participant.name
        if isinstance(fact, Left) and fact.joined_at is not None:
            assert fact.joined_at == event.participant.joined_at_ms
