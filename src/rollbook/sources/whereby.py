"""Whereby: HMAC-SHA256 in hex over the timestamp and the body.

`room.session.started` and `ended` tell when two people are together, not when a room opens or
closes: a person left alone is still there, so these events begin and end nothing here.
"""

from collections.abc import Mapping, Sequence

from rollbook.domain.events import Fact, Joined, Left, Room
from rollbook.domain.sessions import Rules
from rollbook.service.platforms import TranslationSettings, WebhookRequest
from rollbook.sources.common import mapping, signatures
from rollbook.sources.common.payloads import (
    JsonObject,
    identifier,
    instant,
    joined_identifier,
    part,
)
from rollbook.sources.common.platform import Heading, Platform, plain_secret

TOLERANCE = 5 * signatures.MINUTE
"""Whereby tries an event again twice, within seconds."""

ROLE_PATHS = ("roleName",)

# A recorder, a streamer or a captioner has a role as well, and so will the next such machine.
_PEOPLE = {"owner", "member", "host", "visitor", "granted_visitor", "viewer", "granted_viewer"}


class Whereby(Platform):
    """Whereby Embedded."""

    kind = "whereby"
    title = "Whereby"
    secret_parts = plain_secret("The webhook's secret in the Whereby dashboard.")
    steps = "Add a webhook with this address for room.client.joined and room.client.left."
    presences = Rules(comes_again=True)

    def verify(
        self, request: WebhookRequest, secrets: Sequence[Mapping[str, str]], now: int
    ) -> None:
        stamp, given = signatures.stamped(signatures.header(request, "whereby-signature"))

        def sign(secret: str) -> str:
            return signatures.hmac_sha256(secret, stamp, ".", request.body).hexdigest()

        signatures.proving_secret(signatures.values(secrets, "secret"), given, sign)
        signatures.require_fresh(stamp, now, TOLERANCE)

    def heading(self, event: JsonObject, request: WebhookRequest) -> Heading:
        return Heading(event.get("type"), event.get("id"), event.get("createdAt"))

    def facts(self, event: JsonObject, settings: TranslationSettings, now: int) -> tuple[Fact, ...]:
        person = part(event, "data")
        room = _room(person, settings)
        if room is None or not _is_person(person, settings):
            return ()
        presence_id = joined_identifier(room.room_id, identifier(person.get("participantId")))
        told = (person.get("externalId"), person.get("participantId"))
        uid = mapping.uid(person, settings, *told)
        if presence_id is None or uid is None:
            return ()
        participant = mapping.participant(
            uid, person.get("displayName"), person, settings, ROLE_PATHS
        )
        ip_address = mapping.ip_address(person, settings, mapping.address_paths("metadata"))
        at = instant(event.get("createdAt")) or now
        match event.get("type"):
            case "room.client.joined":
                return (Joined(presence_id, room, participant, at, ip_address),)
            case "room.client.left":
                return (Left(presence_id, room, participant, at, ip_address=ip_address),)
            case _:
                return ()


def _room(data: JsonObject, settings: TranslationSettings) -> Room | None:
    """A room without its instance: who comes first joins before there is a `roomSessionId`."""
    name = data.get("roomName")
    plain_name = name.removeprefix("/") if isinstance(name, str) else None
    room_id = identifier(plain_name, data.get("meetingId"))
    return None if room_id is None else Room(room_id, mapping.title(data, settings, (), plain_name))


def _is_person(data: JsonObject, settings: TranslationSettings) -> bool:
    """Known roles of people, and those that the organization has a word for."""
    name = mapping.role_word("", data.get("roleName"))
    return not name or name in _PEOPLE or name in settings.role_names
