"""Who is excused: from a class, on the page of the class; from days, on a page of the person."""

from collections.abc import Mapping

from litestar import Response, post

from rollbook.domain.attendance import AskedRule
from rollbook.domain.errors import Forbidden, InvalidInput
from rollbook.domain.excuses import Excuse, from_class
from rollbook.domain.fields import identifier
from rollbook.domain.organizations import Organization
from rollbook.domain.period import day_around, time_zone
from rollbook.domain.rights import Right, who_may
from rollbook.domain.said import Said, newly_said
from rollbook.domain.sheets import JudgedClass
from rollbook.service.organizations import said
from rollbook.service.reports.room import ClassQuestion, one_class
from rollbook.web.dashboard.keeping import instant_of, speaker_on
from rollbook.web.dashboard.pages import page, redirect, url
from rollbook.web.dashboard.ranges import asked_day
from rollbook.web.dashboard.refused_forms import NOTHING_REFUSED, Refused
from rollbook.web.dashboard.requests import asked, changed_by, form_of, local_path, signed_in_of
from rollbook.web.dashboard.rooms import room_id_of
from rollbook.web.http.long_reads import ReaderLeft, for_nobody
from rollbook.web.http.services import AnyRequest, readable, services_of

PATH = "/person/excuses"


@readable(PATH)
async def excuses_page(request: AnyRequest) -> Response[str]:
    """What a person is excused from, and a form for days."""
    return await _page(request, _uid_of(str(request.query_params.get("uid", ""))))


async def _page(
    request: AnyRequest, uid: str, refused: Refused = NOTHING_REFUSED, status: int = 200
) -> Response[str]:
    services, organization = services_of(request), signed_in_of(request).organization
    return page(
        request,
        "excuses.html",
        status,
        uid=uid,
        excuses=await services.rooms.sayings.excuses_of(organization.org_id, uid),
        today=day_around(services.now(), organization.time_zone).first.isoformat(),
        room=asked(request, "room"),
        onward=refused.typed("next", url(PATH, **dict(request.query_params.items()))),
        refused=refused,
        typed=refused.typed,
    )


@post(PATH, status_code=200)
async def add_excuse(request: AnyRequest) -> Response[str] | Response[bytes]:
    """Excuse somebody from a class or from days."""
    organization = signed_in_of(request).organization
    form, speaker = await form_of(request), speaker_on(request)
    # Before anything else, since a form with a mistake in it is shown with all excuses of its person.
    if form.get("for") != "class" and not _anywhere(request):
        raise Forbidden(
            f"You excuse from single classes. From days, who may: {who_may(Right.KEEP)}."
        )
    try:
        why = newly_said(speaker.by, speaker.now, form.get("note", ""))
        wanted = await _wanted(request, organization, form, why)
        await said.excuse(changed_by(request), organization.org_id, wanted)
    except ReaderLeft:
        return for_nobody()
    except InvalidInput as error:
        if form.get("for") == "class":
            raise
        return await _page(request, _uid_of(form.get("uid", "")), Refused(error.message, form), 400)
    return redirect(local_path(form.get("next", "")))


@post(f"{PATH}/take-back", status_code=200)
async def take_back_excuse(request: AnyRequest) -> Response[str]:
    """Take an excuse back."""
    org_id = signed_in_of(request).organization.org_id
    form, speaker = await form_of(request), speaker_on(request)
    uid, said_id = _uid_of(form.get("uid", "")), form.get("said", "")
    of_room = None if _anywhere(request) else room_id_of(form.get("room", ""))
    await said.take_back_excuse(changed_by(request), org_id, (uid, said_id), speaker, of_room)
    return redirect(local_path(form.get("next", "")))


def _anywhere(request: AnyRequest) -> bool:
    """Whether somebody excuses from everything; a teacher does from classes of their rooms alone."""
    return signed_in_of(request).may(Right.KEEP)


def _uid_of(text: str) -> str:
    if not text.strip():
        raise InvalidInput("Say which person: open one from the list of people.")
    return identifier(text, "uid")


async def _wanted(
    request: AnyRequest, organization: Organization, form: Mapping[str, str], why: Said
) -> Excuse:
    """What a form asks for. Raises InvalidInput, and NotFound where there was no such class."""
    uid, only = _uid_of(form.get("uid", "")), form.get("room", "")
    if form.get("for") == "class":
        services = services_of(request)
        question = ClassQuestion(room_id_of(only), AskedRule(), instant_of(form, "class"))
        async with services.long_reads(organization.org_id).page(request.receive):
            found = await one_class(services.rooms, organization, question, why.at)
        if not _anywhere(request):
            _require_expected(found.classes[0], uid)
        held = found.classes[0].held
        return from_class(uid, question.room_id, held, time_zone(organization.time_zone), why)
    room_id = room_id_of(only) if only.strip() and not form.get("everywhere") else None
    first = asked_day(form.get("first", ""), "The first day")
    last = asked_day(form.get("last", "") or form.get("first", ""), "The last day")
    if last < first:
        raise InvalidInput("The last day must not be before the first one.")
    return Excuse(uid, room_id, first, last, None, why)


def _require_expected(judged: JudgedClass, uid: str) -> None:
    if not judged.concerns(uid):
        raise Forbidden("This person neither was in the class nor belongs to its room.")
