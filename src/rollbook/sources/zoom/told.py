"""What an event of Zoom tells of a room and of a person in it, whichever product it is about."""

import re
from collections.abc import Iterable

from rollbook.domain.errors import InvalidInput
from rollbook.domain.events import Fact, Joined, Left, Room, RoomFinished, RoomStarted
from rollbook.domain.values import value
from rollbook.service.platforms import PlatformSetting, TranslationSettings
from rollbook.sources.common import mapping
from rollbook.sources.common.payloads import (
    JsonObject,
    fingerprint,
    identifier,
    instant,
    joined_identifier,
    label,
    part,
    phone_number,
)

IP_PATHS = ("public_ip",)
"""Not `private_ip`, which leaves tell as well: that is an address in the person's own network."""

# "left the meeting to join breakout room", "leave breakout room to join main meeting"; but many a
# move only says "left the meeting", and its join in the same second tells that it was one.
_MOVE = re.compile(r"breakout|to join (the )?main", re.IGNORECASE)


@value
class Told:
    """What one event says, in the words of its own product: nothing in here is checked yet.

    `happening` is started, ended, joined or left. `place` is the meeting or session, `person` the
    participant or user, and `ids` what the person may go by, the most lasting first.
    """

    happening: str
    place: JsonObject
    room_id: object
    run: object
    title: object
    person: JsonObject
    ids: Iterable[object]


def object_of(event: JsonObject) -> JsonObject:
    return part(part(event, "payload"), "object")


def event_id(event: JsonObject) -> str | None:
    """What stays the same however often Zoom tries; None leaves it to the whole event."""
    place = object_of(event)
    person = part(place, "participant") or part(place, "user")
    time = person.get("join_time") or person.get("leave_time")
    who = _participant_id(person)
    if not time or who is None:
        return None
    run = place.get("uuid") or place.get("session_id")
    return fingerprint([event.get("event"), run, who, time])


def facts_of(
    told: Told, told_at: object, settings: TranslationSettings, now: int
) -> tuple[Fact, ...]:
    """What an event means that was sent at `told_at`."""
    room = _room(told, settings)
    if room is None:
        return ()
    match told.happening:
        case "started":
            return (RoomStarted(room, instant(told.place.get("start_time"), told_at) or now),)
        case "ended":
            return (RoomFinished(room, instant(told.place.get("end_time"), told_at) or now),)
        case "joined" | "left":
            return _presence_facts(told, room, told_at, settings, now)
        case _:
            return ()


def _presence_facts(
    told: Told, room: Room, told_at: object, settings: TranslationSettings, now: int
) -> tuple[Fact, ...]:
    person = told.person
    presence_id = joined_identifier(room.instance_id or room.room_id, _participant_id(person))
    if presence_id is None:
        return ()
    uid = _uid(told, settings) or presence_id
    # Nothing but the host's id tells a role when somebody joins.
    participant = mapping.participant(
        uid, _name(person), {**person, "host": _is_host(told)}, settings, ("host",)
    )
    ip_address = mapping.ip_address(person, settings, IP_PATHS)
    if told.happening == "joined":
        at = instant(person.get("join_time"), told_at) or now
        return (Joined(presence_id, room, participant, at, ip_address),)
    at = instant(person.get("leave_time"), told_at) or now
    moves = _MOVE.search(str(person.get("leave_reason"))) is not None
    return (Left(presence_id, room, participant, at, ip_address=ip_address, moves=moves),)


def _participant_id(person: JsonObject) -> str | None:
    return identifier(person.get("participant_uuid"), person.get("user_id"), person.get("id"))


def _uid(told: Told, settings: TranslationSettings) -> str | None:
    """The number of who calls by phone is theirs; a guest's name is so where somebody says it."""
    person = told.person
    name = label(_name(person)) if settings.guests_by_name else None
    guest = (phone_number(person.get("phone_number")), name, person.get("participant_uuid"))
    return mapping.uid(person, settings, *told.ids, *guest)


def _name(person: JsonObject) -> object:
    return person.get("user_name") or person.get("name")


def _is_host(told: Told) -> bool:
    host = identifier(told.place.get("host_id"))
    return host is not None and host in (
        told.person.get("id"),
        told.person.get("participant_user_id"),
    )


def _room(told: Told, settings: TranslationSettings) -> Room | None:
    room_id = identifier(told.room_id)
    if room_id is None:
        return None
    title = mapping.title(told.place, settings, (), told.title)
    return Room(room_id, title, identifier(told.run))


def _checked_guests(value: str) -> str:
    if value != "name":
        raise InvalidInput("guests must be name, or not be set", field="guests")
    return value


GUESTS = PlatformSetting(
    "guests",
    "With the value name, guests without any id are one person per name, instead of a new person "
    "with each visit.",
    "name",
    _checked_guests,
)
