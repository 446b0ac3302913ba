"""The shape of our own events, and of CloudEvents that carry them, on their way to facts."""

import hashlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import quote

import msgspec

from rollbook.domain import fields
from rollbook.domain.errors import InvalidInput
from rollbook.domain.events import (
    Fact,
    Joined,
    Left,
    Participant,
    Room,
    RoomFinished,
    RoomStarted,
)
from rollbook.domain.instants import from_text
from rollbook.domain.redaction import Redaction
from rollbook.domain.values import value
from rollbook.service.platforms import Delivery
from rollbook.web.http.json_fields import json_value, optional, required_text, text

MOST_EVENTS = 1_000
"""Most events in one request."""

_TYPES = ("participant.joined", "participant.left", "room.started", "room.finished")
_CLOUD_EVENTS = "application/cloudevents"
_OF_URIS = "%:/?#[]@!$&'()*+,;="


@value
class InvalidEvent:
    """An event that breaks a rule, by its id where it has one, and the sentence that says why."""

    event_id: str | None
    message: str


class ReadEvent(NamedTuple):
    """An event, and the id that its sender calls it by."""

    told_id: str
    delivery: Delivery


def is_events_type(content_type: str) -> bool:
    """Whether a body of this type can hold events."""
    return content_type == "application/json" or content_type in {
        f"{_CLOUD_EVENTS}+json",
        f"{_CLOUD_EVENTS}-batch+json",
    }


def from_json(body: bytes, content_type: str) -> list[ReadEvent | InvalidEvent]:
    """The events in a body, each by itself. Raises InvalidInput where there is no list of them."""
    redaction = Redaction(body)
    events = _listed(json_value(body), content_type)
    return [_checked(event, redaction) for event in events]


def _listed(said: object, content_type: str) -> Sequence[object]:
    events: object
    if content_type == f"{_CLOUD_EVENTS}+json":
        events = [said]
    elif isinstance(said, list):
        events = said
    else:
        events = said.get("events") if isinstance(said, dict) else None
    if not isinstance(events, list):
        raise InvalidInput("events must be a list of events", field="events")
    if not 1 <= len(events) <= MOST_EVENTS:
        raise InvalidInput(f"events must hold 1 to {MOST_EVENTS} events", field="events")
    return events


def _checked(event: object, redaction: Redaction) -> ReadEvent | InvalidEvent:
    if not isinstance(event, dict):
        return InvalidEvent(None, "an event must be a JSON object")
    told_id = event.get("id")
    try:
        return _read(event, redaction)
    except InvalidInput as error:
        return InvalidEvent(told_id if isinstance(told_id, str) else None, error.message)


def _read(event: Mapping[str, Any], redaction: Redaction) -> ReadEvent:
    is_cloud_event = "specversion" in event and isinstance(event.get("data"), dict)
    values = {**event["data"], **_envelope(event)} if is_cloud_event else event
    told_id = fields.identifier(required_text(values, "id"), "id")
    event_type = _event_type(required_text(values, "type"))
    at = _instant(required_text(values, "time"), "time")
    kept = redaction.storable(event)
    delivery = Delivery(
        _id_with_source(event, told_id) if is_cloud_event else told_id,
        event_type,
        at,
        (_fact(event_type, values, at),),
        _json(kept),
        # Extension attributes, such as a trace, differ from one try to the next.
        redaction.storable(values) if is_cloud_event else kept,
    )
    return ReadEvent(told_id, delivery)


def _json(value: object) -> str:
    return msgspec.json.encode(value, order="deterministic").decode()


def _envelope(event: Mapping[str, Any]) -> dict[str, Any]:
    return {name: event[name] for name in ("id", "type", "time") if name in event}


def _id_with_source(event: Mapping[str, Any], told_id: str) -> str:
    """The ids of CloudEvents are their source's own. No URI has a space, so one parts the two."""
    source = text(event, "source")
    if not source:
        return told_id
    whole = f"{quote(source, safe=_OF_URIS)} {told_id}"
    if len(whole) <= fields.MAX_ID_LENGTH:
        return whole
    return f"sha256:{hashlib.sha256(whole.encode()).hexdigest()}"


def _event_type(told: str) -> str:
    """One of our types; CloudEvents put the domain of their producer before it."""
    for known in _TYPES:
        if told == known or told.endswith("." + known):
            return known
    raise InvalidInput(f"type must be one of {', '.join(_TYPES)}", field="type")


def _fact(event_type: str, values: Mapping[str, Any], at: int) -> Fact:
    named = required_text(values, "roomId")
    room = _room(named, text(values, "roomTitle"), text(values, "roomInstanceId"))
    if event_type == "room.started":
        return RoomStarted(room, at)
    if event_type == "room.finished":
        return RoomFinished(room, at)
    presence_id = fields.identifier(required_text(values, "sessionId"), "sessionId")
    address = fields.ip_address(text(values, "ipAddress"))
    agent = fields.label(text(values, "userAgent"), "userAgent")
    if event_type == "participant.joined":
        return Joined(presence_id, room, _participant(values), at, address, agent)
    joined_at = text(values, "joinedAt")
    return Left(
        presence_id,
        room,
        _participant(values) if optional(values, "participant") is not None else None,
        at,
        None if joined_at is None else _instant(joined_at, "joinedAt"),
        address,
        agent,
    )


@lru_cache(maxsize=1024)  # most events of a batch are about few rooms
def _room(room_id: str, title: str | None, instance_id: str | None) -> Room:
    return Room(
        fields.identifier(room_id, "roomId"),
        fields.label(title, "roomTitle"),
        None if instance_id is None else fields.identifier(instance_id, "roomInstanceId"),
    )


def _participant(values: Mapping[str, Any]) -> Participant:
    person = values.get("participant")
    if not isinstance(person, dict):
        raise InvalidInput("participant must be an object with a uid", field="participant")
    return Participant(
        fields.identifier(required_text(person, "uid", "participant.uid"), "participant.uid"),
        fields.label(text(person, "name", "participant.name"), "participant.name"),
        fields.role(text(person, "role", "participant.role"), "participant.role"),
    )


def _instant(value: str, field: str) -> int:
    try:
        return fields.moment(from_text(value), field)
    except ValueError:
        message = f"{field} must be an ISO 8601 instant like 2024-01-15T09:00:00Z"
        raise InvalidInput(message, field=field) from None
