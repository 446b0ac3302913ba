"""`GET /v1/rooms/{room_id}/classes`, `/attendance`, `/sheet`: the room's side of the ledger.

Each answers JSON, or a file where `format` or `Accept` asks for CSV or .xlsx.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date
from typing import Literal, NamedTuple, cast
from zoneinfo import ZoneInfo

import msgspec
from litestar.params import FromPath
from litestar.types import ASGIApp, Receive, Send
from litestar.types import Scope as ASGIScope

from rollbook.domain import fields
from rollbook.domain.attendance import RULE_BOUNDS, AskedRule
from rollbook.domain.csv_cells import CsvForm
from rollbook.domain.errors import InvalidInput
from rollbook.domain.kept import MOST_HOURS
from rollbook.domain.organizations import Organization
from rollbook.domain.period import Period, day_around, parse_day, period_of, time_zone
from rollbook.domain.scopes import Scope
from rollbook.domain.stays import Span
from rollbook.domain.table import Table
from rollbook.formats.csv_lines import csv_chunks
from rollbook.formats.xlsx import workbook_chunks
from rollbook.service.reports.csv_report import safe_part
from rollbook.service.reports.room import ClassQuestion, RoomClasses, judged_classes, one_class
from rollbook.service.reports.tables import class_table, classes_table, sheet_table
from rollbook.web.api.openapi_parts import (
    DAY,
    ID,
    NEEDS_KEY,
    RULE_NUMBERS,
    Json,
    Piece,
    answer,
    errors,
    path_parameter,
    query_parameter,
    reference,
)
from rollbook.web.api.room_shapes import (
    AttendanceAnswer,
    ClassesAnswer,
    SheetAnswer,
    attendance_answer,
    classes_answer,
    sheet_answer,
)
from rollbook.web.http.json_answers import json_answer
from rollbook.web.http.json_fields import text
from rollbook.web.http.long_reads import ReaderLeft, for_nobody
from rollbook.web.http.services import AnyRequest, Services, readable, services_of
from rollbook.web.http.streaming import GUARDED, FileAnswer, made_in_a_thread, media_type_of

MOST_DAYS = 366

_USUAL_DAYS = 30
_LAST = date.max.toordinal()
Format = Literal["json", "csv", "xlsx"]
_FILES: Sequence[Format] = ("csv", "xlsx")
_MEDIA: Mapping[str, Format] = {media_type_of(form): form for form in _FILES}
_NAMES = ("from", "to", "class", "share", "late", "early", "gap", "format")
Query = Mapping[str, str | None]


class Answer:
    """An answer of either kind, as the one kind that the framework asks a handler to name."""

    def __init__(self, application: ASGIApp) -> None:
        self._application = application

    async def __call__(self, scope: ASGIScope, receive: Receive, send: Send) -> None:
        await self._application(scope, receive, send)


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


@readable("/v1/rooms/{room_id:str}/classes")
async def room_classes(request: AnyRequest, room_id: FromPath[str]) -> Answer:
    """Answer which classes a room had."""
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
    form = _form(text(query, "format"), request.headers.get("accept", ""))
    known = fields.identifier(room_id, "roomId")
    asked = _Asked(services, organization, now, known, _rule(query), query)
    reads = services.long_reads(organization.org_id)
    try:
        async with reads.page(request.receive):
            found = await report.find(asked)
    except ReaderLeft:
        return Answer(for_nobody().to_asgi_response(app=None, request=request))
    if form == "json":
        told = json_answer(report.to_json(found))
        return Answer(told.to_asgi_response(app=None, request=request))
    zone = time_zone(organization.time_zone)
    table = report.to_table(found, zone)
    chunks = csv_chunks(table, CsvForm()) if form == "csv" else workbook_chunks([table], zone)
    name = f"{report.name}_{safe_part(known)}.{form}"
    return Answer(FileAnswer(name, made_in_a_thread(chunks), GUARDED, reads))


# --- the question ----------------------------------------------------------------------------


def _form(told: str | None, accept: str) -> Format:
    if told is None:
        # Of several that are accepted alike, JSON: a browser accepts anything.
        first = accept.partition(",")[0].partition(";")[0].strip().lower()
        return _MEDIA.get(first, "json")
    if told not in {"json", "csv", "xlsx"}:
        raise InvalidInput("format must be json, csv or xlsx", field="format")
    return cast("Format", told)


def _rule(query: Query) -> AskedRule:
    return AskedRule(**{name: _number(query, name, *RULE_BOUNDS[name]) for name in RULE_BOUNDS})


def _number(query: Query, name: str, least: int, most: int) -> int | None:
    told = text(query, name)
    if told is None:
        return None
    if not re.fullmatch(r"\d{1,9}", told, re.ASCII) or not least <= int(told) <= most:
        raise InvalidInput(f"{name} must be a whole number from {least} to {most}", field=name)
    return int(told)


async def _classes_in_range(asked: _Asked) -> RoomClasses:
    days = _days(asked)
    sources = asked.services.rooms
    return await judged_classes(
        sources, asked.organization, days, asked.room_id, asked.rule, asked.now
    )


def _days(asked: _Asked) -> Period:
    zone = asked.organization.time_zone
    first, last = text(asked.query, "from"), text(asked.query, "to")
    today = day_around(asked.now, zone).first
    end = today if last is None else parse_day(last, time_zone(zone), "to")
    if first is None:
        start = date.fromordinal(max(1, end.toordinal() - _USUAL_DAYS + 1))
    else:
        start = parse_day(first, time_zone(zone), "from")
    if last is None:
        # As many days as there may be, and none that is to come, unless it was asked for.
        end = max(start, min(end, date.fromordinal(min(_LAST, start.toordinal() + MOST_DAYS - 1))))
    if end < start:
        raise InvalidInput("to must not be before from", field="to")
    if (end - start).days >= MOST_DAYS:
        raise InvalidInput(f"from and to must be at most {MOST_DAYS} days apart", field="to")
    return period_of(start, end, zone)


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


_RULE_PARAMETERS: Sequence[Json] = [
    *(
        query_parameter(name, f"{schema['description']} Not told: as the room's rule is.", schema)
        for name, schema in RULE_NUMBERS.items()
    ),
    query_parameter(
        "format",
        "Instead of `Accept`: `json`, `csv` or `xlsx`.",
        {"type": "string", "enum": ["json", "csv", "xlsx"]},
    ),
]
_DAYS_PARAMETERS: Sequence[Json] = [
    query_parameter("from", f"First day; {_USUAL_DAYS} days up to `to` if it is not told.", DAY),
    query_parameter(
        "to",
        f"Last day; today if it is not told, or {MOST_DAYS} days after the first: more are not answered.",
        DAY,
    ),
]
_INSTANT: Json = {"type": "string", "format": "date-time"}
_CLASS_PARAMETERS: Sequence[Json] = [
    query_parameter("class", "An instant in the class; the latest class if not told.", _INSTANT),
    query_parameter("from", "When the class began, with `to`, instead of `class`.", _INSTANT),
    query_parameter("to", "When it ended.", _INSTANT),
]


def _operation(
    name: str, summary: str, shape: type[msgspec.Struct], parameters: Sequence[Json], *also: int
) -> Json:
    told = answer(f"{summary}.", reference(shape))
    files = {media: {"schema": {"type": "string"}} for media in _MEDIA}
    return {
        "operationId": name,
        "tags": ["rooms"],
        "summary": summary,
        "description": "Classes are as they were kept or planned, else guessed from who was there, and "
        "judged by the rule of the room, which the query may change (docs/dashboard.md, What a class is).",
        "security": NEEDS_KEY,
        "parameters": [path_parameter("room_id", ID), *parameters, *_RULE_PARAMETERS],
        "responses": {
            "200": {**told, "content": {**told["content"], **files}},
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
