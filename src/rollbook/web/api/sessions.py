"""`GET /v1/sessions`: sessions one by one, each with the id by which it can be explained."""

import re
from collections.abc import Mapping
from urllib.parse import urlencode

from litestar import Response

from rollbook.domain import fields
from rollbook.domain.credits import CreditRule
from rollbook.domain.errors import InvalidInput
from rollbook.domain.instants import optional_text, to_text
from rollbook.domain.period import open_period
from rollbook.domain.report import session_line
from rollbook.domain.scopes import Scope
from rollbook.service.reports.ports import ListedSession, Place, SessionFilter
from rollbook.service.reports.sessions import SessionsPage, sessions_page
from rollbook.web.api.evidence import JOINED_BY, LEFT_BY, JoinedBy, LeftBy
from rollbook.web.api.openapi_parts import (
    DAY,
    ID,
    RULE_HEADERS,
    Json,
    Piece,
    answer,
    errors,
    needs_key,
    query_parameter,
    reference,
)
from rollbook.web.api.wire import Wire
from rollbook.web.http.address import public_base
from rollbook.web.http.json_answers import json_answer
from rollbook.web.http.json_fields import text
from rollbook.web.http.services import AnyRequest, readable, services_of

PATH = "/v1/sessions"
MOST_ON_A_PAGE = 100

_USUALLY_ON_A_PAGE = 50
_NAMES = ("uid", "roomId", "from", "to", "timezone", "active", "cursor", "limit")
_CURSOR = re.compile(r"(\d{1,15})\.(\w{1,64})", re.ASCII)
_ACTIVE = {None: None, "true": True, "false": False}

Query = Mapping[str, str | None]
"""The parameters of a request, by name; of a repeated one the last."""


class ListedSessionWire(Wire):
    """One session and how its two ends are known; `duration` in seconds, `leftBy` null while it runs."""

    id: str
    uid: str
    room_id: str
    room_title: str | None
    joined_at: str
    joined_by: JoinedBy | None
    left_at: str | None
    left_by: LeftBy | None
    duration: int
    credits_consumed: int
    ip_address: str | None
    is_active: bool


class SessionsData(Wire):
    """Sessions, newest first; `nextCursor` asks for those that follow, and is null at the end."""

    sessions: list[ListedSessionWire]
    next_cursor: str | None


class SessionsAnswer(Wire):
    """The answer to a request for sessions."""

    success: bool
    data: SessionsData


@readable(PATH)
async def list_sessions(request: AnyRequest) -> Response[bytes]:
    """Answer with a page of sessions."""
    services = services_of(request)
    now = services.now()
    organization = await services.gate.admit(request.scope, Scope.READ, now, set_up=True)
    query = {name: request.query_params.get(name) for name in _NAMES}
    zone = text(query, "timezone") or organization.time_zone
    page = await sessions_page(services.sessions, organization, _filter(query, zone), _size(query))
    rule = organization.credit_rule
    headers = {"Credit-Rule": str(rule), "Report-Time-Zone": zone}
    link = _link(public_base(request), query, page)
    return json_answer(_to_wire(page, rule, now), headers | link)


# --- the question ----------------------------------------------------------------------------


def _filter(query: Query, zone: str) -> SessionFilter:
    days = open_period(text(query, "from"), text(query, "to"), zone)
    return SessionFilter(
        days.start,
        days.end,
        _id(query, "uid"),
        _id(query, "roomId"),
        _running(text(query, "active")),
        _place(text(query, "cursor")),
    )


def _id(query: Query, field: str) -> str | None:
    value = text(query, field)
    return None if value is None else fields.identifier(value, field)


def _running(active: str | None) -> bool | None:
    if active not in _ACTIVE:
        raise InvalidInput("active must be true or false", field="active")
    return _ACTIVE[active]


def _place(cursor: str | None) -> Place | None:
    if cursor is None:
        return None
    told = _CURSOR.fullmatch(cursor)
    if told is None or int(told[1]) >= fields.END_OF_TIME:
        raise InvalidInput("cursor must be the nextCursor of an earlier answer", field="cursor")
    return Place(int(told[1]), told[2])


def _size(query: Query) -> int:
    limit = text(query, "limit")
    if limit is None:
        return _USUALLY_ON_A_PAGE
    if not re.fullmatch(r"\d{1,9}", limit, re.ASCII):
        raise InvalidInput("limit must be a whole number", field="limit")
    if not 1 <= int(limit) <= MOST_ON_A_PAGE:
        raise InvalidInput(f"limit must be from 1 to {MOST_ON_A_PAGE}", field="limit")
    return int(limit)


# --- the answer ------------------------------------------------------------------------------


def _to_wire(page: SessionsPage, rule: CreditRule, now: int) -> SessionsAnswer:
    sessions = [_session(session, rule, now) for session in page.sessions]
    return SessionsAnswer(success=True, data=SessionsData(sessions, _cursor(page)))


def _session(session: ListedSession, rule: CreditRule, now: int) -> ListedSessionWire:
    line = session_line(session.joined_at, session.left_at, session.ip_address, rule, now)
    return ListedSessionWire(
        session.session_id,
        session.uid,
        session.room_id,
        session.room_title,
        to_text(session.joined_at),
        JOINED_BY.get(session.joined_by),
        optional_text(line.left_at),
        None if line.left_at is None else LEFT_BY.get(session.left_by),
        line.seconds,
        line.credits,
        session.ip_address,
        line.left_at is None,
    )


def _cursor(page: SessionsPage) -> str | None:
    place = page.following
    return None if place is None else f"{place.joined_at}.{place.session_id}"


def _link(base: str, query: Query, page: SessionsPage) -> dict[str, str]:
    """Where the next page is (RFC 8288)."""
    cursor = _cursor(page)
    if cursor is None:
        return {}
    asked = {name: value for name, value in {**query, "cursor": cursor}.items() if value}
    return {"Link": f'<{base}{PATH}?{urlencode(asked)}>; rel="next"'}


# --- its piece of the document ----------------------------------------------------------------

_LINK_HEADER: Json = {
    "Link": {
        "description": 'The next page, as `<...>; rel="next"`; absent at the end.',
        "schema": {"type": "string"},
    }
}

_EXAMPLE: Json = {
    "success": True,
    "data": {
        "sessions": [
            {
                "id": "9f0c1b7a5d3e4f6a8b9c0d1e2f3a4b5c",
                "uid": "student-123",
                "roomId": "math-101",
                "roomTitle": "Calculus I - Morning Session",
                "joinedAt": "2024-01-15T09:05:30.000Z",
                "joinedBy": "seen",
                "leftAt": "2024-01-15T10:02:15.000Z",
                "leftBy": "leave",
                "duration": 3405,
                "creditsConsumed": 57,
                "ipAddress": "192.168.1.100",
                "isActive": False,
            }
        ],
        "nextCursor": "1705309530000.9f0c1b7a5d3e4f6a8b9c0d1e2f3a4b5c",
    },
}

_DAYS = "YYYY-MM-DD, or an instant that stands for its day."

_OPERATION: Json = {
    "operationId": "listSessions",
    "tags": ["sessions"],
    "summary": "Sessions one by one",
    "description": "Sessions of everybody, of a person or of a room, newest first. Each has the "
    "`id` that `/v1/sessions/{session_id}/events` explains. A page goes on where another ended, "
    "however many sessions came in meanwhile: follow `nextCursor`, or the header `Link`.",
    **needs_key(Scope.READ),
    "parameters": [
        query_parameter("uid", "Only sessions of this participant.", ID),
        query_parameter("roomId", "Only sessions in this room.", ID),
        query_parameter("from", f"First day of joining. {_DAYS}", DAY),
        query_parameter("to", f"Last day of joining. {_DAYS}", DAY),
        query_parameter(
            "timezone",
            "IANA zone whose days these are. Defaults to the organization's.",
            {"type": "string", "format": "iana-time-zone"},
        ),
        query_parameter(
            "active", "`true`: only sessions that run; `false`: only others.", {"type": "boolean"}
        ),
        query_parameter(
            "cursor",
            "The `nextCursor` of an earlier answer.",
            {"type": "string", "pattern": r"^[0-9]{1,15}\.[0-9A-Za-z_]{1,64}$"},
        ),
        query_parameter(
            "limit",
            f"Most sessions on a page; {_USUALLY_ON_A_PAGE} if it is not told.",
            {"type": "integer", "minimum": 1, "maximum": MOST_ON_A_PAGE},
        ),
    ],
    "responses": {
        "200": answer(
            "A page of sessions.",
            reference(SessionsAnswer),
            headers=RULE_HEADERS | _LINK_HEADER,
            example=_EXAMPLE,
        ),
        **errors(400, 401, 422, 429, 500, 503),
    },
}

PIECE = Piece({PATH: {"get": _OPERATION}}, [SessionsAnswer])
