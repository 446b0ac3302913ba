"""`POST /v1/sessions/{id}/corrections`: what a person with the right to it says of a session."""

from collections.abc import Mapping
from typing import Any

from litestar import Response, post
from litestar.params import FromPath

from rollbook.domain import fields
from rollbook.domain.errors import InvalidInput
from rollbook.domain.scopes import Scope
from rollbook.service.corrections import Correction
from rollbook.service.reports.explain import explain
from rollbook.web.api.explain import ExplanationAnswer, explanation_data
from rollbook.web.api.openapi_parts import (
    NOTE,
    Json,
    Piece,
    answer,
    errors,
    needs_key,
    path_parameter,
    reference,
)
from rollbook.web.http.body import MAX_BODY_BYTES, require_json
from rollbook.web.http.gate import key_id_of
from rollbook.web.http.json_answers import json_answer
from rollbook.web.http.json_fields import flag, json_object, required_text, text
from rollbook.web.http.services import AnyRequest, corrections_of, services_of


@post(
    "/v1/sessions/{session_id:str}/corrections",
    status_code=200,
    request_max_body_size=MAX_BODY_BYTES,
)
async def correct_session(request: AnyRequest, session_id: FromPath[str]) -> Response[bytes]:
    """Answer the session and its events as they are with the correction; it is committed then."""
    services = services_of(request)
    now = services.now()
    organization = await services.gate.admit(request.scope, Scope.ADMIN, now, set_up=True)
    require_json(request.headers.get("content-type"))
    by = f"key {key_id_of(request.scope)}"
    correction = _from_json(json_object(await request.body()), by)
    org_id = organization.org_id
    await corrections_of(services).correct(org_id, session_id, correction, now)
    explanation = await explain(services.history, org_id, session_id)
    return json_answer(ExplanationAnswer(success=True, data=explanation_data(explanation)))


def _from_json(values: Mapping[str, Any], by: str) -> Correction:
    note, left = required_text(values, "note"), text(values, "leftAt")
    void, withdrawn = flag(values, "void"), flag(values, "withdrawn")
    if [bool(left), void, withdrawn].count(True) != 1:
        raise InvalidInput("one of leftAt, void and withdrawn is required", field="leftAt")
    left_at = fields.instant(left, "leftAt") if left else None
    return Correction(note, by, left_at, void)


# --- its piece of the document ----------------------------------------------------------------

_CORRECTION: Json = {
    "type": "object",
    "required": ["note"],
    "oneOf": [
        {"required": ["leftAt"], "properties": {"leftAt": {"type": "string"}}},
        {"required": ["void"], "properties": {"void": {"type": "boolean", "enum": [True]}}},
        {
            "required": ["withdrawn"],
            "properties": {"withdrawn": {"type": "boolean", "enum": [True]}},
        },
    ],
    "properties": {
        "leftAt": {
            "type": ["string", "null"],
            "format": "date-time",
            "description": "When the session ended: from its join to now.",
        },
        "void": {"type": ["boolean", "null"], "description": "The session never was."},
        "withdrawn": {
            "type": ["boolean", "null"],
            "description": "What was said before no longer counts.",
        },
        "note": NOTE,
    },
}

_OPERATION: Json = {
    "operationId": "correctSession",
    "tags": ["sessions"],
    "summary": "Correct a session",
    "description": "An event of its own, above all other evidence; another one takes it back.",
    **needs_key(Scope.ADMIN),
    "parameters": [path_parameter("session_id")],
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": reference("Correction")}},
    },
    "responses": {
        "200": answer("The session and its events.", reference(ExplanationAnswer)),
        **errors(400, 401, 404, 409, 413, 415, 422, 429, 500, 503),
    },
}

PIECE = Piece(
    {"/v1/sessions/{session_id}/corrections": {"post": _OPERATION}},
    schemas={"Correction": _CORRECTION},
)
