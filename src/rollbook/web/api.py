"""The contract's route: `POST /v1/participant/sessions`."""

from collections.abc import AsyncIterator

from anyio import CancelScope
from litestar import Response, post
from litestar.exceptions import HTTPException
from litestar.response import Stream

from rollbook.domain.csv_cells import CsvForm
from rollbook.domain.organizations import Organization
from rollbook.domain.period import Period
from rollbook.service.export import csv_report
from rollbook.service.report import ReportQuestion, participant_report
from rollbook.web import wire
from rollbook.web.services import AnyRequest, Services, services_of

MAX_BODY_BYTES = 64 * 1024


@post("/v1/participant/sessions", status_code=200, request_max_body_size=MAX_BODY_BYTES)
async def participant_sessions(request: AnyRequest) -> Response[bytes] | Stream:
    """Answer the contract's question, as JSON or as CSV."""
    services = services_of(request)
    now = services.now()
    # The contract's order of errors: who asks, whether they are set up, and only then what.
    organization = await services.known_keys.organization(request.headers.get("vf-org-id"), now)
    require_json(request)
    asked = wire.from_json(await request.body())
    if asked.csv is not None:
        return await _csv(services, organization, asked.question, asked.csv, now)
    report = await participant_report(services.reports, organization, asked.question, now)
    return Response(
        wire.to_json(report),
        media_type="application/json",
        headers=_headers(organization, report.period),
    )


def require_json(request: AnyRequest) -> None:
    """Raise 415 unless the request says that its body is JSON."""
    content_type = request.headers.get("content-type", "")
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise HTTPException(status_code=415)


async def _csv(
    services: Services,
    organization: Organization,
    question: ReportQuestion,
    form: CsvForm,
    now: int,
) -> Stream:
    report = csv_report(services.reports, organization, question, form, now)
    # A database that is away shows with the first chunk: in time for an honest status.
    first = await anext(report.chunks)
    headers = _headers(organization, report.period) | {
        "Content-Disposition": f'attachment; filename="{report.file_name}"'
    }
    return Stream(_from_first(first, report.chunks), media_type="text/csv", headers=headers)


async def _from_first(first: str, rest: AsyncIterator[str]) -> AsyncIterator[str]:
    chunk: str | None = first
    while chunk is not None:
        yield chunk
        # A client that goes away interrupts the sending, but never a reading of the database.
        with CancelScope(shield=True):
            chunk = await anext(rest, None)


def _headers(organization: Organization, days: Period) -> dict[str, str]:
    return {
        "Cache-Control": "no-store",
        "Credit-Rule": str(organization.credit_rule),
        "Report-Time-Zone": days.time_zone,
    }
