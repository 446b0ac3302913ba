"""GetStream Video: HMAC-SHA256 in hex over the body as it is before gzip.

The signature has no timestamp, so an old delivery can be sent again: it changes nothing, since an
event is known by its content, which is all that is signed.
"""

import zlib
from collections.abc import Mapping, Sequence

from rollbook.domain.events import Fact, Joined, Left, Room, RoomFinished, RoomStarted
from rollbook.service.platforms import (
    BadSignature,
    TranslationSettings,
    UnreadableDelivery,
    WebhookRequest,
)
from rollbook.sources.common import mapping, signatures
from rollbook.sources.common.payloads import (
    JsonObject,
    identifier,
    instant,
    part,
    read_object,
)
from rollbook.sources.common.platform import Heading, Platform, plain_secret

MAX_UNPACKED = 1024 * 1024
"""A kilobyte of gzip can hold a megabyte of nothing, and anybody may send it: octets at most."""

ROLE_PATHS = ("role",)
IP_PATHS = mapping.address_paths("user.custom")
TITLE_PATHS = ("custom.title", "custom.name")

_GZIP = b"\x1f\x8b"


class GetStream(Platform):
    """GetStream Video."""

    kind = "getstream"
    title = "GetStream Video"
    secret_parts = plain_secret("The API secret of your Stream app.")
    steps = (
        "Enter this address with call.session_started, call.session_participant_joined, "
        "call.session_participant_left and call.session_ended."
    )

    def verify(
        self, request: WebhookRequest, secrets: Sequence[Mapping[str, str]], now: int
    ) -> None:
        given = signatures.header(request, "x-signature")
        body = _unpacked(request.body)
        if body is None:
            raise BadSignature("The body is not gzip of at most 1 MiB")

        def sign(secret: str) -> str:
            return signatures.hmac_sha256(secret, body).hexdigest()

        signatures.proving_secret(signatures.values(secrets, "secret"), [given], sign)

    def heading(self, event: JsonObject, request: WebhookRequest) -> Heading:
        # The header X-Webhook-Id is not signed: whoever recorded a delivery could choose it anew.
        return Heading(event.get("type"), None, event.get("created_at"))

    def events(self, request: WebhookRequest) -> Sequence[JsonObject]:
        body = _unpacked(request.body)
        if body is None:
            raise UnreadableDelivery("The body is not gzip of at most 1 MiB")
        return [read_object(body)]

    def facts(self, event: JsonObject, settings: TranslationSettings, now: int) -> tuple[Fact, ...]:
        room = _room(event, settings)
        if room is None:
            return ()
        at = instant(event.get("created_at")) or now
        match event.get("type"):
            case "call.session_started":
                return (RoomStarted(room, at),)
            case "call.session_ended" | "call.ended" if room.instance_id:
                return (RoomFinished(room, at),)
            case "call.session_participant_joined" | "call.session_participant_left":
                return _presence_facts(event, room, settings, at)
            case _:
                return ()


def _presence_facts(
    event: JsonObject, room: Room, settings: TranslationSettings, at: int
) -> tuple[Fact, ...]:
    person = part(event, "participant")
    user = part(person, "user")
    presence_id = identifier(person.get("user_session_id"))
    uid = mapping.uid(person, settings, user.get("id"), presence_id)
    if presence_id is None or uid is None:
        return ()
    participant = mapping.participant(uid, user.get("name"), person, settings, ROLE_PATHS)
    ip_address = mapping.ip_address(person, settings, IP_PATHS)
    joined_at = instant(person.get("joined_at"))
    if event.get("type") == "call.session_participant_joined":
        return (Joined(presence_id, room, participant, joined_at or at, ip_address),)
    return (Left(presence_id, room, participant, at, joined_at, ip_address),)


def _room(event: JsonObject, settings: TranslationSettings) -> Room | None:
    """A call. Its title is known from the events about the call, not from those about people."""
    call = part(event, "call")
    room_id = identifier(event.get("call_cid"), call.get("cid"))
    instance = identifier(event.get("session_id"), call.get("current_session_id"))
    if room_id is None:
        return None
    return Room(room_id, mapping.title(call, settings, TITLE_PATHS), instance)


def _unpacked(body: bytes) -> bytes | None:
    """The body without its gzip, which its first octets tell; None where that cannot be had."""
    if not body.startswith(_GZIP):
        return body
    unpacker = zlib.decompressobj(wbits=31)
    try:
        unpacked = unpacker.decompress(body, MAX_UNPACKED + 1)
    except zlib.error:
        return None
    whole = unpacker.eof and not unpacker.unused_data
    return unpacked if whole and len(unpacked) <= MAX_UNPACKED else None
