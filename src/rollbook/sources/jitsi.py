"""Self-hosted Jitsi Meet, through Prosody's module event_sync: a header of the operator's choice.

Each kind of event goes to a path of its own below the webhook's address, and names itself in the
body as well. The end of a room repeats everybody who was in it, so it makes good all that was lost.
"""

from collections.abc import Mapping, Sequence

from rollbook.domain.events import Fact, Joined, Left, Room, RoomFinished, RoomStarted
from rollbook.service.platforms import TranslationSettings, WebhookRequest
from rollbook.sources.common import mapping, signatures
from rollbook.sources.common.payloads import (
    JsonObject,
    fingerprint,
    identifier,
    instant,
    joined_identifier,
    part,
    read_object,
)
from rollbook.sources.common.platform import Heading, Platform, header_secret

ROLE_PATHS = ("role", "moderator")
IP_PATHS = ("ipAddress", "client_ip")

_EVERYBODY = "all_occupants"
_TIMES = {
    "muc-room-created": ("created_at",),
    "muc-occupant-joined": ("joined_at",),
    "muc-occupant-left": ("left_at",),
    # Of who was there to the last, nothing but the room's end is told.
    "muc-room-destroyed": ("left_at", "destroyed_at"),
}
# What Jitsi's own machines sign in with: accounts, and domains whose people nobody sees.
_MACHINES = {"focus", "jibri", "jvb", "recorder"}
_TRANSCRIBER = "transcriber"
_HIDDEN_DOMAINS = ("hidden.", "recorder.")


class Jitsi(Platform):
    """Jitsi Meet on servers of one's own."""

    kind = "jitsi"
    title = "Jitsi Meet (self-hosted)"
    secret_parts = header_secret("Jitsi does not sign. It sends a header, whose name you choose.")
    steps = (
        "Install mod_event_sync_component of jitsi-contrib/prosody-plugins, and add this with your "
        "own domains and the value of the header to the configuration of Prosody."
    )
    paths_below = True

    def to_paste(self, address: str, shown: Mapping[str, str]) -> str:
        header = shown.get("header", "YOUR-HEADER")
        return f"""\
Component "esync.meet.example.org" "event_sync_component"
    muc_component = "conference.meet.example.org"
    breakout_component = "breakout.meet.example.org"
    api_prefix = "{address}"
    api_headers = {{ ["{header}"] = "YOUR-VALUE" }}
    api_retry_count = 60
    include_user_info = true"""

    def verify(
        self, request: WebhookRequest, secrets: Sequence[Mapping[str, str]], now: int
    ) -> None:
        signatures.require_header(request, secrets)

    def events(self, request: WebhookRequest) -> Sequence[JsonObject]:
        """The event; of the end of a room, one for everybody who was in it, and the end itself."""
        event = read_object(request.body)
        everybody = event.get(_EVERYBODY)
        people = everybody if isinstance(everybody, list) else []
        alone = {name: value for name, value in event.items() if name != _EVERYBODY}
        return [*({**alone, "occupant": one} for one in people if isinstance(one, dict)), event]

    def heading(self, event: JsonObject, request: WebhookRequest) -> Heading:
        return Heading(event.get("event_name"), _event_id(event), _told_at(event))

    def facts(self, event: JsonObject, settings: TranslationSettings, now: int) -> tuple[Fact, ...]:
        room = _room(event, settings)
        if room is None:
            return ()
        at = _told_at(event) or now
        if "occupant" in event:
            return _presence_facts(event, room, settings, at)
        # A breakout room goes by the main room's name, which begins and ends on its own.
        return () if _is_breakout(event) else _room_facts(event, room, at)


def _room_facts(event: JsonObject, room: Room, at: int) -> tuple[Fact, ...]:
    match event.get("event_name"):
        case "muc-room-created":
            return (RoomStarted(room, at),)
        case "muc-room-destroyed":
            return (RoomFinished(room, at, instant(event.get("created_at"))),)
        case _:
            return ()


def _presence_facts(
    event: JsonObject, room: Room, settings: TranslationSettings, at: int
) -> tuple[Fact, ...]:
    person = part(event, "occupant")
    jid, joined_at = identifier(person.get("occupant_jid")), instant(person.get("joined_at"))
    if jid is None or joined_at is None or not _is_person(jid):
        return ()
    presence_id = _presence_id(event, jid, joined_at)
    uid = mapping.uid(person, settings, person.get("id"), person.get("email")) or jid
    participant = mapping.participant(uid, person.get("name"), person, settings, ROLE_PATHS)
    ip_address = mapping.ip_address(person, settings, IP_PATHS)
    match event.get("event_name"):
        case "muc-occupant-joined":
            return (Joined(presence_id, room, participant, at, ip_address),)
        case "muc-occupant-left" | "muc-room-destroyed":
            return (Left(presence_id, room, participant, at, joined_at, ip_address),)
        case _:
            return ()


def _presence_id(event: JsonObject, jid: str, joined_at: int) -> str:
    """A connection's address stays the same from room to room, and when somebody comes back."""
    where = (identifier(event.get("room_jid")), identifier(event.get("breakout_room_id")))
    within = [one for one in where if one is not None]
    return joined_identifier(*within, jid, str(joined_at)) or jid


def _is_person(jid: str) -> bool:
    name, _, domain = jid.lower().partition("/")[0].partition("@")
    machine = name in _MACHINES or name.startswith(_TRANSCRIBER)
    return not machine and not domain.startswith(_HIDDEN_DOMAINS)


def _room(event: JsonObject, settings: TranslationSettings) -> Room | None:
    jid = identifier(event.get("room_jid"))
    if jid is None:
        return None
    name = event.get("room_name") or jid.partition("@")[0]
    return Room(jid, mapping.title(event, settings, (), name))


def _is_breakout(event: JsonObject) -> bool:
    return event.get("is_breakout") is True or event.get("breakout_room_id") is not None


def _told_at(event: JsonObject) -> int | None:
    told = {**event, **part(event, "occupant")}
    names = _TIMES.get(str(event.get("event_name")), ())
    return instant(*(told.get(name) for name in names))


def _event_id(event: JsonObject) -> str | None:
    """What stays the same however often Prosody tries; None leaves it to the whole event."""
    person = part(event, "occupant")
    if "occupant" not in event:
        which = [event.get("created_at"), event.get("destroyed_at")]
    elif person.get("occupant_jid") and person.get("joined_at"):
        which = [person.get(name) for name in ("occupant_jid", "joined_at", "left_at")]
    else:
        return None
    names = ("event_name", "room_jid", "breakout_room_id")
    return fingerprint([*(event.get(name) for name in names), *which])
