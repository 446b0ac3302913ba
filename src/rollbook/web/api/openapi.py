"""The API's description, put together from the pieces of its families; and the route for it."""

from functools import cache

import msgspec
from litestar import Response

from rollbook import __version__
from rollbook.web.api import (
    context,
    corrections,
    events,
    explain,
    health,
    participant_sessions,
    sources,
    webhooks,
)
from rollbook.web.api.openapi_parts import REFERENCE, Json, Piece, answer
from rollbook.web.http.services import readable

_OPERATION: Json = {
    "summary": "This document",
    "responses": {"200": answer("OpenAPI 3.1.", {"type": "object"})},
}

PIECE = Piece({"/schema/openapi.json": {"get": _OPERATION}})

_PIECES = (
    participant_sessions.PIECE,
    events.PIECE,
    context.PIECE,
    explain.PIECE,
    corrections.PIECE,
    sources.PIECE,
    webhooks.PIECE,
    health.PIECE,
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
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": {path: methods for piece in _PIECES for path, methods in piece.paths.items()},
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {
                "organization": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "VF-ORG-ID",
                    "description": "Your organization ID. Keep it on your servers.",
                }
            },
        },
    }


def _schemas() -> Json:
    shapes = [shape for piece in _PIECES for shape in piece.shapes]
    _, schemas = msgspec.json.schema_components(shapes, ref_template=REFERENCE)
    others = {name: schema for piece in _PIECES for name, schema in piece.schemas.items()}
    return {**schemas, **others}
