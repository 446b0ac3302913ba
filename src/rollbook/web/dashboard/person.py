"""One person, and the explanation of one session."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from litestar import Response

from rollbook.domain.errors import InvalidInput
from rollbook.domain.fields import identifier
from rollbook.domain.organizations import Organization
from rollbook.domain.period import Period, time_zone
from rollbook.domain.presets import Preset
from rollbook.domain.report import (
    SESSIONS_PER_GROUP,
    GroupedReport,
    RoomReport,
    SessionLine,
    session_line,
)
from rollbook.domain.stays import Stay
from rollbook.domain.tally import Days
from rollbook.service.reports.explain import explain
from rollbook.service.reports.participant import ReportQuestion
from rollbook.service.reports.person import person
from rollbook.web.dashboard import words
from rollbook.web.dashboard.bars import stay_bars
from rollbook.web.dashboard.charts import Axis, Columns, Lane, axis_for, by_day_or_longer, columns
from rollbook.web.dashboard.pages import page, url
from rollbook.web.dashboard.ranges import Range, asked_range
from rollbook.web.dashboard.requests import asked, asked_number, signed_in_of
from rollbook.web.dashboard.services import page_services_of
from rollbook.web.http.services import AnyRequest, readable, services_of

_GROUPS = 10
_ROWS = 25
_MOST_LANES = 10
_MOST_PAGES = 1_000_000


class SessionRow(NamedTuple):
    """A session in a table: with its id, so that it can be explained."""

    stay: Stay
    line: SessionLine


@readable("/person")
async def person_page(request: AnyRequest) -> Response[str]:
    """A person's sessions in a range, all rooms or one."""
    services, organization = services_of(request), signed_in_of(request).organization
    now = services.now()
    chosen = await asked_range(request, organization, Preset.MONTH, now)
    question = person_question(request, chosen)
    view = await person(
        services.reports, page_services_of(request).overviews, organization, question, now
    )
    stays = [s for s in view.stays if question.room_id in {None, s.room_id}]
    zone = time_zone(chosen.days.time_zone)
    axis = axis_for(stays, (chosen.days.start, chosen.days.end), zone, now)
    per_day = seconds_per_day(stays, chosen.days, now)
    unit, chart = _minutes_chart(per_day)
    return page(
        request,
        "person.html",
        view=view,
        report=view.report,
        uid=question.uid,
        room=question.room_id,
        range=chosen,
        axis=axis,
        lanes=_lanes(stays, axis, now),
        unit=unit,
        chart=chart,
        per_day=[(day, seconds) for day, seconds in per_day if seconds],
        rows=_rows(stays, view.report, organization, now),
    )


def person_question(request: AnyRequest, chosen: Range) -> ReportQuestion:
    """The question about a person that a page's query asks. Raises InvalidInput."""
    if not asked(request, "uid"):
        raise InvalidInput("Say which person: open one from the list of people.")
    room_id = request.query_params.get("room") or None
    return ReportQuestion(
        identifier(str(request.query_params["uid"]), "uid"),
        identifier(room_id, "room") if room_id else None,
        chosen.days.first.isoformat(),
        chosen.days.last.isoformat(),
        page=asked_number(request, "page", 1, 1, _MOST_PAGES),
        size=_ROWS if room_id else _GROUPS,
    )


def seconds_per_day(stays: Sequence[Stay], days: Period, now: int) -> list[tuple[date, int]]:
    """Seconds by the day of joining: a session belongs to the day on which it began."""
    calendar = Days(days)
    found = dict.fromkeys(calendar.every, 0)
    for stay in stays:
        found[calendar.of(stay.joined_at)] += (stay.end(now) - stay.joined_at) // 1000
    return list(found.items())


def _minutes_chart(per_day: Sequence[tuple[date, int]]) -> tuple[str, Columns]:
    """What a column stands for, and the columns: in minutes, which are rounded only here."""
    unit, values = by_day_or_longer(per_day, words.duration)
    return unit, columns([(label, title, seconds // 60) for label, title, seconds in values])


def _lanes(stays: Sequence[Stay], axis: Axis, now: int) -> list[Lane]:
    by_room: dict[str, list[Stay]] = {}
    for stay in stays:
        by_room.setdefault(stay.room_id, []).append(stay)
    return [
        Lane(own[0].room_title or room_id, url("/room", id=room_id), stay_bars(own, axis, now))
        for room_id, own in list(by_room.items())[:_MOST_LANES]
    ]


def _rows(
    stays: Sequence[Stay],
    report: GroupedReport | RoomReport,
    organization: Organization,
    now: int,
) -> Mapping[str, Sequence[SessionRow]]:
    """The rows under each room: its newest, or in one room those of the page."""
    if isinstance(report, RoomReport):
        first = (report.page.number - 1) * report.page.size
        shown = stays[first : first + report.page.size]
        return {report.room_id: list(_lined(shown, organization, now))}
    rows: dict[str, list[SessionRow]] = {group.room_id: [] for group in report.groups}
    for stay in stays:
        own = rows.get(stay.room_id)
        if own is not None and len(own) < SESSIONS_PER_GROUP:
            own.extend(_lined([stay], organization, now))
    return rows


def _lined(stays: Sequence[Stay], organization: Organization, now: int) -> Iterator[SessionRow]:
    rule = organization.credit_rule
    for stay in stays:
        line = session_line(stay.joined_at, stay.left_at, stay.ip_address, rule, now)
        yield SessionRow(stay, line)


@readable("/session")
async def session_page(request: AnyRequest) -> Response[str]:
    """Explain this number: the events behind a session."""
    services, organization = services_of(request), signed_in_of(request).organization
    found = await explain(services.history, organization.org_id, asked(request, "id"))
    presence, now = found.presence, services.now()
    line = None
    if presence.joined_at is not None:
        rule = organization.credit_rule
        line = session_line(presence.joined_at, presence.left_at, presence.ip_address, rule, now)
    sources = await services.organizations.sources(organization.org_id)
    names = {source.source_id: source.name for source in sources}
    return page(request, "session.html", found=found, presence=presence, line=line, sources=names)
