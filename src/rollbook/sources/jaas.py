"""8x8 JaaS (hosted Jitsi): HMAC-SHA256 in base64 over the timestamp and the body."""

from base64 import b64encode
from collections.abc import Mapping, Sequence

from rollbook.domain.events import Fact, Joined, Left, Participant, Room, RoomFinished, RoomStarted
from rollbook.domain.sessions import Rules
from rollbook.service.platforms import TranslationSettings, WebhookRequest
from rollbook.sources.common import mapping, signatures
from rollbook.sources.common.payloads import (
    JsonObject,
    identifier,
    instant,
    joined_identifier,
    label,
    part,
)
from rollbook.sources.common.platform import Heading, Platform, plain_secret

TOLERANCE = 30 * signatures.MINUTE
"""8x8 backs off exponentially and publishes neither for how long nor whether it signs anew."""

ROLE_PATHS = ("moderator",)


class JaaS(Platform):
    """8x8 Jitsi as a Service."""

    kind = "jaas"
    title = "8x8 JaaS (Jitsi)"
    secret_parts = plain_secret("The webhook's secret in the JaaS console; it begins with whsec_.")
    steps = (
        "Add a webhook with this address for ROOM_CREATED, ROOM_DESTROYED, PARTICIPANT_JOINED "
        "and PARTICIPANT_LEFT."
    )
    presences = Rules(comes_again=True)

    def verify(
        self, request: WebhookRequest, secrets: Sequence[Mapping[str, str]], now: int
    ) -> None:
        stamp, given = signatures.stamped(signatures.header(request, "x-jaas-signature"))

        def sign(secret: str) -> str:
            # The key is the whole text of the secret, its `whsec_` included.
            mac = signatures.hmac_sha256(secret, stamp, ".", request.body)
            return b64encode(mac.digest()).decode()

        signatures.proving_secret(signatures.values(secrets, "secret"), given, sign)
        signatures.require_fresh(stamp, now, TOLERANCE)

    def heading(self, event: JsonObject, request: WebhookRequest) -> Heading:
        return Heading(event.get("eventType"), event.get("idempotencyKey"), event.get("timestamp"))

    def facts(self, event: JsonObject, settings: TranslationSettings, now: int) -> tuple[Fact, ...]:
        room = _room(event, settings)
        if room is None:
            return ()
        at = instant(event.get("timestamp")) or now
        match event.get("eventType"):
            case "PARTICIPANT_JOINED" | "PARTICIPANT_LEFT":
                return _presence_facts(event, room, settings, at)
            case "ROOM_CREATED" | "ROOM_DESTROYED" if _is_breakout(event):
                # It goes by the main room's name, which begins and ends on its own.
                return ()
            case "ROOM_CREATED":
                return (RoomStarted(room, at),)
            case "ROOM_DESTROYED":
                return (RoomFinished(room, at),)
            case _:
                return ()


def _presence_facts(
    event: JsonObject, room: Room, settings: TranslationSettings, at: int
) -> tuple[Fact, ...]:
    """A move to a breakout room is a leave and a join, so the times of both parts add up."""
    person = part(event, "data")
    presence_id = _presence_id(person, room)
    uid = identifier(person.get("id"), person.get("email"), presence_id)
    if presence_id is None or uid is None:
        return ()
    role = mapping.role(person, settings, ROLE_PATHS)
    participant = Participant(uid, label(person.get("name")), role)
    ip_address = mapping.ip_address(person, settings)
    if event.get("eventType") == "PARTICIPANT_JOINED":
        return (Joined(presence_id, room, participant, at, ip_address),)
    return (Left(presence_id, room, participant, at, ip_address=ip_address),)


def _presence_id(person: JsonObject, room: Room) -> str | None:
    short = identifier(person.get("participantId"))
    # The short id is unique only within one run of the room.
    within = joined_identifier(room.instance_id or room.room_id, short)
    return identifier(person.get("participantJid"), within)


def _room(event: JsonObject, settings: TranslationSettings) -> Room | None:
    full_name = identifier(event.get("fqn"))
    if full_name is None:
        return None
    title = mapping.title(event, settings, (), full_name.rpartition("/")[2])
    return Room(full_name, title, identifier(event.get("sessionId")))


def _is_breakout(event: JsonObject) -> bool:
    return part(event, "data").get("isBreakout") in (True, "true")
