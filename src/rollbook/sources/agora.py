"""Agora: HMAC-SHA256 and HMAC-SHA1 in hex over the body, each in a header of its own.

The signatures have no timestamp, so an old delivery can be sent again: it changes nothing, since
the ledger knows its event already. Agora has no id for a stay: a presence is a user in a channel,
who may come again and again.
"""

from collections.abc import Mapping, Sequence

from rollbook.domain.events import Fact, Joined, Left, Room, RoomFinished, RoomStarted
from rollbook.domain.sessions import Rules
from rollbook.service.platforms import TranslationSettings, WebhookRequest
from rollbook.sources.common import mapping, signatures
from rollbook.sources.common.payloads import (
    JsonObject,
    before,
    identifier,
    instant,
    joined_identifier,
    label,
    part,
)
from rollbook.sources.common.platform import Heading, Platform, plain_secret

ROLE_PATHS = ("clientRole",)

_ALGORITHMS = {"agora-signature-v2": "sha256", "agora-signature": "sha1"}
_REAL_TIME_COMMUNICATION = "1"  # other products of Agora number their events from the start again
_TEST_CHANNEL = "test_webhook"  # the console's own, with which it tries the address
_JOINS = {"103": "broadcaster", "105": "audience", "107": ""}
_LEAVES = {"104": "broadcaster", "106": "audience", "108": ""}
_LINUX = "6"
_RECORDERS = ("3", "10")  # on the premises, and in the cloud

_NEAR_MS = 60_000


class Agora(Platform):
    """Agora's real-time communication: video calling, voice calling, live streaming."""

    kind = "agora"
    title = "Agora"
    secret_parts = plain_secret("The secret that the console shows beside the notifications.")
    steps = (
        "Enter this address under Notifications of your project, for the product Real-time "
        "Communication (RTC), with the channel events 101 to 108."
    )
    presences = Rules(comes_again=True)
    varies = frozenset({"notifyMs"})

    def verify(
        self, request: WebhookRequest, secrets: Sequence[Mapping[str, str]], now: int
    ) -> None:
        """One signature is enough; where there are both, neither may be wrong."""
        signatures.header(request, *_ALGORITHMS)
        sent = [name for name in _ALGORITHMS if request.headers.get(name, "").strip()]
        given = " ".join(request.headers[name].strip() for name in sent)

        def sign(secret: str) -> str:
            macs = (signatures.hmac_by(_ALGORITHMS[one], secret, request.body) for one in sent)
            return " ".join(mac.hexdigest() for mac in macs)

        signatures.proving_secret(signatures.values(secrets, "secret"), [given], sign)

    def heading(self, event: JsonObject, request: WebhookRequest) -> Heading:
        told_at = part(event, "payload").get("ts")
        return Heading(event.get("eventType"), event.get("noticeId"), told_at)

    def facts(self, event: JsonObject, settings: TranslationSettings, now: int) -> tuple[Fact, ...]:
        channel = part(event, "payload")
        room = _room(channel, settings)
        product = identifier(event.get("productId"), _REAL_TIME_COMMUNICATION)
        if room is None or product != _REAL_TIME_COMMUNICATION:
            return ()
        at = instant(channel.get("ts")) or now
        match identifier(event.get("eventType")):
            case "101":
                return (RoomStarted(room, at),)
            case "102":
                return (RoomFinished(room, at),)
            case str(kind) if kind in _JOINS or kind in _LEAVES:
                return _presence_facts(kind, channel, room, settings, at)
            case _:
                return ()


def _presence_facts(
    kind: str, person: JsonObject, room: Room, settings: TranslationSettings, told_at: int
) -> tuple[Fact, ...]:
    """Hosts and audience: who changes from one to the other comes by one and goes by the other."""
    user = identifier(person.get("account"), person.get("uid"))
    presence_id = joined_identifier(room.room_id, user)
    if user is None or presence_id is None or not _is_person(person):
        return ()
    uid = mapping.uid(person, settings) or user
    role_word = _JOINS.get(kind) or _LEAVES.get(kind)
    participant = mapping.participant(
        uid, None, {**person, "clientRole": role_word}, settings, ROLE_PATHS
    )
    ip_address = mapping.ip_address(person, settings)
    at = _within_second(told_at, person.get("clientSeq"))
    if kind in _JOINS:
        return (Joined(presence_id, room, participant, at, ip_address),)
    joined_at = before(told_at, person.get("duration"))
    return (Left(presence_id, room, participant, at, joined_at, ip_address),)


def _within_second(at: int, sequence: object) -> int:
    """The instant of an event within the whole second that Agora tells.

    A user may go and come in one second, and a lost order would leave them there for ever. Their
    events are ordered by `clientSeq`, which is the device's clock in milliseconds: where it tells
    about the same time, it tells when in that second. It can never lead out of it.
    """
    if not isinstance(sequence, int) or abs(sequence - at) > _NEAR_MS:
        return at
    return min(max(sequence, at), at + 999)


def _is_person(person: JsonObject) -> bool:
    recorder = identifier(person.get("clientType")) in _RECORDERS
    return not (recorder and identifier(person.get("platform")) == _LINUX)


def _room(channel: JsonObject, settings: TranslationSettings) -> Room | None:
    name = identifier(channel.get("channelName"))
    if name is None or name == _TEST_CHANNEL:
        return None
    return Room(name, mapping.title(channel, settings, (), label(name)))
