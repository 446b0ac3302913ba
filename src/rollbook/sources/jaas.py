"""8x8 JaaS (hosted Jitsi): HMAC-SHA256 in base64 over the timestamp and the body.

What 8x8 sends is what its prosody module `mod_muc_webhooks.lua` (github.com/jitsi/
infra-configuration) makes: `participantJid` is that of the connection, which stays through breakout
rooms, and the events of a breakout room name the main room and its run.
"""

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
    part,
    phone_number,
)
from rollbook.sources.common.platform import Heading, Platform, plain_secret

TOLERANCE = 30 * signatures.MINUTE
"""8x8 backs off exponentially and publishes neither for how long nor whether it signs anew."""

ROLE_PATHS = ("moderator",)

_JOINS = {"PARTICIPANT_JOINED"}
_LEAVES = {"PARTICIPANT_LEFT"}
_CALLS = ("DIAL_IN", "DIAL_OUT", "SIP_CALL_IN", "SIP_CALL_OUT")
_CALLS_BEGIN = {f"{call}_STARTED" for call in _CALLS}
_CALLS_END = {f"{call}_ENDED" for call in _CALLS}
_MACHINES = "@recorder."


class JaaS(Platform):
    """8x8 Jitsi as a Service."""

    kind = "jaas"
    title = "8x8 JaaS (Jitsi)"
    secret_parts = plain_secret("The webhook's secret in the JaaS console; it begins with whsec_.")
    steps = (
        "Add a webhook with this address for ROOM_CREATED, ROOM_DESTROYED, PARTICIPANT_JOINED "
        "and PARTICIPANT_LEFT; for calls also for DIAL_IN_, DIAL_OUT_, SIP_CALL_IN_ and "
        "SIP_CALL_OUT_, each with STARTED and ENDED."
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
        happened = event.get("eventType")
        if happened in _JOINS | _LEAVES | _CALLS_BEGIN | _CALLS_END:
            return _presence_facts(event, room, settings, at)
        if _is_breakout(event):
            # It goes by the main room's name, which begins and ends on its own.
            return ()
        if happened == "ROOM_CREATED":
            return (RoomStarted(room, at),)
        return (RoomFinished(room, at),) if happened == "ROOM_DESTROYED" else ()


def _presence_facts(
    event: JsonObject, room: Room, settings: TranslationSettings, at: int
) -> tuple[Fact, ...]:
    person, happened = part(event, "data"), event.get("eventType")
    calls = happened in _CALLS_BEGIN | _CALLS_END
    presence_id = _call_id(person, room) if calls else _presence_id(person, room)
    if presence_id is None or _is_machine(person):
        return ()
    caller = _caller(person, presence_id, settings, begins=happened in _CALLS_BEGIN)
    participant = caller if calls else _participant(person, presence_id, settings)
    ip_address = mapping.ip_address(person, settings)
    if happened in _LEAVES | _CALLS_END:
        moves = person.get("disconnectReason") == "switch_room"
        return (Left(presence_id, room, participant, at, ip_address=ip_address, moves=moves),)
    return (Joined(presence_id, room, participant, at, ip_address),) if participant else ()


def _participant(
    person: JsonObject, presence_id: str, settings: TranslationSettings
) -> Participant | None:
    uid = mapping.uid(person, settings, person.get("id"), person.get("email"), presence_id)
    return (
        mapping.participant(uid, person.get("name"), person, settings, ROLE_PATHS) if uid else None
    )


def _caller(
    person: JsonObject, presence_id: str, settings: TranslationSettings, *, begins: bool
) -> Participant | None:
    """Who calls goes by the number or SIP address, which only the beginning of the call tells."""
    number = phone_number(person.get("nick"))
    address = identifier(person.get("sipAddress"))
    # A room may well be called 101: an address is who calls by SIP, whatever the name looks like.
    uid = mapping.uid(person, settings, address, number, presence_id if begins else None)
    return mapping.participant(uid, person.get("nick"), person, settings) if uid else None


def _presence_id(person: JsonObject, room: Room) -> str | None:
    short = identifier(person.get("participantId"))
    # The short id is unique only within one run of the room.
    within = joined_identifier(room.instance_id or room.room_id, short)
    return identifier(person.get("participantJid"), within)


def _call_id(person: JsonObject, room: Room) -> str | None:
    """Calls share the connection of the gateway that brings them, but not its full JID."""
    return identifier(person.get("participantFullJid"), _presence_id(person, room))


def _is_machine(person: JsonObject) -> bool:
    """Whether that is a transcriber or a recorder, which 8x8's servers send in."""
    names = (person.get("participantJid"), person.get("participantFullJid"))
    return any(
        isinstance(name, str) and (_MACHINES in name or name.startswith("transcriber"))
        for name in names
    )


def _room(event: JsonObject, settings: TranslationSettings) -> Room | None:
    full_name = identifier(event.get("fqn"))
    if full_name is None:
        return None
    title = mapping.title(event, settings, (), full_name.rpartition("/")[2])
    return Room(full_name, title, identifier(event.get("sessionId")))


def _is_breakout(event: JsonObject) -> bool:
    return part(event, "data").get("isBreakout") in (True, "true")
