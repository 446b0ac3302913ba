"""The explanation of one session, and its correction."""

from datetime import datetime

from litestar import Response, post

from rollbook.domain.errors import InvalidInput
from rollbook.domain.instants import from_datetime
from rollbook.domain.organizations import Organization, key_id
from rollbook.domain.period import time_zone
from rollbook.domain.report import session_line
from rollbook.service.corrections import Correction
from rollbook.service.reports.explain import explain
from rollbook.web.dashboard.pages import page, redirect, url
from rollbook.web.dashboard.requests import asked, form_of, signed_in_of
from rollbook.web.http.services import AnyRequest, corrections_of, readable, services_of


@readable("/session")
async def session_page(request: AnyRequest) -> Response[str]:
    """Explain this number: the events behind a session."""
    services, organization = services_of(request), signed_in_of(request).organization
    explanation = await explain(services.history, organization.org_id, asked(request, "id"))
    presence, now = explanation.presence, services.now()
    line = None
    if presence.joined_at is not None:
        rule = organization.credit_rule
        line = session_line(presence.joined_at, presence.left_at, presence.ip_address, rule, now)
    sources = await services.organizations.sources(organization.org_id)
    names = {source.source_id: source.name for source in sources}
    return page(
        request,
        "session.html",
        explanation=explanation,
        presence=presence,
        line=line,
        sources=names,
        void=presence.correction is not None and presence.correction.void,
        corrected=presence.correction is not None,
    )


@post("/session", status_code=200)
async def correct(request: AnyRequest) -> Response[str]:
    """Correct a session: when it ended, that it never was, or that it was right after all."""
    services, signed_in = services_of(request), signed_in_of(request)
    form, organization = await form_of(request), signed_in.organization
    session_id, by = form.get("id", ""), f"key {key_id(signed_in.key_hash)}"
    how = form.get("how", "")
    left_at = _wall_time(form.get("left", ""), organization) if how == "left" else None
    correction = Correction(form.get("note", ""), by, left_at, void=how == "void")
    now = services.now()
    await corrections_of(services).correct(organization.org_id, session_id, correction, now)
    return redirect(url("/session", id=session_id))


def _wall_time(text: str, organization: Organization) -> int:
    """The instant at which clocks of the organization show this date and time."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise InvalidInput("Say when it ended, as a date and a time.") from None
    return from_datetime(moment.replace(tzinfo=time_zone(organization.time_zone)))
