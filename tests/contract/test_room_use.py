"""What one room adds up to says what a second reading of its sessions says, on each engine."""

from itertools import pairwise

import pytest
from contract.test_use import _EVERY
from hypothesis import given
from support import oracle_use as second
from support.school import School
from support.use import Book, books, written
from support.visits import Visit

from rollbook.domain.errors import NotFound
from rollbook.domain.period import open_period
from rollbook.domain.presences import Presence
from rollbook.service.reports.rooms import room_use
from rollbook.store.reports.overviews import DatabaseOverviews
from rollbook.stores import Stores

ALWAYS = open_period(None, None, "UTC")


def merged_seconds(book: Book, sessions: list[Presence]) -> int:
    """Time as it passed on the clock, moment by moment, person by person; never more than raw."""
    total = 0
    for uid in {one.participant_id for one in sessions}:
        own = [one for one in sessions if one.participant_id == uid]
        ends = [(one.joined_at or 0, _end(book, one)) for one in own]
        marks = sorted({at for pair in ends for at in pair})
        passed = sum(
            until - since
            for since, until in pairwise(marks)
            if any(came <= since and until <= went for came, went in ends)
        )
        total += min(passed // 1000, second.use(book, own).totals.seconds)
    return total


def _end(book: Book, one: Presence) -> int:
    assert one.joined_at is not None
    runs = one.left_at is None or one.joined_at <= book.now < one.left_at
    return book.now if runs or one.left_at is None else one.left_at


@pytest.mark.timeout(900)
@_EVERY
@given(book=books())
async def test_a_room_adds_up_to_what_a_second_reading_says(stores: Stores, book: Book) -> None:
    organization, overviews = await written(stores, book), DatabaseOverviews(stores.database)
    of_anybody = {one.room_id for one in second.counted(book, ALWAYS.first, ALWAYS.last)}
    for room in book.rooms:
        own = [one for one in second.in_range(book) if one.room_id == room.room_id]
        expected = second.use(book, own)
        try:
            found = await room_use(overviews, organization, book.days, room.room_id, book.now)
        except NotFound:
            assert not room.title
            assert room.room_id not in of_anybody
            continue
        assert found.line.title == (room.title or None)
        assert found.line.use.totals == expected.totals
        assert (found.line.use.people, found.line.use.running) == (
            expected.people,
            expected.running,
        )
        assert found.merged == merged_seconds(book, own)
        assert found.first_join == min(
            (one.joined_at for one in own if one.joined_at), default=None
        )
        ends = [one.left_at for one in own if one.left_at is not None]
        live = any(one.left_at is None for one in own)
        assert found.last_leave == (None if live or not ends else max(ends) or None)


async def test_rooms_of_others_are_not_there(school: School, stores: Stores) -> None:
    await school.saw(Visit("2024-01-15T09:00:00Z", "2024-01-15T10:00:00Z"))
    overviews = DatabaseOverviews(stores.database)
    with pytest.raises(NotFound, match="Room not found"):
        await room_use(overviews, school.organization, ALWAYS, "physics-101", 0)
    empty = open_period("2023-01-01", "2023-01-02", "UTC")
    found = await room_use(overviews, school.organization, empty, "math-101", 0)
    assert (found.line.title, found.line.use.people, found.first_join) == ("Calculus I", 0, None)
