"""What reports of classes need of a store besides sessions, as Protocols."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple, Protocol

from rollbook.domain.attendance import SetRule
from rollbook.domain.excuses import Excuse
from rollbook.domain.kept import KeptClass
from rollbook.domain.period import Period
from rollbook.domain.rosters import Member
from rollbook.domain.said import TakenBack
from rollbook.domain.schedules import Schedule
from rollbook.domain.stays import Span


class RoomName(NamedTuple):
    """A room and what it is called."""

    room_id: str
    title: str | None


class Rosters(Protocol):
    """Finds who belongs to a room."""

    async def rooms(
        self, org_id: str, first: date, last: date, since: str, most: int
    ) -> list[RoomName]:
        """At most so many of the rooms to which somebody belonged on one of these days.

        By id, from `since` on, included.
        """
        ...

    async def roster(self, org_id: str, room_id: str) -> list[Member]:
        """Everybody who ever belonged to it, and when, by uid."""
        ...


class Schedules(Protocol):
    """Finds what is planned for rooms."""

    async def schedule(self, org_id: str, room_id: str) -> Schedule:
        """All that was ever planned for it."""
        ...

    async def of_rooms(
        self, org_id: str, first: date, last: date, most: int
    ) -> Sequence[tuple[RoomName, Schedule]]:
        """What is planned for all rooms on some days, both included: at most `most` entries of it."""
        ...


class RoomRules(NamedTuple):
    """The attendance rules that were set for a room and for its organization."""

    room: SetRule | None
    organization: SetRule | None


class SaidOfRoom(NamedTuple):
    """What people said, and did not take back: rules, classes, and who is excused from them."""

    rules: RoomRules
    kept: Sequence[KeptClass]
    excuses: Sequence[Excuse]


class EverSaid(NamedTuple):
    """What was ever said of a room, the latest first, each with who took it back, if anybody did."""

    kept: Sequence[tuple[KeptClass, TakenBack | None]]
    excuses: Sequence[tuple[Excuse, TakenBack | None]]


class Sayings(Protocol):
    """Finds what people said."""

    async def of_room(
        self, org_id: str, room_id: str, span: Span, days: Period, most: int
    ) -> SaidOfRoom:
        """What was said of classes that share time with a span, and at most `most` excuses of days."""
        ...

    async def rules(self, org_id: str, room_id: str | None = None) -> RoomRules:
        """The rules alone; without a room that of the organization."""
        ...

    async def excuses_of(self, org_id: str, uid: str) -> list[Excuse]:
        """Those of a person, by their days."""
        ...

    async def ever_of_room(self, org_id: str, room_id: str, most: int) -> EverSaid:
        """What was ever said of its classes, and who was excused from them: at most so many of each."""
        ...
