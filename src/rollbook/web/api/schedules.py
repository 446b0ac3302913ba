"""`GET` and `PUT /v1/rooms/{room_id}/schedule`: when classes are planned, in three forms."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from litestar import HttpMethod, Response, route
from litestar.exceptions import HTTPException
from litestar.params import FromPath

from rollbook.domain import fields
from rollbook.domain import schedule_entries as entries
from rollbook.domain.errors import InvalidInput
from rollbook.domain.organizations import Organization
from rollbook.domain.period import day_around, parse_day, time_zone
from rollbook.domain.schedule_entries import WEEKDAYS, Told, Where
from rollbook.domain.schedules import MOST_ENTRIES, Schedule, Weekly
from rollbook.domain.scopes import Scope
from rollbook.formats.schedule_csv import schedule_from_csv
from rollbook.service.organizations.schedules import set_schedule
from rollbook.web.api.openapi_parts import (
    DAY,
    EMPTY,
    ID,
    LABEL,
    NULL,
    Json,
    Piece,
    answer,
    errors,
    needs_key,
    path_parameter,
    query_parameter,
    reference,
)
from rollbook.web.api.schedule_shapes import ScheduleAnswer, schedule_answer
from rollbook.web.http.doers import program_of
from rollbook.web.http.json_answers import json_answer
from rollbook.web.http.json_fields import json_object, text
from rollbook.web.http.services import AnyRequest, services_of

PATH = "/v1/rooms/{room_id:str}/schedule"
MAX_SCHEDULE_BYTES = 512 * 1024

_LISTS = ("weekly", "single", "cancelled", "moved")
_NAMES = ("day", "at", "from", "to", "since", "until", "title")
_Entry = TypeVar("_Entry")


@route(
    PATH,
    http_method=[HttpMethod.GET, HttpMethod.HEAD, HttpMethod.PUT],
    status_code=200,
    request_max_body_size=MAX_SCHEDULE_BYTES,
)
async def room_schedule(request: AnyRequest, room_id: FromPath[str]) -> Response[bytes]:
    """Answer what is planned for a room, and take what is."""
    return await (_put if request.method == HttpMethod.PUT else _get)(request, room_id)


async def _get(request: AnyRequest, room_id: str) -> Response[bytes]:
    """What is planned from a day on."""
    services = services_of(request)
    now = services.now()
    organization = await services.gate.admit(request.scope, Scope.READ, now, set_up=True)
    known = fields.identifier(room_id, "roomId")
    day = _day(request, organization, now)
    schedule = await services.rooms.schedules.schedule(organization.org_id, known)
    return json_answer(schedule_answer(known, day, organization.time_zone, schedule.since(day)))


async def _put(request: AnyRequest, room_id: str) -> Response[bytes]:
    """Say what is planned from a day on; it is committed with the answer."""
    services = services_of(request)
    now = services.now()
    organization = await services.gate.admit(request.scope, Scope.ADMIN, now, set_up=True)
    known = fields.identifier(room_id, "roomId")
    day = _day(request, organization, now)
    zone = time_zone(organization.time_zone)
    media = (request.headers.get("content-type") or "").partition(";")[0].strip().lower()
    # In a thread, as a calendar takes its time: others wait for the loop.
    wanted = await asyncio.to_thread(_wanted, media, await request.body(), day, zone)
    org_id = organization.org_id
    organizations = services.organizations.by(program_of(request.scope, services))
    schedule = await set_schedule(organizations, org_id, known, wanted, day)
    return json_answer(schedule_answer(known, day, organization.time_zone, schedule))


def _day(request: AnyRequest, organization: Organization, now: int) -> date:
    told = text({"from": request.query_params.get("from")}, "from")
    if told is None:
        return day_around(now, organization.time_zone).first
    return parse_day(told, time_zone(organization.time_zone), "from")


def _wanted(media: str, body: bytes, day: date, zone: ZoneInfo) -> Schedule:
    match media:
        case "application/json":
            return _from_json(json_object(body), day)
        case "text/csv":
            return schedule_from_csv(_text(body), day)
        case "text/calendar":
            # Few services are ever told one, and each of their workers would load this as it starts.
            from rollbook.formats.calendars import schedule_from_calendar  # noqa: PLC0415 - see above

            return schedule_from_calendar(_text(body), zone, day)
        case _:
            raise HTTPException(status_code=415)


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidInput("body must be text in UTF-8", field="body") from None


def _from_json(values: Mapping[str, Any], day: date) -> Schedule:
    if not any(name in values for name in _LISTS):
        message = f"body must have at least one of {', '.join(_LISTS)}"
        raise InvalidInput(message, field="body")

    def weekly(value: Mapping[str, Any], where: Where) -> list[Weekly]:
        return entries.weekly(_told(value, where), _weekdays(value, where), day, where)

    def each(make: Callable[[Told, Where], _Entry]) -> Callable[[Any, Where], list[_Entry]]:
        return lambda value, where: [make(_told(value, where), where)]

    return Schedule(
        _listed(values, "weekly", weekly),
        _listed(values, "single", each(entries.single)),
        _listed(values, "cancelled", each(entries.cancelled)),
        _listed(values, "moved", each(entries.moved)),
    )


def _listed(
    values: Mapping[str, Any], name: str, make: Callable[[Any, Where], list[_Entry]]
) -> list[_Entry]:
    told = values.get(name)
    if told is None:
        return []
    if not isinstance(told, list) or len(told) > MOST_ENTRIES:
        raise InvalidInput(f"{name} must be a list of at most {MOST_ENTRIES:,}", field=name)
    found: list[_Entry] = []
    for number, value in enumerate(told):
        where = f"{name}[{number}]"
        if not isinstance(value, dict):
            raise InvalidInput(f"{where} must be an object", field=where)
        found += make(value, f"{where}.{{}}".format)
    return found


def _told(value: Mapping[str, Any], where: Where) -> Told:
    return {name: text(value, name, where(name)) for name in _NAMES}


def _weekdays(value: Mapping[str, Any], where: Where) -> list[str]:
    told, field = value.get("weekdays"), where("weekdays")
    if not isinstance(told, list) or not all(isinstance(one, str) for one in told):
        raise InvalidInput(f"{field} must be a list of days like monday", field=field)
    return told


# --- its piece of the document ----------------------------------------------------------------

_CLOCK: Json = {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"}
_DATE: Json = {"type": "string", "format": "date"}
_OPTIONAL_DATE: Json = {"anyOf": [_DATE, EMPTY, NULL]}
_TIMES: Json = {"from": _CLOCK, "to": _CLOCK}


def _entry(required: list[str], **properties: Json) -> Json:
    return {
        "type": ["array", "null"],
        "maxItems": MOST_ENTRIES,
        "items": {"type": "object", "required": required, "properties": properties},
    }


_SCHEDULE: Json = {
    "type": "object",
    "anyOf": [{"required": [name]} for name in _LISTS],
    "properties": {
        "weekly": _entry(
            ["weekdays", "from", "to"],
            weekdays={
                "type": "array",
                "minItems": 1,
                "items": {"type": "string", "enum": list(WEEKDAYS)},
            },
            since=_OPTIONAL_DATE,
            until=_OPTIONAL_DATE,
            title=LABEL,
            **_TIMES,
        ),
        "single": _entry(["day", "from", "to"], day=_DATE, title=LABEL, **_TIMES),
        "cancelled": _entry(
            ["day"], day=_DATE, until=_OPTIONAL_DATE, at={"anyOf": [_CLOCK, EMPTY, NULL]}
        ),
        "moved": _entry(["day", "at", "from", "to"], day=_DATE, at=_CLOCK, **_TIMES),
    },
    "example": {
        "weekly": [
            {
                "weekdays": ["monday", "wednesday"],
                "from": "08:00",
                "to": "08:45",
                "since": "2026-09-01",
                "until": "2027-06-30",
                "title": "Calculus I",
            }
        ],
        "single": [{"day": "2026-12-01", "from": "14:00", "to": "15:30", "title": "Exam"}],
        "cancelled": [{"day": "2026-12-21", "until": "2027-01-03"}],
        "moved": [{"day": "2026-11-30", "at": "08:00", "from": "10:00", "to": "10:45"}],
    },
}

_ANSWER = answer("What is planned for the room from that day on.", reference(ScheduleAnswer))
_FROM = query_parameter("from", "From which day on; today if it is not told.", DAY)

_ASK: Json = {
    "operationId": "roomSchedule",
    "tags": ["rooms"],
    "summary": "When classes of a room are planned",
    "description": "Times are those on the wall in the organization's zone. Classes that were planned "
    "take these times, whoever came; others are guessed.",
    **needs_key(Scope.READ),
    "parameters": [path_parameter("room_id", ID), _FROM],
    "responses": {"200": _ANSWER, **errors(400, 401, 422, 429, 500, 503)},
}

_SAY: Json = {
    "operationId": "setSchedule",
    "tags": ["rooms"],
    "summary": "Say when classes of a room are planned",
    "description": "From a day on: what was planned for later is replaced, and what was before stays, so "
    "that classes of then keep their times. A time up to which a class lasts that is not after its "
    "beginning is the next day's. Two classes may not be planned for one time. Instead of JSON, "
    "`text/csv` and `text/calendar` are taken too, which no schema describes.",
    **needs_key(Scope.ADMIN),
    "parameters": [path_parameter("room_id", ID), _FROM],
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": reference("Schedule")}},
    },
    "responses": {"200": _ANSWER, **errors(400, 401, 413, 415, 422, 429, 500, 503)},
}

PIECE = Piece(
    {"/v1/rooms/{room_id}/schedule": {"get": _ASK, "put": _SAY}},
    [ScheduleAnswer],
    {"Schedule": _SCHEDULE},
)
