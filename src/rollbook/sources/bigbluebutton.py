"""BigBlueButton, through bbb-webhooks 3.4 or later: a plain hash over address, body and secret.

Versions 3.0 to 3.3 hash `{}` in place of the body, so their checksum is the same for every event
and proves nothing; it is refused.

A presence is an `internal-user-id` within the `internal-meeting-id`; it may come again.

Whoever goes to a breakout room stays in the main meeting. The breakout room is a meeting of
BigBlueButton's own making, and so are its people: they only repeat who is in the main one.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence

from rollbook.domain.events import Fact, Joined, Left, Room, RoomFinished, RoomStarted
from rollbook.domain.sessions import Rules
from rollbook.service.platforms import (
    BadSignature,
    ForbiddenDelivery,
    TranslationSettings,
    UnreadableDelivery,
    WebhookRequest,
)
from rollbook.sources.common import mapping, signatures
from rollbook.sources.common.payloads import (
    JsonObject,
    identifier,
    instant,
    joined_identifier,
    label,
    part,
    read_form,
    read_json,
)
from rollbook.sources.common.platform import Heading, Platform, plain_secret

ROLE_PATHS = ("role",)
IP_PATHS = ("ip-address",)

_ALGORITHMS = {40: "sha1", 64: "sha256", 96: "sha384", 128: "sha512"}
# A breakout room's id is a hash and the time it was made; bbb-webhooks tells what it is, and of
# which meeting, only as it begins. Its people are called after their ids in the main meeting.
_BREAKOUT_ROOM = re.compile(r"[0-9a-f]{40}-\d{13}", re.ASCII)
_BREAKOUT_PERSON = re.compile(r"w_[a-z0-9]{6,}-\d{1,3}", re.ASCII)
# The sender appends it to the registered address: nothing can stand behind it.
_CHECKSUM = re.compile(r"[?&]checksum=([0-9a-f]+)$", re.ASCII)


class BigBlueButton(Platform):
    """BigBlueButton's own web hooks."""

    kind = "bigbluebutton"
    title = "BigBlueButton"
    secret_parts = plain_secret("The secret of the BigBlueButton API: bbb-conf --secret shows it.")
    steps = "Add this address to permanentURLs in the configuration of bbb-webhooks, getRaw: false."
    presences = Rules(comes_again=True)

    def verify(
        self, request: WebhookRequest, secrets: Sequence[Mapping[str, str]], now: int
    ) -> None:
        try:
            _require_proof(request, signatures.values(secrets, "secret"))
        except BadSignature as error:
            # bbb-webhooks takes 401 for success (`responseOk` in its source file
            # src/out/webhooks/callback-emitter.js), and would not send the delivery again.
            raise ForbiddenDelivery(error.message) from None

    def heading(self, event: JsonObject, request: WebhookRequest) -> Heading:
        data = part(event, "data")
        return Heading(data.get("id"), None, part(data, "event").get("ts"))

    def events(self, request: WebhookRequest) -> Sequence[JsonObject]:
        """The elements of the form's field `event`. One that says nothing loses no other."""
        elements = read_json(_event_field(request.body))
        found = [one for one in elements if _has_type(one)] if isinstance(elements, list) else []
        if not found:
            raise UnreadableDelivery("The form's field event is not a list of events")
        return found

    def facts(self, event: JsonObject, settings: TranslationSettings, now: int) -> tuple[Fact, ...]:
        data = part(event, "data")
        meeting = part(part(data, "attributes"), "meeting")
        room = _room(meeting, settings)
        if room is None or _is_breakout(meeting):
            return ()
        person = part(part(data, "attributes"), "user")
        at = instant(part(data, "event").get("ts")) or now
        match data.get("id"):
            case "meeting-created":
                return (RoomStarted(room, at),)
            case "meeting-ended":
                return (RoomFinished(room, at),)
            case "user-joined":
                return _joined(person, room, at, settings)
            case "user-left":
                return _left(person, room, at)
            case _:
                return ()


def _joined(
    person: JsonObject, room: Room, at: int, settings: TranslationSettings
) -> tuple[Fact, ...]:
    presence_id = _presence_id(person, room)
    named = (person.get("external-user-id"), person.get("internal-user-id"))
    uid = mapping.uid(person, settings, *named)
    if presence_id is None or uid is None or _is_double(person):
        return ()
    participant = mapping.participant(uid, person.get("name"), person, settings, ROLE_PATHS)
    ip_address = mapping.ip_address(person, settings, IP_PATHS)
    user_agent = label(person.get("user-agent"))
    return (Joined(presence_id, room, participant, at, ip_address, user_agent),)


def _left(person: JsonObject, room: Room, at: int) -> tuple[Fact, ...]:
    """A leave of nobody by name: it is known to tell another user's external id at times."""
    presence_id = _presence_id(person, room)
    return () if presence_id is None else (Left(presence_id, room, participant=None, at=at),)


def _is_breakout(meeting: JsonObject) -> bool:
    external = str(meeting.get("external-meeting-id"))
    return meeting.get("is-breakout") in (True, "true") or bool(_BREAKOUT_ROOM.fullmatch(external))


def _is_double(person: JsonObject) -> bool:
    """Whether that is somebody of the main meeting in a breakout room, where all moderate."""
    named = _BREAKOUT_PERSON.fullmatch(str(person.get("external-user-id")))
    return named is not None and person.get("role") == "MODERATOR"


def _presence_id(person: JsonObject, room: Room) -> str | None:
    return joined_identifier(room.instance_id, identifier(person.get("internal-user-id")))


def _room(meeting: JsonObject, settings: TranslationSettings) -> Room | None:
    instance = identifier(meeting.get("internal-meeting-id"))
    room_id = identifier(meeting.get("external-meeting-id"), instance)
    if room_id is None:
        return None
    return Room(room_id, mapping.title(meeting, settings, (), meeting.get("name")), instance)


def _event_field(body: bytes) -> str:
    form = dict(read_form(body))
    if "event" not in form:
        raise UnreadableDelivery("The form has no field event")
    return form["event"]


def _require_proof(request: WebhookRequest, known: Sequence[str]) -> None:
    checksum = _CHECKSUM.search(request.url)
    if checksum is None:
        _require_bearer(request, known)
        return
    address, given = request.url[: checksum.start()], checksum.group(1)

    def sign(secret: str) -> str | None:
        return _checksum(len(given), address, request.body, secret)

    signatures.proving_secret(known, [given], sign)


def _require_bearer(request: WebhookRequest, known: Sequence[str]) -> None:
    """The other way to prove a delivery (`auth2_0`): the secret itself, instead of a checksum."""
    if "authorization" not in request.headers:
        raise BadSignature("The delivery has neither a checksum nor a bearer token")
    bearer = signatures.header(request, "authorization")
    signatures.proving_secret(known, [bearer], lambda secret: f"Bearer {secret}")


def _has_type(element: object) -> bool:
    """A raw internal message (`getRaw`) has another form and no type that we know."""
    return isinstance(element, dict) and identifier(part(element, "data").get("id")) is not None


def _checksum(length: int, address: str, body: bytes, secret: str) -> str | None:
    if length not in _ALGORITHMS:
        raise BadSignature("The checksum has the length of no known algorithm")
    algorithm = hashlib.new(_ALGORITHMS[length])
    for octets in (address.encode("utf-8", "surrogatepass"), body, secret.encode()):
        algorithm.update(octets)
    return algorithm.hexdigest()
