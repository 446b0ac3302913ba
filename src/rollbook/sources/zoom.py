"""Zoom: HMAC-SHA256 in hex over a version, the timestamp and the body.

Zoom has no id for an event and none for a presence that is sure to be fresh on a rejoin. A
presence is a `participant_uuid` within the meeting's `uuid`: where Zoom gives a returning person
the same one, the ledger has one session from the first join to the last leave.
"""

import json
from collections.abc import Mapping, Sequence

from rollbook.domain.events import Fact, Joined, Left, Participant, Room, RoomFinished, RoomStarted
from rollbook.domain.sessions import Rules
from rollbook.service.platforms import TranslationSettings, WebhookRequest
from rollbook.sources.common import mapping, signatures
from rollbook.sources.common.payloads import (
    JsonObject,
    fingerprint,
    identifier,
    instant,
    joined_identifier,
    label,
    part,
)
from rollbook.sources.common.platform import Heading, Platform, plain_secret

TOLERANCE = 120 * signatures.MINUTE
"""Zoom's last try comes 85 minutes after the first, and it may keep the first one's timestamp."""

_TEST = "endpoint.url_validation"


class Zoom(Platform):
    """Zoom meetings and webinars."""

    kind = "zoom"
    title = "Zoom"
    secret_parts = plain_secret("The Secret Token of your Marketplace app's event subscriptions.")
    steps = (
        "Enter this as the event notification endpoint, choose meeting.started, meeting.ended, "
        "meeting.participant_joined and meeting.participant_left, and let Zoom validate it."
    )
    presences = Rules(comes_again=True)

    def verify(
        self, request: WebhookRequest, secrets: Sequence[Mapping[str, str]], now: int
    ) -> None:
        _proving_secret(request, secrets, now)

    def handshake(
        self, request: WebhookRequest, secrets: Sequence[Mapping[str, str]], now: int
    ) -> bytes | None:
        """Answered to Zoom alone: the answer to a stranger's text would be a signature for it."""
        if _TEST.encode() not in request.body:
            return None
        secret = _proving_secret(request, secrets, now)
        token = _token_of_test(request.body)
        if token is None:
            return None
        encrypted = signatures.hmac_sha256(secret, token).hexdigest()
        return json.dumps({"plainToken": token, "encryptedToken": encrypted}).encode()

    def heading(self, event: JsonObject, request: WebhookRequest) -> Heading:
        return Heading(event.get("event"), _event_id(event), event.get("event_ts"))

    def facts(self, event: JsonObject, settings: TranslationSettings, now: int) -> tuple[Fact, ...]:
        meeting = _meeting(event)
        room = _room(meeting, settings)
        if room is None:
            return ()
        told_at = event.get("event_ts")
        match _happening(event):
            case "started":
                return (RoomStarted(room, instant(meeting.get("start_time"), told_at) or now),)
            case "ended":
                return (RoomFinished(room, instant(meeting.get("end_time"), told_at) or now),)
            case "participant_joined" | "participant_left":
                return _presence_facts(event, room, settings, now)
            case _:
                return ()


def _presence_facts(
    event: JsonObject, room: Room, settings: TranslationSettings, now: int
) -> tuple[Fact, ...]:
    meeting = _meeting(event)
    person = part(meeting, "participant")
    within = room.instance_id or room.room_id
    presence_id = joined_identifier(within, _participant_id(person))
    if presence_id is None:
        return ()
    participant = Participant(
        _uid(person) or presence_id,
        label(person.get("user_name")),
        # Nothing but the host's id tells a role when somebody joins.
        mapping.role({**person, "host": _is_host(person, meeting)}, settings, ("host",)),
    )
    ip_address = mapping.ip_address(person, settings)
    told_at = event.get("event_ts")
    if _happening(event) == "participant_joined":
        at = instant(person.get("join_time"), told_at) or now
        return (Joined(presence_id, room, participant, at, ip_address),)
    at = instant(person.get("leave_time"), told_at) or now
    return (Left(presence_id, room, participant, at, ip_address=ip_address),)


def _participant_id(person: JsonObject) -> str | None:
    return identifier(person.get("participant_uuid"), person.get("user_id"))


def _uid(person: JsonObject) -> str | None:
    """`user_id` is not among these: it numbers the people of one meeting from the same start."""
    names = ("customer_key", "registrant_id", "id", "participant_user_id", "email")
    return identifier(*(person.get(name) for name in (*names, "participant_uuid")))


def _is_host(person: JsonObject, meeting: JsonObject) -> bool:
    host = identifier(meeting.get("host_id"))
    return host is not None and host in (person.get("id"), person.get("participant_user_id"))


def _room(meeting: JsonObject, settings: TranslationSettings) -> Room | None:
    number = identifier(meeting.get("id"))
    if number is None:
        return None
    title = mapping.title(meeting, settings, (), meeting.get("topic"))
    return Room(number, title, identifier(meeting.get("uuid")))


def _meeting(event: JsonObject) -> JsonObject:
    return part(part(event, "payload"), "object")


def _happening(event: JsonObject) -> str:
    """What happened, be it in a meeting or in a webinar: the events are the same."""
    subject, _, happening = str(event.get("event")).partition(".")
    return happening if subject in {"meeting", "webinar"} else ""


def _event_id(event: JsonObject) -> str | None:
    """What stays the same however often Zoom tries; None leaves it to the whole event."""
    meeting = _meeting(event)
    person = part(meeting, "participant")
    time = person.get("join_time") or person.get("leave_time")
    who = _participant_id(person)
    if not time or who is None:
        return None
    return fingerprint([event.get("event"), meeting.get("uuid"), who, time])


def _proving_secret(request: WebhookRequest, secrets: Sequence[Mapping[str, str]], now: int) -> str:
    given = signatures.header(request, "x-zm-signature")
    stamp = signatures.header(request, "x-zm-request-timestamp")

    def sign(secret: str) -> str:
        return f"v0={signatures.hmac_sha256(secret, f'v0:{stamp}:', request.body).hexdigest()}"

    secret = signatures.proving_secret(signatures.values(secrets, "secret"), [given], sign)
    signatures.require_fresh(stamp, now, TOLERANCE)
    return secret


def _token_of_test(body: bytes) -> str | None:
    """The text that Zoom wants encrypted; None for an event that only mentions such a test."""
    try:
        event = json.loads(body)
        token = event["payload"]["plainToken"] if event["event"] == _TEST else None
    except (ValueError, RecursionError, LookupError, TypeError):
        return None
    return token if isinstance(token, str) else None
