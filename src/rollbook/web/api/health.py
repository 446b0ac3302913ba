"""Whether the service lives, and whether it can answer."""

from collections.abc import Mapping

from litestar import Response

from rollbook.web.api.openapi_parts import SUCCESS, Json, Piece, answer, errors
from rollbook.web.http.services import AnyRequest, readable, services_of

_OK = b'{"success":true}'


@readable("/healthz")
async def healthz() -> Response[bytes]:
    """The process runs; the database is not asked."""
    return Response(_OK, media_type="application/json", headers={"Cache-Control": "no-store"})


@readable("/readyz")
async def readyz(request: AnyRequest) -> Response[bytes]:
    """The database answers and has a schema that suits this program; 503 otherwise."""
    await services_of(request).check_ready()
    return Response(_OK, media_type="application/json", headers={"Cache-Control": "no-store"})


# --- its piece of the document ----------------------------------------------------------------


def _operation(summary: str, failures: Mapping[str, Json]) -> Json:
    return {"summary": summary, "responses": {"200": answer("Yes.", SUCCESS), **failures}}


PIECE = Piece(
    {
        "/healthz": {"get": _operation("Whether the process runs", {})},
        "/readyz": {"get": _operation("Whether the database answers", errors(500, 503))},
    }
)
