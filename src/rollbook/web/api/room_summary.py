"""`GET /v1/rooms/{room_id}/summary`: what a room adds up to, as the hosted API answers it."""

from typing import Literal

from litestar.params import FromPath

from rollbook.domain import fields
from rollbook.domain.credits import rounded_quotient
from rollbook.domain.instants import optional_text
from rollbook.domain.period import open_period, time_zone
from rollbook.domain.scopes import Scope
from rollbook.service.reports.csv_report import safe_part
from rollbook.service.reports.ports import RoomUse
from rollbook.service.reports.rooms import room_use
from rollbook.service.reports.tables import room_use_table
from rollbook.web.api.answers import (
    FORMAT_PARAMETER,
    Answer,
    answered,
    asked_form,
    described,
    file_answer,
    left_alone,
)
from rollbook.web.api.openapi_parts import (
    DAY,
    ID,
    RULE_HEADERS,
    Json,
    Piece,
    errors,
    needs_key,
    path_parameter,
    query_parameter,
)
from rollbook.web.api.wire import Wire
from rollbook.web.http.doers import tell_of_export
from rollbook.web.http.json_answers import json_answer
from rollbook.web.http.json_fields import text
from rollbook.web.http.long_reads import ReaderLeft
from rollbook.web.http.services import AnyRequest, readable, services_of

PATHS = ["/v1/rooms/{room_id:str}/summary", "/v1/room/{room_id:str}/summary"]
"""Ours, among the other routes of rooms, and the hosted API's."""


class TimestampsWire(Wire):
    """When the first person came, and when the last one left: null while somebody is there."""

    started_at: str | None
    ended_at: str | None


class SummaryData(Wire):
    """A room in sums; time, and what a participant stayed on average, in seconds, raw and merged."""

    room_id: str
    room_name: str | None
    total_credits: int
    total_participants: int
    total_sessions: int
    total_seconds: int
    total_merged_seconds: int
    avg_stay: int
    avg_merged_stay: int
    timestamps: TimestampsWire
    status: Literal["live", "finished"]


class SummaryAnswer(Wire):
    """The answer to what a room adds up to."""

    success: bool
    data: SummaryData


@readable(PATHS)
async def room_summary(request: AnyRequest, room_id: FromPath[str]) -> Answer:
    """Answer what a room adds up to."""
    services = services_of(request)
    now = services.now()
    organization = await services.gate.admit(request.scope, Scope.READ, now, set_up=True)
    form = asked_form(request)
    known = fields.identifier(room_id, "roomId")
    query = {name: request.query_params.get(name) for name in ("from", "to")}
    days = open_period(text(query, "from"), text(query, "to"), organization.time_zone)
    reads = services.long_reads(organization.org_id)
    try:
        async with reads.page(request.receive):
            found = await room_use(services.rooms.overviews, organization, days, known, now)
    except ReaderLeft:
        return left_alone(request)
    if form == "json":
        rule = {"Credit-Rule": str(organization.credit_rule)}
        return answered(request, json_answer(_to_wire(found), rule))
    tell_of_export(request.scope, services, organization.org_id, f"summary, {form}")
    zone = time_zone(organization.time_zone)
    return file_answer(reads, f"summary_{safe_part(known)}", form, room_use_table(found), zone)


def _to_wire(found: RoomUse) -> SummaryAnswer:
    use, line = found.line.use, found.line
    return SummaryAnswer(
        success=True,
        data=SummaryData(
            line.room_id,
            line.title,
            use.totals.credits,
            use.people,
            use.totals.sessions,
            use.totals.seconds,
            found.merged,
            rounded_quotient(use.totals.seconds, use.people),
            rounded_quotient(found.merged, use.people),
            TimestampsWire(optional_text(found.first_join), optional_text(found.last_leave)),
            "live" if use.running else "finished",
        ),
    )


# --- its piece of the document ----------------------------------------------------------------


def _operation(name: str) -> Json:
    told = described("What a room adds up to", SummaryAnswer)
    headers = {name: RULE_HEADERS[name] for name in ("Credit-Rule",)}
    return {
        "operationId": name,
        "tags": ["rooms"],
        "summary": "What a room adds up to",
        "description": "Over all of its classes, or those of some days: credits, people, how long they "
        "stayed. `avgStay` is raw time by participant, `avgMergedStay` what passed on the clock.",
        **needs_key(Scope.READ),
        "parameters": [
            path_parameter("room_id", ID),
            query_parameter("from", "Joined on this day or later.", DAY),
            query_parameter("to", "Joined on this day or earlier.", DAY),
            FORMAT_PARAMETER,
        ],
        "responses": {
            "200": {**told, "headers": headers},
            **errors(400, 401, 404, 422, 429, 500, 503),
        },
    }


PIECE = Piece(
    {
        "/v1/rooms/{room_id}/summary": {"get": _operation("roomSummary")},
        "/v1/room/{room_id}/summary": {"get": _operation("hostedRoomSummary")},
    },
    [SummaryAnswer],
)
