"""Only what a platform really signed is let in: vectors of every platform, whole and tampered."""

import hashlib
import hmac
import json
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from rollbook.service.platforms import BadSignature, TranslationSettings, WebhookRequest
from rollbook.sources.table import SOURCE_KINDS

FIXTURES = Path(__file__).parents[2] / "fixtures" / "webhooks"
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_="
PROOFS = re.compile(r"authorization|.*signature(-v2)?|.*timestamp|x-100ms-secret")
SENDS_ITS_SECRET = {"100ms", "jitsi"}


@dataclass(frozen=True)
class Vector:
    """A delivery as a platform made it, and all that is needed to check it."""

    name: str
    kind: str
    request: WebhookRequest
    secret: Mapping[str, str] = field(repr=False)
    signed_at: int
    valid: bool

    def verify(self, request: WebhookRequest | None = None, **change: Any) -> None:
        secrets = change.get("secrets", [self.secret])
        now = change.get("now", self.signed_at)
        SOURCE_KINDS[self.kind].verify(request or self.request, secrets, now)

    @property
    def covers_body(self) -> bool:
        """100ms, Jitsi and BigBlueButton's bearer mode prove who sends, not what."""
        return self.kind not in SENDS_ITS_SECRET and "bearer" not in self.name

    @property
    def has_time(self) -> bool:
        return self.kind in {"livekit", "daily", "zoom", "zoom-video-sdk", "jaas", "whereby"}


def read_vector(raw: dict[str, Any]) -> Vector:
    headers = {name.lower(): value for name, value in raw["headers"].items()}
    return Vector(
        name=f"{raw['platform']} {raw['event']} {raw.get('algorithm', '')}".strip(),
        kind=raw["platform"],
        request=WebhookRequest(headers, raw["body"].encode(), raw.get("url", "")),
        secret=secret_of(raw),
        signed_at=signed_at(raw, headers),
        valid=raw["expect"] == "valid",
    )


def secret_of(raw: dict[str, Any]) -> Mapping[str, str]:
    if "public_key_pem" in raw:
        return {"public_key": raw["public_key_pem"]}
    secret = raw["secret"]
    return {"secret": secret} if isinstance(secret, str) else secret


def signed_at(raw: dict[str, Any], headers: Mapping[str, str]) -> int:
    if "valid_at_unix" in raw:
        return int(raw["valid_at_unix"]) * 1000
    for value in headers.values():
        if stamp := re.search(r"^(?:t=)?(\d{10}|\d{13})(?:,|$)", value):
            return int(stamp.group(1).ljust(13, "0"))
    return 1_795_424_404_000


VECTORS = [read_vector(raw) for raw in json.loads((FIXTURES / "signatures.json").read_text())]
VALID = [vector for vector in VECTORS if vector.valid]


def named(vectors: list[Vector]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("vector", vectors, ids=lambda vector: vector.name)


def refuses(vector: Vector, request: WebhookRequest | None = None, **change: Any) -> str:
    with pytest.raises(BadSignature) as caught:
        vector.verify(request, **change)
    return caught.value.message


def test_there_are_vectors_of_every_platform() -> None:
    assert {vector.kind for vector in VALID} == set(SOURCE_KINDS)
    assert len(VALID) >= 15


@named(VALID)
def test_a_signed_delivery_is_let_in(vector: Vector) -> None:
    vector.verify()


@named([vector for vector in VECTORS if not vector.valid])
def test_a_checksum_that_does_not_cover_the_body_is_refused(vector: Vector) -> None:
    assert refuses(vector) == "No secret of this source makes the signature of this delivery"


@named([vector for vector in VALID if vector.covers_body])
def test_every_changed_byte_of_the_body_is_refused(vector: Vector) -> None:
    body = vector.request.body
    for position, octet in enumerate(body):
        for changed in {octet ^ 1, octet ^ 0x20, 0}:
            tampered = body[:position] + bytes([changed]) + body[position + 1 :]
            if not says_the_same(vector, tampered):
                refuses(vector, replace(vector.request, body=tampered))
    refuses(vector, replace(vector.request, body=body + b"\n"))
    refuses(vector, replace(vector.request, body=body[:-1]))
    refuses(vector, replace(vector.request, body=b""))


def says_the_same(vector: Vector, body: bytes) -> bool:
    """Twilio signs what a form says, and `%3A` says what `%3a` does."""
    return vector.kind == "twilio" and fields_of(body) == fields_of(vector.request.body)


def fields_of(form: bytes) -> list[tuple[str, str]]:
    return parse_qsl(form.decode("latin-1"), keep_blank_values=True)


def changed_texts(text: str) -> Iterator[str]:
    """Every character changed; the last ones to everything, as base64 has bits to spare there."""
    for position, character in enumerate(text):
        near_end = position >= len(text) - 3
        for other in ALPHABET if near_end else {"A", "0", character.swapcase()}:
            if other != character:
                yield text[:position] + other + text[position + 1 :]


@named(VALID)
def test_every_changed_character_of_the_proof_is_refused(vector: Vector) -> None:
    request = vector.request
    for name in filter(PROOFS.fullmatch, request.headers):
        for value in changed_texts(request.headers[name]):
            refuses(vector, replace(request, headers={**request.headers, name: value}))
    for url in changed_texts(request.url) if "checksum" in request.url else ():
        refuses(vector, replace(request, url=url))


UNSIGNED = (
    "rtk-uuid",
    "dyte-uuid",
    "x-webhook-id",
    "x-request-id",
    "idempotency-key",
    "webhook-id",
)


@named(VALID)
def test_what_is_not_signed_names_no_event(vector: Vector) -> None:
    """Who has recorded a delivery may send it again with other headers: it stays the same event."""
    kind, request = SOURCE_KINDS[vector.kind], vector.request
    names = {*UNSIGNED, *request.headers} - {
        name for name in request.headers if PROOFS.fullmatch(name)
    }
    known = kind.translate(request, TranslationSettings(), vector.signed_at)
    for number in range(3):
        headers = {**request.headers, **dict.fromkeys(names, f"another-{number}")}
        again = replace(request, headers=headers, query={"id": str(number)})
        if vector.kind not in SENDS_ITS_SECRET:
            vector.verify(again)
        assert kind.translate(again, TranslationSettings(), vector.signed_at) == known


@named(VALID)
def test_a_missing_proof_is_refused(vector: Vector) -> None:
    bare = replace(vector.request, headers={}, url=vector.request.url.partition("?")[0])
    message = refuses(vector, bare)
    if vector.kind not in {"bigbluebutton", *SENDS_ITS_SECRET}:  # may carry their proof elsewhere
        assert message.endswith(" is missing")
    for name in filter(PROOFS.fullmatch, vector.request.headers):
        others = {key: value for key, value in vector.request.headers.items() if key != name}
        if vector.kind == "agora":  # whose other signature is as good
            vector.verify(replace(vector.request, headers=others))
            continue
        refuses(vector, replace(vector.request, headers=others))
        refuses(vector, replace(vector.request, headers={**others, name: "  "}))


@named(VALID)
def test_another_secret_is_refused(vector: Vector) -> None:
    others = [one.secret for one in VALID if one.kind == vector.kind]
    strangers = [other_secret(vector.secret), *(one for one in others if one != vector.secret)]
    for stranger in strangers:
        refuses(vector, secrets=[stranger])


def other_secret(secret: Mapping[str, str]) -> Mapping[str, str]:
    """The same but for the last field's first character that matters."""
    last = list(secret)[-1]
    if last == "public_key":
        return {last: "-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----\n"}
    return {**secret, last: secret[last][:6] + chr(ord(secret[last][6]) ^ 1) + secret[last][7:]}


@named(VALID)
def test_without_a_secret_the_door_is_closed(vector: Vector) -> None:
    assert refuses(vector, secrets=[])
    assert refuses(vector, secrets=[{}])
    for name in vector.secret:
        for blank in ("", "  ", "\n"):
            assert refuses(vector, secrets=[{**vector.secret, name: blank}])


def signed_with(kind: str, key: str) -> WebhookRequest:
    """A delivery that is right in all but the secret it was signed with."""
    stamp, url, body = "1795424404", "https://host/hook", b"{}"
    mac = hmac.new(key.encode(), digestmod=hashlib.sha256)
    zoom = dict.fromkeys(("zoom", "zoom-video-sdk"), b"v0:1795424404:")
    mac.update({**zoom, "getstream": b"", "agora": b""}.get(kind, b"1795424404.") + body)
    twilio = hmac.new(key.encode(), f"{url}{{}}".encode(), "sha1").digest()
    in_base64, in_hex = b64encode(mac.digest()).decode(), mac.hexdigest()
    claims = {"iss": "key", "exp": 1_795_424_504, "sha256": b64encode(sha256(body)).decode()}
    checksum = sha256(url.encode() + body + key.encode()).hex()
    headers = {
        "livekit": {"authorization": jws(claims, key)},
        "daily": {"x-webhook-timestamp": stamp, "x-webhook-signature": in_base64},
        "jaas": {"x-jaas-signature": f"t={stamp},v1={in_base64}"},
        "whereby": {"whereby-signature": f"t={stamp},v1={in_hex}"},
        "zoom": {"x-zm-request-timestamp": stamp, "x-zm-signature": f"v0={in_hex}"},
        "zoom-video-sdk": {"x-zm-request-timestamp": stamp, "x-zm-signature": f"v0={in_hex}"},
        "getstream": {"x-signature": in_hex},
        "agora": {"agora-signature-v2": in_hex},
        "twilio": {"x-twilio-signature": b64encode(twilio).decode()},
    }
    query = f"?checksum={checksum}" if kind == "bigbluebutton" else ""
    return WebhookRequest(headers.get(kind, {}), body, url + query)


def sha256(octets: bytes) -> bytes:
    return hashlib.sha256(octets).digest()


def jws(claims: Mapping[str, object], key: str) -> str:
    segments = [json.dumps(one).encode() for one in ({"alg": "HS256"}, claims)]
    text = ".".join(urlsafe_b64encode(one).decode().rstrip("=") for one in segments)
    mac = hmac.new(key.encode(), text.encode(), hashlib.sha256)
    return f"{text}.{urlsafe_b64encode(mac.digest()).decode().rstrip('=')}"


@pytest.mark.parametrize(
    "kind",
    [
        "livekit", "daily", "jaas", "whereby", "zoom", "getstream", "bigbluebutton",
        "zoom-video-sdk", "agora", "twilio",
    ],
)  # fmt: skip
def test_what_is_signed_with_nothing_opens_nothing(kind: str) -> None:
    """A source whose secret is blank must not be open to whoever signs with a blank."""
    platform = SOURCE_KINDS[kind]
    for key in ("", " ", "\n", "a-real-secret-of-thirty-two-bytes"):
        secret = {"api_key": "key", "api_secret": key, "secret": key}
        if kind == "daily" and key.strip():
            secret["secret"] = b64encode(key.encode()).decode()
        request = signed_with(kind, key)
        if key.strip():
            platform.verify(request, [secret], 1_795_424_404_000)
            continue
        with pytest.raises(BadSignature, match=r"has no (api_)?secret to check"):
            platform.verify(request, [secret], 1_795_424_404_000)


@named(VALID)
def test_any_of_several_secrets_opens(vector: Vector) -> None:
    stranger = other_secret(vector.secret)
    empty = dict.fromkeys(vector.secret, "")
    vector.verify(secrets=[stranger, vector.secret, empty])
    vector.verify(secrets=[vector.secret, empty, stranger])
    refuses(vector, secrets=[stranger, empty])


@named([vector for vector in VALID if vector.has_time])
@pytest.mark.parametrize("hours", [3, 24, 24 * 365])
def test_an_old_or_a_future_timestamp_is_refused(vector: Vector, hours: int) -> None:
    away = hours * 3_600_000
    assert "expired" in (message := refuses(vector, now=vector.signed_at + away)) or (
        "timestamp" in message
    )
    assert "not valid yet" in (message := refuses(vector, now=vector.signed_at - away)) or (
        "timestamp" in message
    )


@pytest.mark.parametrize(
    ("kind", "minutes"),
    [("daily", 30), ("jaas", 30), ("whereby", 5), ("zoom", 120), ("zoom-video-sdk", 120)],
)
def test_a_timestamp_is_good_for_as_long_as_the_platform_tries_again(
    kind: str, minutes: int
) -> None:
    for vector in (one for one in VALID if one.kind == kind):
        tolerance = minutes * 60_000
        vector.verify(now=vector.signed_at + tolerance)
        vector.verify(now=vector.signed_at - tolerance)
        refuses(vector, now=vector.signed_at + tolerance + 1)
        refuses(vector, now=vector.signed_at - tolerance - 1)


@named([vector for vector in VALID if vector.kind == "livekit"])
def test_a_livekit_token_is_good_from_a_minute_before_it_to_a_minute_after(vector: Vector) -> None:
    issued, expires = vector.signed_at - 2_000, vector.signed_at - 2_000 + 300_000
    vector.verify(now=issued - 60_000)
    vector.verify(now=expires + 60_000)
    assert refuses(vector, now=issued - 60_001) == "The token is not valid yet"
    assert refuses(vector, now=expires + 60_001) == "The token has expired"


@named(VALID)
def test_a_refusal_tells_no_secret(vector: Vector) -> None:
    stranger = other_secret(vector.secret)
    messages = [
        refuses(vector, secrets=[stranger]),
        refuses(vector, secrets=[]),
        refuses(vector, replace(vector.request, headers={}, url="https://x/?checksum=aa")),
    ]
    if vector.covers_body:
        messages.append(refuses(vector, replace(vector.request, body=b"{}")))
    for text in [*vector.secret.values(), *stranger.values(), *proof_values(vector)]:
        assert not any(text in message for message in messages)


def proof_values(vector: Vector) -> list[str]:
    headers = vector.request.headers
    return [headers[name] for name in filter(PROOFS.fullmatch, headers)]
