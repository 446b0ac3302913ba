"""`GET /metrics`: what the service counts of itself, for Prometheus."""

import hmac

from litestar import Response

from rollbook.domain.errors import Forbidden
from rollbook.web.api.openapi_parts import NEEDS_NOTHING, UNREADABLE, Json, Piece, errors
from rollbook.web.http.clients import asked_on_this_machine
from rollbook.web.http.services import AnyRequest, readable, services_of

_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@readable("/metrics")
async def metrics(request: AnyRequest) -> Response[bytes]:
    """Tell whoever is on this machine, or has the token that was set for it."""
    services = services_of(request)
    if not _may_ask(request, services.metrics_token):
        message = "Metrics are told on this machine, or to whoever has ROLLBOOK_METRICS_TOKEN"
        raise Forbidden(message)
    told = await services.metrics()
    return Response(told, media_type=_TYPE, headers={"Cache-Control": "no-store"})


def _may_ask(request: AnyRequest, token: str) -> bool:
    if not token:
        return asked_on_this_machine(request.scope)
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    return hmac.compare_digest(given.encode(), token.encode())


# --- its piece of the document ----------------------------------------------------------------

_OPERATION: Json = {
    "operationId": "metrics",
    "tags": ["service"],
    "summary": "What the service counts of itself",
    "description": "In the text form of Prometheus. Told on the machine itself, past any proxy; from "
    "elsewhere with `Authorization: Bearer` and the token that was set for it.",
    "security": NEEDS_NOTHING,
    "responses": {
        "200": {
            "description": "Counters of all workers.",
            "content": {"text/plain": {"schema": {"type": "string"}}},
        },
        **UNREADABLE,
        **errors(403, 500),
    },
}

PIECE = Piece({"/metrics": {"get": _OPERATION}})
