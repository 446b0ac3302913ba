"""`POST /v1/sessions/{id}/corrections`: what a person with the right to it says of a session."""

from litestar import Response, post
from litestar.params import FromPath

from rollbook.domain import fields
from rollbook.domain.scopes import Scope
from rollbook.service.corrections import MOST_NOTE, Said, correct, said
from rollbook.web.api.explain import ExplanationAnswer, explained
from rollbook.web.api.openapi_parts import (
    NEEDS_KEY,
    Json,
    Piece,
    answer,
    errors,
    path_parameter,
    reference,
)
from rollbook.web.http.body import MAX_BODY_BYTES, require_json
from rollbook.web.http.gate import key_id_of
from rollbook.web.http.json_fields import flag, json_object, required_text, text
from rollbook.web.http.services import AnyRequest, services_of


@post(
    "/v1/sessions/{session_id:str}/corrections",
    status_code=200,
    request_max_body_size=MAX_BODY_BYTES,
)
async def correct_session(request: AnyRequest, session_id: FromPath[str]) -> Response[bytes]:
    """Answer the session as it is now, once that is committed."""
    services = services_of(request)
    now = services.now()
    organization = await services.gate.admit(request.scope, Scope.ADMIN, now, set_up=True)
    require_json(request.headers.get("content-type"))
    what = _from_json(await request.body(), key_id_of(request.scope))
    await correct(services.corrections, organization.org_id, session_id, what, now)
    return await explained(services.history, organization.org_id, session_id)


def _from_json(body: bytes, by: str) -> Said:
    values = json_object(body)
    left_at = text(values, "leftAt")
    return said(
        required_text(values, "note"),
        by,
        left_at=fields.instant(left_at, "leftAt") if left_at else None,
        void=flag(values, "void"),
        withdrawn=flag(values, "withdrawn"),
    )


# --- its piece of the document ----------------------------------------------------------------

_NO: Json = {"type": ["boolean", "null"], "enum": [False, None]}
_YES: Json = {"type": "boolean", "const": True}
_NO_TIME: Json = {"type": ["string", "null"], "maxLength": 0}
_NOTE: Json = {
    "type": "string",
    "minLength": 1,
    "maxLength": MOST_NOTE,
    "pattern": r"^[^\u0000]*\S[^\u0000]*$",
    "description": "Why. It is kept with the correction.",
}


def _schema(title: str, required: str, left_at: Json, void: Json, withdrawn: Json) -> Json:
    return {
        "title": title,
        "type": "object",
        "required": ["note", required],
        "properties": {
            "note": _NOTE,
            "leftAt": left_at,
            "void": void,
            "withdrawn": withdrawn,
        },
    }


_SCHEMAS: dict[str, Json] = {
    "CorrectedEnd": _schema(
        "When the session ended", "leftAt", {"type": "string", "format": "date-time"}, _NO, _NO
    ),
    "CorrectedToNever": _schema("The session never was", "void", _NO_TIME, _YES, _NO),
    "CorrectionTakenBack": _schema(
        "What was said before no longer counts", "withdrawn", _NO_TIME, _NO, _YES
    ),
}

_OPERATION: Json = {
    "operationId": "correctSession",
    "summary": "Correct a session",
    "description": "Says when a session ended, that it never was, or takes back what was said "
    "before. It counts above all other evidence and is an event like any other: nothing is edited "
    "in place. An end lies between the session's beginning and now.",
    "security": NEEDS_KEY,
    "parameters": [path_parameter("session_id")],
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"oneOf": [reference(name) for name in _SCHEMAS]},
                "example": {
                    "leftAt": "2024-01-15T10:02:15Z",
                    "note": "The tablet stayed on until the evening",
                },
            }
        },
    },
    "responses": {
        "200": answer("The session as it is now, and its events.", reference(ExplanationAnswer)),
        **errors(400, 401, 404, 409, 413, 415, 422, 500, 503),
    },
}

PIECE = Piece({"/v1/sessions/{session_id}/corrections": {"post": _OPERATION}}, [], _SCHEMAS)
