"""All that is held about a person, and the page on which they are erased."""

from dataclasses import replace

from litestar import Response, post

from rollbook.domain.errors import InvalidInput
from rollbook.domain.fields import identifier
from rollbook.service.reports.csv_report import safe_part
from rollbook.service.reports.dossier import dossier, summary_of
from rollbook.service.upkeep.erasing import erase
from rollbook.web.dashboard.long_pages import long_page
from rollbook.web.dashboard.pages import page, redirect, url
from rollbook.web.dashboard.requests import changed_by, form_of, note_export, signed_in_of
from rollbook.web.http.services import AnyRequest, readable, services_of
from rollbook.web.http.streaming import GUARDED, FileAnswer


@readable("/person.json")
async def person_json(request: AnyRequest) -> FileAnswer:
    """All that is held about a person: byte for byte what the API exports."""
    services, org_id = services_of(request), signed_in_of(request).organization.org_id
    uid = _uid(request.query_params.get("uid", ""))
    await note_export(request, "all about a person, JSON")
    chunks = dossier(services.dossiers, org_id, uid, services.now(), mentions=False)
    name = f"participant_{safe_part(uid)}.json"
    return FileAnswer(name, chunks, GUARDED, services.long_reads(org_id))


@long_page("/person/erase")
async def erase_page(request: AnyRequest) -> Response[str]:
    """What erasing a person would do."""
    services, org_id = services_of(request), signed_in_of(request).organization.org_id
    uid = _uid(request.query_params.get("uid", ""))
    summary = await summary_of(services.dossiers, org_id, uid)
    return page(request, "erase.html", uid=uid, held=summary)


@post("/person/erase", status_code=200)
async def erase_person(request: AnyRequest) -> Response[str]:
    """Erase a person, whose id was typed once more."""
    services, org_id = services_of(request), signed_in_of(request).organization.org_id
    form = await form_of(request)
    uid = _uid(form.get("uid", ""))
    if form.get("again", "").strip() != uid:
        raise InvalidInput("Type the person's id exactly as it is shown: nothing was erased.")
    await summary_of(services.dossiers, org_id, uid)
    erasing = replace(services.erasing, organizations=changed_by(request))
    pseudonym = await erase(erasing, org_id, uid, services.now())
    return redirect(url("/person", uid=pseudonym))


def _uid(text: str) -> str:
    if not text.strip():
        raise InvalidInput("Say which person: open one from the list of people.")
    return identifier(text, "uid")
