"""`GET /v1/rooms/{room_id}/classes`, `/attendance`, `/sheet`: the room's side of the ledger.

Each answers JSON, or a file where `format` or `Accept` asks for CSV or .xlsx.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec
from litestar import HttpMethod, route
from litestar.params import FromPath

from rollbook.domain import fields
from rollbook.domain.attendance import AskedRule
from rollbook.domain.errors import InvalidInput
from rollbook.domain.kept import MOST_HOURS
from rollbook.domain.organizations import Organization
from rollbook.domain.period import time_zone
from rollbook.domain.scopes import Scope
from rollbook.domain.stays import Span
from rollbook.domain.table import Table
from rollbook.service.reports.class_tables import class_table, classes_table, sheet_table
from rollbook.service.reports.csv_report import safe_part
from rollbook.service.reports.room import ClassQuestion, RoomClasses, judged_classes, one_class
from rollbook.web.api.answers import (
    FORMAT_PARAMETER,
    Answer,
    answered,
    asked_form,
    described,
    file_answer,
    left_alone,
)
from rollbook.web.api.class_questions import (
    RULE_NAMES,
    RULE_PARAMETERS,
    Query,
    asked_days,
    asked_rule,
    days_parameters,
)
from rollbook.web.api.kept_classes import PATH as CLASSES
from rollbook.web.api.kept_classes import say_class
from rollbook.web.api.openapi_parts import (
    ID,
    Json,
    Piece,
    errors,
    needs_key,
    path_parameter,
    query_parameter,
)
from rollbook.web.api.room_shapes import (
    AttendanceAnswer,
    ClassesAnswer,
    SheetAnswer,
    attendance_answer,
    classes_answer,
    sheet_answer,
)
from rollbook.web.http.body import MAX_BODY_BYTES
from rollbook.web.http.doers import tell_of_export
from rollbook.web.http.json_answers import json_answer
from rollbook.web.http.json_fields import text
from rollbook.web.http.long_reads import ReaderLeft
from rollbook.web.http.services import AnyRequest, Services, readable, services_of

_USUAL_DAYS = 30
_NAMES = ("from", "to", "class", *RULE_NAMES)


class _Asked(NamedTuple):
    """Who asks, of which room, under which rule, and with which other parameters."""

    services: Services
    organization: Organization
    now: int
    room_id: str
    rule: AskedRule
    query: Query


class _Report(NamedTuple):
    """What is looked up for an answer, and what each form makes of it."""

    name: str
    find: Callable[[_Asked], Awaitable[RoomClasses]]
    to_json: Callable[[RoomClasses], msgspec.Struct]
    to_table: Callable[[RoomClasses, ZoneInfo], Table]


@route(
    CLASSES,
    http_method=[HttpMethod.GET, HttpMethod.HEAD, HttpMethod.POST],
    status_code=200,
    request_max_body_size=MAX_BODY_BYTES,
)
async def room_classes(request: AnyRequest, room_id: FromPath[str]) -> Answer:
    """Answer which classes a room had, or take when one was."""
    if request.method == HttpMethod.POST:
        return answered(request, await say_class(request, room_id))
    return await _answered(request, room_id, _CLASSES)


@readable("/v1/rooms/{room_id:str}/attendance")
async def room_attendance(request: AnyRequest, room_id: FromPath[str]) -> Answer:
    """Answer who was in a class of a room."""
    return await _answered(request, room_id, _ATTENDANCE)


@readable("/v1/rooms/{room_id:str}/sheet")
async def room_sheet(request: AnyRequest, room_id: FromPath[str]) -> Answer:
    """Answer what became of everybody in the classes of a room."""
    return await _answered(request, room_id, _SHEET)


async def _answered(request: AnyRequest, room_id: str, report: _Report) -> Answer:
    services = services_of(request)
    now = services.now()
    organization = await services.gate.admit(request.scope, Scope.READ, now, set_up=True)
    query = {name: request.query_params.get(name) for name in _NAMES}
    form = asked_form(request)
    known = fields.identifier(room_id, "roomId")
    asked = _Asked(services, organization, now, known, asked_rule(query), query)
    reads = services.long_reads(organization.org_id)
    try:
        async with reads.page(request.receive):
            found = await report.find(asked)
    except ReaderLeft:
        return left_alone(request)
    if form == "json":
        return answered(request, json_answer(report.to_json(found)))
    tell_of_export(request.scope, services, organization.org_id, f"{report.name}, {form}")
    zone = time_zone(organization.time_zone)
    table = report.to_table(found, zone)
    return file_answer(reads, f"{report.name}_{safe_part(known)}", form, table, zone)


# --- the question ----------------------------------------------------------------------------


async def _classes_in_range(asked: _Asked) -> RoomClasses:
    days = asked_days(asked.query, asked.organization, asked.now, _USUAL_DAYS)
    sources = asked.services.rooms
    return await judged_classes(
        sources, asked.organization, days, asked.room_id, asked.rule, asked.now
    )


async def _asked_class(asked: _Asked) -> RoomClasses:
    at = text(asked.query, "class")
    question = ClassQuestion(
        asked.room_id,
        asked.rule,
        None if at is None else fields.instant(at, "class"),
        _span(text(asked.query, "from"), text(asked.query, "to")),
    )
    return await one_class(asked.services.rooms, asked.organization, question, asked.now)


def _span(first: str | None, last: str | None) -> Span | None:
    if first is None and last is None:
        return None
    if first is None or last is None:
        missing = "from" if first is None else "to"
        raise InvalidInput("from and to are required together", field=missing)
    start, end = fields.instant(first, "from"), fields.instant(last, "to")
    if not start < end <= start + MOST_HOURS * 3_600_000:
        message = f"to must be after from, by at most {MOST_HOURS} hours"
        raise InvalidInput(message, field="to")
    return start, end


_CLASSES = _Report(
    "classes", _classes_in_range, classes_answer, lambda found, _: classes_table(found)
)
_ATTENDANCE = _Report(
    "attendance",
    _asked_class,
    attendance_answer,
    lambda found, _: class_table(found.room_id, found.title, found.classes[0], found.rule),
)
_SHEET = _Report("sheet", _classes_in_range, sheet_answer, sheet_table)


# --- its piece of the document ----------------------------------------------------------------


_DAYS_PARAMETERS = days_parameters(_USUAL_DAYS)
_INSTANT: Json = {"type": "string", "format": "date-time"}
_CLASS_PARAMETERS: Sequence[Json] = [
    query_parameter("class", "An instant in the class; the latest class if not told.", _INSTANT),
    query_parameter("from", "When the class began, with `to`, instead of `class`.", _INSTANT),
    query_parameter("to", "When it ended.", _INSTANT),
]


def _operation(
    name: str, summary: str, shape: type[msgspec.Struct], parameters: Sequence[Json], *also: int
) -> Json:
    return {
        "operationId": name,
        "tags": ["rooms"],
        "summary": summary,
        "description": "Classes are as they were kept or planned, else guessed from who was there, and "
        "judged by the rule of the room, which the query may change (docs/dashboard.md, What a class is).",
        **needs_key(Scope.READ),
        "parameters": [
            path_parameter("room_id", ID),
            *parameters,
            *RULE_PARAMETERS,
            FORMAT_PARAMETER,
        ],
        "responses": {
            "200": described(summary, shape),
            **errors(400, 401, *also, 422, 429, 500, 503),
        },
    }


PIECE = Piece(
    {
        "/v1/rooms/{room_id}/classes": {
            "get": _operation(
                "listClasses", "The classes of a room", ClassesAnswer, _DAYS_PARAMETERS
            )
        },
        "/v1/rooms/{room_id}/attendance": {
            "get": _operation(
                "classAttendance",
                "Who was in a class, and who was not",
                AttendanceAnswer,
                _CLASS_PARAMETERS,
                404,
            )
        },
        "/v1/rooms/{room_id}/sheet": {
            "get": _operation(
                "roomSheet", "Everybody in the classes of a room", SheetAnswer, _DAYS_PARAMETERS
            )
        },
    },
    [ClassesAnswer, AttendanceAnswer, SheetAnswer],
)
