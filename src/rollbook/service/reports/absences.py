"""Who was missed: in the classes of all rooms that somebody belongs to, room after room.

A page of it looks at so many sessions and no more: it ends where enough was found or looked at, and
says where the next one goes on.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import field, replace
from typing import Generic, NamedTuple, TypeVar

from rollbook.domain.absences import AT_RISK_SHARE, Missed, at_risk, missed, of_members
from rollbook.domain.attendance import AskedRule, Verdict
from rollbook.domain.classes import HeldClass
from rollbook.domain.organizations import Organization
from rollbook.domain.period import Period, day_lived, time_zone
from rollbook.domain.sheets import JudgedClass, SheetRow
from rollbook.domain.values import value
from rollbook.service.reports.class_ports import RoomName
from rollbook.service.reports.room import RoomClasses, RoomSources, judged_classes

MOST_DAYS = 366

_LOOKED_AT = 2_000
"""Sessions after which a page ends with the room in which they were: a quarter of a second's work."""

_LOOK = 25
"""What it takes to look at a room at all, in sessions."""

_ROOMS = 200
_OF_A_FILE = 50_000
_END = 2**62
"""Behind all rows of a room."""


class Place(NamedTuple):
    """A place in the order of what was found: a room, what rows of it are sorted by, and a uid."""

    room_id: str
    number: int
    uid: str


@value
class Absence:
    """Somebody who belonged to a room and was not present in a class of it."""

    room: RoomName
    held: HeldClass
    who: Missed

    @property
    def place(self) -> Place:
        return Place(self.room.room_id, self.held.start, self.who.uid)


@value
class AtRisk:
    """Somebody who was present in too few of the classes of a room that they belong to."""

    room: RoomName
    row: SheetRow

    @property
    def place(self) -> Place:
        return Place(self.room.room_id, self.share, self.row.uid)

    @property
    def share(self) -> int:
        """Percent; who has none, as they are excused from all, is not at risk."""
        return self.row.share or 0


Row = TypeVar("Row", Absence, AtRisk)


@value
class FoundPart(Generic[Row]):
    """Rows in their order; what follows is `after` a place, None at the end.

    With `cut` a room had more sessions than are looked at, and its earliest classes are missing.
    """

    rows: Sequence[Row]
    after: Place | None
    cut: bool


@value
class AbsencesQuestion:
    """Which classes are looked at; of all rooms, or of one. What is not asked is as the room's rule is."""

    days: Period
    rule: AskedRule = field(default_factory=AskedRule)
    room_id: str | None = None
    after: Place | None = None
    most: int = 200


Find = Callable[[RoomName, Sequence[JudgedClass]], Sequence[Row]]
"""What is looked for in the classes of a room."""


async def absences(
    sources: RoomSources,
    organization: Organization,
    question: AbsencesQuestion,
    now: int,
    verdict: Verdict | None = None,
) -> FoundPart[Absence]:
    """Who was missed, by room, class and uid: of one verdict, or of all but present."""

    def find(room: RoomName, classes: Sequence[JudgedClass]) -> Sequence[Absence]:
        return [
            Absence(room, judged.held, who)
            for judged in classes
            for who in missed(judged)
            if verdict in {None, who.verdict}
        ]

    return await _found(sources, organization, question, find, now)


async def people_at_risk(
    sources: RoomSources,
    organization: Organization,
    question: AbsencesQuestion,
    now: int,
    share: int = AT_RISK_SHARE,
) -> FoundPart[AtRisk]:
    """Who was present in less than `share` percent of a room's classes: by room, share and uid."""

    def find(room: RoomName, classes: Sequence[JudgedClass]) -> Sequence[AtRisk]:
        # Of a class that goes on nobody can tell yet.
        over = [judged for judged in classes if judged.held.end < now]
        return [AtRisk(room, row) for row in at_risk(over, share)]

    return await _found(sources, organization, question, find, now)


async def all_parts(
    ask: Callable[[AbsencesQuestion], Awaitable[FoundPart[Row]]], question: AbsencesQuestion
) -> AsyncGenerator[Sequence[Row], None]:
    """All rows, part after part, as a file takes them."""
    after: Place | None = None
    while True:
        part = await ask(replace(question, after=after, most=_OF_A_FILE))
        yield part.rows
        if part.after is None:
            return
        after = part.after


async def _found(
    sources: RoomSources,
    organization: Organization,
    question: AbsencesQuestion,
    find: Find[Row],
    now: int,
) -> FoundPart[Row]:
    rows: list[Row] = []
    looked_at, cut = 0, False
    async with aclosing(_rooms(sources, organization, question)) as rooms:
        async for room in rooms:
            found = await judged_classes(
                sources, organization, question.days, room.room_id, question.rule, now
            )
            # In a thread, as it grows with the classes: others wait for the loop.
            own = await asyncio.to_thread(_rows, room, found, organization, find)
            rows += [row for row in own if question.after is None or row.place > question.after]
            looked_at += _LOOK + sum(len(judged.held.stays) for judged in found.classes)
            cut = cut or found.cut
            if len(rows) > question.most:
                rows = rows[: question.most]
                return FoundPart(rows, rows[-1].place, cut)
            if looked_at >= _LOOKED_AT and question.room_id is None:
                return FoundPart(rows, Place(room.room_id, _END, ""), cut)
    return FoundPart(rows, None, cut)


def _rows(
    room: RoomName,
    found: RoomClasses,
    organization: Organization,
    find: Find[Row],
) -> Sequence[Row]:
    zone = time_zone(organization.time_zone)
    classes = [
        of_members(judged, found.roster, day_lived(judged.held.start, zone))
        for judged in found.classes
    ]
    return sorted(find(room, classes), key=lambda row: row.place)


async def _rooms(
    sources: RoomSources, organization: Organization, question: AbsencesQuestion
) -> AsyncGenerator[RoomName, None]:
    """The rooms that are asked for and somebody belongs to, by id, from that of the place on."""
    since = question.room_id or _since(question.after)
    days, org_id = question.days, organization.org_id
    while True:
        rooms = await sources.rosters.rooms(org_id, days.first, days.last, since, _ROOMS)
        for room in rooms:
            if question.room_id in {None, room.room_id}:
                yield room
        if question.room_id or len(rooms) < _ROOMS:
            return
        since = _behind(rooms[-1].room_id)


def _since(after: Place | None) -> str:
    """The id from which on rooms have what follows on a place."""
    if after is None:
        return ""
    return _behind(after.room_id) if after.number == _END else after.room_id


def _behind(room_id: str) -> str:
    """The first text behind an id: no id has a NUL."""
    return f"{room_id}\x01"
