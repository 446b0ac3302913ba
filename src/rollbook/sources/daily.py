"""Daily: HMAC-SHA256 in base64 over the timestamp and the body, with a key given in base64."""

import binascii
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence

from rollbook.domain.events import Fact, Joined, Left, Room, RoomFinished, RoomStarted
from rollbook.service.platforms import TranslationSettings, WebhookRequest
from rollbook.sources.common import mapping, signatures
from rollbook.sources.common.payloads import JsonObject, after, identifier, instant, part
from rollbook.sources.common.platform import Heading, Platform, plain_secret

TOLERANCE = 30 * signatures.MINUTE
"""Daily tries an event again for about 15 minutes and does not say whether it signs it anew."""

ROLE_PATHS = ("owner",)

_SHORTEST_KEY = 16


def _key(secret: str) -> bytes:
    try:
        return b64decode(secret.strip(), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _wrong_secret(value: str) -> str | None:
    key = _key(value)
    if len(key) >= _SHORTEST_KEY and len(set(key)) > 1:
        return None
    if key:
        return f"secret can be guessed: it must be {_SHORTEST_KEY} random bytes or more, in base64"
    return (
        "secret is not base64, which Daily demands of its hmac: make one with "
        "`openssl rand -base64 32` and give it to both"
    )


class Daily(Platform):
    """Daily.co."""

    kind = "daily"
    title = "Daily"
    secret_parts = plain_secret(
        "32 random bytes in base64, which you also give to Daily as hmac.", _wrong_secret
    )
    steps = (
        "Create a webhook with this address for meeting.started, meeting.ended, "
        "participant.joined and participant.left."
    )

    def verify(
        self, request: WebhookRequest, secrets: Sequence[Mapping[str, str]], now: int
    ) -> None:
        given = signatures.header(request, "x-webhook-signature")
        stamp = signatures.header(request, "x-webhook-timestamp")

        def sign(secret: str) -> str | None:
            key = _key(secret)
            mac = signatures.hmac_sha256(key, stamp, ".", request.body)
            return b64encode(mac.digest()).decode() if key else None

        signatures.proving_secret(signatures.values(secrets, "secret"), [given], sign)
        signatures.require_fresh(stamp, now, TOLERANCE)

    def handshake(
        self, request: WebhookRequest, secrets: Sequence[Mapping[str, str]], now: int
    ) -> bytes | None:
        """Daily does not say whether it signs its test, and one refusal stops the registration.

        The answer tells a stranger nothing, and nothing is recorded.
        """
        return b"{}" if b"".join(request.body.split()) == b'{"test":"test"}' else None

    def heading(self, event: JsonObject, request: WebhookRequest) -> Heading:
        return Heading(event.get("type"), event.get("id"), event.get("event_ts"))

    def facts(self, event: JsonObject, settings: TranslationSettings, now: int) -> tuple[Fact, ...]:
        payload = part(event, "payload")
        room = _room(payload, settings)
        if room is None:
            return ()
        sent_at = event.get("event_ts")
        match event.get("type"):
            case "meeting.started":
                return (RoomStarted(room, instant(payload.get("start_ts"), sent_at) or now),)
            case "meeting.ended":
                at = instant(payload.get("end_ts"), sent_at) or now
                return (RoomFinished(room, at, instant(payload.get("start_ts"))),)
            case "participant.joined" | "participant.left":
                return _presence_facts(event, room, settings, now)
            case _:
                return ()


def _presence_facts(
    event: JsonObject, room: Room, settings: TranslationSettings, now: int
) -> tuple[Fact, ...]:
    person = part(event, "payload")
    presence_id = identifier(person.get("session_id"))
    uid = mapping.uid(person, settings, person.get("user_id"), presence_id)
    if presence_id is None or uid is None or _is_hidden(person):
        return ()
    participant = mapping.participant(uid, person.get("user_name"), person, settings, ROLE_PATHS)
    ip_address = mapping.ip_address(person, settings)
    joined_at, sent_at = instant(person.get("joined_at")), instant(event.get("event_ts"))
    if event.get("type") == "participant.joined":
        return (Joined(presence_id, room, participant, joined_at or sent_at or now, ip_address),)
    at = _left_at(person, joined_at) or sent_at or now
    return (Left(presence_id, room, participant, at, joined_at, ip_address),)


def _left_at(person: JsonObject, joined_at: int | None) -> int | None:
    """The event's own time is when it was sent, which may be later than the leave."""
    return None if joined_at is None else after(joined_at, person.get("duration"))


def _room(payload: JsonObject, settings: TranslationSettings) -> Room | None:
    """A room without its instance: only the meeting's own events tell the meeting's id."""
    name = identifier(payload.get("room"), payload.get("room_name"))
    return None if name is None else Room(name, mapping.title(payload, settings, (), name))


def _is_hidden(person: JsonObject) -> bool:
    return part(person, "permissions").get("hasPresence") is False
