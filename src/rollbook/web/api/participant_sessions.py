"""The contract's route: `POST /v1/participant/sessions`."""

from litestar import asgi
from litestar.types import Receive, Scope, Send

from rollbook.domain.organizations import Organization
from rollbook.domain.period import Period
from rollbook.service.reports.csv_report import csv_report
from rollbook.service.reports.participant import participant_report
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
    asked = wire.from_json(await whole_body(scope, receive, MAX_BODY_BYTES))
    if asked.csv is not None:
        export = csv_report(services.reports, organization, asked.question, asked.csv, now)
        csv = CsvAnswer(export, _headers(organization, export.period))
        await csv(scope, receive, send)
        return
    report = await participant_report(services.reports, organization, asked.question, now)
    headers = _headers(organization, report.period) | {"Content-Type": "application/json"}
    await bare.answer(send, headers, wire.to_json(report))


def _headers(organization: Organization, days: Period) -> dict[str, str]:
    return {
        "Cache-Control": "no-store",
        "Credit-Rule": str(organization.credit_rule),
        "Report-Time-Zone": days.time_zone,
    }
