"""`/v1/participants/{uid}/excuses`: who need not be in a class, or in any of some days."""

from collections.abc import Mapping
from typing import Any

from litestar import HttpMethod, Response, delete, route
from litestar.params import FromPath

from rollbook.domain import fields
from rollbook.domain.attendance import AskedRule
from rollbook.domain.errors import InvalidInput
from rollbook.domain.excuses import Excuse, from_class
from rollbook.domain.instants import optional_text
from rollbook.domain.organizations import Organization
from rollbook.domain.period import parse_day, time_zone
from rollbook.domain.said import Said, newly_said
from rollbook.domain.scopes import Scope
from rollbook.service.organizations.said import excuse, take_back_excuse
from rollbook.service.reports.room import ClassQuestion, one_class
from rollbook.web.api.openapi_parts import (
    DAY,
    EMPTY,
    ID,
    NOTE,
    NULL,
    OPTIONAL_ID,
    Json,
    Piece,
    answer,
    errors,
    needs_key,
    path_parameter,
    reference,
)
from rollbook.web.api.room_shapes import SaidWire, said_wire
from rollbook.web.api.wire import Wire
from rollbook.web.http.body import MAX_BODY_BYTES, require_json
from rollbook.web.http.doers import program_of
from rollbook.web.http.gate import speaker_of
from rollbook.web.http.json_answers import json_answer
from rollbook.web.http.json_fields import json_object, required_text, text
from rollbook.web.http.long_reads import ReaderLeft, for_nobody
from rollbook.web.http.services import AnyRequest, Services, services_of

PATH = "/v1/participants/{uid:str}/excuses"


class ExcuseWire(Wire, rename={"room_id": "roomId", "first": "from", "last": "to", "at": "class"}):
    """Days, both included, of one room, or (null) of all; `class` where it is for that class only."""

    room_id: str | None
    first: str
    last: str
    at: str | None
    said: SaidWire


class ExcusesData(Wire):
    """The excuses of a person that hold, by their days."""

    uid: str
    excuses: list[ExcuseWire]


class ExcusesAnswer(Wire):
    """The answer to what a person is excused from."""

    success: bool
    data: ExcusesData


@route(
    PATH,
    http_method=[HttpMethod.GET, HttpMethod.HEAD, HttpMethod.POST],
    status_code=200,
    request_max_body_size=MAX_BODY_BYTES,
)
async def person_excuses(request: AnyRequest, uid: FromPath[str]) -> Response[bytes]:
    """Answer what a person is excused from, and take an excuse."""
    return await (_post if request.method == HttpMethod.POST else _get)(request, uid)


async def _get(request: AnyRequest, uid: str) -> Response[bytes]:
    services = services_of(request)
    now = services.now()
    organization = await services.gate.admit(request.scope, Scope.READ, now, set_up=True)
    return await _answered(services, organization, fields.identifier(uid, "uid"))


async def _post(request: AnyRequest, uid: str) -> Response[bytes]:
    services = services_of(request)
    now = services.now()
    organization = await services.gate.admit(request.scope, Scope.ADMIN, now, set_up=True)
    require_json(request.headers.get("content-type"))
    values = json_object(await request.body())
    known = fields.identifier(uid, "uid")
    note = required_text(values, "note")
    said = newly_said(speaker_of(request.scope, now).by, now, note)
    try:
        wanted = await _wanted(request, organization, known, values, said)
    except ReaderLeft:
        return for_nobody()
    organizations = services.organizations.by(program_of(request.scope, services))
    await excuse(organizations, organization.org_id, wanted)
    return await _answered(services, organization, known)


@delete(f"{PATH}/{{said_id:str}}", status_code=200)
async def unsay_excuse(
    request: AnyRequest, uid: FromPath[str], said_id: FromPath[str]
) -> Response[bytes]:
    """Take an excuse back, and answer those that are left."""
    services = services_of(request)
    now = services.now()
    organization = await services.gate.admit(request.scope, Scope.ADMIN, now, set_up=True)
    known, said = fields.identifier(uid, "uid"), fields.identifier(said_id, "id")
    speaker, org_id = speaker_of(request.scope, now), organization.org_id
    organizations = services.organizations.by(program_of(request.scope, services))
    await take_back_excuse(organizations, org_id, (known, said), speaker)
    return await _answered(services, organization, known)


async def _wanted(
    request: AnyRequest, organization: Organization, uid: str, values: Mapping[str, Any], said: Said
) -> Excuse:
    """The excuse in a body: for a class, or for days. Raises NotFound where there was no class."""
    room, at = text(values, "roomId"), text(values, "class")
    room_id = None if room is None else fields.identifier(room, "roomId")
    first, last = text(values, "from"), text(values, "to")
    zone = time_zone(organization.time_zone)
    if at is None:
        if first is None:
            raise InvalidInput("one of class and from is required", field="from")
        begin = parse_day(first, zone, "from")
        end = begin if last is None else parse_day(last, zone, "to")
        return Excuse(uid, room_id, begin, end, None, said)
    if first is not None or last is not None:
        raise InvalidInput("an excuse is for a class or for days: say one of them", field="class")
    if room_id is None:
        raise InvalidInput("roomId is required with class", field="roomId")
    question = ClassQuestion(room_id, AskedRule(), fields.instant(at, "class"))
    services = services_of(request)
    async with services.long_reads(organization.org_id).page(request.receive):
        found = await one_class(services.rooms, organization, question, said.at)
    return from_class(uid, room_id, found.classes[0].held, zone, said)


async def _answered(services: Services, organization: Organization, uid: str) -> Response[bytes]:
    excuses = await services.rooms.sayings.excuses_of(organization.org_id, uid)
    told = [_wire(one) for one in excuses]
    return json_answer(ExcusesAnswer(success=True, data=ExcusesData(uid, told)))


def _wire(one: Excuse) -> ExcuseWire:
    return ExcuseWire(
        one.room_id,
        one.first.isoformat(),
        one.last.isoformat(),
        optional_text(one.class_at),
        said_wire(one.said),
    )


# --- its piece of the document ----------------------------------------------------------------

_DAY_OR_NONE: Json = {"anyOf": [*DAY["anyOf"], EMPTY, NULL]}
_EXCUSE: Json = {
    "type": "object",
    "required": ["note"],
    "oneOf": [
        {"required": ["class", "roomId"], "properties": {"class": {"type": "string"}}},
        {"required": ["from"], "properties": {"from": {"type": "string"}}},
    ],
    "properties": {
        "roomId": OPTIONAL_ID | {"description": "In this room only; all rooms, if not told."},
        "class": {
            "anyOf": [{"type": "string", "format": "date-time"}, EMPTY, NULL],
            "description": "For the class of the room at this instant.",
        },
        "from": _DAY_OR_NONE | {"description": "For the classes from this day on."},
        "to": _DAY_OR_NONE | {"description": "The last day; the first one, if not told."},
        "note": NOTE,
    },
    "example": {"from": "2024-01-15", "to": "2024-01-19", "note": "ill, told by their mother"},
}
_ANSWER = answer("The excuses of the person that hold.", reference(ExcusesAnswer))

_ASK: Json = {
    "operationId": "listExcuses",
    "tags": ["rooms"],
    "summary": "What a person is excused from",
    "description": "Each until it is taken back, by its id.",
    **needs_key(Scope.READ),
    "parameters": [path_parameter("uid", ID)],
    "responses": {"200": _ANSWER, **errors(400, 401, 422, 429, 500, 503)},
}

_SAY: Json = {
    "operationId": "excuse",
    "tags": ["rooms"],
    "summary": "Excuse a person",
    "description": "From a class, or from all of some days: who would be told as absent or partly "
    "there is told as excused then.",
    **needs_key(Scope.ADMIN),
    "parameters": [path_parameter("uid", ID)],
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": reference("Excuse")}},
    },
    "responses": {"200": _ANSWER, **errors(400, 401, 404, 409, 413, 415, 422, 429, 500, 503)},
}

_TAKE_BACK: Json = {
    "operationId": "takeBackExcuse",
    "tags": ["rooms"],
    "summary": "Take an excuse back",
    "description": "Who said it, and who took it back, stays in the ledger.",
    **needs_key(Scope.ADMIN),
    "parameters": [path_parameter("uid", ID), path_parameter("said_id", ID)],
    "responses": {"200": _ANSWER, **errors(400, 401, 404, 422, 429, 500, 503)},
}

PIECE = Piece(
    {
        "/v1/participants/{uid}/excuses": {"get": _ASK, "post": _SAY},
        "/v1/participants/{uid}/excuses/{said_id}": {"delete": _TAKE_BACK},
    },
    [ExcusesAnswer],
    {"Excuse": _EXCUSE},
)
