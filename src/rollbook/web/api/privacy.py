"""`GET` and `DELETE /v1/participants/{uid}`: all that is held about a person, and erasing them."""

from litestar import HttpMethod, Response, route
from litestar.params import FromPath

from rollbook.domain import fields
from rollbook.domain.scopes import Scope
from rollbook.service.reports.csv_report import safe_part
from rollbook.service.reports.dossier import dossier, summary_of
from rollbook.service.upkeep.erasing import erase
from rollbook.web.api.answers import Answer, answered
from rollbook.web.api.openapi_parts import (
    ID,
    Json,
    Piece,
    answer,
    errors,
    needs_key,
    path_parameter,
    reference,
)
from rollbook.web.api.wire import Wire
from rollbook.web.http.doers import program_of, tell_of_export
from rollbook.web.http.json_answers import json_answer
from rollbook.web.http.services import AnyRequest, services_of
from rollbook.web.http.streaming import GUARDED, FileAnswer

PATH = "/v1/participants/{uid:str}"


class ErasedData(Wire):
    """Who somebody is from now on: the pseudonym that their sessions are under, and how many."""

    pseudonym: str
    sessions: int


class ErasedAnswer(Wire):
    """The answer when somebody was erased."""

    success: bool
    data: ErasedData


@route(PATH, http_method=[HttpMethod.GET, HttpMethod.HEAD, HttpMethod.DELETE], status_code=200)
async def participant_data(request: AnyRequest, uid: FromPath[str]) -> Answer:
    """Answer all that is held about a person, or erase them."""
    if request.method == HttpMethod.DELETE:
        return answered(request, await _erase(request, uid))
    services = services_of(request)
    now = services.now()
    organization = await services.gate.admit(request.scope, Scope.ADMIN, now)
    known, org_id = fields.identifier(uid, "uid"), organization.org_id
    tell_of_export(request.scope, services, org_id, "all about a person, JSON")
    chunks = dossier(services.dossiers, org_id, known, now, mentions=False)
    name, reads = f"participant_{safe_part(known)}.json", services.long_reads(org_id)
    return Answer(FileAnswer(name, chunks, GUARDED, reads))


async def _erase(request: AnyRequest, uid: str) -> Response[bytes]:
    """Erase a person; answers who they are from now on."""
    services = services_of(request)
    now = services.now()
    organization = await services.gate.admit(request.scope, Scope.ADMIN, now)
    known, org_id = fields.identifier(uid, "uid"), organization.org_id
    summary = await summary_of(services.dossiers, org_id, known)
    erasing = services.erasing.by(program_of(request.scope, services))
    pseudonym = await erase(erasing, org_id, known, now)
    return json_answer(ErasedAnswer(True, ErasedData(pseudonym, summary.sessions)))


# --- its piece of the document ----------------------------------------------------------------

_HELD: Json = {
    "type": "object",
    "description": "Kinds of what is held, each a list. Others may come with later releases.",
    "required": ["uid", "exportedAt", "person", "imports", "contexts", "rosters", "sessions"],
    "properties": {
        "uid": {"type": "string"},
        "exportedAt": {"type": "string", "format": "date-time"},
        **{
            kind: {"type": "array", "items": {"type": "object"}}
            for kind in ("person", "imports", "contexts", "excuses", "rosters", "sessions")
        },
    },
}

_ASK: Json = {
    "operationId": "participantData",
    "tags": ["privacy"],
    "summary": "All that is held about a person",
    "description": "For whoever asks what is known of them. Sessions come with the events behind them, "
    "as platforms sent them and as they were understood. Events that name the person and are about "
    "nobody's session of theirs are in what `rollbook participant export` writes.",
    **needs_key(Scope.ADMIN),
    "parameters": [path_parameter("uid", ID)],
    "responses": {
        "200": answer("All of it, as it is at this moment.", reference("ParticipantData")),
        **errors(400, 401, 404, 422, 429, 500, 503),
    },
}

_ERASE: Json = {
    "operationId": "eraseParticipant",
    "tags": ["privacy"],
    "summary": "Erase a person",
    "description": "For good: a pseudonym takes the place of the uid, everywhere, and name, addresses, user "
    "agents, payloads and notes go. Sessions, times and credits stay. What tells of the person "
    "later, a delivery or a file, is kept under the same pseudonym. With the answer no report names them "
    "any more; events that only mention them follow within minutes.",
    **needs_key(Scope.ADMIN),
    "parameters": [path_parameter("uid", ID)],
    "responses": {
        "200": answer(
            "They are erased.",
            reference(ErasedAnswer),
            example={
                "success": True,
                "data": {"pseudonym": "erased-0g1h2i3j4k5l6m7n", "sessions": 12},
            },
        ),
        **errors(400, 401, 404, 409, 422, 429, 500, 503),
    },
}

PIECE = Piece(
    {"/v1/participants/{uid}": {"get": _ASK, "delete": _ERASE}},
    [ErasedAnswer],
    {"ParticipantData": _HELD},
)
