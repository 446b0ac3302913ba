"""The description of the routes that feed and explain the ledger."""

from collections.abc import Callable
from typing import Any

from rollbook.domain.fields import MAX_ID_LENGTH, MAX_LABEL_LENGTH
from rollbook.web.api.event_shapes import MOST_EVENTS
from rollbook.web.api.events import EventsAnswer
from rollbook.web.api.explain import ExplanationAnswer
from rollbook.web.api.sources import SourcesAnswer

Json = dict[str, Any]
Errors = Callable[..., dict[str, Json]]

SHAPES = (EventsAnswer, ExplanationAnswer, SourcesAnswer)

_ID: Json = {
    "type": "string",
    "minLength": 1,
    "maxLength": MAX_ID_LENGTH,
    "pattern": r"^[^\u0000]*\S[^\u0000]*$",
}
_LABEL: Json = {
    "type": ["string", "null"],
    "maxLength": MAX_LABEL_LENGTH,
    "pattern": r"^[^\u0000]*$",
}
_ADDRESS: Json = {
    "type": ["string", "null"],
    "anyOf": [{"format": "ipv4"}, {"format": "ipv6"}, {"maxLength": 0}],
}
_ROLE: Json = {"enum": ["TEACHER", "STUDENT", "MODERATOR", "ADMIN", None]}

_EVENT: Json = {
    "type": "object",
    "required": ["id", "type", "time", "roomId"],
    "properties": {
        "id": {**_ID, "description": "The event's own id: the same id is taken once."},
        "type": {
            "enum": ["participant.joined", "participant.left", "room.started", "room.finished"]
        },
        "time": {"type": "string", "format": "date-time"},
        "roomId": _ID,
        "roomTitle": _LABEL,
        "roomInstanceId": {**_ID, "description": "One run of the room, where runs have ids."},
        "sessionId": {**_ID, "description": "One presence: a rejoin has another one."},
        "joinedAt": {"type": "string", "format": "date-time", "description": "Told by a leave."},
        "participant": {
            "type": "object",
            "required": ["uid"],
            "properties": {"uid": _ID, "name": _LABEL, "role": _ROLE},
        },
        "ipAddress": _ADDRESS,
        "userAgent": _LABEL,
    },
}

_EVENTS_EXAMPLE: Json = {
    "events": [
        {
            "id": "evt-1",
            "type": "participant.joined",
            "time": "2024-01-15T09:05:30Z",
            "roomId": "math-101",
            "roomTitle": "Calculus I",
            "sessionId": "visit-77",
            "participant": {"uid": "student-123", "name": "Jane Doe", "role": "STUDENT"},
            "ipAddress": "192.168.1.100",
        }
    ]
}

_CONTEXT: Json = {
    "type": "object",
    "required": ["uid", "roomId"],
    "anyOf": [
        {"required": [field], "properties": {field: {"type": "string"}}}
        for field in ("ipAddress", "role", "name", "userAgent")
    ],
    "properties": {
        "uid": _ID,
        "roomId": _ID,
        "ipAddress": _ADDRESS,
        "role": _ROLE,
        "name": _LABEL,
        "userAgent": _LABEL,
    },
}

_SUCCESS: Json = {"type": "object", "properties": {"success": {"const": True}}}


def ledger_paths(errors: Errors, reference: str) -> dict[str, Json]:
    """The paths; `errors` describes statuses, `reference` is the form of a schema's address."""
    return {
        "/v1/events": {"post": _events(errors, reference)},
        "/v1/participant/context": {"post": _context(errors)},
        "/v1/sessions/{session_id}/events": {"get": _explain(errors, reference)},
        "/v1/sources": {"get": _sources(errors, reference)},
        "/v1/webhooks/{kind}/{source_id}": {"post": _webhook(errors)},
    }


def _events(errors: Errors, reference: str) -> Json:
    batch: Json = {
        "type": "object",
        "required": ["events"],
        "properties": {
            # Each event is judged by itself, so the list takes whatever is in it.
            "events": {"type": "array", "minItems": 1, "maxItems": MOST_EVENTS, "items": _EVENT}
        },
    }
    return {
        "operationId": "receiveEvents",
        "summary": "Events of our own form",
        "description": "Takes events from anything that is not one of the platforms. One result "
        "for each; good ones go in whatever the others are. Answered once they are durable.",
        "security": [{"organization": []}],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": batch, "example": _EVENTS_EXAMPLE},
                "application/cloudevents-batch+json": {
                    "schema": {"type": "array", "minItems": 1, "items": {"type": "object"}}
                },
                "application/cloudevents+json": {"schema": {"type": "object"}},
            },
        },
        "responses": {
            "200": _answer("One result for each event.", reference, "EventsAnswer"),
            **errors(400, 401, 413, 415, 500, 503),
        },
    }


def _context(errors: Errors) -> Json:
    example = {"uid": "student-123", "roomId": "math-101", "ipAddress": "192.168.1.100"}
    return {
        "operationId": "receiveContext",
        "summary": "What platforms do not tell",
        "description": "Your backend tells the address, user agent, name or role of a person "
        "whom it lets into a room. It reaches the session that is open, or the next one within "
        "a day.",
        "security": [{"organization": []}],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": _CONTEXT, "example": example}},
        },
        "responses": {
            "200": {"description": "Kept.", "content": {"application/json": {"schema": _SUCCESS}}},
            **errors(400, 401, 413, 415, 500, 503),
        },
    }


def _explain(errors: Errors, reference: str) -> Json:
    return {
        "operationId": "sessionEvents",
        "summary": "Explain a session",
        "description": "The events behind a session, and how its two ends are known.",
        "security": [{"organization": []}],
        "parameters": [_path_parameter("session_id")],
        "responses": {
            "200": _answer("The session and its events.", reference, "ExplanationAnswer"),
            **errors(401, 404, 422, 500, 503),
        },
    }


def _sources(errors: Errors, reference: str) -> Json:
    return {
        "operationId": "listSources",
        "summary": "Health of sources",
        "description": "The sources of the organization, and what became of their deliveries.",
        "security": [{"organization": []}],
        "responses": {
            "200": _answer("The sources.", reference, "SourcesAnswer"),
            **errors(401, 500, 503),
        },
    }


def _webhook(errors: Errors) -> Json:
    return {
        "operationId": "receiveWebhook",
        "summary": "Webhooks of platforms",
        "description": "Where a platform delivers its events, proved in the platform's own way. "
        "The body is the platform's.",
        "parameters": [_path_parameter("kind"), _path_parameter("source_id")],
        "requestBody": {"content": {"*/*": {"schema": {}}}},
        "responses": {
            "200": {
                "description": "Durable, or the answer to the platform's test of the address.",
                "content": {"application/json": {"schema": {"type": "object"}}},
            },
            **errors(400, 401, 404, 413, 500, 503),
        },
    }


def _path_parameter(name: str) -> Json:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _answer(description: str, reference: str, shape: str) -> Json:
    schema = {"$ref": reference.format(name=shape)}
    return {"description": description, "content": {"application/json": {"schema": schema}}}
