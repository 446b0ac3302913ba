"""Who belongs to a room: a page with a line for each, to read, to paste into and to save."""

from collections.abc import Iterable, Mapping

from litestar import Response, post

from rollbook.domain import fields
from rollbook.domain.errors import InvalidInput
from rollbook.domain.period import day_around
from rollbook.service.organizations import rosters
from rollbook.service.reports.room import LEARNT_LEAST, LEARNT_OF, learnt_roster
from rollbook.web.dashboard.long_pages import long_page
from rollbook.web.dashboard.pages import page, redirect, url
from rollbook.web.dashboard.ranges import asked_day, kept_days
from rollbook.web.dashboard.requests import asked, changed_by, form_of, signed_in_of
from rollbook.web.dashboard.rooms import room_id_of
from rollbook.web.http.services import AnyRequest, services_of

_MOST_BYTES = 512 * 1024


@long_page("/room/roster")
async def roster_page(request: AnyRequest) -> Response[str]:
    """The roster of today, or who came to most of the latest classes, to be saved as one."""
    services, organization = services_of(request), signed_in_of(request).organization
    room_id = room_id_of(request.query_params.get("id", ""))
    now = services.now()
    today = day_around(now, organization.time_zone).first
    members = await services.rooms.rosters.roster(organization.org_id, room_id)
    names: Mapping[str, str | None] = {one.uid: one.name for one in members if one.on(today)}
    learn = bool(asked(request, "learn"))
    if learn:
        names = await learnt_roster(services.rooms, organization, room_id, now)
    return page(
        request,
        "roster.html",
        room_id=room_id,
        lines=_lines(names.items()),
        count=len(names),
        today=today.isoformat(),
        learn=learn,
        least=LEARNT_LEAST,
        of=LEARNT_OF,
        saved=asked(request, "saved"),
        problem="",
        days=kept_days(dict(request.query_params.items())),
    )


@post("/room/roster", status_code=200, request_max_body_size=_MOST_BYTES)
async def set_roster(request: AnyRequest) -> Response[str]:
    """Save who belongs to a room from a day on."""
    org_id = signed_in_of(request).organization.org_id
    form = await form_of(request)
    room_id = room_id_of(form.get("id", ""))
    days = kept_days(form)
    try:
        day = asked_day(form.get("since", ""), "The first day")
        wanted = _wanted(form.get("members", ""))
        await rosters.set_roster(changed_by(request), org_id, room_id, wanted, day)
    except InvalidInput as error:
        return _refused(request, room_id, form, error.message)
    return redirect(url("/room/roster", id=room_id, saved="yes", **days))


def _refused(
    request: AnyRequest, room_id: str, form: Mapping[str, str], problem: str
) -> Response[str]:
    """The same page with what was typed, however long it is."""
    lines = form.get("members", "")
    return page(
        request,
        "roster.html",
        400,
        room_id=room_id,
        lines=lines,
        count=sum(bool(line.strip()) for line in lines.splitlines()),
        today=form.get("since", ""),
        learn=False,
        saved="",
        problem=problem,
        days=kept_days(form),
    )


def _lines(names: Iterable[tuple[str, str | None]]) -> str:
    by_name = sorted(names, key=lambda one: ((one[1] or one[0]).casefold(), one[0]))
    return "\n".join(f"{uid}, {name}" if name else uid for uid, name in by_name)


def _wanted(text: str) -> dict[str, str | None]:
    """A line for each: the id and, after a comma, semicolon or tab, the name."""
    wanted: dict[str, str | None] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        mark = next((mark for mark in "\t;," if mark in line), ",")
        uid, _, name = (part.strip() for part in line.partition(mark))
        if not uid:
            raise InvalidInput(f"Line {number} has a name and no id.")
        wanted[fields.identifier(uid, f"The id in line {number}")] = fields.label(
            name, f"The name in line {number}"
        )
    return wanted
