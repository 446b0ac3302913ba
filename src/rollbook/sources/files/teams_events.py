"""Reads Teams' lists of joining and leaving, where a stay is two rows, or one and no end.

* `meetingAttendanceList.csv`, downloaded during a meeting (2020-2022): `Full Name, User Action,
  Timestamp`, actions `Joined before`, `Joined`, `Left`; times like `7/22/2021, 7:02:10 AM`. It has
  no title, no addresses, and nothing on who stayed longer than its download.
  (dominikhoebert/Teams-Attendance-Klassenbuch-Writer README.md; words of other languages: tests
  of another public program)
* `AttendeeReport.csv` of live events: `SessionId, ParticipantId, FullName, UserAgent,
  UtcEventTimestamp, Action, Role`, times in UTC. (renefb/teams-report-converter README.md)
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise

from rollbook.domain.events import Role, Room
from rollbook.domain.values import value
from rollbook.sources.files.date_orders import order_of
from rollbook.sources.files.local_times import DateOrder, local_time
from rollbook.sources.files.reports import ReportedStay, person
from rollbook.sources.files.rows import ReadOptions, RejectedRow, rejected
from rollbook.sources.files.tables import Record, label, place_of, width_of

_JOINED = {
    "joined", "joined before", "se unió", "a rejoint", "beigetreten", "ingressou", "entrou antes de",
}  # fmt: skip
_JOINED_BEFORE = {"joined before", "entrou antes de"}
_LEFT = {"left", "salió", "a quitté", "verlassen", "saiu"}
_TIMES = ("timestamp", "utceventtimestamp")
_AN_HOUR, _HALF_A_DAY = timedelta(hours=1), timedelta(hours=12)


@value
class Event:
    """Somebody came, or went. `key` is what the two rows of one stay have in common."""

    row: Record
    key: str
    person: str
    name: str
    action: str
    time: str
    role: str
    utc: bool


@value
class EventColumns:
    """Where the cells of a list stand; None for a column that it does not have."""

    name: int
    action: int
    time: int
    session: int | None = None
    platform_id: int | None = None
    role: int | None = None
    utc: bool = False

    def event(self, row: Record) -> Event:
        name, session = row.cell(self.name), row.cell(self.session)
        who = person("", row.cell(self.platform_id), name)
        action, time = label(row.cell(self.action)), row.cell(self.time)
        return Event(row, session or who, who, name, action, time, row.cell(self.role), self.utc)


def is_event(labels: list[str]) -> bool:
    """Whether this is a row of a list whose header is in another language, or missing."""
    return width_of(labels) == 3 and labels[1] in _JOINED | _LEFT


def event_columns(labels: list[str]) -> EventColumns | None:
    """The columns of a list, if this is its header."""
    name = place_of(labels, ("full name", "fullname"))
    action, time = place_of(labels, ("user action", "action")), place_of(labels, _TIMES)
    if name is None or action is None or time is None:
        return None
    return EventColumns(
        name=name,
        action=action,
        time=time,
        session=place_of(labels, ("sessionid",)),
        platform_id=place_of(labels, ("participantid",)),
        role=place_of(labels, ("role",)),
        utc=labels[time].startswith("utc"),
    )


def stays_of(
    lists: list[list[Event]], room: Room, role: Callable[[str], Role | None], options: ReadOptions
) -> Iterator[ReportedStay | RejectedRow]:
    """The stays that these lists tell of, and rejects for what fits no stay."""
    times = [event.time for events in lists for event in events]
    order = options.date_order or order_of(times, options.now)
    for events in lists:
        for meeting in _meetings(events, order):
            yield from _stays_of_one(meeting, room, role, order)


def _meetings(events: list[Event], order: DateOrder) -> list[list[Event]]:
    """The events of a list by meeting: one file may have more than one, below each other or mixed.

    A leave that nobody told of must not wait for the end of the next meeting.
    """
    moments = {event.row.line: local_time(event.time, order) for event in events}
    starts = _starts([(moment, event) for event in events if (moment := moments[event.row.line])])
    meetings: list[list[Event]] = [[] for _ in range(len(starts) + 1)]
    for event in events:
        moment = moments[event.row.line]
        meetings[bisect_right(starts, moment) if moment else 0].append(event)
    return meetings


def _starts(timed: list[tuple[datetime, Event]]) -> list[datetime]:
    """When a second meeting began, and a third: after half a day, or an hour and who was there."""
    timed.sort(key=lambda one: (one[0], one[1].action not in _JOINED_BEFORE))
    starts: list[datetime] = []
    for (before, _), (moment, event) in pairwise(timed):
        pause = moment - before
        if pause >= _HALF_A_DAY or (pause >= _AN_HOUR and event.action in _JOINED_BEFORE):
            starts.append(moment)
    return starts


def _stays_of_one(
    events: list[Event], room: Room, role: Callable[[str], Role | None], order: DateOrder
) -> list[ReportedStay | RejectedRow]:
    """The stays of one meeting.

    A leave ends the latest stay of its key that is open: who lost the connection comes back
    before the list says that they went. Who is never said to have gone was there until the last
    moment that the list tells of, at least, or until they joined again: no time counts twice. No
    list says when its meeting ended.
    """
    ends: dict[int, str] = {}
    rejects: list[ReportedStay | RejectedRow] = []
    open_stays: dict[str, list[Event]] = defaultdict(list)
    next_joins: dict[int, str] = {}
    for event in events:
        if event.action in _JOINED:
            if open_stays[event.key]:
                next_joins.setdefault(open_stays[event.key][-1].row.line, event.time)
            open_stays[event.key].append(event)
        elif event.action not in _LEFT:
            rejects.append(_reject(event, "user action must be Joined or Left"))
        elif open_stays[event.key]:
            ends[open_stays[event.key].pop().row.line] = event.time
        else:
            rejects.append(_reject(event, "Left must follow a row with Joined of the same person"))
    last = _last_time([event.time for event in events], order)
    ends = {**next_joins, **ends}
    joins = (event for event in events if event.action in _JOINED)
    return [*rejects, *(_stay(join, ends.get(join.row.line, last), room, role) for join in joins)]


def _last_time(times: list[str], order: DateOrder) -> str:
    moments = [(moment, time) for time in times if (moment := local_time(time, order))]
    return max(moments)[1] if moments else ""


def _stay(join: Event, left: str, room: Room, role: Callable[[str], Role | None]) -> ReportedStay:
    return ReportedStay(
        line=join.row.line,
        raw=join.row.raw,
        room=room,
        person=join.person,
        name=join.name,
        role=role(join.role),
        joined=join.time,
        left=left,
        utc=join.utc,
    )


def _reject(event: Event, reason: str) -> RejectedRow:
    return rejected(event.row.line, reason, event.row.raw)
