"""What reports need of a store, as Protocols."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import NamedTuple, Protocol

from rollbook.domain.credits import CreditRule
from rollbook.domain.events import EndEvidence, JoinEvidence, Role
from rollbook.domain.presences import Presence
from rollbook.domain.report import Page, Profile, RoomTotals, StoredSession, Totals
from rollbook.domain.stays import Span, Stay
from rollbook.domain.use import Counting, Use
from rollbook.domain.values import value

# --- reading ---------------------------------------------------------------------------------


@value
class SessionQuery:
    """Which sessions: those that joined from `start` (included) to `end` (ms UTC)."""

    org_id: str
    uid: str
    start: int
    end: int
    room_id: str | None = None


@value
class SessionBatch:
    """Some sessions, and who their participant is: the store tells both in one look."""

    participant: Profile
    sessions: Sequence[StoredSession]


class SessionReader(Protocol):
    """Reads from one unchanging state of the ledger."""

    def newest_first(self, query: SessionQuery) -> AsyncGenerator[SessionBatch, None]:
        """Batches of bounded size, latest join first; none at all where nothing matches."""
        ...

    def oldest_first(self, query: SessionQuery) -> AsyncGenerator[SessionBatch, None]:
        """The same, earliest join first."""
        ...

    async def room_totals(
        self, query: SessionQuery, rule: CreditRule, now: int
    ) -> Sequence[RoomTotals]:
        """What the same sessions add up to, room by room; those that run count up to `now`."""
        ...

    async def profile(self, org_id: str, uid: str) -> Profile:
        """The latest known name and role; both None for an unknown uid."""
        ...

    async def room_title(self, org_id: str, room_id: str) -> str | None:
        """The latest known title of a room."""
        ...


class Reports(Protocol):
    """Finds the sessions of a participant."""

    async def recent(self, query: SessionQuery, most: int) -> SessionBatch | None:
        """The sessions of the query, newest first, in one look; None where more than `most`."""
        ...

    async def room_title(self, org_id: str, room_id: str) -> str | None:
        """The latest known title of a room."""
        ...

    def snapshot(self, *, export: bool = False) -> AbstractAsyncContextManager[SessionReader]:
        """A reader for what takes several looks.

        With `export` for whoever takes away all that there is, and not to be waited for by those
        who look at a page.
        """
        ...


@value
class EventRecord:
    """An event as it can be shown: what the platform said, with credentials taken out.

    `payload` is None once its time of keeping is over. Instants in milliseconds UTC.
    """

    source_id: str
    event_id: str
    event_type: str
    occurred_at: int
    received_at: int
    payload: str | None


class History(Protocol):
    """Looks up the evidence behind a session."""

    async def presence(self, org_id: str, session_id: str) -> Presence | None: ...

    async def events_of_session(self, org_id: str, session_id: str) -> list[EventRecord]: ...

    async def events_of_room_end(self, org_id: str, presence: Presence) -> list[EventRecord]:
        """The events that told that the room of a presence had ended."""
        ...

    async def next_presence(self, org_id: str, presence: Presence) -> Presence | None:
        """The presence whose beginning ended this one."""
        ...


class Place(NamedTuple):
    """A place in the order of sessions: an instant of joining (ms UTC) and a session's id."""

    joined_at: int
    session_id: str


@value
class SessionFilter:
    """Which sessions: those that joined from `start` (included) to `end` (ms UTC), before a place.

    `running` is True for those that last only, False for those that ended only.
    """

    start: int
    end: int
    uid: str | None = None
    room_id: str | None = None
    running: bool | None = None
    before: Place | None = None


class ListedSession(NamedTuple):
    """A session of a list, and how its two ends are known. Instants in milliseconds UTC."""

    session_id: str
    uid: str
    room_id: str
    room_title: str | None
    joined_at: int
    joined_by: JoinEvidence
    left_at: int | None
    left_by: EndEvidence | None
    ip_address: str | None

    @property
    def place(self) -> Place:
        return Place(self.joined_at, self.session_id)


class Sessions(Protocol):
    """Finds sessions of an organization, a page at a time."""

    async def newest(self, org_id: str, wanted: SessionFilter, most: int) -> list[ListedSession]:
        """The newest sessions that are wanted, latest join first, at most `most`."""
        ...


class SharedAddress(NamedTuple):
    """Somebody who was there from the same address at the same time."""

    uid: str
    name: str | None
    ip_address: str


@value
class Person:
    """A person and the sums of their sessions in the range.

    `last_seen` (ms UTC, 0: never) and `running` are of all time.
    """

    profile: Profile
    totals: Totals
    last_seen: int
    running: bool


SORTS = ("name", "seen", "sessions", "time", "credits")
ROOM_SORTS = ("title", "used", "people", "sessions", "time", "credits")


@value
class PeopleQuestion:
    """Which people, in which order.

    All words of `search` are in their uid or name, in any order, case and accents. `role` is what they
    are now (`unknown`: nobody told), `teacher` somebody in whose rooms they were within the range,
    `there` leaves out who was not. They are sorted by one of `SORTS`, and those that are alike by uid.
    """

    search: str = ""
    sort: str = "seen"
    descending: bool = True
    page: int = 1
    role: str = ""
    teacher: str = ""
    there: bool = False


@value
class RoomsQuestion:
    """The same of rooms that were used: `teacher` is somebody who was in them, sorts are `ROOM_SORTS`."""

    search: str = ""
    sort: str = "used"
    descending: bool = True
    page: int = 1
    teacher: str = ""


class Teacher(NamedTuple):
    """Somebody who teaches."""

    uid: str
    name: str | None


@value
class FoundPeople:
    """A page of people; `totals` are of all that were found."""

    people: Sequence[Person]
    totals: Totals
    page: Page


@value
class RoomLine:
    """A room and what its sessions in a range add up to."""

    room_id: str
    title: str | None
    use: Use


@value
class RoomUse:
    """A room, its people's merged time (seconds), and when the first of them came (ms UTC)."""

    line: RoomLine
    merged: int
    first_join: int | None

    @property
    def last_leave(self) -> int | None:
        """When the last of them left; None while somebody is there, or where nobody ever was."""
        use = self.line.use
        return None if use.running else use.last_seen or None


@value
class RoomsUse:
    """The rooms with most credits, and how many rooms and credits there were in all."""

    rooms: Sequence[RoomLine]
    used: int
    credits: int


@value
class FoundRooms:
    """A page of rooms; `totals` are of all that were found."""

    rooms: Sequence[RoomLine]
    totals: Totals
    page: Page


class UseReader(Protocol):
    """What everybody's sessions add up to, in one unchanging state of the ledger."""

    async def whole(self, counting: Counting) -> Use:
        """All of it, with how many people and rooms there were."""
        ...

    async def by_span(self, counting: Counting, spans: Sequence[Span]) -> Mapping[int, Totals]:
        """By the number of each of these spans in which sessions began.

        No two of them overlap; they stand in the place of the range.
        """
        ...

    async def people_by_span(self, counting: Counting, spans: Sequence[Span]) -> Mapping[int, int]:
        """How many people's sessions began in each."""
        ...

    async def by_role(self, counting: Counting) -> Mapping[Role | None, Use]:
        """By what people are now, with how many there were of each."""
        ...

    async def room(self, counting: Counting, room_id: str) -> RoomUse | None:
        """One room; None where nothing was ever told of it."""
        ...

    async def by_room(self, counting: Counting, most: int) -> RoomsUse:
        """The rooms with most credits, at most `most`, and how many rooms were used in all."""
        ...

    def all_rooms(self, counting: Counting) -> AsyncGenerator[Sequence[RoomLine], None]:
        """All of them in that order, in parts."""
        ...

    async def people(self, counting: Counting, question: PeopleQuestion, size: int) -> FoundPeople:
        """A page of so many of all people that were ever seen."""
        ...

    def all_people(
        self, counting: Counting, question: PeopleQuestion
    ) -> AsyncGenerator[Sequence[Person], None]:
        """All of them in that order, in parts."""
        ...

    async def rooms(self, counting: Counting, question: RoomsQuestion, size: int) -> FoundRooms:
        """A page of so many of the rooms that were used."""
        ...

    def all_rooms_found(
        self, counting: Counting, question: RoomsQuestion
    ) -> AsyncGenerator[Sequence[RoomLine], None]:
        """All of them in that order, in parts."""
        ...

    async def teachers(self, counting: Counting, most: int) -> list[Teacher]:
        """The teachers who were there, by name, at most `most`."""
        ...


class Overviews(Protocol):
    """Finds what the dashboard shows."""

    def use(self, *, export: bool = False) -> AbstractAsyncContextManager[UseReader]:
        """A reader of sums; with `export` for whoever takes away all that there is."""
        ...

    async def stays_of_person(
        self, org_id: str, uid: str, start: int, end: int, most: int
    ) -> list[Stay]:
        """A person's stays, newest first, at most `most`."""
        ...

    async def stays_in_room(
        self, org_id: str, room_id: str, start: int, end: int, most: int
    ) -> list[Stay]:
        """Everybody's stays in a room, newest first, at most `most`."""
        ...

    async def running(self, org_id: str, most: int) -> list[Stay]:
        """Who is in a room now, latest join first."""
        ...

    async def latest_joins(self, org_id: str, uids: Sequence[str]) -> Mapping[str, int]: ...

    async def latest_join_in_room(self, org_id: str, room_id: str) -> int | None: ...

    async def joins_around(
        self, org_id: str, room_id: str, start: int, end: int
    ) -> tuple[int | None, int | None]:
        """When somebody last joined a room before `start`, and first from `end` on (ms UTC)."""
        ...

    async def shared_addresses(
        self, org_id: str, uid: str, start: int, end: int, most: int
    ) -> list[SharedAddress]:
        """Who shared an address with a person, looking at the newest `most` of their sessions."""
        ...
