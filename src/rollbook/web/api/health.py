"""Whether the service lives, and whether it can answer."""

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
    await services_of(request).check_ready()
    return Response(_OK, media_type="application/json", headers={"Cache-Control": "no-store"})


# --- its piece of the document ----------------------------------------------------------------


_HEALTHZ: Json = {
    "operationId": "healthz",
    "tags": ["service"],
    "summary": "Whether the process runs",
    "description": "Asks nothing but the process itself.",
    "security": NEEDS_NOTHING,
    "responses": {"200": answer("Yes.", SUCCESS), **UNREADABLE},
}

_READYZ: Json = {
    "operationId": "readyz",
    "tags": ["service"],
    "summary": "Whether the database answers",
    "description": "Whether the database answers, takes writes and has a schema that suits this program.",
    "security": NEEDS_NOTHING,
    "responses": {"200": answer("Yes.", SUCCESS), **UNREADABLE, **errors(500, 503)},
}

PIECE = Piece({"/healthz": {"get": _HEALTHZ}, "/readyz": {"get": _READYZ}})
