"""Streams about ids that come again: several joins and leaves per id, most of them at odds.

Everything happens on few instants, so that leaves, joins, ends of rooms and time-outs meet in the very
same millisecond; any of it may be lost, and what is left comes in any order.
"""

from hypothesis import strategies as st
from ingest.streams import MINUTE, NOON, Told

from rollbook.domain.events import (
    Corrected,
    Ended,
    EndEvidence,
    Fact,
    Joined,
    Left,
    Participant,
    Room,
    RoomFinished,
    RoomStarted,
)

LASTS = 6 * MINUTE
ROOMS = (
    Room("math-101"),
    Room("math-101", instance_id="RUN_1"),
    Room("math-101", instance_id="RUN_2"),
    Room("art"),
)
_YES = st.booleans()
_OFTEN = st.sampled_from((True, True, True, False))
# Whole minutes for all that meets, and a little more for what only touches.
_MOMENTS = st.builds(
    lambda minute, odd: NOON + minute * MINUTE + odd,
    st.integers(0, 12),
    st.sampled_from((0, 0, 0, 0, 900, 1_000, 1_001, 30_000)),
)
_ADDRESSES = st.sampled_from((None, None, "198.51.100.7", "203.0.113.9"))


@st.composite
def returning(draw: st.DrawFn) -> tuple[Told, ...]:
    """Events about one or two ids and the rooms they are in."""
    rooms = draw(st.lists(st.sampled_from(ROOMS), min_size=1, max_size=2, unique=True))
    facts: list[Fact] = []
    for number in range(draw(st.integers(1, 2))):
        facts += _visits(draw, f"id-{number}", st.sampled_from(rooms))
    facts += draw(st.lists(_marks(rooms), max_size=4))
    return tuple(Told(f"EV_{number}", (fact,)) for number, fact in enumerate(facts))


def _visits(draw: st.DrawFn, presence_id: str, rooms: st.SearchStrategy[Room]) -> list[Fact]:
    person = draw(st.sampled_from((Participant("ann"), Participant("bob", "Bob"))))
    facts: list[Fact] = []
    room = draw(rooms)
    for _ in range(draw(st.integers(1, 4))):
        room = draw(rooms) if draw(st.integers(0, 4)) == 0 else room
        joined_at = draw(_MOMENTS)
        left_at = joined_at + draw(st.sampled_from((0, 1_000, MINUTE, 2 * MINUTE, 7 * MINUTE)))
        if draw(_OFTEN):
            facts.append(Joined(presence_id, room, person, joined_at, draw(_ADDRESSES)))
        if draw(_OFTEN):
            facts.append(_leave(draw, presence_id, room, person, (joined_at, left_at)))
    if draw(st.integers(0, 3)) == 0:
        kind = draw(st.sampled_from((EndEvidence.RECONCILED, EndEvidence.TIMED_OUT)))
        facts.append(Ended(presence_id, room, draw(_MOMENTS), kind))
    times = draw(st.sampled_from((0, 0, 0, 1, 2)))
    return facts + [_correction(draw, presence_id, room) for _ in range(times)]


def _leave(
    draw: st.DrawFn, presence_id: str, room: Room, person: Participant, times: tuple[int, int]
) -> Left:
    joined_at, left_at = times
    told = joined_at + draw(st.sampled_from((-900, 0, 900))) if draw(_YES) else None
    who = person if draw(_OFTEN) else None
    return Left(presence_id, room, who, left_at, told, draw(_ADDRESSES), None, draw(st.booleans()))


def _correction(draw: st.DrawFn, presence_id: str, room: Room) -> Corrected:
    left_at = draw(st.none() | _MOMENTS)
    void = left_at is None and draw(_YES)
    return Corrected(presence_id, room, draw(_MOMENTS), draw(_MOMENTS), left_at, void, "as told")


def _marks(rooms: list[Room]) -> st.SearchStrategy[Fact]:
    where = st.sampled_from(rooms)
    return st.builds(RoomFinished, where, _MOMENTS, st.none() | _MOMENTS) | st.builds(
        RoomStarted, where, _MOMENTS
    )
