"""`POST /v1/webhooks/{kind}/{source}`: where platforms deliver their events."""

from litestar import Response, post
from litestar.params import FromPath

from rollbook.domain.errors import NotFound
from rollbook.service.ingest.webhooks import take_in
from rollbook.service.platforms import WebhookRequest
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
    services = services_of(request)
    source_kind = services.source_kinds.get(kind)
    if source_kind is None:
        raise NotFound("There is no such source")
    now = services.now()
    source = await services.known_sources.source(kind, source_id, now)
    delivery = WebhookRequest(
        headers=dict(request.headers),
        body=await request.body(),
        url=asked_url(request),
        query=dict(request.query_params),
    )
    answer = await take_in(services.group_commit, source_kind, source, delivery, now)
    return Response(answer or _RECEIVED, media_type="application/json")


# --- its piece of the document ----------------------------------------------------------------

_OPERATION: Json = {
    "operationId": "receiveWebhook",
    "tags": ["events"],
    "summary": "Webhooks of platforms",
    "description": "Where a platform delivers its events, proved in the platform's own way. "
    "The body is the platform's.",
    "security": NEEDS_NOTHING,
    "parameters": [path_parameter("kind"), path_parameter("source_id")],
    "requestBody": {"content": {"*/*": {"schema": {}}}},
    "responses": {
        "200": answer(
            "Durable, or the answer to the platform's test of the address.", {"type": "object"}
        ),
        **errors(400, 401, 403, 404, 413, 500, 503),
    },
}

PIECE = Piece({"/v1/webhooks/{kind}/{source_id}": {"post": _OPERATION}})
