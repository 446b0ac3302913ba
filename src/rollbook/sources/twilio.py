"""Twilio Video: HMAC in base64 over the address and the fields of the form, each name and value.

The signature has no timestamp, so an old delivery can be sent again, and since names and values are
signed run together, under one signature with the same letters parted into other fields. It changes
nothing: an event is known by what is signed, the letters, and the ledger has it already.
"""

import re
from base64 import b64encode
from collections.abc import Mapping, Sequence

from rollbook.domain.events import Fact, Joined, Left, Participant, Room, RoomFinished, RoomStarted
from rollbook.domain.sessions import Rules
from rollbook.service.platforms import (
    BadSignature,
    TranslationSettings,
    UnreadableDelivery,
    WebhookRequest,
)
from rollbook.sources.common import mapping, signatures
from rollbook.sources.common.payloads import (
    JsonObject,
    before,
    fingerprint,
    identifier,
    instant,
    read_fields,
    read_form,
)
from rollbook.sources.common.platform import Heading, Platform, plain_secret

_ALGORITHMS = {"HMAC_SHA1": "sha1", "HMAC_SHA256": "sha256"}
_SETTINGS = "x-twilio-webhooks-signature-settings"
_ADDRESS = re.compile(r"(?P<host>(?P<scheme>https?)://[^/?#]*?)(?P<port>:\d+)?(?P<rest>[/?#].*)?")
_PORTS = {"https": ":443", "http": ":80"}


class Twilio(Platform):
    """Twilio Video."""

    kind = "twilio"
    title = "Twilio Video"
    secret_parts = plain_secret("The Auth Token of your Twilio account.")
    steps = (
        "Enter this address as the status callback of your rooms: in the room settings of the "
        "console, or as StatusCallback where your application makes rooms."
    )
    presences = Rules(once=True, comes_again=True)

    def verify(
        self, request: WebhookRequest, secrets: Sequence[Mapping[str, str]], now: int
    ) -> None:
        given = signatures.header(request, "x-twilio-signature")
        algorithm, fields = _algorithm(request), _run_together(request.body)
        expected = (
            signatures.hmac_by(algorithm, secret, address, fields).digest()
            for secret in signatures.values(secrets, "secret")
            for address in _addresses(request.url)
        )
        if not any(signatures.same(given, b64encode(one).decode()) for one in expected):
            raise BadSignature(
                "No secret of this source makes the signature of this delivery to this address"
            )

    def events(self, request: WebhookRequest) -> Sequence[JsonObject]:
        return [read_fields(request.body)]

    def heading(self, event: JsonObject, request: WebhookRequest) -> Heading:
        signed = _addresses(request.url)[0] + _run_together(request.body)
        return Heading(
            event.get("StatusCallbackEvent"), fingerprint(signed), event.get("Timestamp")
        )

    def facts(self, event: JsonObject, settings: TranslationSettings, now: int) -> tuple[Fact, ...]:
        room = _room(event, settings)
        if room is None:
            return ()
        at = instant(event.get("Timestamp")) or now
        match event.get("StatusCallbackEvent"):
            case "room-created":
                return (RoomStarted(room, at),)
            case "room-ended":
                return (RoomFinished(room, at),)
            case "participant-connected" | "participant-disconnected":
                return _presence_facts(event, room, settings, at)
            case _:
                return ()


def _presence_facts(
    event: JsonObject, room: Room, settings: TranslationSettings, at: int
) -> tuple[Fact, ...]:
    """A form has no parts: the person is whatever the event says."""
    presence_id = identifier(event.get("ParticipantSid"))
    identity = identifier(event.get("ParticipantIdentity"), presence_id)
    if presence_id is None or identity is None:
        return ()
    uid = mapping.uid(event, settings) or identity
    role = mapping.role(event, settings)
    participant = Participant(uid, role=role, identity=None if uid == identity else identity)
    ip_address = mapping.ip_address(event, settings)
    if event.get("StatusCallbackEvent") == "participant-connected":
        return (Joined(presence_id, room, participant, at, ip_address),)
    joined_at = before(at, event.get("ParticipantDuration"))
    return (Left(presence_id, room, participant, at, joined_at, ip_address),)


def _room(event: JsonObject, settings: TranslationSettings) -> Room | None:
    run = identifier(event.get("RoomSid"))
    name = identifier(event.get("RoomName"), run)
    return None if name is None else Room(name, mapping.title(event, settings, (), name), run)


def _algorithm(request: WebhookRequest) -> str:
    """Twilio's first one, unless a header names another (`key=…,algorithm=HMAC_SHA256`)."""
    parts = (part.partition("=") for part in request.headers.get(_SETTINGS, "").split(","))
    named = [value.strip().upper() for name, _, value in parts if name.strip() == "algorithm"]
    algorithm = _ALGORITHMS.get(named[0] if named else "HMAC_SHA1")
    if algorithm is None:
        raise BadSignature("The delivery is signed by an algorithm that is not known")
    return algorithm


def _run_together(body: bytes) -> str:
    """What is signed of a form: each field's name and value, in their order, once."""
    try:
        return "".join(name + value for name, value in sorted(set(read_form(body))))
    except UnreadableDelivery as error:
        raise BadSignature(error.message) from None


def _addresses(url: str) -> list[str]:
    """The address without its port and with it: Twilio signs now the one and now the other."""
    parts = _ADDRESS.fullmatch(url)
    if parts is None:
        return [url]
    host, rest = parts["host"], parts["rest"] or ""
    return [host + rest, host + (parts["port"] or _PORTS[parts["scheme"]]) + rest]
