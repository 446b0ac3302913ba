"""Deliveries as each platform signs and sends them, written from what the platforms publish."""

import hashlib
import hmac
import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlencode
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from rollbook.service.platforms import WebhookRequest

PLAIN = {"secret": "whsec_that-only-the-tests-know"}
DAILY = {"secret": b64encode(b"thirty-two-bytes-that-tests-know").decode()}
LIVEKIT = {"api_key": "APIofTheTests", "api_secret": "a-secret-of-at-least-thirty-two-bytes"}
HEADER = {"header": "X-Proof", "value": "a-value-that-only-the-tests-know"}
ADDRESS = "https://rollbook.example/v1/webhooks/bigbluebutton/a"

Event = Mapping[str, Any]


def secret_for(kind: str) -> Mapping[str, str]:
    """A secret with all its parts, of a form that the platform has."""
    if kind == "realtimekit":
        return {"public_key": _pem()}
    others = {"livekit": LIVEKIT, "daily": DAILY, "100ms": HEADER, "jitsi": HEADER}
    return others.get(kind, PLAIN)


def signed(kind: str, event: Event, now: int) -> WebhookRequest:
    """An event as a platform delivers it at `now` (ms), proved with `secret_for` it."""
    return proved(kind, body_of(kind, event, now), now)


def body_of(kind: str, event: Event, now: int) -> bytes:
    """An event as a platform writes it."""
    if kind == "bigbluebutton":
        return form_of_bigbluebutton(json.dumps([event]), now)
    if kind == "twilio":
        return urlencode(event).encode()
    told = {**event, "notifyMs": now} if kind == "agora" else event
    return json.dumps(told, separators=(",", ":")).encode()


def form_of_bigbluebutton(events: str, now: int) -> bytes:
    form = {"domain": "bbb.example", "event": events, "timestamp": str(now)}
    return urlencode(form, errors="replace").encode()


def proved(kind: str, body: bytes, now: int, address: str = ADDRESS) -> WebhookRequest:
    """A body as a platform delivers it to an address, proved with `secret_for` it."""
    return _PROVERS[kind](body, now, address)


def _hmac(secret: str | bytes, *parts: bytes) -> "hmac.HMAC":
    key = secret.encode() if isinstance(secret, str) else secret
    return hmac.new(key, b"".join(parts), hashlib.sha256)


def _livekit(body: bytes, now: int, _: str) -> WebhookRequest:
    at = now // 1000
    digest = b64encode(hashlib.sha256(body).digest()).decode()
    claims = {"iss": LIVEKIT["api_key"], "nbf": at, "exp": at + 300, "sha256": digest}
    token = jwt.encode(claims, LIVEKIT["api_secret"], algorithm="HS256")
    return WebhookRequest({"authorization": token}, body)


def _daily(body: bytes, now: int, _: str) -> WebhookRequest:
    stamp = str(now)
    mac = _hmac(b64decode(DAILY["secret"]), stamp.encode(), b".", body)
    proof = b64encode(mac.digest()).decode()
    return WebhookRequest({"x-webhook-timestamp": stamp, "x-webhook-signature": proof}, body)


def _zoom(body: bytes, now: int, _: str) -> WebhookRequest:
    stamp = str(now // 1000)
    proof = _hmac(PLAIN["secret"], f"v0:{stamp}:".encode(), body).hexdigest()
    headers = {"x-zm-request-timestamp": stamp, "x-zm-signature": f"v0={proof}"}
    return WebhookRequest(headers, body)


def _jaas(body: bytes, now: int, _: str) -> WebhookRequest:
    stamp = str(now // 1000)
    proof = b64encode(_hmac(PLAIN["secret"], stamp.encode(), b".", body).digest()).decode()
    return WebhookRequest({"x-jaas-signature": f"t={stamp},v1={proof}"}, body)


def _whereby(body: bytes, now: int, _: str) -> WebhookRequest:
    stamp = str(now // 1000)
    proof = _hmac(PLAIN["secret"], stamp.encode(), b".", body).hexdigest()
    return WebhookRequest({"whereby-signature": f"t={stamp},v1={proof}"}, body)


def _bigbluebutton(body: bytes, _: int, address: str) -> WebhookRequest:
    proof = hashlib.sha256(address.encode() + body + PLAIN["secret"].encode()).hexdigest()
    return WebhookRequest({}, body, f"{address}?checksum={proof}")


def _header(body: bytes, _: int, __: str) -> WebhookRequest:
    return WebhookRequest({HEADER["header"].lower(): HEADER["value"]}, body)


def _realtimekit(body: bytes, _: int, __: str) -> WebhookRequest:
    proof = b64encode(_key().sign(body, PKCS1v15(), SHA256())).decode()
    return WebhookRequest({"rtk-signature": proof, "rtk-uuid": str(uuid4())}, body)


def _getstream(body: bytes, _: int, __: str) -> WebhookRequest:
    proof = _hmac(PLAIN["secret"], body).hexdigest()
    return WebhookRequest({"x-signature": proof, "x-webhook-id": str(uuid4())}, body)


def _agora(body: bytes, _: int, __: str) -> WebhookRequest:
    headers = {
        "agora-signature": hmac.new(PLAIN["secret"].encode(), body, hashlib.sha1).hexdigest(),
        "agora-signature-v2": _hmac(PLAIN["secret"], body).hexdigest(),
    }
    return WebhookRequest(headers, body)


def _twilio(body: bytes, _: int, address: str) -> WebhookRequest:
    fields = sorted(set(parse_qsl(body.decode(), keep_blank_values=True)))
    said = address + "".join(name + value for name, value in fields)
    mac = hmac.new(PLAIN["secret"].encode(), said.encode(), hashlib.sha1)
    return WebhookRequest({"x-twilio-signature": b64encode(mac.digest()).decode()}, body, address)


_PROVERS: Mapping[str, Callable[[bytes, int, str], WebhookRequest]] = {
    "livekit": _livekit,
    "daily": _daily,
    "zoom": _zoom,
    "jaas": _jaas,
    "whereby": _whereby,
    "bigbluebutton": _bigbluebutton,
    "100ms": _header,
    "realtimekit": _realtimekit,
    "getstream": _getstream,
    "jitsi": _header,
    "zoom-video-sdk": _zoom,
    "agora": _agora,
    "twilio": _twilio,
}


@cache
def _key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)


def _pem() -> str:
    shown = _key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return shown.decode().strip()
