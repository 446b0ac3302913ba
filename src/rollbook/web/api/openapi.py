"""The API's description, put together from the pieces of its families; and the route for it."""

from functools import cache

import msgspec
from litestar import Response

from rollbook import __version__
from rollbook.web.api import (
    absences,
    attendance_rules,
    context,
    corrections,
    events,
    excuses,
    explain,
    health,
    kept_classes,
    live,
    metrics,
    participant_sessions,
    privacy,
    room_summary,
    rooms,
    rosters,
    schedules,
    sessions,
    sources,
    teachers,
    webhooks,
)
from rollbook.web.api.openapi_parts import (
    NEEDS_NOTHING,
    REFERENCE,
    UNREADABLE,
    Json,
    Piece,
    answer,
)
from rollbook.web.http.request_ids import REQUEST_ID
from rollbook.web.http.services import readable

_OPERATION: Json = {
    "operationId": "openapi",
    "tags": ["service"],
    "summary": "This document",
    "description": "The description of the API, which `/docs` shows to people.",
    "security": NEEDS_NOTHING,
    "responses": {"200": answer("OpenAPI 3.1.", {"type": "object"}), **UNREADABLE},
}

_SENT_ID: Json = {
    "name": REQUEST_ID,
    "in": "header",
    "description": "An id for this request, 1 to 128 visible ASCII characters; any other is ignored.",
    "schema": {"type": "string"},
}
_ANSWERED_ID: Json = {
    REQUEST_ID: {
        "description": "The id of the request, as it was sent or made for it: its log lines have it.",
        "schema": {"type": "string", "pattern": "^[!-~]{1,128}$"},
        "example": "0b4e6cbb9f2f4d0c8a1d5e7f3a2b1c0d",
    },
}

_TAGS = {
    "sessions": "Who was in which room, when, for how long and at what cost.",
    "rooms": "Classes of a room, who belongs to it, who was there and who was not.",
    "events": "What happened, on its way in.",
    "privacy": "What is held about a person, and erasing them.",
    "service": "The service itself.",
}

PIECE = Piece({"/schema/openapi.json": {"get": _OPERATION}})

_PIECES = (
    participant_sessions.PIECE,
    events.PIECE,
    context.PIECE,
    sessions.PIECE,
    explain.PIECE,
    corrections.PIECE,
    rooms.PIECE,
    kept_classes.PIECE,
    attendance_rules.PIECE,
    excuses.PIECE,
    room_summary.PIECE,
    live.PIECE,
    rosters.PIECE,
    privacy.PIECE,
    schedules.PIECE,
    absences.PIECE,
    teachers.PIECE,
    sources.PIECE,
    webhooks.PIECE,
    health.PIECE,
    metrics.PIECE,
    PIECE,
)


@readable("/schema/openapi.json")
async def openapi() -> Response[bytes]:
    """The OpenAPI document."""
    return Response(openapi_json(), media_type="application/json")


@cache
def openapi_json() -> bytes:
    """The OpenAPI 3.1 document, as JSON."""
    return msgspec.json.encode(_document())


def _document() -> Json:
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Rollbook",
            "version": __version__,
            "summary": "Who was in which live room, when, for how long and at what cost.",
            "description": "Every answer has the header `X-Request-Id`. Every error has one form: "
            "`success`, `message` for people and `error` for programs.",
            "contact": {"name": "Whoever runs this service"},
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "The service that tells this."}],
        "tags": [{"name": name, "description": what} for name, what in _TAGS.items()],
        "paths": _paths(),
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {
                "organization": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "VF-ORG-ID",
                    "description": "Your organization ID. Keep it on your servers. Each operation names "
                    "the right that it must have (`x-right`): read, ingest or admin.",
                }
            },
        },
    }


def _paths() -> Json:
    """One address may be in several pieces: what is asked there and what is said have their own."""
    paths: Json = {}
    for piece in _PIECES:
        for path, methods in piece.paths.items():
            told = {method: _with_request_id(operation) for method, operation in methods.items()}
            paths[path] = {**paths.get(path, {}), **told}
    return paths


def _with_request_id(operation: Json) -> Json:
    """What every request and every answer has, whatever the route."""
    responses = {
        status: {**told, "headers": {**_ANSWERED_ID, **told.get("headers", {})}}
        for status, told in operation["responses"].items()
    }
    parameters = [*operation.get("parameters", ()), _SENT_ID]
    return {**operation, "parameters": parameters, "responses": responses}


def _schemas() -> Json:
    shapes = [shape for piece in _PIECES for shape in piece.shapes]
    _, schemas = msgspec.json.schema_components(shapes, ref_template=REFERENCE)
    others = {name: schema for piece in _PIECES for name, schema in piece.schemas.items()}
    return {**schemas, **others}
