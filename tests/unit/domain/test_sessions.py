"""Evidence about a presence grows into the same session, however it arrives."""

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollbook.domain.endings import Run, runs_of, settle
from rollbook.domain.events import (
    Ended,
    EndEvidence,
    Fact,
    Joined,
    JoinEvidence,
    Left,
    Participant,
    PresenceFact,
    Room,
    RoomFinished,
)
from rollbook.domain.presences import Presence, merge, presence_of, session_id_for, told_of_one
from rollbook.domain.sessions import Rules, fold

JANE, ROOM = Participant("jane"), Room("math-101", instance_id="run-1")
TIMES = st.integers(0, 5)
ADDRESSES = st.sampled_from((None, "192.0.2.1", "192.0.2.2"))
PEOPLE = st.sampled_from((JANE, Participant("june")))
ROOMS = st.sampled_from((ROOM, Room("math-101"), Room("art-7", instance_id="run-2")))
ABOUT_IT = {"presence_id": st.sampled_from(("p1", "p2", "p3")), "room": ROOMS, "at": TIMES}
TOLD = {"ip_address": ADDRESSES, "user_agent": st.sampled_from((None, "Firefox", "Chrome"))}


def facts() -> st.SearchStrategy[PresenceFact]:
    """Facts about a few presences; they may contradict each other."""
    joins = st.builds(
        Joined,
        **ABOUT_IT,
        **TOLD,
        participant=PEOPLE,
        evidence=st.sampled_from((JoinEvidence.TOLD, JoinEvidence.SEEN)),
    )
    leaves = st.builds(
        Left, **ABOUT_IT, **TOLD, participant=st.none() | PEOPLE, joined_at=st.none() | TIMES
    )
    ends = st.builds(
        Ended,
        **ABOUT_IT,
        evidence=st.sampled_from((EndEvidence.TIMED_OUT, EndEvidence.RECONCILED)),
    )
    return st.one_of(joins, leaves, ends)


def presences() -> st.SearchStrategy[Presence]:
    """Evidence of one or more facts about one presence."""
    each = facts().map(lambda fact: presence_of("source", replace(fact, presence_id="p1")))
    return st.lists(each, min_size=1, max_size=4).map(lambda some: reduce(merge, some))


@given(presences(), presences())
def test_it_does_not_matter_which_evidence_comes_first(one: Presence, other: Presence) -> None:
    assert merge(one, other) == merge(other, one)


@given(presences(), presences(), presences())
def test_it_does_not_matter_what_is_put_together_first(
    one: Presence, two: Presence, three: Presence
) -> None:
    assert merge(merge(one, two), three) == merge(one, merge(two, three))


@given(presences(), presences())
def test_the_same_evidence_again_changes_nothing(one: Presence, other: Presence) -> None:
    assert merge(one, one) == one
    assert merge(merge(one, other), other) == merge(one, other)


@given(st.lists(facts(), min_size=1, max_size=3))
def test_facts_read_together_tell_what_they_tell_one_by_one(told: list[PresenceFact]) -> None:
    same = [replace(fact, presence_id="p1") for fact in told]
    apart = [presence_of("source", fact) for fact in same]
    assert told_of_one("source", same) == reduce(merge, apart)


@given(presences(), presences(), st.lists(TIMES, max_size=2), st.none() | TIMES)
def test_settling_in_between_loses_nothing(
    one: Presence, other: Presence, room_ends: list[int], next_join: int | None
) -> None:
    early = merge(settle(one, runs(room_ends), next_join), settle(other))
    assert settle(early, runs(room_ends), next_join) == settle(
        merge(one, other), runs(room_ends), next_join
    )


@given(presences(), st.lists(TIMES, min_size=1, max_size=3), st.none() | TIMES)
def test_settling_does_not_care_about_the_order_of_room_ends_and_settles_once(
    presence: Presence, room_ends: list[int], next_join: int | None
) -> None:
    settled = settle(presence, runs(room_ends), next_join)
    assert settle(presence, runs(room_ends[::-1]), next_join) == settled
    assert settle(settled, runs(room_ends), next_join) == settled


@given(
    st.lists(facts() | st.builds(RoomFinished, ROOMS, TIMES), max_size=12),
    st.booleans(),
    st.data(),
)
def test_facts_in_any_order_and_any_number_of_times_are_the_same_ledger(
    told: list[Fact], once: bool, data: st.DataObject
) -> None:
    again = data.draw(st.lists(st.sampled_from(told), max_size=6)) if told else []
    shuffled = data.draw(st.permutations([*told, *again]))
    assert fold("source", shuffled, Rules(once=once)) == fold("source", told, Rules(once=once))


@given(st.lists(facts(), max_size=12))
def test_presences_are_kept_apart_by_their_id(told: list[PresenceFact]) -> None:
    merged = fold("source", told, Rules(once=False))
    assert {session.presence_id for session in merged.values()} == {f.presence_id for f in told}


def runs(room_ends: Sequence[int]) -> tuple[Run, ...]:
    return runs_of((end, None) for end in room_ends)


def joined(at: int, evidence: JoinEvidence = JoinEvidence.SEEN) -> Presence:
    return presence_of("source", Joined("p1", ROOM, JANE, at, evidence=evidence))


def left(at: int, joined_at: int | None = None) -> Presence:
    return presence_of("source", Left("p1", ROOM, JANE, at, joined_at))


def test_an_observed_join_beats_one_that_a_leave_repeats() -> None:
    both = merge(joined(5), left(9, joined_at=1))
    assert (both.joined_at, both.joined_by) == (5, JoinEvidence.SEEN)


def test_a_leave_alone_saves_the_session_whose_join_was_lost() -> None:
    alone = left(9, joined_at=1)
    assert (alone.joined_at, alone.joined_by, alone.left_at) == (1, JoinEvidence.TOLD, 9)


def test_of_equal_joins_the_earliest_counts_and_of_equal_leaves_the_last() -> None:
    both = merge(merge(joined(3), joined(2)), merge(left(8), left(9)))
    assert (both.joined_at, both.left_at) == (2, 9)


def test_the_latest_address_is_kept_and_silence_takes_none_away() -> None:
    early = presence_of("source", Joined("p1", ROOM, JANE, 1, "192.0.2.1"))
    late = presence_of("source", Left("p1", ROOM, JANE, 9, None, "192.0.2.2"))
    assert merge(late, early).ip_address == "192.0.2.2"
    assert merge(early, left(9)).ip_address == "192.0.2.1"


def ended(at: int, evidence: EndEvidence) -> Presence:
    return merge(joined(2), presence_of("source", Ended("p1", ROOM, at, evidence)))


@pytest.mark.parametrize(
    ("presence", "room_ends", "next_join", "end"),
    [
        (joined(2), (), None, (None, None)),
        (ended(9, EndEvidence.TIMED_OUT), (), None, (9, EndEvidence.TIMED_OUT)),
        (ended(9, EndEvidence.RECONCILED), (), None, (9, EndEvidence.RECONCILED)),
        (ended(9, EndEvidence.RECONCILED), (7,), None, (7, EndEvidence.ROOM_FINISHED)),
        (joined(2), (7, 6), None, (6, EndEvidence.ROOM_FINISHED)),
        (joined(2), (7,), 5, (5, EndEvidence.SUPERSEDED)),
        (merge(joined(2), left(8)), (7,), 5, (8, EndEvidence.LEAVE)),
        # the clocks of room and person differ: whoever joined after the end stayed no time
        (joined(9), (7,), None, (9, EndEvidence.ROOM_FINISHED)),
    ],
)
def test_the_best_evidence_ends_a_session(
    presence: Presence,
    room_ends: tuple[int, ...],
    next_join: int | None,
    end: tuple[int | None, EndEvidence | None],
) -> None:
    settled = settle(presence, runs(room_ends), next_join)
    assert (settled.left_at, settled.left_by) == end


def test_a_room_that_is_only_a_name_ends_whoever_was_in_it_then() -> None:
    nameless = presence_of("source", Joined("p1", Room("math-101"), JANE, 5))
    assert settle(nameless, runs([3, 9, 8])).left_at == 8
    assert settle(nameless, runs([3])).left_at is None


def test_the_same_presence_of_another_source_is_another_session() -> None:
    ids = {session_id_for("source-a", "p1"), session_id_for("source-b", "p1")}
    assert len(ids) == 2
    assert session_id_for("source-a", "p1") in ids


@pytest.mark.parametrize(("lost", "back"), [("p1", "p2"), ("p2", "p1")])
def test_who_is_lost_and_back_at_the_same_instant_is_still_there(lost: str, back: str) -> None:
    told: list[Fact] = [Joined(lost, ROOM, JANE, 5), Joined(back, ROOM, JANE, 5)]
    told.append(Left(lost, ROOM, JANE, 5))
    sessions = {one.presence_id: one for one in fold("source", told, Rules(once=True)).values()}
    assert (sessions[lost].left_at, sessions[lost].left_by) == (5, EndEvidence.LEAVE)
    assert (sessions[back].left_at, sessions[back].left_by) == (None, None)


@pytest.mark.parametrize(("lost", "back"), [("p1", "p2"), ("p2", "p1")])
def test_of_two_that_began_at_the_same_instant_the_one_that_is_missed_first_came_first(
    lost: str, back: str
) -> None:
    told: list[Fact] = [Joined(lost, ROOM, JANE, 5), Joined(back, ROOM, JANE, 5)]
    told += [
        Ended(lost, ROOM, 6, EndEvidence.RECONCILED),
        Ended(back, ROOM, 9, EndEvidence.RECONCILED),
    ]
    sessions = {one.presence_id: one for one in fold("source", told, Rules(once=True)).values()}
    assert (sessions[lost].left_at, sessions[lost].left_by) == (5, EndEvidence.SUPERSEDED)
    assert (sessions[back].left_at, sessions[back].left_by) == (9, EndEvidence.RECONCILED)
