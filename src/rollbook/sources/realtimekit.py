"""Cloudflare RealtimeKit, formerly Dyte: RSA-SHA256 over the body, with a public key.

The signature has no timestamp, so an old delivery can be sent again: it changes nothing, since an
event is known by its content, which is all that is signed.
"""

import binascii
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from rollbook.domain.events import Fact, Joined, Left, Room, RoomFinished, RoomStarted
from rollbook.service.platforms import BadSignature, SecretPart, TranslationSettings, WebhookRequest
from rollbook.sources.common import mapping, signatures
from rollbook.sources.common.payloads import JsonObject, identifier, instant, part
from rollbook.sources.common.platform import Heading, Platform

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

_SHORTEST_KEY = 2048
"""Bits of an RSA key whose signatures are worth something."""


@lru_cache(maxsize=256)
def _public_key(text: str) -> "RSAPublicKey | None":
    """A public key from PEM, also where JSON's escapes were copied with it; None for any other."""
    # The service begins without them: it is the one platform that needs them.
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - see above
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey  # noqa: PLC0415 - see above
    from cryptography.hazmat.primitives.serialization import load_pem_public_key  # noqa: PLC0415 - see above

    try:
        key = load_pem_public_key(text.replace("\\n", "\n").encode())
    except (ValueError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, RSAPublicKey) else None


def _wrong_key(value: str) -> str | None:
    key = _public_key(value)
    if key and key.key_size >= _SHORTEST_KEY:
        return None
    if key:
        return f"public_key has {key.key_size} bits: signatures under so short a key can be forged"
    return (
        "public_key is no RSA public key in PEM: copy all of it, from -----BEGIN PUBLIC KEY----- "
        "to -----END PUBLIC KEY-----"
    )


class RealtimeKit(Platform):
    """Cloudflare RealtimeKit and Dyte."""

    kind = "realtimekit"
    title = "Cloudflare RealtimeKit"
    secret_parts: tuple[SecretPart, ...] = (
        SecretPart(
            "public_key",
            "Public key",
            "RealtimeKit signs with it; it begins with -----BEGIN PUBLIC KEY-----.",
            shown=True,
            many_lines=True,
            wrong=_wrong_key,
        ),
    )
    steps = (
        "Register this address for meeting.started, meeting.ended, meeting.participantJoined and "
        "meeting.participantLeft."
    )

    def verify(
        self, request: WebhookRequest, secrets: Sequence[Mapping[str, str]], now: int
    ) -> None:
        given = signatures.header(request, "rtk-signature", "dyte-signature")
        signature = _octets(given)
        keys = [_public_key(text) for text in signatures.values(secrets, "public_key")]
        if not any(key and _signed(key, signature, request.body) for key in keys):
            raise BadSignature("No public key of this source fits the signature of this delivery")

    def heading(self, event: JsonObject, request: WebhookRequest) -> Heading:
        # The header rtk-uuid is not signed: whoever recorded a delivery could choose it anew.
        return Heading(event.get("event"), None, _told_at(event))

    def facts(self, event: JsonObject, settings: TranslationSettings, now: int) -> tuple[Fact, ...]:
        meeting = part(event, "meeting")
        room = _room(meeting, settings)
        if room is None:
            return ()
        at = _told_at(event) or now
        match event.get("event"):
            case "meeting.started":
                return (RoomStarted(room, at),)
            case "meeting.ended":
                return (RoomFinished(room, at),)
            case "meeting.participantJoined" | "meeting.participantLeft":
                return _presence_facts(event, room, settings, at)
            case _:
                return ()


def _presence_facts(
    event: JsonObject, room: Room, settings: TranslationSettings, at: int
) -> tuple[Fact, ...]:
    person = part(event, "participant")
    presence_id = identifier(person.get("peerId"))
    names = ("customParticipantId", "clientSpecificId", "peerId")
    uid = mapping.uid(person, settings, *(person.get(name) for name in names))
    if presence_id is None or uid is None:
        return ()
    participant = mapping.participant(uid, person.get("userDisplayName"), person, settings)
    ip_address = mapping.ip_address(person, settings)
    if event.get("event") == "meeting.participantJoined":
        return (Joined(presence_id, room, participant, at, ip_address),)
    joined_at = instant(person.get("joinedAt"))
    return (Left(presence_id, room, participant, at, joined_at, ip_address),)


def _told_at(event: JsonObject) -> int | None:
    """When it happened: an event has no time of its own, its objects have."""
    meeting, person = part(event, "meeting"), part(event, "participant")
    match event.get("event"):
        case "meeting.started":
            return instant(meeting.get("startedAt"), meeting.get("createdAt"))
        case "meeting.ended":
            return instant(meeting.get("endedAt"))
        case "meeting.participantJoined":
            return instant(person.get("joinedAt"))
        case "meeting.participantLeft":
            return instant(person.get("leftAt"), meeting.get("endedAt"))
        case _:
            return None


def _room(meeting: JsonObject, settings: TranslationSettings) -> Room | None:
    room_id = identifier(meeting.get("id"))
    if room_id is None:
        return None
    title = mapping.title(meeting, settings, (), meeting.get("title"))
    return Room(room_id, title, identifier(meeting.get("sessionId")))


def _octets(signature: str) -> bytes:
    """Base64 strictly: its loose forms would let one signature be written in many ways."""
    try:
        octets = b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        octets = b""
    if not signatures.same(b64encode(octets).decode(), signature):
        raise BadSignature("The signature is not base64")
    return octets


def _signed(key: "RSAPublicKey", signature: bytes, body: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - as above
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15  # noqa: PLC0415 - as above
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415 - as above

    try:
        key.verify(signature, body, PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True
