"""Rooms, and one room with its classes."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import time
from zoneinfo import ZoneInfo

from litestar import Response

from rollbook.domain.attendance import (
    RULE_BOUNDS,
    AskedRule,
    Attended,
    RuleFrom,
    UsedRule,
    Verdict,
)
from rollbook.domain.classes import HeldClass
from rollbook.domain.errors import InvalidInput
from rollbook.domain.fields import identifier
from rollbook.domain.organizations import Organization
from rollbook.domain.period import time_zone
from rollbook.domain.presets import Preset
from rollbook.domain.report import Page
from rollbook.domain.rights import Right
from rollbook.domain.stays import Span, highest_in
from rollbook.service.reports.people import teachers
from rollbook.service.reports.ports import ROOM_SORTS, RoomsQuestion
from rollbook.service.reports.room import RoomQuestion, RoomView, latest_day, room
from rollbook.service.reports.rooms import rooms
from rollbook.web.dashboard import words
from rollbook.web.dashboard.bars import stay_bars
from rollbook.web.dashboard.calendars import months_of
from rollbook.web.dashboard.charts import Axis, Columns, Lane, columns
from rollbook.web.dashboard.lists import as_list, back_to, kept_of
from rollbook.web.dashboard.long_pages import long_page
from rollbook.web.dashboard.notation import first_weekday
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
_BUCKETS = 60
_MOST_PAGES = 1_000_000
_AROUND_MS = 15 * 60_000
_NOT_ASKED = -1


@long_page("/rooms")
async def rooms_page(request: AnyRequest) -> Response[str]:
    """Rooms that were used in a range."""
    organization, now = signed_in_of(request).organization, services_of(request).now()
    chosen = await asked_range(request, organization, Preset.MONTH, now)
    question, overviews = rooms_question(request), page_services_of(request).overviews
    return page(
        request,
        "rooms.html",
        found=await rooms(overviews, organization, chosen.days, question, now),
        range=chosen,
        question=question,
        teachers=await teachers(overviews, organization, chosen.days, now),
        keep=kept_of(request),
        list=as_list(kept_of(request)),
    )


def rooms_question(request: AnyRequest) -> RoomsQuestion:
    """The question that a list's query asks."""
    sort = asked(request, "sort")
    known = sort if sort in ROOM_SORTS else "used"
    order = asked(request, "order") or ("asc" if known == "title" else "desc")
    return RoomsQuestion(
        asked(request, "q")[:LONGEST_SEARCH],
        known,
        descending=order != "asc",
        page=asked_number(request, "page", 1, 1, _MOST_PAGES),
        teacher=asked(request, "teacher")[:LONGEST_SEARCH],
    )


@long_page("/room")
async def room_page(request: AnyRequest) -> Response[str]:
    """A room and one of its classes."""
    organization, now = signed_in_of(request).organization, services_of(request).now()
    view, chosen, question = await asked_room(request, organization, now)
    number = asked_number(request, "page", 1, 1, _MOST_PAGES)
    part = Page(number, PEOPLE_ON_A_PAGE, len(view.people))
    people = view.people[(number - 1) * part.size : number * part.size]
    zone = time_zone(organization.time_zone)
    axis = _axis(view.shown, zone, now) if view.shown else None
    return page(
        request,
        "room.html",
        view=view,
        range=chosen,
        asked_rule=rule_in_links(view.rule),
        excuse=asked(request, "excuse"),
        set_times=_in_words(question.times),
        page=part,
        people=people,
        axis=axis,
        lanes=_lanes(people, axis, now, _led_on(request, chosen)),
        chart=_concurrency(view, axis),
        months=months_of(view.classes, zone, first_weekday(organization.locale)),
        around=_neighbours(view),
        trail=back_to(request, signed_in_of(request).rooms_page, chosen.query),
        list=asked(request, "list"),
        # The pages go through those who were there; who was not stands at the end of the last.
        absent=view.absent if part.number * part.size >= len(view.people) else {},
        missing=view.judged.count(Verdict.ABSENT) if view.judged else 0,
        excused=view.judged.count(Verdict.EXCUSED) if view.judged else 0,
        present=view.judged.count(Verdict.PRESENT) if view.judged else 0,
        late=sum(one.late > 0 for one in view.people),
        early=sum(one.early > 0 for one in view.people),
    )


def room_id_of(text: str) -> str:
    """The room that a query or a form names. Raises InvalidInput."""
    if not text.strip():
        raise InvalidInput("Say which room: open one from the list of rooms.")
    return identifier(text, "id")


async def asked_room(
    request: AnyRequest, organization: Organization, now: int
) -> tuple[RoomView, Range, RoomQuestion]:
    """The room and range that a page's query asks for. Raises InvalidInput."""
    room_id = room_id_of(request.query_params.get("id", ""))
    sources = services_of(request).rooms
    if any(asked(request, name) for name in ("range", "from", "to")):
        chosen = await asked_range(request, organization, Preset.TODAY, now)
    else:
        chosen = Range(await latest_day(sources, organization, room_id, now), CUSTOM)
    at = asked_number(request, "class", -1, -1, 10**14)
    question = RoomQuestion(
        room_id, None if at < 0 else at, asked_rule(request), _asked_times(request)
    )
    view = await room(sources, organization, chosen.days, question, now)
    return view, chosen, question


def asked_rule(request: AnyRequest) -> AskedRule:
    """The numbers of a rule that stand in the address."""
    # `grace` was one number for both ends, and stands in addresses that were kept.
    grace = _asked_of_rule(request, "grace", "late")
    asked_for = {name: _asked_of_rule(request, name, name) for name in RULE_BOUNDS}
    ends = {name: grace for name in ("late", "early") if asked_for[name] is None}
    return AskedRule(**{**asked_for, **ends})


def _asked_of_rule(request: AnyRequest, name: str, of: str) -> int | None:
    number = asked_number(request, name, _NOT_ASKED, _NOT_ASKED, RULE_BOUNDS[of][1])
    return None if number == _NOT_ASKED else max(number, RULE_BOUNDS[of][0])


def rule_in_links(used: UsedRule) -> dict[str, int]:
    """What of a rule goes on standing in addresses: nothing, where it holds without being asked."""
    return asdict(used.rule) if used.whence is RuleFrom.REQUEST else {}


def _asked_times(request: AnyRequest) -> tuple[time, time] | None:
    began, ended = asked(request, "began"), asked(request, "ended")
    if not began and not ended:
        return None
    return _asked_time(began, "The class began"), _asked_time(ended, "The class ended")


def _asked_time(text: str, what: str) -> time:
    try:
        return time.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        raise InvalidInput(f"{what} at a time like 08:30: type both times, or neither.") from None


def _in_words(times: tuple[time, time] | None) -> dict[str, str]:
    """Times that somebody said, as the address has them."""
    return {name: f"{at:%H:%M}" for name, at in zip(("began", "ended"), times or (), strict=False)}


def _axis(shown: HeldClass, zone: ZoneInfo, now: int) -> Axis:
    """The class, and a little of what lay around it."""
    first = min((stay.joined_at for stay in shown.stays), default=shown.start)
    last = max((stay.end(now) for stay in shown.stays), default=shown.end)
    return Axis(
        max(min(first, shown.start), shown.start - _AROUND_MS),
        min(max(last, shown.end), shown.end + _AROUND_MS),
        zone,
    )


def _neighbours(view: RoomView) -> tuple[HeldClass | None, HeldClass | None]:
    """The class before the one that is shown, and the one after it."""
    if view.chosen is None:
        return None, None
    before = [one for one in view.classes if one.start < view.chosen.start]
    after = [one for one in view.classes if one.start > view.chosen.start]
    return (before[-1] if before else None), (after[0] if after else None)


def _led_on(request: AnyRequest, chosen: Range) -> Mapping[str, str] | None:
    """The days with which a lane leads to its person; None for whoever may look at no person."""
    return chosen.query if signed_in_of(request).may(Right.LOOK) else None


def _lanes(
    people: Sequence[Attended], axis: Axis | None, now: int, days: Mapping[str, str] | None
) -> list[Lane]:
    if axis is None:
        return []
    return [
        Lane(
            one.person.name or one.person.uid,
            "" if days is None else url("/person", uid=one.person.uid, **days),
            stay_bars(one.stays, axis, now, days),
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
