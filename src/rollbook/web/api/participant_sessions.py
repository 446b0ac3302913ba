"""The contract's route: `POST /v1/participant/sessions`."""

from litestar import asgi
from litestar.types import Receive, Scope, Send

from rollbook.domain.organizations import Organization
from rollbook.domain.period import Period
from rollbook.service.reports.csv_report import csv_report
from rollbook.service.reports.participant import (
    ReportQuestion,
    participant_in_room,
    rooms_of_participant,
)
from rollbook.service.reports.ports import Reports
from rollbook.web.api import participant_shapes as wire
from rollbook.web.http import bare
from rollbook.web.http.body import MAX_BODY_BYTES, require_json, whole_body
from rollbook.web.http.services import services_in
from rollbook.web.http.streaming import CsvAnswer


@asgi("/v1/participant/sessions", copy_scope=False)
async def participant_sessions(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer the contract's question, as JSON or as CSV."""
    if await bare.answered_for_its_method(scope, send, "POST"):
        return
    services = services_in(scope)
    now = services.now()
    # The contract's order of errors: who asks, whether they are set up, and only then what.
    organization = await services.known_keys.organization(bare.header(scope, b"vf-org-id"), now)
    require_json(bare.header(scope, b"content-type"))
    body = await whole_body(scope, receive, MAX_BODY_BYTES)
    asked = wire.from_json(body, organization.time_zone, now)
    headers = _headers(organization, asked.question.days)
    if asked.csv is not None:
        export = csv_report(services.reports, organization, asked.question, asked.csv, now)
        await CsvAnswer(export, headers)(scope, receive, send)
        return
    answer = await answer_json(services.reports, organization, asked.question, now)
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
