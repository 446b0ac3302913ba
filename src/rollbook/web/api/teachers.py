"""`GET /v1/teachers/{uid}/rooms`: the rooms that somebody taught in, and their classes there."""

import re

from litestar.params import FromPath

from rollbook.domain import fields
from rollbook.domain.errors import InvalidInput
from rollbook.domain.period import Period, time_zone
from rollbook.domain.scopes import Scope
from rollbook.service.reports.taught import Taught, TaughtClass, rooms_taught
from rollbook.service.reports.taught_tables import taught_tables
from rollbook.web.api.answers import (
    FORMAT_PARAMETER,
    Answer,
    answered,
    asked_form,
    described,
    file_of_parts,
    left_alone,
)
from rollbook.web.api.class_questions import MOST_DAYS, Query, asked_days, days_parameters
from rollbook.web.api.openapi_parts import (
    ID,
    Json,
    Piece,
    errors,
    needs_key,
    path_parameter,
    query_parameter,
)
from rollbook.web.api.room_shapes import ClassWire, held_wire
from rollbook.web.api.wire import Wire
from rollbook.web.http.doers import tell_of_export
from rollbook.web.http.json_answers import json_answer
from rollbook.web.http.json_fields import text
from rollbook.web.http.long_reads import ReaderLeft
from rollbook.web.http.services import AnyRequest, readable, services_of

_USUAL_DAYS = 30
_CURSOR = r"[0-9]{1,6}"


class TaughtClassWire(Wire, rename={"held": "class", "merged_seconds": "mergedSeconds"}):
    """A class, how long the teacher was there, raw and merged, and how many who do not teach."""

    held: ClassWire
    seconds: int
    merged_seconds: int
    pupils: int


class TaughtRoomWire(Wire):
    """A room and the classes that somebody taught there, latest first."""

    room_id: str
    room_title: str | None
    classes: list[TaughtClassWire]


class TaughtData(Wire, rename={"first": "from", "last": "to", "next_cursor": "nextCursor"}):
    """Rooms by when the teacher was there last."""

    uid: str
    first: str
    last: str
    rooms: list[TaughtRoomWire]
    next_cursor: str | None


class TaughtAnswer(Wire):
    """The answer to where somebody taught."""

    success: bool
    data: TaughtData


@readable("/v1/teachers/{uid:str}/rooms")
async def teacher_rooms(request: AnyRequest, uid: FromPath[str]) -> Answer:
    """Answer in which rooms somebody taught, and which classes."""
    services = services_of(request)
    now = services.now()
    organization = await services.gate.admit(request.scope, Scope.READ, now, set_up=True)
    query = {name: request.query_params.get(name) for name in ("from", "to", "cursor")}
    teacher = fields.identifier(uid, "uid")
    days = asked_days(query, organization, now, _USUAL_DAYS)
    after, form = _asked_place(query), asked_form(request)
    reads, told = services.long_reads(organization.org_id), (services.rooms, organization)
    if form != "json":
        tables = taught_tables(*told, teacher, days, now)
        tell_of_export(request.scope, services, organization.org_id, f"classes taught, {form}")
        zone = time_zone(organization.time_zone)
        return file_of_parts(reads, f"taught_{days.first}_{days.last}", form, tables, zone)
    try:
        async with reads.page(request.receive):
            found = await rooms_taught(*told, teacher, days, now, after)
    except ReaderLeft:
        return left_alone(request)
    return answered(request, json_answer(_answer(teacher, days, found)))


def _asked_place(query: Query) -> int:
    told = text(query, "cursor")
    if told is None:
        return 0
    if not re.fullmatch(_CURSOR, told):
        message = "cursor must be the nextCursor of an earlier answer"
        raise InvalidInput(message, field="cursor")
    return int(told)


def _answer(uid: str, days: Period, found: Taught) -> TaughtAnswer:
    rooms = [
        TaughtRoomWire(*one.room, [_class(held) for held in one.classes]) for one in found.rooms
    ]
    after = None if found.after is None else str(found.after)
    told = (uid, days.first.isoformat(), days.last.isoformat())
    return TaughtAnswer(success=True, data=TaughtData(*told, rooms, after))


def _class(one: TaughtClass) -> TaughtClassWire:
    times = one.teacher.times
    return TaughtClassWire(held_wire(one.held), times.raw, times.merged, one.pupils)


# --- its piece of the document ----------------------------------------------------------------

_OPERATION: Json = {
    "operationId": "listRoomsTaught",
    "tags": ["rooms"],
    "summary": "The rooms that somebody taught in, and their classes there",
    "description": "Classes are judged by each room's own rule; those in which the teacher was not are "
    f"left out. As a file, all of it at once, a line for each class; {MOST_DAYS} days at most.",
    **needs_key(Scope.READ),
    "parameters": [
        path_parameter("uid", ID),
        *days_parameters(_USUAL_DAYS),
        query_parameter(
            "cursor",
            "Rooms that follow on a page before.",
            {"type": "string", "pattern": f"^({_CURSOR})?$"},
        ),
        FORMAT_PARAMETER,
    ],
    "responses": {
        "200": described("Rooms and classes", TaughtAnswer),
        **errors(400, 401, 422, 429, 500, 503),
    },
}

PIECE = Piece({"/v1/teachers/{uid}/rooms": {"get": _OPERATION}}, [TaughtAnswer])
