"""One person."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from litestar import Response

from rollbook.domain.credits import CreditRule
from rollbook.domain.days import Days
from rollbook.domain.errors import InvalidInput
from rollbook.domain.fields import identifier
from rollbook.domain.organizations import Organization
from rollbook.domain.period import Period
from rollbook.domain.presets import Preset
from rollbook.domain.report import SESSIONS_PER_GROUP, Report, RoomGroup, SessionLine, session_line
from rollbook.domain.stays import Stay
from rollbook.service.reports.participant import (
    ReportQuestion,
    participant_in_room,
    rooms_of_participant,
)
from rollbook.service.reports.person import PersonView, person
from rollbook.service.reports.ports import Reports
from rollbook.web.dashboard import words
from rollbook.web.dashboard.bars import stay_bars
from rollbook.web.dashboard.charts import (
    Axis,
    Columns,
    Heat,
    Lane,
    axis_for,
    by_day_or_longer,
    columns,
    heat,
)
from rollbook.web.dashboard.heat import heat_map
from rollbook.web.dashboard.lists import back_to
from rollbook.web.dashboard.long_pages import long_page
from rollbook.web.dashboard.notation import first_weekday
from rollbook.web.dashboard.pages import page, url
from rollbook.web.dashboard.ranges import asked_range
from rollbook.web.dashboard.requests import asked, asked_number, signed_in_of
from rollbook.web.dashboard.services import page_services_of
from rollbook.web.http.services import AnyRequest, services_of

_GROUPS = 10
_ROWS = 25
_MOST_LANES = 10
_MOST_PAGES = 1_000_000


class SessionRow(NamedTuple):
    """A session in a table: with its id, so that it can be explained."""

    stay: Stay
    line: SessionLine


@long_page("/person")
async def person_page(request: AnyRequest) -> Response[str]:
    """A person's sessions in a range, all rooms or one."""
    organization, now = signed_in_of(request).organization, services_of(request).now()
    chosen = await asked_range(request, organization, Preset.MONTH, now)
    question = person_question(request, chosen.days)
    overviews = page_services_of(request).overviews
    view = await person(overviews, organization, question.uid, chosen.days, now)
    stays = stays_asked_for(view, question)
    reports = services_of(request).reports
    report, rows = await _report(reports, organization, question, stays, now)
    axis = axis_for(stays, chosen.days, now)
    per_day = seconds_per_day(stays, chosen.days, now)
    week_begins = first_weekday(organization.locale)
    by_day = heat(per_day, words.duration, week_begins)
    unit, chart = _minutes_chart(per_day, by_day, week_begins)
    return page(
        request,
        "person.html",
        view=view,
        uid=question.uid,
        room=question.room_id,
        range=chosen,
        axis=axis,
        lanes=_lanes(stays, axis, now, chosen.query),
        trail=back_to(request, "/people", chosen.query),
        list=asked(request, "list"),
        heat=by_day,
        unit=unit,
        chart=chart,
        weeks=heat_map(stays, chosen.days, now, week_begins),
        per_day=[(day, seconds) for day, seconds in per_day if seconds],
        report=report,
        rows=rows,
    )


def person_question(request: AnyRequest, days: Period) -> ReportQuestion:
    """The question about a person that a page's query asks. Raises InvalidInput."""
    if not asked(request, "uid"):
        raise InvalidInput("Say which person: open one from the list of people.")
    room_id = request.query_params.get("room") or None
    return ReportQuestion(
        identifier(str(request.query_params["uid"]), "uid"),
        days,
        identifier(room_id, "room") if room_id else None,
        page=asked_number(request, "page", 1, 1, _MOST_PAGES),
        size=_ROWS if room_id else _GROUPS,
    )


def stays_asked_for(view: PersonView, question: ReportQuestion) -> list[Stay]:
    """A person's stays, or those in the room that the question names."""
    return [stay for stay in view.stays if question.room_id in {None, stay.room_id}]


def seconds_per_day(stays: Sequence[Stay], days: Period, now: int) -> list[tuple[date, int]]:
    """Seconds by the day of joining: a session belongs to the day on which it began."""
    calendar = Days(days)
    seconds = dict.fromkeys(calendar.every, 0)
    for stay in stays:
        seconds[calendar.of(stay.joined_at)] += (stay.end(now) - stay.joined_at) // 1000
    return list(seconds.items())


def _minutes_chart(
    per_day: Sequence[tuple[date, int]], by_day: Heat | None, first_weekday: int
) -> tuple[str, Columns]:
    """What a column stands for, and the columns: in minutes, which are rounded only here.

    Where a heat map has the days, the columns have the weeks.
    """
    unit, values = by_day_or_longer(per_day, words.duration, first_weekday, 0 if by_day else 62)
    return unit, columns([(label, title, seconds // 60) for label, title, seconds in values])


def _lanes(stays: Sequence[Stay], axis: Axis, now: int, days: Mapping[str, str]) -> list[Lane]:
    by_room: dict[str, list[Stay]] = {}
    for stay in stays:
        by_room.setdefault(stay.room_id, []).append(stay)
    return [
        Lane(
            own[0].room_title or room_id,
            url("/room", id=room_id, **days),
            stay_bars(own, axis, now, days),
        )
        for room_id, own in list(by_room.items())[:_MOST_LANES]
    ]


async def _report(
    reports: Reports,
    organization: Organization,
    question: ReportQuestion,
    stays: Sequence[Stay],
    now: int,
) -> tuple[Report, Mapping[str, Sequence[SessionRow]]]:
    """The report that the page shows, and the rows under each of its rooms."""
    rule = organization.credit_rule
    if question.room_id is None:
        rooms = await rooms_of_participant(reports, organization, question, now)
        newest = _newest_by_room(stays, rooms.groups)
        rows = {room_id: list(session_rows(own, rule, now)) for room_id, own in newest.items()}
        return rooms, rows
    room = await participant_in_room(reports, organization, question, question.room_id, now)
    first = (question.page - 1) * question.size
    shown = stays[first : first + question.size]
    return room, {room.room_id: list(session_rows(shown, rule, now))}


def _newest_by_room(
    stays: Iterable[Stay], groups: Iterable[RoomGroup]
) -> Mapping[str, Sequence[Stay]]:
    newest: dict[str, list[Stay]] = {group.room_id: [] for group in groups}
    for stay in stays:
        own = newest.get(stay.room_id)
        if own is not None and len(own) < SESSIONS_PER_GROUP:
            own.append(stay)
    return newest


def session_rows(stays: Iterable[Stay], rule: CreditRule, now: int) -> Iterator[SessionRow]:
    """Stays with what each of them costs."""
    for stay in stays:
        line = session_line(stay.joined_at, stay.left_at, stay.ip_address, rule, now)
        yield SessionRow(stay, line)
