"""Ids that come again: any order and any repeats give the same stays, and the right ones."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ingest.returning import LASTS, returning
from ingest.second_reading_again import Row, read_again
from ingest.streams import MINUTE, NOON, Told
from support.examples import examples

from rollbook.domain.events import (
    Corrected,
    EndEvidence,
    Fact,
    Joined,
    Left,
    Participant,
    Room,
    RoomFinished,
    RoomStarted,
)
from rollbook.domain.presences import Presence, session_id_for
from rollbook.domain.sessions import Rules, fold

SOURCE = "the-source"
ROOM = Room("physics", instance_id="RUN_1")
NAMED = Room("physics")
ANN = Participant("ann", "Ann")
AGAIN = Rules(comes_again=True)
_MANY = settings(deadline=None, max_examples=examples(500))
_LASTS = st.sampled_from((None, LASTS))


def facts_of(events: Sequence[Told]) -> list[Fact]:
    return [fact for event in events for fact in event.facts]


@_MANY
@given(data=st.data(), lasts=_LASTS)
def test_any_permutation_with_any_repeats_gives_the_same_sessions_and_ids(
    data: st.DataObject, lasts: int | None
) -> None:
    facts = facts_of(data.draw(returning()))
    again = data.draw(st.lists(st.sampled_from(facts), max_size=6)) if facts else []
    shuffled = data.draw(st.permutations([*facts, *again]))
    rules = Rules(comes_again=True, lasts=lasts)
    assert fold(SOURCE, shuffled, rules) == fold(SOURCE, facts, rules)


@_MANY
@given(events=returning(), lasts=_LASTS)
def test_the_sessions_are_those_that_a_second_reading_finds(
    events: tuple[Told, ...], lasts: int | None
) -> None:
    facts = facts_of(events)
    found: dict[str, list[Presence]] = {}
    for one in fold(SOURCE, facts, Rules(comes_again=True, lasts=lasts)).values():
        found.setdefault(one.presence_id, []).append(one)
    for presence_id, expected in read_again(facts, lasts).items():
        # What begins nowhere is seen by nobody, and only waits for its join.
        seen = [_row(one) for one in found[presence_id] if one.joined_at is not None]
        assert sorted(seen, key=str) == sorted(
            [row for row in expected if row[2] is not None], key=str
        )


def _row(one: Presence) -> Row:
    void = one.correction is not None and one.correction.void
    return one.participant_id, one.room_id, one.joined_at, one.left_at, one.left_by, void


def at(minute: float) -> int:
    return NOON + int(minute * MINUTE)


def joined(minute: float, room: Room = ROOM) -> Joined:
    return Joined("id", room, ANN, at(minute))


def left(minute: float, room: Room = ROOM, *, moves: bool = False, of: float | None = None) -> Left:
    told = None if of is None else at(of)
    return Left("id", room, ANN, at(minute), told, moves=moves)


def stays(*facts: Fact, lasts: int | None = None) -> list[tuple[float | None, float | None]]:
    """When each stay began and ended, in minutes; only those that somebody sees."""
    found = fold(SOURCE, facts, Rules(comes_again=True, lasts=lasts)).values()
    seen = [one for one in found if one.joined_at is not None]
    seen.sort(key=lambda one: one.joined_at or 0)
    return [(_minute(one.joined_at), _minute(one.left_at)) for one in seen]


def _minute(instant: int | None) -> float | None:
    return None if instant is None else (instant - NOON) / MINUTE


def test_an_id_that_comes_again_is_another_stay() -> None:
    assert stays(joined(0), left(2), joined(42), left(43)) == [(0, 2), (42, 43)]


def test_who_moves_to_a_breakout_room_is_still_there() -> None:
    assert stays(joined(0), joined(14), left(14)) == [(0, None)]
    assert stays(joined(0), joined(14), left(14), left(30)) == [(0, 30)]


def test_who_moves_several_times_and_whose_last_leave_is_lost_is_still_there() -> None:
    moves: list[Fact] = [joined(14), left(14), joined(20), left(20), joined(25), left(25)]
    assert stays(joined(0), *moves) == [(0, None)]
    assert stays(joined(0), *moves, RoomFinished(ROOM, at(60))) == [(0, 60)]


def test_a_move_whose_join_was_lost_goes_on_to_the_next_leave() -> None:
    assert stays(joined(0), left(14, moves=True), left(30)) == [(0, 30)]
    assert stays(joined(0), left(14, moves=True)) == [(0, 14)]


def test_a_move_after_a_lost_join_is_one_where_a_leave_follows() -> None:
    """In one moment, whoever nobody knew to be there came and went, or moved: the next tells."""
    assert stays(joined(0), left(5), joined(15), left(15), left(60)) == [(0, 5), (15, 60)]
    assert stays(joined(15), left(15), left(60)) == [(15, 60)]
    assert stays(joined(15), left(15), joined(20), left(20), left(60)) == [(15, 60)]
    assert stays(joined(15), left(15)) == [(15, 15)]
    assert stays(joined(15), left(15), joined(20), left(60)) == [(15, 15), (20, 60)]
    assert stays(joined(15), left(15), left(60, of=40)) == [(15, 15), (40, 60)]
    assert stays(joined(15), left(15), left(60, Room("physics", instance_id="RUN_2"))) == [(15, 15)]


def test_a_leave_after_the_last_leave_waits_for_its_join() -> None:
    assert stays(joined(0), left(14), left(30)) == [(0, 14)]
    assert stays(joined(0), left(14), left(30), joined(28)) == [(0, 14), (28, 30)]


def test_a_leave_that_tells_its_join_makes_the_stay_whose_join_was_lost() -> None:
    assert stays(joined(0), left(14), left(30, of=28)) == [(0, 14), (28, 30)]
    assert stays(left(30, of=28)) == [(28, 30)]


def test_a_join_after_the_end_of_the_room_is_another_stay() -> None:
    ended = RoomFinished(NAMED, at(10))
    assert stays(joined(0, NAMED), ended, joined(20, NAMED)) == [(0, 10), (20, None)]


def test_a_join_after_the_time_out_is_another_stay() -> None:
    facts = joined(0), joined(20), left(25)
    assert stays(*facts, lasts=10 * MINUTE) == [(0, 10), (20, 25)]
    assert stays(*facts) == [(0, 25)]


def test_a_join_in_another_room_ends_the_stay_before_it() -> None:
    elsewhere = Room("art", instance_id="RUN_7")
    assert stays(joined(0), joined(5, elsewhere), left(9, elsewhere)) == [(0, 5), (5, 9)]


def test_the_end_of_a_later_run_closes_nobody_of_an_earlier_one() -> None:
    week = 7 * 24 * 60
    lost = joined(0, NAMED)
    next_week = RoomStarted(NAMED, at(week)), RoomFinished(NAMED, at(week + 50))
    assert stays(lost, *next_week) == [(0, None)]
    assert stays(lost, RoomFinished(NAMED, at(week + 50), started_at=at(week))) == [(0, None)]
    assert stays(lost, *next_week, lasts=24 * 60 * MINUTE) == [(0, None)]
    # Where nobody tells when the run began, the end is believed as far as the time-out.
    assert stays(lost, next_week[1], lasts=24 * 60 * MINUTE) == [(0, 24 * 60)]


@pytest.mark.parametrize("void", [False, True])
def test_a_correction_is_about_the_stay_that_it_names(void: bool) -> None:
    said = Corrected("id", ROOM, at(90), at(43), None if void else at(50), void=void)
    facts: list[Fact] = [joined(0), left(2), joined(42), left(60)]
    first, second = sorted(
        fold(SOURCE, [*facts, said], AGAIN).values(), key=lambda one: one.joined_at or 0
    )
    assert (first.left_at, first.left_by) == (at(2), EndEvidence.LEAVE)
    assert second.left_by is EndEvidence.CORRECTED
    assert second.left_at == (at(42) if void else at(50))
    taken_back = Corrected("id", ROOM, at(91), at(43))
    again = fold(SOURCE, [*facts, said, taken_back], AGAIN)
    assert again[second.session_id].left_by is EndEvidence.LEAVE


def test_the_ids_of_stays_stay_the_same_while_others_come() -> None:
    early = fold(SOURCE, [joined(0), left(2)], AGAIN)
    later = fold(SOURCE, [joined(0), left(2), joined(42), left(43), joined(60)], AGAIN)
    assert set(early) == {session_id_for(SOURCE, "id")}
    assert set(early) < set(later)
    assert {one[:20] for one in later} == {session_id_for(SOURCE, "id")[:20]}
    assert len(later) == 3
