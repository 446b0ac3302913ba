"""Correcting a session, from the page that explains it."""

from datetime import datetime
from zoneinfo import ZoneInfo

from litestar import Response, post

from rollbook.domain.errors import InvalidInput
from rollbook.domain.instants import from_datetime
from rollbook.domain.organizations import key_id
from rollbook.domain.period import time_zone
from rollbook.service.corrections import Said, correct, said
from rollbook.web.dashboard.pages import redirect, url
from rollbook.web.dashboard.requests import form_of, signed_in_of
from rollbook.web.http.services import AnyRequest, services_of


@post("/session/correct", status_code=200)
async def correct_session(request: AnyRequest) -> Response[str]:
    """Say when a session ended, that it never was, or take that back."""
    services, signed_in = services_of(request), signed_in_of(request)
    organization, form = signed_in.organization, await form_of(request)
    what = _said(form, key_id(signed_in.key_hash), time_zone(organization.time_zone))
    session_id = form.get("id", "")
    try:
        await correct(services.corrections, organization.org_id, session_id, what, services.now())
    except InvalidInput:
        raise InvalidInput("The end must lie between the session's beginning and now.") from None
    return redirect(url("/session", id=session_id, saved="yes"))


def _said(form: dict[str, str], by: str, zone: ZoneInfo) -> Said:
    what = form.get("what", "")
    left_at = _moment(form.get("left", ""), zone) if what == "left" else None
    if what not in {"left", "void", "withdraw"}:
        raise InvalidInput("Choose what is right.")
    if not form.get("note", "").strip():
        raise InvalidInput("Say in the note why.")
    return said(
        form["note"], by, left_at=left_at, void=what == "void", withdrawn=what == "withdraw"
    )


def _moment(text: str, zone: ZoneInfo) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        message = "The end must be a date and a time like 2026-01-31 09:30:00."
        raise InvalidInput(message) from None
    return from_datetime(moment if moment.tzinfo else moment.replace(tzinfo=zone))
