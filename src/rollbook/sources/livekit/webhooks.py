"""LiveKit: a JWT signed with the API secret carries the hash of the body.

A presence is a participant `sid`: a reconnect that loses the media gets a new one, a resume keeps
it. What a person is called and may do comes with the token that the application minted.
"""

import hashlib
from base64 import b64encode
from collections.abc import Mapping, Sequence

from rollbook.domain.events import (
    Fact,
    Joined,
    JoinEvidence,
    Left,
    Participant,
    Room,
    RoomFinished,
    RoomStarted,
)
from rollbook.domain.sessions import Rules
from rollbook.service.platforms import (
    BadSignature,
    PlatformSetting,
    SecretPart,
    TranslationSettings,
    WebhookRequest,
)
from rollbook.sources.common import mapping, signatures
from rollbook.sources.common.payloads import JsonObject, identifier, instant, label, part
from rollbook.sources.common.platform import Heading, Platform, no_secret
from rollbook.sources.livekit.server_url import SERVER_URL

LEEWAY = 60_000
"""How far the clocks of LiveKit and of Rollbook may differ, in ms."""

_SHORTEST_SECRET = 6
"""Characters of `secret`, the one of `livekit-server --dev`."""

_FARTHEST = 10**12
"""Seconds from 1970 that a claim may tell: beyond every calendar."""

_CONFIGURATION = """\
webhook:
  api_key: {api_key}
  urls:
    - {address}
  filter_params:
    include_events:
      - room_started
      - room_finished
      - participant_joined
      - participant_left
      - participant_connection_aborted"""

ROLE_PATHS = ("attributes.role", "metadata.role")
IP_PATHS = ("attributes.ipAddress", "metadata.ipAddress")
TITLE_PATHS = ("metadata.title",)

# Names as protojson writes them, numbers as it writes what the sender's version did not know.
_PEOPLE: frozenset[object] = frozenset({"STANDARD", "SIP", "CONNECTOR", 0, 3, 7})
_NOT_PEOPLE = ("hidden", "recorder", "agent")
# A forwarded participant is a copy of somebody who is in another room, and counts there.
_NOBODYS_DETAILS = {"CLOUD_AGENT", "0", "FORWARDED", "1", "BRIDGE_RTSP", "4", "SIMULATION", "5"}


class LiveKit(Platform):
    """LiveKit, self-hosted or Cloud."""

    kind = "livekit"
    title = "LiveKit"
    secret_parts: tuple[SecretPart, ...] = (
        SecretPart(
            "api_key",
            "API key",
            "One of the keys in the configuration of your LiveKit server.",
            shown=True,
        ),
        SecretPart(
            "api_secret",
            "API secret",
            "The secret that belongs to this key.",
            wrong=no_secret("api_secret", _SHORTEST_SECRET),
        ),
    )
    steps = (
        "Paste this into the configuration of the server, or the same into a LiveKit Cloud project."
    )
    settings: tuple[PlatformSetting, ...] = (SERVER_URL,)
    presences = Rules(once=True)

    def to_paste(self, address: str, shown: Mapping[str, str]) -> str:
        return _CONFIGURATION.format(api_key=shown.get("api_key", "YOUR-API-KEY"), address=address)

    def verify(
        self, request: WebhookRequest, secrets: Sequence[Mapping[str, str]], now: int
    ) -> None:
        # Its library takes as long to load as the service takes to open its database.
        from rollbook.sources.livekit.tokens import signed_claims  # noqa: PLC0415 - see above

        token = signatures.header(request, "authorization").removeprefix("Bearer ")
        claims = signed_claims(token, secrets)
        _require_valid(claims, now)
        digest = b64encode(hashlib.sha256(request.body).digest()).decode()
        if not signatures.same(str(claims["sha256"]), digest):
            raise BadSignature("The token was signed for another body")

    def heading(self, event: JsonObject, request: WebhookRequest) -> Heading:
        return Heading(event.get("event"), event.get("id"), event.get("createdAt"))

    def facts(self, event: JsonObject, settings: TranslationSettings, now: int) -> tuple[Fact, ...]:
        room = _room(part(event, "room"), settings)
        if room is None:
            return ()
        at = instant(event.get("createdAt")) or now
        match event.get("event"):
            case "room_started":
                return (RoomStarted(room, at),)
            case "room_finished":
                return (RoomFinished(room, at),)
            case "participant_joined" | "participant_left" | "participant_connection_aborted":
                return _presence_facts(event, room, settings, now)
            case _:
                return ()


def _presence_facts(
    event: JsonObject, room: Room, settings: TranslationSettings, now: int
) -> tuple[Fact, ...]:
    person = part(event, "participant")
    presence_id = identifier(person.get("sid"))
    if presence_id is None or not _is_person(person):
        return ()
    at, connected_at = instant(event.get("createdAt")), _connected_at(person)
    if event.get("event") == "participant_connection_aborted":
        # The end of a presence that never began. It makes no session; but LiveKit can tell the
        # join of the same sid as well, even later, and that one must not stay open for ever.
        return (Left(presence_id, room, participant=None, at=at or now),)
    participant = _participant(person, settings)
    ip_address = mapping.ip_address(person, settings, IP_PATHS)
    if event.get("event") == "participant_left":
        return (Left(presence_id, room, participant, at or now, connected_at, ip_address),)
    if participant is None:
        return ()
    return (Joined(presence_id, room, participant, at or connected_at or now, ip_address),)


def listed(
    room: JsonObject, person: JsonObject, settings: TranslationSettings, now: int
) -> Joined | None:
    """Who is listed in a room, as a join that was never told; None for all who do not count."""
    place, presence_id = _room(room, settings), identifier(person.get("sid"))
    participant = _participant(person, settings)
    if place is None or presence_id is None or participant is None:
        return None
    if person.get("state") != "ACTIVE" or not _is_person(person):
        return None
    ip_address = mapping.ip_address(person, settings, IP_PATHS)
    at = _connected_at(person) or now
    return Joined(presence_id, place, participant, at, ip_address, evidence=JoinEvidence.TOLD)


def _connected_at(person: JsonObject) -> int | None:
    return instant(person.get("joinedAtMs"), person.get("joinedAt"))


def _room(room: JsonObject, settings: TranslationSettings) -> Room | None:
    name = identifier(room.get("name"))
    if name is None:
        return None
    title = mapping.title(room, settings, TITLE_PATHS, room.get("name"))
    return Room(name, title, identifier(room.get("sid")))


def _participant(person: JsonObject, settings: TranslationSettings) -> Participant | None:
    identity = identifier(person.get("identity"))
    uid = mapping.uid(person, settings, identity)
    if uid is None:
        return None
    role = mapping.role(person, settings, ROLE_PATHS)
    # LiveKit lets an identity be in a room once; a person of another id may have two of them.
    told = identity if identity != uid else None
    return Participant(uid, label(person.get("name")), role, told)


def _is_person(person: JsonObject) -> bool:
    kind = person.get("kind")
    kind = "STANDARD" if kind is None else kind  # protojson leaves out what is zero
    permission = part(person, "permission")
    details = person.get("kindDetails")
    told = {str(detail) for detail in details} if isinstance(details, list) else {str(details)}
    return (
        not isinstance(kind, bool | list | dict)
        and kind in _PEOPLE
        and not any(permission.get(name) is True for name in _NOT_PEOPLE)
        and not told & _NOBODYS_DETAILS
    )


def _require_valid(claims: Mapping[str, object], now: int) -> None:
    """Checked here and not by the library, which would ask a clock of its own."""
    if _milliseconds(claims["exp"]) < now - LEEWAY:
        raise BadSignature("The token has expired")
    for name in ("nbf", "iat"):
        if name in claims and _milliseconds(claims[name]) > now + LEEWAY:
            raise BadSignature("The token is not valid yet")


def _milliseconds(claim: object) -> float:
    if isinstance(claim, bool) or not isinstance(claim, int | float):
        raise BadSignature("A time in the token is not a number")
    # Compared and not converted: a number of JSON may be too large to reckon with. A NaN is not less.
    if not -_FARTHEST < claim < _FARTHEST:
        raise BadSignature("A time in the token is beyond every calendar")
    return claim * 1000
