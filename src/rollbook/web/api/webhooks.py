"""`POST /v1/webhooks/{kind}/{source}`: where platforms deliver their events.

A few deliver to paths below it.
"""

from litestar import Response, post
from litestar.params import FromPath

from rollbook.domain.errors import NotFound
from rollbook.service.ingest.webhooks import Inlet, take_in
from rollbook.service.platforms import SourceKind, WebhookRequest
from rollbook.web.api.openapi_parts import (
    NEEDS_NOTHING,
    Json,
    Piece,
    answer,
    errors,
    path_parameter,
)
from rollbook.web.http.address import asked_url
from rollbook.web.http.services import AnyRequest, services_of

MAX_DELIVERY_BYTES = 1024 * 1024

_RECEIVED = b'{"success":true}'


@post(
    "/v1/webhooks/{kind:str}/{source_id:str}",
    status_code=200,
    request_max_body_size=MAX_DELIVERY_BYTES,
)
async def receive_webhook(
    request: AnyRequest, kind: FromPath[str], source_id: FromPath[str]
) -> Response[bytes]:
    """Answer 200 once the delivery is committed; 503 asks the platform to send it again."""
    return await _taken(request, _source_kind(request, kind), source_id)


@post(
    "/v1/webhooks/{kind:str}/{source_id:str}/{below:path}",
    status_code=200,
    request_max_body_size=MAX_DELIVERY_BYTES,
)
async def receive_webhook_below(
    request: AnyRequest, kind: FromPath[str], source_id: FromPath[str], below: FromPath[str]
) -> Response[bytes]:
    """The same, of a platform that has a path for each kind of event; what it is, the body says."""
    source_kind = _source_kind(request, kind)
    if not source_kind.paths_below:
        raise NotFound("There is no such address")
    return await _taken(request, source_kind, source_id)


def _source_kind(request: AnyRequest, kind: str) -> SourceKind:
    source_kind = services_of(request).source_kinds.get(kind)
    if source_kind is None:
        raise NotFound("There is no such source")
    return source_kind


async def _taken(request: AnyRequest, source_kind: SourceKind, source_id: str) -> Response[bytes]:
    services = services_of(request)
    now = services.now()
    source = await services.known_sources.source(source_kind.kind, source_id, now)
    delivery = WebhookRequest(
        headers=dict(request.headers),
        body=await request.body(),
        url=asked_url(request),
        query=dict(request.query_params),
    )
    inlet = Inlet(services.group_commit, services.meter)
    answer = await take_in(inlet, source_kind, source, delivery, now)
    return Response(answer or _RECEIVED, media_type="application/json")


# --- its piece of the document ----------------------------------------------------------------

_RESPONSES: Json = {
    "200": answer(
        "Durable, or the answer to the platform's test of the address.", {"type": "object"}
    ),
    **errors(400, 401, 403, 404, 413, 500, 503),
}

_OPERATION: Json = {
    "operationId": "receiveWebhook",
    "tags": ["events"],
    "summary": "Webhooks of platforms",
    "description": "Where a platform delivers its events, proved in the platform's own way. "
    "The body is the platform's.",
    "security": NEEDS_NOTHING,
    "parameters": [path_parameter("kind"), path_parameter("source_id")],
    "requestBody": {"content": {"*/*": {"schema": {}}}},
    "responses": _RESPONSES,
}

_OPERATION_BELOW: Json = {
    "operationId": "receiveWebhookBelow",
    "tags": ["events"],
    "summary": "Webhooks of platforms that have a path for each kind of event",
    "description": "The same, where a platform (`jitsi`) adds paths of its own to the address, such "
    "as `events/occupant/joined`. On every other platform there is no such address.",
    "security": NEEDS_NOTHING,
    "parameters": [path_parameter("kind"), path_parameter("source_id"), path_parameter("below")],
    "requestBody": {"content": {"*/*": {"schema": {}}}},
    "responses": _RESPONSES,
}

PIECE = Piece(
    {
        "/v1/webhooks/{kind}/{source_id}": {"post": _OPERATION},
        "/v1/webhooks/{kind}/{source_id}/{below}": {"post": _OPERATION_BELOW},
    }
)
