"""The contract's route: `POST /v1/participant/sessions`."""

from litestar import asgi
from litestar.types import Receive, Scope, Send

from rollbook.domain import scopes
from rollbook.domain.csv_cells import DELIMITERS
from rollbook.domain.organizations import Organization
from rollbook.domain.period import Period
from rollbook.domain.report import MAX_PAGE_SIZE
from rollbook.service.reports.csv_report import csv_report
from rollbook.service.reports.participant import (
    ReportQuestion,
    participant_in_room,
    rooms_of_participant,
)
from rollbook.service.reports.ports import Reports
from rollbook.web.api import openapi_examples as examples
from rollbook.web.api import participant_shapes as wire
from rollbook.web.api.openapi_parts import (
    DAY,
    EMPTY,
    ID,
    NULL,
    OPTIONAL_ID,
    RULE_HEADERS,
    Json,
    Piece,
    errors,
    needs_key,
    reference,
)
from rollbook.web.http import bare
from rollbook.web.http.body import MAX_BODY_BYTES, require_json, whole_body
from rollbook.web.http.direct import raise_what_failed
from rollbook.web.http.doers import tell_of_export
from rollbook.web.http.errors import ErrorEnvelope
from rollbook.web.http.long_reads import AttendedReports, ReaderLeft
from rollbook.web.http.services import services_in
from rollbook.web.http.streaming import CsvAnswer

CONTRACT = "/v1/participant/sessions"


@asgi(CONTRACT, copy_scope=False)
async def participant_sessions(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer the contract's question, as JSON or as CSV."""
    raise_what_failed(scope)
    if await bare.answered_for_its_method(scope, send, "POST"):
        return
    services = services_in(scope)
    now = services.now()
    # The contract's order of errors: who asks, whether they are set up, and only then what.
    organization = await services.gate.admit(scope, scopes.Scope.READ, now, set_up=True)
    require_json(bare.header(scope, b"content-type"))
    body = await whole_body(scope, receive, MAX_BODY_BYTES)
    asked = wire.from_json(body, organization.time_zone, now)
    headers = _headers(organization, asked.question.days)
    reads = services.long_reads(organization.org_id)
    if asked.csv is not None:
        tell_of_export(scope, services, organization.org_id, "sessions of a person, CSV")
        export = csv_report(services.reports, organization, asked.question, asked.csv, now)
        await CsvAnswer(export, headers, reads)(scope, receive, send)
        return
    reports = AttendedReports(services.reports, reads, receive)
    try:
        answer = await answer_json(reports, organization, asked.question, now)
    except ReaderLeft:
        return
    await bare.answer(send, headers | {"Content-Type": "application/json"}, answer)


async def answer_json(
    reports: Reports, organization: Organization, question: ReportQuestion, now: int
) -> bytes:
    """The contract's JSON: by room, or of the one room that the question names."""
    if question.room_id is None:
        rooms = await rooms_of_participant(reports, organization, question, now)
        return wire.rooms_json(rooms)
    room = await participant_in_room(reports, organization, question, question.room_id, now)
    return wire.room_json(room)


def _headers(organization: Organization, days: Period) -> dict[str, str]:
    return {
        "Cache-Control": "no-store",
        "Credit-Rule": str(organization.credit_rule),
        "Report-Time-Zone": days.time_zone,
    }


# --- its piece of the document ----------------------------------------------------------------

_OPTIONAL_DAY: Json = {"anyOf": [*DAY["anyOf"], EMPTY, NULL]}

_WHOSE_AND_WHEN: Json = {
    "uid": {**ID, "description": "Unique identifier of the participant."},
    "roomId": {
        **OPTIONAL_ID,
        "description": "Filter by specific room; the answer is grouped by room if omitted.",
    },
    "startDate": {
        **_OPTIONAL_DAY,
        "description": "First day (YYYY-MM-DD), or an instant that stands for its day. "
        "Defaults to today.",
    },
    "endDate": {
        **_OPTIONAL_DAY,
        "description": "Last day; requires `startDate`. Defaults to `startDate`.",
    },
    "timezone": {
        "type": ["string", "null"],
        "description": "IANA zone whose days the dates are. "
        "Defaults to the organization's. An extension of the contract.",
        "format": "iana-time-zone",
        "examples": ["UTC", "Europe/Paris", "America/New_York", "Asia/Kolkata"],
    },
    "csv": {
        "type": ["object", "null", "string"],
        "maxLength": 0,
        "description": "How a CSV is written; `;` and a byte order mark serve Excel. "
        "An extension of the contract.",
        "properties": {
            "delimiter": {
                "anyOf": [{"type": "string", "enum": [*DELIMITERS, ""]}, NULL],
                "description": "What stands between two cells; a comma if it is not told.",
            },
            "bom": {
                "type": ["boolean", "null", "string"],
                "maxLength": 0,
                "description": "Whether a byte order mark stands at the beginning.",
            },
        },
    },
}


def _told(field: str) -> Json:
    """Said of the whole, so that other fields are not this part's matter."""
    holds = {field: {"type": "string", "minLength": 1}}
    return {"required": [field], "properties": holds, "additionalProperties": True}


_END_NEEDS_START: Json = {"if": _told("endDate"), "then": _told("startDate")}

_REQUEST: Json = {
    "type": "object",
    "description": "Whose sessions, of which days. Empty text in an optional field counts as "
    "absent, and fields of other names are ignored.",
    "required": ["uid"],
    "properties": {
        **_WHOSE_AND_WHEN,
        "page": {
            "type": ["integer", "null", "string"],
            "minimum": 1,
            "maxLength": 0,
            "description": "Counts from 1, which it is if it is not told.",
        },
        "limit": {
            "type": ["integer", "null", "string"],
            "minimum": 1,
            "maximum": MAX_PAGE_SIZE,
            "maxLength": 0,
            "description": "Room groups, or sessions of the one room, on a page; "
            f"{MAX_PAGE_SIZE} if it is not told, and never more.",
        },
        "export": {
            "anyOf": [{"type": "string", "enum": ["json", "csv", ""]}, NULL],
            "description": "`csv` for a CSV; `json` if it is not told.",
        },
    },
    **_END_NEEDS_START,
}

_EXPORT: Json = {
    "type": "object",
    "description": "The same as a CSV of all sessions: `page` and `limit` are ignored, whatever "
    "they are.",
    "required": ["uid", "export"],
    "properties": {**_WHOSE_AND_WHEN, "export": {"type": "string", "enum": ["csv"]}},
    **_END_NEEDS_START,
}

_ANSWER: Json = {
    "description": "The sessions: JSON with or without a room, or a CSV report.",
    "headers": RULE_HEADERS,
    "content": {
        "application/json": {
            "schema": {"anyOf": [reference(wire.GroupedAnswer), reference(wire.RoomAnswer)]},
            "examples": examples.ANSWERS,
        },
        "text/csv": {"schema": {"type": "string"}, "examples": examples.CSV_ANSWERS},
    },
}

_OPERATION: Json = {
    "operationId": "participantSessions",
    "tags": ["sessions"],
    "summary": "Participant Sessions",
    "description": "Detailed session history of a participant: grouped by room, for one "
    "room, or as CSV. A session belongs to the day it was joined on; totals are sums of the "
    "rows they stand over; a session still running counts up to now.",
    **needs_key(scopes.Scope.READ),
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"anyOf": [reference("SessionsRequest"), reference("SessionsExport")]},
                "examples": examples.REQUESTS,
            }
        },
    },
    "responses": {"200": _ANSWER, **errors(400, 401, 413, 415, 422, 429, 500, 503)},
}

PIECE = Piece(
    {CONTRACT: {"post": _OPERATION}},
    [wire.GroupedAnswer, wire.RoomAnswer, ErrorEnvelope],
    {"SessionsRequest": _REQUEST, "SessionsExport": _EXPORT},
)
