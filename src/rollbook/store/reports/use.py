"""Sums over everybody's sessions, which the database makes."""

import json
import math
from bisect import bisect_right
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace

from rollbook.domain.credits import SECONDS_PER_CREDIT
from rollbook.domain.events import Role
from rollbook.domain.report import Page, Profile, RoomTotals, Totals
from rollbook.domain.stays import Span
from rollbook.domain.use import Counting, Use
from rollbook.service.reports.ports import (
    FoundPeople,
    FoundRooms,
    PeopleQuestion,
    Person,
    RoomLine,
    RoomsQuestion,
    RoomsUse,
    RoomUse,
    Teacher,
)
from rollbook.store.engine.database import Row, Snapshot
from rollbook.store.engine.folding import words_of

_ALL = 2**62

_MOST_OF_ALL = 1 / 3
"""Where a range lasts longer than this part of all time that is told of, reading all in order is
faster than sorting what is in it: measured in docs/decisions/0035."""


_LEAST_STEP = 900_000
"""A quarter of an hour (ms), into which the days of every place fall today. In shorter steps there would be more
of them than days of the sessions are worth."""


class DatabaseUse:
    """Sums of one unchanging state of the ledger (ports.UseReader)."""

    def __init__(self, connection: Snapshot) -> None:
        self._connection = connection

    async def whole(self, counting: Counting) -> Use:
        (row,) = await self._connection.fetch("use_of_all", _values(counting))
        *sums, people, rooms = row
        return _use(sums, people, rooms) if sums[0] else Use()

    async def by_span(self, counting: Counting, spans: Sequence[Span]) -> Mapping[int, Totals]:
        step = _step_of(spans)
        if step >= _LEAST_STEP:
            # The spans stand in the place of the range.
            start, end = min(start for start, _ in spans), max(end for _, end in spans)
            whole = replace(counting, start=start, end=end)
            values = await self._grouped(whole) | {"step": step}
            return _in_spans(await self._connection.fetch("use_by_step", values), step, spans)
        values = _values(counting) | {"spans": json.dumps(spans)}
        rows = await self._connection.fetch("use_by_span", values)
        return {number: Totals(*sums) for number, *sums in rows}

    async def people_by_span(self, counting: Counting, spans: Sequence[Span]) -> Mapping[int, int]:
        values = {"org_id": counting.org_id, "spans": json.dumps(spans)}
        rows = await self._connection.fetch("people_by_span", values)
        return {number: count for number, count in rows}  # noqa: C416 - rows are no pairs to mypy

    async def by_role(self, counting: Counting) -> Mapping[Role | None, Use]:
        rows = await self._connection.fetch("use_by_role", await self._grouped(counting))
        return {
            Role(role) if role else None: Use(Totals(*sums), people=people)
            for role, people, *sums in rows
        }

    async def room(self, counting: Counting, room_id: str) -> RoomUse | None:
        values = _values(counting) | {"room_id": room_id}
        (row,) = await self._connection.fetch("use_of_room", values)
        title, *sums, people, merged, first_join, known = row
        if not known:
            return None
        use = _use(sums, people) if people else Use()
        return RoomUse(RoomLine(room_id, title, use), merged or 0, first_join)

    async def of_person(
        self, counting: Counting, uid: str, room_id: str | None
    ) -> Sequence[RoomTotals]:
        """What a person's sessions add up to, in all rooms or in one."""
        values = _values(counting) | {"participant_id": uid, "room_id": room_id}
        rows = await self._connection.fetch("use_of_person", values)
        return [
            RoomTotals(room_id, title, latest_join, Totals(*sums))
            for room_id, title, latest_join, *sums in rows
        ]

    async def by_room(self, counting: Counting, most: int) -> RoomsUse:
        values = await self._grouped(counting) | {"most": most}
        rows = await self._connection.fetch("use_by_room", values)
        used, spent = rows[0][-2:] if rows else (0, 0)
        return RoomsUse([_room_line(row) for row in rows], used, spent)

    async def all_rooms(self, counting: Counting) -> AsyncGenerator[Sequence[RoomLine], None]:
        values = await self._grouped(counting) | {"most": _ALL}
        async with aclosing(self._connection.stream("use_by_room", values)) as parts:
            async for rows in parts:
                yield [_room_line(row) for row in rows]

    async def people(self, counting: Counting, question: PeopleQuestion, size: int) -> FoundPeople:
        values = await self._asked_people(counting, question, size)
        rows = await self._connection.fetch("people_found", values)
        total, *sums = rows[0][:4]
        people = [_person(row[4:]) for row in rows if row[4] is not None]
        return FoundPeople(
            await self._last_seen(counting, people),
            _totals(sums),
            Page(question.page, size, total),
        )

    async def all_people(
        self, counting: Counting, question: PeopleQuestion
    ) -> AsyncGenerator[Sequence[Person], None]:
        values = await self._asked_people(counting, replace(question, page=1), _ALL) | {"seen": 1}
        async with aclosing(self._connection.stream("people_found", values)) as parts:
            async for rows in parts:
                yield [_person(row[4:]) for row in rows if row[4] is not None]

    async def rooms(self, counting: Counting, question: RoomsQuestion, size: int) -> FoundRooms:
        values = await self._asked_rooms(counting, question, size)
        rows = await self._connection.fetch("rooms_found", values)
        total, *sums = rows[0][:4]
        return FoundRooms(_rooms_found(rows), _totals(sums), Page(question.page, size, total))

    async def all_rooms_found(
        self, counting: Counting, question: RoomsQuestion
    ) -> AsyncGenerator[Sequence[RoomLine], None]:
        values = await self._asked_rooms(counting, replace(question, page=1), _ALL)
        async with aclosing(self._connection.stream("rooms_found", values)) as parts:
            async for rows in parts:
                yield _rooms_found(rows)

    async def teachers(self, counting: Counting, most: int) -> list[Teacher]:
        values = _values(counting) | {"most": most}
        return [Teacher(*row) for row in await self._connection.fetch("teachers", values)]

    async def _asked_people(
        self, counting: Counting, question: PeopleQuestion, size: int
    ) -> dict[str, object]:
        return {
            **await self._grouped(counting),
            **_found(question, size),
            "role": question.role,
            "there": int(question.there),
            "seen": int(question.sort == "seen"),
        }

    async def _asked_rooms(
        self, counting: Counting, question: RoomsQuestion, size: int
    ) -> dict[str, object]:
        return {**await self._grouped(counting), **_found(question, size)}

    async def _last_seen(self, counting: Counting, people: Sequence[Person]) -> list[Person]:
        """The same people with when they were last there, whatever the range."""
        uids = [one.profile.uid for one in people]
        values = {
            "org_id": counting.org_id,
            "now": counting.now,
            "participant_ids": json.dumps(uids),
        }
        rows = await self._connection.fetch("last_seen", values) if uids else ()
        seen = {uid: (at, running > 0) for uid, at, running in rows}
        return [
            replace(one, last_seen=at, running=running)
            for one in people
            for at, running in (seen.get(one.profile.uid, (0, False)),)
        ]

    async def _grouped(self, counting: Counting) -> dict[str, object]:
        """The values of a statement that groups, with the shorter way to its groups."""
        values = _values(counting)
        ((first, last),) = await self._connection.fetch("first_and_last", values)
        lasts = 0 if first is None else last - first
        return values | {"few": int(counting.end - counting.start < lasts * _MOST_OF_ALL)}


def _step_of(spans: Sequence[Span]) -> int:
    """The longest step (ms) of which each border is a multiple: an hour for the days of most places."""
    return math.gcd(*(border for span in spans for border in span))


def _in_spans(rows: Sequence[Row], step: int, spans: Sequence[Span]) -> dict[int, Totals]:
    """The sums of steps as those of the spans in which they lie."""
    ordered = sorted((start, end, number) for number, (start, end) in enumerate(spans))
    starts = [start for start, _, _ in ordered]
    by_span: dict[int, Totals] = {}
    for step_number, *sums in rows:
        begins = step_number * step
        found = bisect_right(starts, begins) - 1
        if found >= 0 and begins < ordered[found][1]:
            by_span.setdefault(ordered[found][2], Totals()).add(Totals(*sums))
    return by_span


def _values(counting: Counting) -> dict[str, object]:
    rule = counting.rule
    return {
        "org_id": counting.org_id,
        "range_start": counting.start,
        "range_end": counting.end,
        "now": counting.now,
        "minimum_seconds": rule.minimum_seconds,
        "added_seconds": rule.added_seconds,
        "credit_seconds": SECONDS_PER_CREDIT,
    }


def _found(question: PeopleQuestion | RoomsQuestion, size: int) -> dict[str, object]:
    return {
        "words": json.dumps(words_of(question.search), ensure_ascii=False),
        # No id has a NUL, and PostgreSQL takes none.
        "teacher": question.teacher.replace("\0", "\N{REPLACEMENT CHARACTER}"),
        "sort": question.sort,
        "descending": question.descending,
        "skipped": (question.page - 1) * size,
        "last": question.page * size,
    }


def _rooms_found(rows: Sequence[Row]) -> list[RoomLine]:
    return [
        RoomLine(room_id, title, _use(use, people))
        for _, _, _, _, room_id, title, people, *use in rows
        if room_id is not None
    ]


def _totals(sums: Sequence[int | None]) -> Totals:
    """Sums of sessions, seconds and credits; of no sessions a database has none."""
    return Totals(*(one or 0 for one in sums))


def _use(sums: Sequence[int], people: int = 0, rooms: int = 0) -> Use:
    sessions, seconds, spent, running, last_seen = sums
    return Use(Totals(sessions, seconds, spent), running, last_seen, people, rooms)


def _room_line(row: Row) -> RoomLine:
    room_id, title, *sums, _, _ = row
    return RoomLine(room_id, title, Use(Totals(*sums)))


def _person(row: Row) -> Person:
    uid, name, role, sessions, seconds, spent, running, last_seen = row
    profile = Profile(uid, name, Role(role) if role else None)
    return Person(profile, Totals(sessions, seconds, spent), last_seen or 0, running=running > 0)
