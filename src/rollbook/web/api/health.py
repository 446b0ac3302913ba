"""Whether the service lives, and whether it can answer."""

from litestar import Response

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
