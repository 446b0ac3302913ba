"""Classes whose times somebody said, above those that are guessed."""

from collections.abc import Sequence
from itertools import combinations, pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rollbook.domain.classes import HeldClass, How, classes
from rollbook.domain.errors import Conflict, InvalidInput
from rollbook.domain.kept import KeptClass, as_said, check_times, require_free
from rollbook.domain.said import Said
from rollbook.domain.stays import Stay

MINUTE = 60_000
NOW = 1_000 * MINUTE
SAID = Said("id", "key k", 0, "why")

STAYS = st.lists(
    st.tuples(
        st.sampled_from(["ann", "bob", "jane", "tom"]),
        st.integers(0, 300),
        st.integers(0, 120),
        st.sampled_from(["TEACHER", "STUDENT", None]),
    ),
    max_size=12,
).map(
    lambda told: [
        Stay(f"{n}", uid, None, role, "r", None, came * MINUTE, (came + stayed) * MINUTE, None)
        for n, (uid, came, stayed, role) in enumerate(told)
    ]
)
SAYINGS = st.lists(
    st.tuples(st.integers(0, 400), st.integers(1, 90), st.booleans()), max_size=6
).map(
    lambda told: [
        KeptClass(start * MINUTE, (start + lasts) * MINUTE, held, SAID)
        for start, lasts, held in told
    ]
)


def apart(said: Sequence[KeptClass]) -> bool:
    return all(
        one.end <= other.start or other.end <= one.start for one, other in combinations(said, 2)
    )


def overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """As a person would say it: some moment belongs to both; a class of no time is one moment."""
    first, last = max(one[0], other[0]), min(one[1], other[1])
    moments = one[0] == one[1] or other[0] == other[1]
    return first <= last if moments else first < last


def read_again(
    guessed: Sequence[HeldClass], said: Sequence[KeptClass]
) -> set[tuple[int, int, str]]:
    """Which classes there are, by the words of docs/dashboard.md."""
    untouched = {
        (one.start, one.end, one.how.value)
        for one in guessed
        if not any(overlap(one.span, other.span) for other in said)
    }
    return untouched | {(one.start, one.end, "kept") for one in said if one.held}


def seen(held: Sequence[HeldClass]) -> set[tuple[int, int, str]]:
    return {(one.start, one.end, one.how.value) for one in held}


@given(STAYS, SAYINGS, st.data())
def test_what_was_said_holds_and_all_else_is_as_it_was(
    stays: list[Stay], said: list[KeptClass], data: st.DataObject
) -> None:
    assume(apart(said))
    guessed = classes(stays, NOW)
    held = as_said(guessed, stays, said, NOW)
    assert seen(held) == read_again(guessed, said)
    assert len(held) == len(seen(held))
    assert held == sorted(held, key=lambda one: one.span)
    assert all(one.end <= other.start for one, other in pairwise(held))
    kept = {one.span for one in said}
    for one in held:
        if one.how is How.KEPT:
            there = {
                stay.session_id
                for stay in stays
                if overlap((stay.joined_at, stay.end(NOW)), one.span)
            }
            assert {stay.session_id for stay in one.stays} == there
        else:
            assert one in guessed
            assert one.span not in kept
    again = as_said(guessed, stays, data.draw(st.permutations(said)), NOW)
    assert again == held
    # Nothing that was said has left a trace in what is guessed.
    assert as_said(guessed, stays, [], NOW) == guessed


@given(SAYINGS, st.integers(0, 400), st.integers(1, 90))
def test_what_overlaps_what_was_said_is_refused(
    said: list[KeptClass], start: int, lasts: int
) -> None:
    span = (start * MINUTE, (start + lasts) * MINUTE)
    if any(overlap(one.span, span) for one in said):
        with pytest.raises(Conflict, match="take that back first"):
            require_free(said, span)
    else:
        require_free(said, span)


@pytest.mark.parametrize(
    ("span", "field"),
    [
        ((10, 10), "to"),
        ((10, 9), "to"),
        ((0, 24 * 3_600_000 + 1), "to"),
        ((NOW - 5, NOW + 1), "to"),
        ((-5, 10), "from"),
    ],
)
def test_times_between_which_no_class_can_have_been(span: tuple[int, int], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_times(span, NOW)
    assert refused.value.field == field


def test_a_class_of_a_day_that_is_just_over_can_be_kept() -> None:
    day = 24 * 3_600_000
    check_times((NOW, NOW + day), NOW + day)
