"""100ms: no signature, but a header of the operator's choice with a value only 100ms knows."""

from collections.abc import Mapping, Sequence

from rollbook.domain.events import Fact, Joined, Left, Room, RoomFinished, RoomStarted
from rollbook.service.platforms import TranslationSettings, WebhookRequest
from rollbook.sources.common import mapping, signatures
from rollbook.sources.common.payloads import JsonObject, identifier, instant, part
from rollbook.sources.common.platform import Heading, Platform, header_secret

ROLE_PATHS = ("role",)
IP_PATHS = mapping.address_paths("user_data")

_PEOPLE: tuple[object, ...] = (None, "", "regular", "sip")
_MACHINE_ROLES = "__internal"  # the browser that records a room joins as `__internal_recorder`


class HundredMs(Platform):
    """100ms.live."""

    kind = "100ms"
    title = "100ms"
    secret_parts = header_secret("100ms does not sign. It sends a header, whose name you choose.")
    steps = "Enter this address and the same header in the webhook settings of 100ms."

    def verify(
        self, request: WebhookRequest, secrets: Sequence[Mapping[str, str]], now: int
    ) -> None:
        signatures.require_header(request, secrets)

    def heading(self, event: JsonObject, request: WebhookRequest) -> Heading:
        return Heading(event.get("type"), event.get("id"), event.get("timestamp"))

    def facts(self, event: JsonObject, settings: TranslationSettings, now: int) -> tuple[Fact, ...]:
        data = part(event, "data")
        room = _room(data, settings)
        if room is None:
            return ()
        told_at = instant(event.get("timestamp")) or now
        match event.get("type"):
            case "session.open.success":
                return (RoomStarted(room, instant(data.get("session_started_at")) or told_at),)
            case "session.close.success" | "room.end.success":
                return (RoomFinished(room, instant(data.get("session_stopped_at")) or told_at),)
            case "peer.join.success" | "peer.leave.success":
                return _presence_facts(event, room, settings, told_at)
            case _:
                return ()


def _presence_facts(
    event: JsonObject, room: Room, settings: TranslationSettings, told_at: int
) -> tuple[Fact, ...]:
    person = part(event, "data")
    presence_id = identifier(person.get("peer_id"))
    uid = mapping.uid(person, settings, person.get("user_id"), presence_id)
    if presence_id is None or uid is None or not _is_person(person):
        return ()
    participant = mapping.participant(uid, person.get("user_name"), person, settings, ROLE_PATHS)
    ip_address = mapping.ip_address(person, settings, IP_PATHS)
    joined_at = instant(person.get("joined_at"))
    if event.get("type") == "peer.join.success":
        return (Joined(presence_id, room, participant, joined_at or told_at, ip_address),)
    at = instant(person.get("left_at")) or told_at
    return (Left(presence_id, room, participant, at, joined_at, ip_address),)


def _room(data: JsonObject, settings: TranslationSettings) -> Room | None:
    room_id = identifier(data.get("room_id"))
    if room_id is None:
        return None
    title = mapping.title(data, settings, (), data.get("room_name"))
    return Room(room_id, title, identifier(data.get("session_id")))


def _is_person(person: JsonObject) -> bool:
    machine = str(person.get("role")).startswith(_MACHINE_ROLES)
    return person.get("type") in _PEOPLE and not machine
