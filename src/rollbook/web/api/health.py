"""Whether the service lives, and whether it can answer."""

import msgspec
from litestar import Response

from rollbook.web.api.openapi_parts import (
    NEEDS_NOTHING,
    SUCCESS,
    UNREADABLE,
    Json,
    Piece,
    answer,
    errors,
)
from rollbook.web.http.services import AnyRequest, readable, services_of

_OK = b'{"success":true}'


@readable("/healthz")
async def healthz() -> Response[bytes]:
    """The process runs; the database is not asked."""
    return Response(_OK, media_type="application/json", headers={"Cache-Control": "no-store"})


@readable("/readyz")
async def readyz(request: AnyRequest) -> Response[bytes]:
    """The database answers, takes writes and has a schema that suits this program; 503 otherwise."""
    replica = await services_of(request).check_ready()
    body = _OK if replica is None else msgspec.json.encode({"success": True, "replica": replica})
    return Response(body, media_type="application/json", headers={"Cache-Control": "no-store"})


# --- its piece of the document ----------------------------------------------------------------


_HEALTHZ: Json = {
    "operationId": "healthz",
    "tags": ["service"],
    "summary": "Whether the process runs",
    "description": "Asks nothing but the process itself.",
    "security": NEEDS_NOTHING,
    "responses": {"200": answer("Yes.", SUCCESS), **UNREADABLE},
}

_READY: Json = {
    "type": "object",
    "required": ["success"],
    "properties": {
        "success": {"type": "boolean"},
        "replica": {
            "type": "string",
            "enum": ["fresh", "behind", "away"],
            "description": "Whether the replica is read from; absent where there is none.",
        },
    },
}

_READYZ: Json = {
    "operationId": "readyz",
    "tags": ["service"],
    "summary": "Whether the database answers",
    "description": "Whether the database answers, takes writes and has a schema that suits this program."
    " Of a replica it only tells how that stands: what cannot be read there is read from the database.",
    "security": NEEDS_NOTHING,
    "responses": {"200": answer("Yes.", _READY), **UNREADABLE, **errors(500, 503)},
}

PIECE = Piece({"/healthz": {"get": _HEALTHZ}, "/readyz": {"get": _READYZ}})
