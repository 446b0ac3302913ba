"""The explanation of one session, and its correction."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime

from litestar import Response, post

from rollbook.domain.errors import InvalidInput
from rollbook.domain.events import EndEvidence
from rollbook.domain.instants import from_datetime, from_text
from rollbook.domain.organizations import Organization
from rollbook.domain.period import time_zone
from rollbook.domain.report import session_line
from rollbook.service.corrections import EVENT_TYPE, Correction
from rollbook.service.reports.explain import explain
from rollbook.service.reports.ports import EventRecord
from rollbook.web.dashboard.pages import page, redirect, url
from rollbook.web.dashboard.ranges import kept_days
from rollbook.web.dashboard.requests import asked, form_of, signed_in_of
from rollbook.web.http.services import AnyRequest, corrections_of, readable, services_of


@readable("/session")
async def session_page(request: AnyRequest) -> Response[str]:
    """Explain this number: the events behind a session."""
    services, organization = services_of(request), signed_in_of(request).organization
    explanation = await explain(services.history, organization.org_id, asked(request, "id"))
    presence, now = explanation.presence, services.now()
    correction = presence.correction
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
        said=_said(explanation.events),
        presence=presence,
        line=line,
        sources=names,
        void=correction is not None and correction.void,
        corrected=presence.left_by is EndEvidence.CORRECTED,
        days=kept_days(dict(request.query_params.items())),
    )


def _said(events: Iterable[EventRecord]) -> dict[str, Mapping[str, object]]:
    """What people said, by the ids of the events."""
    said: dict[str, Mapping[str, object]] = {}
    for event in events:
        if event.event_type == EVENT_TYPE and event.payload is not None:
            told = json.loads(event.payload)
            left_at = None if told["leftAt"] is None else from_text(told["leftAt"])
            said[event.event_id] = told | {"left_at": left_at}
    return said


@post("/session", status_code=200)
async def correct(request: AnyRequest) -> Response[str]:
    """Correct a session: when it ended, that it never was, or that it was right after all."""
    services, signed_in = services_of(request), signed_in_of(request)
    form, organization = await form_of(request), signed_in.organization
    correction = _from_form(form, signed_in.who, organization)
    session_id, org_id = form.get("id", ""), organization.org_id
    try:
        await corrections_of(services).correct(org_id, session_id, correction, services.now())
    except InvalidInput:
        raise InvalidInput("The end must lie between the session's join and now.") from None
    return redirect(url("/session", id=session_id, **kept_days(form)))


def _from_form(form: dict[str, str], by: str, organization: Organization) -> Correction:
    how = form.get("how", "")
    if how not in {"left", "void", "withdrawn"}:
        raise InvalidInput("Say what is right: when it ended, or that it never was.")
    left_at = _wall_time(form.get("left", ""), organization) if how == "left" else None
    return Correction(form.get("note", ""), by, left_at, void=how == "void")


def _wall_time(text: str, organization: Organization) -> int:
    """The instant at which clocks of the organization show this date and time."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise InvalidInput("Say when it ended, as a date and a time.") from None
    zone = time_zone(organization.time_zone)
    return from_datetime(moment if moment.tzinfo else moment.replace(tzinfo=zone))
