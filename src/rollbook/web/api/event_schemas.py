"""What the API's description says of events: our own, and CloudEvents that carry them.

What has to be in an event depends on its type, so there is a schema for each kind of them.
"""

from rollbook.web.api.event_shapes import MOST_EVENTS
from rollbook.web.api.openapi_parts import (
    ADDRESS,
    EMPTY,
    ID,
    LABEL,
    NULL,
    OPTIONAL_ID,
    ROLE,
    Json,
    reference,
)

_MOMENT: Json = {
    "type": "string",
    "format": "date-time",
    "pattern": "^(19[89]|[2-8][0-9]{2}|9[0-8][0-9])[0-9]-",
    "description": "An instant with an offset, from 1980 to 9899.",
}
_ROOM: Json = {
    "roomId": ID,
    "roomTitle": LABEL,
    "roomInstanceId": {**OPTIONAL_ID, "description": "One run of the room, where runs have ids."},
}
_PRESENCE: Json = {
    **_ROOM,
    "sessionId": {**ID, "description": "One presence: a rejoin has another one."},
    "ipAddress": ADDRESS,
    "userAgent": LABEL,
}
_LEAVE: Json = {
    **_PRESENCE,
    "participant": {"anyOf": [reference("EventParticipant"), EMPTY, NULL]},
    "joinedAt": {
        "anyOf": [_MOMENT, EMPTY, NULL],
        "description": "When the presence began, as the leave tells it.",
    },
}
_KINDS: dict[str, tuple[list[str], Json, list[str]]] = {
    "ParticipantJoined": (
        ["participant.joined"],
        {**_PRESENCE, "participant": reference("EventParticipant")},
        ["roomId", "sessionId", "participant"],
    ),
    "ParticipantLeft": (["participant.left"], _LEAVE, ["roomId", "sessionId"]),
    "RoomStartedOrFinished": (["room.started", "room.finished"], _ROOM, ["roomId"]),
}
"""The types of each kind of events, what it holds besides them, and what of that it must hold."""


def _own(types: list[str], holds: Json, required: list[str]) -> Json:
    properties = {
        "id": {**ID, "description": "The event's own id: the same id is taken once."},
        "type": {"type": "string", "enum": types},
        "time": _MOMENT,
        **holds,
    }
    return {
        "type": "object",
        "required": ["id", "type", "time", *required],
        "properties": properties,
    }


def _of_type(pattern: str) -> Json:
    return {"properties": {"type": {"pattern": pattern}}, "additionalProperties": True}


def _data_with(**types: str) -> Json:
    properties = {name: {"type": told} for name, told in types.items()}
    data = {"required": [*types], "properties": properties, "additionalProperties": True}
    return {"properties": {"data": data}, "additionalProperties": True}


# One schema and no alternatives: makers of clients take one object for each type of body.
_CLOUD_EVENT: Json = {
    "type": "object",
    "description": "An event of ours as a CloudEvent: what it holds besides its type is in `data`.",
    "required": ["specversion", "id", "type", "time", "data"],
    "properties": {
        "specversion": {"type": "string", "examples": ["1.0"]},
        "source": {"type": "string"},
        "id": ID,
        "type": {
            "type": "string",
            "pattern": "^(.*[.])?(participant[.](joined|left)|room[.](started|finished))$",
            "description": "One of our types, after the domain of the producer or not.",
        },
        "time": _MOMENT,
        "data": {"type": "object", "required": ["roomId"], "properties": _LEAVE},
    },
    "if": _of_type("participant[.]joined$"),
    "then": _data_with(sessionId="string", participant="object"),
    "else": {"if": _of_type("participant[.]left$"), "then": _data_with(sessionId="string")},
}

SCHEMAS: dict[str, Json] = {
    "EventParticipant": {
        "type": "object",
        "required": ["uid"],
        "properties": {"uid": ID, "name": LABEL, "role": ROLE},
    },
    **{name: _own(*kind) for name, kind in _KINDS.items()},
    "EventBatch": {
        "type": "object",
        "required": ["events"],
        "properties": {
            "events": {
                "type": "array",
                "minItems": 1,
                "maxItems": MOST_EVENTS,
                "description": "Each is judged by itself; good ones go in whatever the others are.",
                "items": {"anyOf": [reference(name) for name in _KINDS]},
            }
        },
    },
    "CloudEvent": _CLOUD_EVENT,
}
