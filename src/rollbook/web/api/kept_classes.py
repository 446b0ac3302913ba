"""`POST /v1/rooms/{room_id}/classes` and `DELETE …/{said_id}`: when a class was, as somebody says."""

from collections.abc import Mapping
from typing import Any

from litestar import Response, delete
from litestar.params import FromPath

from rollbook.domain import fields
from rollbook.domain.instants import to_text
from rollbook.domain.kept import KeptClass
from rollbook.domain.said import newly_said
from rollbook.domain.scopes import Scope
from rollbook.service.organizations.said import keep_class, take_back_class
from rollbook.web.api.openapi_parts import (
    ID,
    NOTE,
    Json,
    Piece,
    answer,
    errors,
    needs_key,
    path_parameter,
    reference,
)
from rollbook.web.api.room_shapes import CLASS_NAMES, SaidWire, said_wire
from rollbook.web.api.wire import Wire
from rollbook.web.http.body import require_json
from rollbook.web.http.doers import program_of
from rollbook.web.http.gate import speaker_of
from rollbook.web.http.json_answers import json_answer
from rollbook.web.http.json_fields import flag, json_object, required_text, text
from rollbook.web.http.services import AnyRequest, services_of

PATH = "/v1/rooms/{room_id:str}/classes"


class KeptClassData(Wire, rename=CLASS_NAMES | {"room_id": "roomId"}):
    """What was said of a room: between two instants a class, or, where `dropped`, none."""

    room_id: str
    start: str
    end: str
    dropped: bool
    said: SaidWire


class KeptClassAnswer(Wire):
    """The answer to what is said of a class, and to what is taken back."""

    success: bool
    data: KeptClassData


async def say_class(request: AnyRequest, room_id: str) -> Response[bytes]:
    """Keep the times of a class; they hold with the answer."""
    services = services_of(request)
    now = services.now()
    organization = await services.gate.admit(request.scope, Scope.ADMIN, now, set_up=True)
    require_json(request.headers.get("content-type"))
    values = json_object(await request.body())
    organizations = services.organizations.by(program_of(request.scope, services))
    known = fields.identifier(room_id, "roomId")
    kept = _from_json(values, speaker_of(request.scope, now).by, now)
    replaces, org_id = text(values, "replaces"), organization.org_id
    await keep_class(organizations, org_id, known, kept, replaces)
    return _answered(known, kept)


@delete(f"{PATH}/{{said_id:str}}", status_code=200)
async def unsay_class(
    request: AnyRequest, room_id: FromPath[str], said_id: FromPath[str]
) -> Response[bytes]:
    """Take back what was said of a class, and answer what that was."""
    services = services_of(request)
    now = services.now()
    organization = await services.gate.admit(request.scope, Scope.ADMIN, now, set_up=True)
    known = fields.identifier(room_id, "roomId")
    said = fields.identifier(said_id, "id")
    speaker, org_id = speaker_of(request.scope, now), organization.org_id
    organizations = services.organizations.by(program_of(request.scope, services))
    return _answered(known, await take_back_class(organizations, org_id, known, said, speaker))


def _from_json(values: Mapping[str, Any], by: str, now: int) -> KeptClass:
    start = fields.instant(required_text(values, "from"), "from")
    end = fields.instant(required_text(values, "to"), "to")
    note = required_text(values, "note")
    return KeptClass(start, end, not flag(values, "dropped"), newly_said(by, now, note))


def _answered(room_id: str, kept: KeptClass) -> Response[bytes]:
    data = KeptClassData(
        room_id, to_text(kept.start), to_text(kept.end), not kept.held, said_wire(kept.said)
    )
    return json_answer(KeptClassAnswer(success=True, data=data))


# --- its piece of the document ----------------------------------------------------------------

_INSTANT: Json = {"type": "string", "format": "date-time"}
_CLASS: Json = {
    "type": "object",
    "required": ["from", "to", "note"],
    "properties": {
        "from": _INSTANT | {"description": "When the class began."},
        "to": _INSTANT
        | {"description": "When it ended: at most 24 hours later, and not after now."},
        "dropped": {
            "type": ["boolean", "null"],
            "description": "There was no class between the two.",
        },
        "replaces": {
            "type": ["string", "null"],
            "description": "The id of what was said before, which no longer holds.",
        },
        "note": NOTE,
    },
    "example": {
        "from": "2024-01-16T09:00:00Z",
        "to": "2024-01-16T09:45:00Z",
        "note": "a short lesson",
    },
}

_SAY: Json = {
    "operationId": "keepClass",
    "tags": ["rooms"],
    "summary": "Keep the times of a class",
    "description": "A class was from one instant to another, or none was. It stands above whatever "
    "is guessed and overlaps it, until it is taken back. 409 where something is said of a part of "
    "these times already.",
    **needs_key(Scope.ADMIN),
    "parameters": [path_parameter("room_id", ID)],
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": reference("KeptClass")}},
    },
    "responses": {
        "200": answer("What was said, with its id.", reference(KeptClassAnswer)),
        **errors(400, 401, 404, 409, 413, 415, 422, 429, 500, 503),
    },
}

_UNSAY: Json = {
    "operationId": "takeBackClass",
    "tags": ["rooms"],
    "summary": "Take back what was said of a class",
    "description": "The times of the class are guessed again. Who said what, and who took it back, "
    "stays in the ledger.",
    **needs_key(Scope.ADMIN),
    "parameters": [path_parameter("room_id", ID), path_parameter("said_id", ID)],
    "responses": {
        "200": answer("What was said, and no longer holds.", reference(KeptClassAnswer)),
        **errors(400, 401, 404, 422, 429, 500, 503),
    },
}

PIECE = Piece(
    {
        "/v1/rooms/{room_id}/classes": {"post": _SAY},
        "/v1/rooms/{room_id}/classes/{said_id}": {"delete": _UNSAY},
    },
    [KeptClassAnswer],
    {"KeptClass": _CLASS},
)
