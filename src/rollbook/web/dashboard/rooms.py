"""Rooms, and one room with its classes."""

from collections.abc import Sequence

from litestar import Response

from rollbook.domain.attendance import AttendanceRule, Attended, Verdict
from rollbook.domain.errors import InvalidInput
from rollbook.domain.fields import identifier
from rollbook.domain.organizations import Organization
from rollbook.domain.period import time_zone
from rollbook.domain.presets import Preset
from rollbook.domain.report import Page
from rollbook.domain.stays import Span, highest_in
from rollbook.service.reports.room import RoomQuestion, RoomView, latest_day, room
from rollbook.service.reports.rooms import rooms
from rollbook.web.dashboard import words
from rollbook.web.dashboard.bars import stay_bars
from rollbook.web.dashboard.charts import Axis, Columns, Lane, columns
from rollbook.web.dashboard.long_pages import long_page
from rollbook.web.dashboard.pages import page, url
from rollbook.web.dashboard.ranges import CUSTOM, Range, asked_range
from rollbook.web.dashboard.requests import (
    LONGEST_SEARCH,
    asked,
    asked_number,
    signed_in_of,
)
from rollbook.web.dashboard.services import page_services_of
from rollbook.web.http.services import AnyRequest, services_of

PEOPLE_ON_A_PAGE = 100
_MOST_CLASSES = 60
_BUCKETS = 60
_MOST_PAGES = 1_000_000


@long_page("/rooms")
async def rooms_page(request: AnyRequest) -> Response[str]:
    """Rooms that were used in a range."""
    organization, now = signed_in_of(request).organization, services_of(request).now()
    chosen = await asked_range(request, organization, Preset.MONTH, now)
    search = asked(request, "q")[:LONGEST_SEARCH]
    number = asked_number(request, "page", 1, 1, _MOST_PAGES)
    overviews = page_services_of(request).overviews
    found = await rooms(overviews, organization, chosen.days, now, search, number)
    return page(request, "rooms.html", found=found, range=chosen, search=search)


@long_page("/room")
async def room_page(request: AnyRequest) -> Response[str]:
    """A room and one of its classes."""
    organization, now = signed_in_of(request).organization, services_of(request).now()
    view, chosen, rule = await asked_room(request, organization, now)
    number = asked_number(request, "page", 1, 1, _MOST_PAGES)
    part = Page(number, PEOPLE_ON_A_PAGE, len(view.people))
    people = view.people[(number - 1) * part.size : number * part.size]
    zone = time_zone(organization.time_zone)
    axis = Axis(*view.shown, zone) if view.shown else None
    return page(
        request,
        "room.html",
        view=view,
        range=chosen,
        rule=rule,
        page=part,
        people=people,
        axis=axis,
        lanes=_lanes(people, axis, now),
        chart=_concurrency(view, axis),
        classes=view.classes[::-1][:_MOST_CLASSES],
        present=sum(one.verdict is Verdict.PRESENT for one in view.people),
        late=sum(one.late > 0 for one in view.people),
        early=sum(one.early > 0 for one in view.people),
    )


async def asked_room(
    request: AnyRequest, organization: Organization, now: int
) -> tuple[RoomView, Range, AttendanceRule]:
    """The room, range and rule that a page's query asks for. Raises InvalidInput."""
    if not asked(request, "id"):
        raise InvalidInput("Say which room: open one from the list of rooms.")
    room_id = identifier(str(request.query_params["id"]), "id")
    overviews = page_services_of(request).overviews
    if any(asked(request, name) for name in ("range", "from", "to")):
        chosen = await asked_range(request, organization, Preset.TODAY, now)
    else:
        chosen = Range(await latest_day(overviews, organization, room_id, now), CUSTOM)
    rule = AttendanceRule(
        asked_number(request, "share", 75, 0, 100), asked_number(request, "grace", 10, 0, 600)
    )
    began = asked_number(request, "class", -1, -1, 10**14)
    question = RoomQuestion(room_id, None if began < 0 else began, rule)
    view = await room(overviews, organization, chosen.days, question, now)
    return view, chosen, rule


def _lanes(people: Sequence[Attended], axis: Axis | None, now: int) -> list[Lane]:
    if axis is None:
        return []
    return [
        Lane(
            one.person.name or one.person.uid,
            url("/person", uid=one.person.uid),
            stay_bars(one.stays, axis, now),
        )
        for one in people
    ]


def _concurrency(view: RoomView, axis: Axis | None) -> Columns | None:
    if axis is None:
        return None
    window: Span = (axis.start, axis.end)
    highest = highest_in(view.steps, window, _BUCKETS)
    width = (axis.end - axis.start) / _BUCKETS
    starts = [words.clock_time(int(axis.start + n * width), axis.zone) for n in range(_BUCKETS)]
    values = [
        (start, f"{start}: {words.plural(count, 'person', 'people')}", count)
        for start, count in zip(starts, highest, strict=True)
    ]
    return columns(values, height=90, most_ticks=6)
