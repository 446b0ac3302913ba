"""`POST /v1/participant/context`: what an application knows of a person and platforms do not."""

import msgspec
from litestar import Response, post

from rollbook.domain import fields
from rollbook.domain.context import Context
from rollbook.domain.errors import InvalidInput
from rollbook.domain.events import Participant
from rollbook.domain.scopes import Scope
from rollbook.service.ingest.context import tell_context
from rollbook.web.api.openapi_parts import (
    ADDRESS,
    EMPTY,
    ID,
    LABEL,
    NULL,
    ROLE,
    SUCCESS,
    Json,
    Piece,
    answer,
    errors,
    needs_key,
    reference,
)
from rollbook.web.http.body import MAX_BODY_BYTES, require_json
from rollbook.web.http.json_fields import json_object, optional, required_text, text
from rollbook.web.http.services import AnyRequest, services_of

_TOLD = ("ipAddress", "role", "name", "userAgent")
_KEPT = msgspec.json.encode({"success": True})


@post("/v1/participant/context", status_code=200, request_max_body_size=MAX_BODY_BYTES)
async def receive_context(request: AnyRequest) -> Response[bytes]:
    """Answer once it is committed."""
    services = services_of(request)
    now = services.now()
    organization = await services.gate.admit(request.scope, Scope.INGEST, now)
    require_json(request.headers.get("content-type"))
    context, participant = _from_json(await request.body(), now)
    await tell_context(services.ledger, organization.org_id, context, participant)
    return Response(_KEPT, media_type="application/json")


def _from_json(body: bytes, now: int) -> tuple[Context, Participant]:
    values = json_object(body)
    uid = fields.identifier(required_text(values, "uid"), "uid")
    room_id = fields.identifier(required_text(values, "roomId"), "roomId")
    if all(optional(values, field) is None for field in _TOLD):
        raise InvalidInput(f"one of {', '.join(_TOLD)} is required", field="ipAddress")
    context = Context(
        uid,
        room_id,
        now,
        fields.ip_address(text(values, "ipAddress")),
        fields.label(text(values, "userAgent"), "userAgent"),
    )
    name = fields.label(text(values, "name"), "name")
    return context, Participant(uid, name, fields.role(text(values, "role")))


# --- its piece of the document ----------------------------------------------------------------

_CONTEXT: Json = {
    "type": "object",
    "required": ["uid", "roomId"],
    # Not all of them absent, null or empty; a choice of alternatives hides `uid` from some clients.
    "not": {
        "properties": {field: {"anyOf": [EMPTY, NULL]} for field in _TOLD},
        "additionalProperties": True,
    },
    "properties": {
        "uid": ID,
        "roomId": ID,
        "ipAddress": ADDRESS,
        "role": ROLE,
        "name": LABEL,
        "userAgent": LABEL,
    },
}

_EXAMPLE: Json = {"uid": "student-123", "roomId": "math-101", "ipAddress": "192.168.1.100"}

_OPERATION: Json = {
    "operationId": "receiveContext",
    "tags": ["events"],
    "summary": "What platforms do not tell",
    "description": "Your backend tells the address, user agent, name or role of a person "
    "whom it lets into a room. It reaches the session that is open, or the next one within "
    "a day.",
    **needs_key(Scope.INGEST),
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": reference("Context"), "example": _EXAMPLE}},
    },
    "responses": {
        "200": answer("Kept.", SUCCESS, example={"success": True}),
        **errors(400, 401, 413, 415, 429, 500, 503),
    },
}

PIECE = Piece({"/v1/participant/context": {"post": _OPERATION}}, schemas={"Context": _CONTEXT})
