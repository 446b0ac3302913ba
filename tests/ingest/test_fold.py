"""The fold by itself: any order and any repeats give the same sessions, and the right ones."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ingest.second_reading import read
from ingest.streams import NOON, Told, streams
from support.examples import examples

from rollbook.domain.events import (
    Ended,
    EndEvidence,
    Fact,
    Joined,
    JoinEvidence,
    Left,
    Participant,
    Room,
    RoomFinished,
    RoomStarted,
)
from rollbook.domain.presences import Presence, merge, merge_all, presence_of, session_id_for
from rollbook.domain.sessions import Rules, fold

SOURCE = "the-source"
ROOM = Room("math-101", "Calculus I", "RM_1")
ANN = Participant("ann", "Ann")
_MANY = settings(deadline=None, max_examples=examples(300))


def facts_of(events: Sequence[Told]) -> list[Fact]:
    return [fact for event in events for fact in event.facts]


def at(minute: float) -> int:
    return NOON + int(minute * 60_000)


def joined(stay: str, minute: float, room: Room = ROOM, who: Participant = ANN) -> Joined:
    return Joined(stay, room, who, at(minute))


def left(stay: str, minute: float, connected: float | None = None, room: Room = ROOM) -> Left:
    return Left(stay, room, ANN, at(minute), None if connected is None else at(connected))


def finished(minute: float, room: Room = ROOM) -> RoomFinished:
    return RoomFinished(room, at(minute))


def gone(stay: str, minute: float, evidence: EndEvidence) -> Ended:
    return Ended(stay, ROOM, at(minute), evidence)


def sessions(*facts: Fact, once: bool = True) -> dict[str, Presence]:
    """The sessions by the platform's own ids."""
    return {one.presence_id: one for one in fold(SOURCE, facts, Rules(once=once)).values()}


def end(presence: Presence) -> tuple[float | None, EndEvidence | None]:
    minute = None if presence.left_at is None else (presence.left_at - NOON) / 60_000
    return minute, presence.left_by


@_MANY
@given(data=st.data(), once=st.booleans(), contradictory=st.booleans())
def test_any_permutation_with_any_repeats_folds_to_the_same_sessions(
    data: st.DataObject, *, once: bool, contradictory: bool
) -> None:
    facts = facts_of(data.draw(streams(contradictory=contradictory)))
    again = data.draw(st.lists(st.sampled_from(facts), max_size=6))
    shuffled = data.draw(st.permutations([*facts, *again]))
    assert fold(SOURCE, shuffled, Rules(once=once)) == fold(SOURCE, facts, Rules(once=once))


@_MANY
@given(data=st.data(), contradictory=st.booleans())
def test_evidence_merges_in_any_grouping(data: st.DataObject, *, contradictory: bool) -> None:
    told = [
        presence_of(SOURCE, fact)
        for fact in facts_of(data.draw(streams(contradictory=contradictory)))
        if not isinstance(fact, RoomStarted | RoomFinished)
    ]
    cut = data.draw(st.integers(0, len(told)))
    one, other = merge_all(told[:cut]), merge_all(told[cut:])
    both = {
        key: merge(one[key], other[key]) if key in one and key in other else presence
        for key, presence in {**other, **one}.items()
    }
    assert both == merge_all(told)
    assert {key: merge(presence, presence) for key, presence in both.items()} == both


@_MANY
@given(events=streams(), once=st.booleans(), lasts=st.sampled_from((None, 4 * 60_000)))
def test_the_sessions_are_those_that_a_second_reading_finds(
    events: tuple[Told, ...], *, once: bool, lasts: int | None
) -> None:
    expected = read(SOURCE, facts_of(events), once=once, lasts=lasts)
    folded = fold(SOURCE, facts_of(events), Rules(once=once, lasts=lasts))
    assert set(folded) == set(expected)
    for session_id, presence in folded.items():
        second = expected[session_id]
        assert (presence.room_id, presence.instance_id) == second.room
        assert presence.participant_id == second.uid
        assert presence.joined_at == second.joined_at
        assert (presence.left_at, presence.left_by) == second.end
        assert presence.ip_address == second.ip_address
        correction = presence.correction
        assert (correction is not None and correction.void) is second.void


def test_a_rejoin_is_a_session_of_its_own() -> None:
    found = sessions(joined("one", 0), left("one", 5), joined("two", 6), left("two", 9))
    assert {key: end(one) for key, one in found.items()} == {
        "one": (5, EndEvidence.LEAVE),
        "two": (9, EndEvidence.LEAVE),
    }


def test_the_next_join_of_the_same_person_ends_a_session_whose_leave_was_lost() -> None:
    found = sessions(joined("one", 0), joined("two", 6))
    assert end(found["one"]) == (6, EndEvidence.SUPERSEDED)
    assert end(found["two"]) == (None, None)


def test_where_people_can_be_in_a_room_twice_the_next_join_ends_nothing() -> None:
    found = sessions(joined("one", 0), joined("two", 6), once=False)
    assert end(found["one"]) == end(found["two"]) == (None, None)


@pytest.mark.parametrize(
    "elsewhere",
    [
        joined("two", 6, Room("math-101", instance_id="RM_2")),
        joined("two", 6, Room("art", instance_id="RM_1")),
        joined("two", 6, who=Participant("bob")),
    ],
    ids=["another run of the room", "another room", "another person"],
)
def test_a_join_elsewhere_ends_nothing(elsewhere: Joined) -> None:
    assert end(sessions(joined("one", 0), elsewhere)["one"]) == (None, None)


def test_without_the_id_of_a_run_nobody_knows_what_the_next_join_means() -> None:
    unnamed = Room("math-101")
    found = sessions(joined("one", 0, unnamed), joined("two", 6, unnamed))
    assert end(found["one"]) == (None, None)


def test_a_leave_that_repeats_the_join_makes_the_session_whose_join_was_lost() -> None:
    (session,) = sessions(left("one", 5, connected=1)).values()
    assert (session.participant_id, session.joined_at) == ("ann", at(1))
    assert session.joined_by is JoinEvidence.TOLD
    assert end(session) == (5, EndEvidence.LEAVE)


def test_a_leave_that_does_not_repeat_the_join_waits_for_it() -> None:
    alone = sessions(left("one", 5))["one"]
    assert alone.joined_at is None
    (session,) = sessions(left("one", 5), joined("one", 2)).values()
    assert (session.joined_at, end(session)) == (at(2), (5, EndEvidence.LEAVE))


def test_the_time_of_becoming_active_beats_the_time_of_connecting() -> None:
    both = left("one", 5, connected=1), joined("one", 1.5)
    assert sessions(*both)["one"].joined_at == at(1.5)
    assert sessions(*both)["one"].joined_by is JoinEvidence.SEEN


def test_the_end_of_its_room_ends_a_session_whose_leave_was_lost() -> None:
    found = sessions(joined("one", 0), finished(8))
    assert end(found["one"]) == (8, EndEvidence.ROOM_FINISHED)


def test_a_join_that_comes_after_the_end_of_its_room_is_over_at_once() -> None:
    found = sessions(finished(8), joined("late", 9))
    assert end(found["late"]) == (9, EndEvidence.ROOM_FINISHED)


def test_another_run_of_the_room_ends_only_itself() -> None:
    second = Room("math-101", instance_id="RM_2")
    found = sessions(joined("one", 0), joined("two", 10, second), finished(8), once=False)
    assert end(found["one"]) == (8, EndEvidence.ROOM_FINISHED)
    assert end(found["two"]) == (None, None)


def test_a_room_that_is_only_a_name_ends_again_and_again() -> None:
    named = Room("math-101")
    found = sessions(
        joined("monday", 0, named),
        finished(8, named),
        joined("tuesday", 20, named),
        finished(28, named),
        joined("wednesday", 40, named),
    )
    assert end(found["monday"]) == (8, EndEvidence.ROOM_FINISHED)
    assert end(found["tuesday"]) == (28, EndEvidence.ROOM_FINISHED)
    assert end(found["wednesday"]) == (None, None)


@pytest.mark.parametrize(
    "inferred",
    [
        finished(8),
        joined("next", 6),
        gone("one", 4, EndEvidence.RECONCILED),
        gone("one", 4, EndEvidence.TIMED_OUT),
    ],
)
@pytest.mark.parametrize("minute", [3, 30])
def test_a_later_leave_corrects_an_inferred_end(inferred: Fact, minute: int) -> None:
    found = sessions(joined("one", 0), inferred, left("one", minute))
    assert end(found["one"]) == (minute, EndEvidence.LEAVE)


def test_better_evidence_of_an_end_wins_whatever_it_says() -> None:
    by_rank: list[tuple[Fact, float, EndEvidence]] = [
        (gone("one", 30, EndEvidence.TIMED_OUT), 30, EndEvidence.TIMED_OUT),
        (gone("one", 20, EndEvidence.RECONCILED), 20, EndEvidence.RECONCILED),
        (finished(10), 10, EndEvidence.ROOM_FINISHED),
        (joined("next", 12), 12, EndEvidence.SUPERSEDED),
        (left("one", 7), 7, EndEvidence.LEAVE),
    ]
    for worse, (_, minute, evidence) in enumerate(by_rank):
        told = [fact for fact, _, _ in by_rank[: worse + 1]]
        assert end(sessions(joined("one", 0), *told)["one"]) == (minute, evidence)


def test_an_aborted_connection_makes_no_session_whichever_way_it_is_told() -> None:
    aborted = Left("one", ROOM, participant=None, at=at(1))
    alone = sessions(aborted)["one"]
    assert (alone.participant_id, alone.joined_at) == (None, None)
    # LiveKit can tell the join as well, even later: it must not stay open for ever.
    ways: list[tuple[Fact, Fact]] = [(aborted, joined("one", 1)), (joined("one", 1), aborted)]
    for told in ways:
        assert end(sessions(*told)["one"]) == (1, EndEvidence.LEAVE)


def test_a_session_is_known_by_source_and_presence_alone() -> None:
    assert session_id_for("a", "bc") != session_id_for("ab", "c")
    assert set(fold("a", [joined("one", 0)], Rules(once=True))) == {session_id_for("a", "one")}
