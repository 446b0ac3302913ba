"""What a participant's sessions add up to: durations, credits, groups, totals and pages.

Everything here is fed newest session first, a batch at a time, so that a participant with a
million sessions costs no more memory than their rooms do.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from rollbook.domain.credits import CreditRule, rounded_quotient
from rollbook.domain.events import Role
from rollbook.domain.period import Period
from rollbook.domain.values import value

MAX_PAGE_SIZE = 10
"""Most room groups, or sessions of one room, on a page (contract, "Limits")."""

SESSIONS_PER_GROUP = 10
"""Most sessions shown inside a room group (contract, "Limits"); its totals cover all."""

StoredSession = tuple[str, str | None, int, int | None, str | None, str | None, str | None]
"""A session as the store hands it over: room id, room title, joined at, left at, IP address,
and its participant's name and role, the same in every row.

A plain tuple, as millions of them pass through. Instants are in milliseconds UTC.
"""

StoredSessions = Iterable[StoredSession]


class SessionLine(NamedTuple):
    """One session as a report shows it: instants in milliseconds UTC, duration in seconds."""

    joined_at: int
    left_at: int | None
    seconds: int
    credits: int
    ip_address: str | None


@dataclass(slots=True)
class Totals:
    """Sums over sessions: how many, how long (seconds), at what cost (credits)."""

    sessions: int = 0
    seconds: int = 0
    credits: int = 0

    @property
    def average_seconds(self) -> int:
        """Average duration, rounded half up; 0 where there are no sessions."""
        return rounded_quotient(self.seconds, self.sessions)

    @property
    def average_minutes(self) -> int:
        """The same in minutes: rounded once, from the seconds, so that 29.5 of them are none."""
        return rounded_quotient(self.seconds, 60 * self.sessions)

    def count(self, line: "SessionLine") -> None:
        """Take in one more session."""
        self.sessions += 1
        self.seconds += line.seconds
        self.credits += line.credits

    def add(self, other: "Totals") -> None:
        """Take in the sums of other sessions."""
        self.sessions += other.sessions
        self.seconds += other.seconds
        self.credits += other.credits


@value
class RoomTotals:
    """What a participant's sessions in a room add up to, and when the latest began (ms UTC)."""

    room_id: str
    title: str | None
    latest_join: int
    totals: Totals


@dataclass(slots=True)
class RoomGroup:
    """One room of a participant: its newest sessions and the totals of all of them."""

    room_id: str
    title: str | None
    latest_join: int
    totals: Totals = field(default_factory=Totals)
    newest: list[SessionLine] = field(default_factory=list)


@value
class Profile:
    """Who a participant is, as far as the ledger was ever told."""

    uid: str
    name: str | None = None
    role: Role | None = None


@value
class Page:
    """Which part of a list is shown: `number` counts from 1, `total` is the whole list's length."""

    number: int
    size: int
    total: int

    @property
    def has_more(self) -> bool:
        return self.number * self.size < self.total


@value
class Report:
    """A participant's sessions of a period: the sums of all, and which page of them is shown."""

    participant: Profile
    period: Period
    totals: Totals
    page: Page


@value
class GroupedReport(Report):
    """The sessions by room."""

    groups: Sequence[RoomGroup]


@value
class RoomReport(Report):
    """The sessions in one room."""

    room_id: str
    room_title: str | None
    sessions: Sequence[SessionLine]


def seconds_between(joined_at: int, left_at: int) -> int:
    """Whole seconds from one instant (ms) to another, never negative."""
    return max(0, left_at - joined_at) // 1000


class RoomGroups:
    """Collects the sessions of a participant by room."""

    def __init__(self, rule: CreditRule, now: int) -> None:
        self._rule = rule
        self._now = now
        self._groups: dict[str, RoomGroup] = {}

    def add(self, sessions: StoredSessions) -> None:
        """Take in the next sessions, newest first."""
        groups, rule, now = self._groups, self._rule, self._now
        for room_id, title, joined_at, left_at, ip_address, _, _ in sessions:
            group = groups.get(room_id)
            if group is None:
                group = groups[room_id] = RoomGroup(room_id, title, joined_at)
            line = session_line(joined_at, left_at, ip_address, rule, now)
            group.totals.count(line)
            if len(group.newest) < SESSIONS_PER_GROUP:
                group.newest.append(line)

    def by_latest_join(self) -> list[RoomGroup]:
        """The rooms, latest join first; ties by room id."""
        return by_latest_join(self._groups.values())

    def totals(self) -> Totals:
        """The sums over all rooms."""
        return totals_of(self._groups.values())


OfRoom = TypeVar("OfRoom", RoomGroup, RoomTotals)


def by_latest_join(rooms: Iterable[OfRoom]) -> list[OfRoom]:
    """Rooms, latest join first; ties by room id."""
    return sorted(rooms, key=lambda room: (-room.latest_join, room.room_id))


def by_time_spent(rooms: Iterable[OfRoom]) -> list[OfRoom]:
    """Rooms, most time first; ties by room id."""
    return sorted(rooms, key=lambda room: (-room.totals.seconds, room.room_id))


def totals_of(rooms: Iterable[RoomGroup | RoomTotals]) -> Totals:
    """The sums over rooms."""
    total = Totals()
    for room in rooms:
        total.add(room.totals)
    return total


class RoomSessions:
    """Collects one page of a participant's sessions in one room, and the totals of all."""

    def __init__(self, rule: CreditRule, now: int, page: int, size: int) -> None:
        self._rule = rule
        self._now = now
        self._first = (page - 1) * size
        self._after = page * size
        self.totals = Totals()
        self.shown: list[SessionLine] = []
        self.title: str | None = None

    def add(self, sessions: StoredSessions) -> None:
        """Take in the next sessions, newest first."""
        for _, self.title, joined_at, left_at, ip_address, _, _ in sessions:
            line = session_line(joined_at, left_at, ip_address, self._rule, self._now)
            if self._first <= self.totals.sessions < self._after:
                self.shown.append(line)
            self.totals.count(line)


def session_line(
    joined_at: int, left_at: int | None, ip_address: str | None, rule: CreditRule, now: int
) -> SessionLine:
    """A stored session as a report shows it; one still running counts up to `now`.

    So does one whose end is still to come, which a clock that ran ahead may have told.
    """
    if left_at is not None and joined_at <= now < left_at:
        left_at = None
    seconds = seconds_between(joined_at, now if left_at is None else left_at)
    return SessionLine(joined_at, left_at, seconds, rule.credits(seconds), ip_address)
