"""Sessions side by side: merged time, reconnects, two places at once, how many at a time."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import oracle_rooms
from support.oracle_rooms import There
from support.stays import NOW as MOMENT
from support.stays import milliseconds, people, stay_of

from rollbook.domain.stays import (
    Stay,
    highest_in,
    levels,
    merged,
    peak,
    reconnects,
    times,
    two_places,
)

MINUTE = 60_000
NOW = 600 * MINUTE

minutes = st.integers(0, 500)
pieces = st.lists(st.tuples(minutes, minutes).map(sorted).map(tuple), max_size=12)


def stay(uid: str, first: int, last: int | None, room: str = "r") -> Stay:
    left = None if last is None else last * MINUTE
    return Stay(f"{uid}{first}{room}", uid, None, None, room, None, first * MINUTE, left, None)


@given(pieces)
def test_merged_time_is_the_moments_that_are_covered(parts: list[tuple[int, int]]) -> None:
    covered = {moment for start, end in parts for moment in range(start, end)}
    whole = merged(parts)
    assert sum(end - start for start, end in whole) == len(covered)
    assert all(one[1] < other[0] for one, other in pairwise(whole))


@given(pieces)
def test_peak_is_the_most_at_any_moment(parts: list[tuple[int, int]]) -> None:
    expected = max(
        (sum(start <= moment < end for start, end in parts) for moment in range(500)), default=0
    )
    assert peak(parts)[0] == expected
    assert max(highest_in(levels(parts), (0, 500), 50), default=0) == expected


def test_raw_merged_and_reconnects() -> None:
    stays = [stay("a", 0, 30), stay("a", 20, 50), stay("a", 55, 60), stay("a", 90, 100)]
    assert times(stays, NOW) == (75 * 60, 65 * 60, 2)


@given(people("jane"))
def test_raw_and_merged_time_and_reconnects_are_those_of_a_second_reading(
    there: list[There],
) -> None:
    raw = oracle_rooms.raw(there, MOMENT)
    wall = int(oracle_rooms.merged(there, MOMENT).total_seconds())
    found = times([stay_of(one) for one in there], milliseconds(MOMENT))
    assert found == (raw, min(raw, wall), oracle_rooms.reconnects(there, MOMENT))


@pytest.mark.parametrize(
    ("away", "count"), [(-MINUTE, 1), (0, 1), (10 * MINUTE, 1), (10 * MINUTE + 1, 0)]
)
def test_who_is_back_in_a_room_within_ten_minutes_has_reconnected(away: int, count: int) -> None:
    first = stay("a", 0, 30)
    back = first._replace(session_id="back", joined_at=30 * MINUTE + away, left_at=50 * MINUTE)
    assert reconnects([first, back], NOW) == count
    assert reconnects([first, back._replace(room_id="elsewhere")], NOW) == 0


def test_two_places_at_once_forgives_a_minute() -> None:
    there = [stay("a", 0, 30, "one"), stay("a", 29, 60, "two"), stay("a", 50, None, "three")]
    found = two_places(there, NOW)
    assert [(pair.one.room_id, pair.other.room_id, pair.seconds) for pair in found] == [
        ("two", "three", 600)
    ]


@given(people("jane", rooms=("math-101", "art", "gym")))
def test_two_places_at_once_are_those_of_a_second_reading(there: list[There]) -> None:
    found = two_places([stay_of(one) for one in there], milliseconds(MOMENT), most=100)
    assert {
        (int(pair.one.session_id), int(pair.other.session_id), pair.seconds) for pair in found
    } == oracle_rooms.two_places(there, MOMENT)


def test_a_stay_never_ends_before_it_began() -> None:
    assert stay("a", 30, 20).end(NOW) == 30 * MINUTE
    assert stay("a", 601, None).end(NOW) == 601 * MINUTE
