"""`GET` and `PUT /v1/rooms/{room_id}/roster`: who belongs to a room, as JSON or as CSV."""

import csv
from collections.abc import Mapping
from datetime import date
from typing import Any

from litestar import HttpMethod, Response, route
from litestar.exceptions import HTTPException
from litestar.params import FromPath

from rollbook.domain import fields
from rollbook.domain.errors import InvalidInput
from rollbook.domain.fields import MAX_LABEL_LENGTH
from rollbook.domain.organizations import Organization
from rollbook.domain.period import day_around, parse_day, time_zone
from rollbook.domain.rosters import MOST_MEMBERS
from rollbook.domain.scopes import Scope
from rollbook.service.organizations.rosters import set_roster
from rollbook.web.api.openapi_parts import (
    DAY,
    ID,
    LABEL,
    Json,
    Piece,
    answer,
    errors,
    needs_key,
    path_parameter,
    query_parameter,
    reference,
)
from rollbook.web.api.room_shapes import RosterAnswer, roster_answer
from rollbook.web.http.doers import program_of
from rollbook.web.http.json_answers import json_answer
from rollbook.web.http.json_fields import json_object, required_text, text
from rollbook.web.http.services import AnyRequest, services_of

PATH = "/v1/rooms/{room_id:str}/roster"
MAX_ROSTER_BYTES = 2 * 1024 * 1024

Names = Mapping[str, str | None]
"""What people are called, by uid."""


@route(
    PATH,
    http_method=[HttpMethod.GET, HttpMethod.HEAD, HttpMethod.PUT],
    status_code=200,
    request_max_body_size=MAX_ROSTER_BYTES,
)
async def room_roster(request: AnyRequest, room_id: FromPath[str]) -> Response[bytes]:
    """Answer who belongs to a room, and take who does."""
    return await (_put if request.method == HttpMethod.PUT else _get)(request, room_id)


async def _get(request: AnyRequest, room_id: str) -> Response[bytes]:
    """Who belongs to a room on a day."""
    services = services_of(request)
    now = services.now()
    organization = await services.gate.admit(request.scope, Scope.READ, now, set_up=True)
    known = fields.identifier(room_id, "roomId")
    day = _day(request, "day", organization, now)
    members = await services.rooms.rosters.roster(organization.org_id, known)
    on_day = [one for one in members if one.on(day)]
    return json_answer(roster_answer(known, day.isoformat(), on_day))


async def _put(request: AnyRequest, room_id: str) -> Response[bytes]:
    """Say who belongs to a room from a day on; it is committed with the answer."""
    services = services_of(request)
    now = services.now()
    organization = await services.gate.admit(request.scope, Scope.ADMIN, now, set_up=True)
    known = fields.identifier(room_id, "roomId")
    day = _day(request, "from", organization, now)
    wanted = _wanted(request.headers.get("content-type"), await request.body())
    org_id = organization.org_id
    organizations = services.organizations.by(program_of(request.scope, services))
    members = await set_roster(organizations, org_id, known, wanted, day)
    return json_answer(roster_answer(known, day.isoformat(), members))


def _day(request: AnyRequest, name: str, organization: Organization, now: int) -> date:
    told = text({name: request.query_params.get(name)}, name)
    if told is None:
        return day_around(now, organization.time_zone).first
    return parse_day(told, time_zone(organization.time_zone), name)


def _wanted(content_type: str | None, body: bytes) -> Names:
    match (content_type or "").partition(";")[0].strip().lower():
        case "application/json":
            return _from_json(json_object(body))
        case "text/csv":
            return _from_csv(body)
        case _:
            raise HTTPException(status_code=415)


def _from_json(values: Mapping[str, Any]) -> Names:
    members = values.get("members")
    if not isinstance(members, list):
        raise InvalidInput("members must be a list", field="members")
    return dict(_member(number, one) for number, one in enumerate(members))


def _member(number: int, value: object) -> tuple[str, str | None]:
    where = f"members[{number}]"
    if not isinstance(value, dict):
        raise InvalidInput(f"{where} must be an object", field=where)
    uid = required_text(value, "uid", f"{where}.uid")
    name = text(value, "name", f"{where}.name")
    return fields.identifier(uid, f"{where}.uid"), fields.label(name, f"{where}.name")


def _from_csv(body: bytes) -> Names:
    """The columns `uid` and, where there is one, `name`, under a header, after commas or semicolons."""
    try:
        lines = body.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise InvalidInput("body must be CSV in UTF-8", field="body") from None
    delimiter = ";" if lines and ";" in lines[0] else ","
    try:
        head, *rows = csv.reader(lines, delimiter=delimiter)
    except (csv.Error, ValueError):
        head, rows = [], []
    columns = {name.strip().casefold(): number for number, name in enumerate(head)}
    if "uid" not in columns:
        message = "body must be CSV with a header and the columns uid and name"
        raise InvalidInput(message, field="body")
    wanted: dict[str, str | None] = {}
    for number, row in enumerate(rows, start=2):
        told = {name: row[at].strip() for name, at in columns.items() if at < len(row)}
        if not told.get("uid"):
            raise InvalidInput(f"line {number} has no uid", field="uid")
        uid = fields.identifier(told["uid"], "uid")
        wanted[uid] = fields.label(told.get("name"), "name")
    return wanted


# --- its piece of the document ----------------------------------------------------------------

_ROSTER: Json = {
    "type": "object",
    "required": ["members"],
    "properties": {
        "members": {
            "type": "array",
            "maxItems": MOST_MEMBERS,
            "items": {
                "type": "object",
                "required": ["uid"],
                "properties": {"uid": ID, "name": LABEL | {"maxLength": MAX_LABEL_LENGTH}},
            },
        }
    },
}

_ANSWER = answer("Who belongs to the room on that day.", reference(RosterAnswer))

_ASK: Json = {
    "operationId": "roomRoster",
    "tags": ["rooms"],
    "summary": "Who belongs to a room",
    "description": "Who of them is in no class of that day is told as absent.",
    **needs_key(Scope.READ),
    "parameters": [
        path_parameter("room_id", ID),
        query_parameter("day", "On which day; today if it is not told.", DAY),
    ],
    "responses": {"200": _ANSWER, **errors(400, 401, 422, 429, 500, 503)},
}

_SAY: Json = {
    "operationId": "setRoster",
    "tags": ["rooms"],
    "summary": "Say who belongs to a room",
    "description": "From a day on. What was said for later is replaced; what was before stays, so that "
    "classes of then are judged by who belonged to the room then. Instead of JSON, a `text/csv` "
    "with the columns `uid` and `name` is taken too, which no schema describes.",
    **needs_key(Scope.ADMIN),
    "parameters": [
        path_parameter("room_id", ID),
        query_parameter("from", "From which day on; today if it is not told.", DAY),
    ],
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": reference("Roster")},
        },
    },
    "responses": {"200": _ANSWER, **errors(400, 401, 413, 415, 422, 429, 500, 503)},
}

PIECE = Piece(
    {"/v1/rooms/{room_id}/roster": {"get": _ASK, "put": _SAY}},
    [RosterAnswer],
    {"Roster": _ROSTER},
)
