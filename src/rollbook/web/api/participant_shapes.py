"""The shapes of the contract's request and answers, and their ways from and to the domain."""

from collections.abc import Mapping
from typing import Any

import msgspec

from rollbook.domain import fields
from rollbook.domain.csv_cells import DELIMITERS, CsvForm
from rollbook.domain.errors import InvalidInput
from rollbook.domain.events import Role
from rollbook.domain.instants import to_text
from rollbook.domain.period import Period, period
from rollbook.domain.period import time_zone as known_time_zone
from rollbook.domain.report import (
    MAX_PAGE_SIZE,
    GroupedReport,
    Page,
    Profile,
    RoomGroup,
    RoomReport,
    SessionLine,
    Totals,
)
from rollbook.domain.values import value
from rollbook.service.reports.participant import ReportQuestion
from rollbook.web.api.wire import Wire
from rollbook.web.http.json_fields import json_object, optional, required_text, text


class DateRange(msgspec.Struct, rename={"first": "from", "last": "to"}):
    """The days that the answer covers."""

    first: str
    last: str


class ParticipantWire(Wire):
    """Who the participant is, as far as is known."""

    uid: str
    name: str | None
    role: Role | None


class SessionWire(Wire):
    """One session; `duration` in seconds."""

    joined_at: str
    left_at: str | None
    duration: int
    credits_consumed: int
    ip_address: str | None
    is_active: bool


class RoomGroupWire(Wire):
    """A room with its newest sessions; the totals cover all of them."""

    room_id: str
    room_title: str | None
    sessions: list[SessionWire]
    total_duration: int
    total_credits: int
    session_count: int
    average_duration: int


class RoomWire(Wire):
    """The room of a single-room answer."""

    room_id: str
    room_title: str | None
    total_duration: int
    total_credits: int
    average_duration: int


class SummaryWire(Wire):
    """The sums over the whole period."""

    total_sessions: int
    total_duration: int
    total_credits: int
    rooms_attended: int
    average_duration: int
    date_range: DateRange


class RoomsPage(Wire):
    """Which page of the room groups this is."""

    page: int
    limit: int
    total_rooms: int
    has_more: bool


class SessionsPage(Wire):
    """Which page of the room's sessions this is."""

    page: int
    limit: int
    total: int
    has_more: bool


class GroupedData(Wire):
    """Sessions grouped by room."""

    participant: ParticipantWire
    room_groups: list[RoomGroupWire]
    summary: SummaryWire
    pagination: RoomsPage


class RoomData(Wire):
    """Sessions of one room."""

    participant: ParticipantWire
    room: RoomWire
    sessions: list[SessionWire]
    summary: SummaryWire
    pagination: SessionsPage


class GroupedAnswer(Wire):
    """The answer without a `roomId`."""

    success: bool
    message: str
    data: GroupedData


class RoomAnswer(Wire):
    """The answer with a `roomId`."""

    success: bool
    message: str
    data: RoomData


@value
class SessionsRequest:
    """A request of the contract, checked: the question, and the CSV wanted instead of JSON."""

    question: ReportQuestion
    csv: CsvForm | None


# --- request ---------------------------------------------------------------------------------


def from_json(body: bytes, time_zone: str, now: int) -> SessionsRequest:
    """The request in a body, its days in `time_zone` where it names none of its own.

    `now` is in milliseconds UTC. Raises InvalidInput with one sentence that names the field.
    """
    values = json_object(body)
    uid, room_id = _uid(values), _room_id(values)
    first, last = text(values, "startDate"), text(values, "endDate")
    zone = _time_zone(values) or time_zone
    form, exported = _csv_form(values), _wants_csv(values)
    page, size = (1, MAX_PAGE_SIZE) if exported else _page(values)
    question = ReportQuestion(uid, period(first, last, zone, now), room_id, page, size)
    return SessionsRequest(question, form if exported else None)


def _uid(values: Mapping[str, Any]) -> str:
    return fields.identifier(required_text(values, "uid"), "uid")


def _room_id(values: Mapping[str, Any]) -> str | None:
    room_id = text(values, "roomId")
    return None if room_id is None else fields.identifier(room_id, "roomId")


def _time_zone(values: Mapping[str, Any]) -> str | None:
    name = text(values, "timezone")
    if name is not None:
        known_time_zone(name)
    return name


def _wants_csv(values: Mapping[str, Any]) -> bool:
    wanted = text(values, "export")
    if wanted not in {None, "json", "csv"}:
        raise InvalidInput("export must be json or csv", field="export")
    return wanted == "csv"


def _csv_form(values: Mapping[str, Any]) -> CsvForm:
    options = optional(values, "csv")
    if options is None:
        return CsvForm()
    if not isinstance(options, dict):
        raise InvalidInput("csv must be an object", field="csv")
    delimiter, mark = optional(options, "delimiter"), optional(options, "bom")
    if delimiter is not None and delimiter not in DELIMITERS:
        raise InvalidInput("csv.delimiter must be a comma, a semicolon or a tab", field="csv")
    if not isinstance(mark, bool | None):
        raise InvalidInput("csv.bom must be true or false", field="csv")
    return CsvForm(delimiter or DELIMITERS[0], bool(mark))


def _page(values: Mapping[str, Any]) -> tuple[int, int]:
    """Which page, and how long one is."""
    page = _whole_number(values, "page", default=1, most=None)
    return page, _whole_number(values, "limit", default=MAX_PAGE_SIZE, most=MAX_PAGE_SIZE)


def _whole_number(values: Mapping[str, Any], field: str, default: int, most: int | None) -> int:
    value = optional(values, field)
    if value is None:
        return default
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidInput(f"{field} must be a whole number", field=field)
    if value < 1 or (most is not None and value > most):
        expected = "1 or more" if most is None else f"from 1 to {most}"
        raise InvalidInput(f"{field} must be {expected}", field=field)
    return value


# --- answers ---------------------------------------------------------------------------------

_MESSAGE = "Sessions retrieved successfully"


def rooms_json(report: GroupedReport) -> bytes:
    """The contract's JSON without a `roomId`."""
    data = GroupedData(
        _participant(report.participant),
        [_group(group) for group in report.groups],
        _summary(report.totals, report.page.total, report.period),
        _rooms_page(report.page),
    )
    return msgspec.json.encode(GroupedAnswer(success=True, message=_MESSAGE, data=data))


def room_json(report: RoomReport) -> bytes:
    """The contract's JSON with a `roomId`."""
    totals = report.totals
    room = RoomWire(
        report.room_id, report.room_title, totals.seconds, totals.credits, totals.average_seconds
    )
    data = RoomData(
        _participant(report.participant),
        room,
        [_session(line) for line in report.sessions],
        _summary(totals, min(1, totals.sessions), report.period),
        _sessions_page(report.page),
    )
    return msgspec.json.encode(RoomAnswer(success=True, message=_MESSAGE, data=data))


def _participant(profile: Profile) -> ParticipantWire:
    return ParticipantWire(profile.uid, profile.name, profile.role)


def _group(group: RoomGroup) -> RoomGroupWire:
    totals = group.totals
    return RoomGroupWire(
        group.room_id,
        group.title,
        [_session(line) for line in group.newest],
        totals.seconds,
        totals.credits,
        totals.sessions,
        totals.average_seconds,
    )


def _session(line: SessionLine) -> SessionWire:
    left_at = None if line.left_at is None else to_text(line.left_at)
    return SessionWire(
        to_text(line.joined_at),
        left_at,
        line.seconds,
        line.credits,
        line.ip_address,
        line.left_at is None,
    )


def _summary(totals: Totals, rooms: int, days: Period) -> SummaryWire:
    date_range = DateRange(days.first.isoformat(), days.last.isoformat())
    return SummaryWire(
        totals.sessions, totals.seconds, totals.credits, rooms, totals.average_seconds, date_range
    )


def _rooms_page(page: Page) -> RoomsPage:
    return RoomsPage(page.number, page.size, page.total, page.has_more)


def _sessions_page(page: Page) -> SessionsPage:
    return SessionsPage(page.number, page.size, page.total, page.has_more)
