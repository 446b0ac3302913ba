"""Classes that were planned, and those that were not, beside them."""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.oracle_rooms import There
from support.stays import BEGIN, milliseconds, people, stay_of
from support.stays import NOW as MOMENT
from unit.domain.test_classes import MINUTE, NOW, Told, pupils, teacher, there, told, verdicts

from rollbook.domain.classes import HeldClass, How, classes
from rollbook.domain.schedules import Planned
from rollbook.domain.stays import Stay

DAY = date(2024, 1, 15)


def plan(start: int, end: int, title: str | None = None) -> Planned:
    return Planned(start * MINUTE, end * MINUTE, DAY, title)


def held(plans: Sequence[Planned], *stays: Stay | list[Stay], now: int = NOW) -> list[HeldClass]:
    flat = [one for some in stays for one in (some if isinstance(some, list) else [some])]
    return classes(flat, now, planned=plans)


def found(plans: Sequence[Planned], *stays: Stay | list[Stay]) -> list[Told]:
    return told(held(plans, *stays))


# --- a class that was planned --------------------------------------------------------------------


def test_its_times_are_those_planned_and_stays_are_cut_to_them() -> None:
    late = there("late", 20, 60)
    (one,) = held([plan(0, 60, "Art")], teacher("ann", -30, 90), pupils(5, -5, 65), late)
    assert told([one]) == [(0, 60, "planned", 7)]
    assert one.plan == plan(0, 60, "Art")
    assert verdicts(one)["late"] == ("partly", 1200, 0)
    assert verdicts(one)["ann"] == verdicts(one)["pupil-0"] == ("present", 0, 0)


def test_one_that_nobody_came_to_was_one_too_unless_it_is_to_come() -> None:
    plans = [plan(0, 60), plan(100, 160), plan(200, 260)]
    assert told(held(plans, now=120 * MINUTE)) == [(0, 60, "planned", 0), (100, 120, "planned", 0)]


def test_one_that_goes_on_is_judged_so_far() -> None:
    stays = [there("here", 0, None), there("gone", 0, 15)]
    (one,) = held([plan(0, 60)], *stays, now=30 * MINUTE)
    assert told([one]) == [(0, 30, "planned", 2)]
    assert verdicts(one, 30 * MINUTE) == {"here": ("present", 0, 0), "gone": ("partly", 0, 900)}


def test_who_stays_through_two_in_a_row_is_in_both() -> None:
    both = [plan(0, 45), plan(45, 90)]
    first, second = held(both, teacher("ann", 0, 90), pupils(5, -5, 92))
    assert told([first, second]) == [(0, 45, "planned", 6), (45, 90, "planned", 6)]
    assert {*verdicts(first).values(), *verdicts(second).values()} == {("present", 0, 0)}


def test_who_was_only_in_the_first_is_not_in_the_second() -> None:
    first, second = held([plan(0, 45), plan(45, 90)], pupils(5, 0, 45), there("jane", 45, 90))
    assert [one.people for one in told([first, second])] == [5, 1]


# --- beside it -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "stays",
    [
        [there("early", -40, -12), there("early", -8, 60)],
        [there("late", 10, 60), there("late", 65, 120)],
        [there("alone", -9, -2)],
        [there("alone", 61, 68)],
        [*pupils(4, -9, -2, "test")],
        [*pupils(4, 61, 70, "over")],
        [there("alone", -30, -5)],
    ],
)
def test_who_came_early_or_stayed_late_makes_no_other_class(stays: list[Stay]) -> None:
    (one,) = held([plan(0, 60)], pupils(6, 0, 60), stays)
    assert (one.start, one.end, one.how) == (0, 60 * MINUTE, How.PLANNED)
    assert {stay.session_id for stay in stays} <= {stay.session_id for stay in one.stays}


def test_the_break_between_two_makes_no_other_class() -> None:
    plans = [plan(0, 45), plan(60, 105)]
    lessons = found(plans, pupils(6, 0, 45), pupils(3, 46, 58, "break"), pupils(6, 60, 105))
    assert [(one.start, one.end) for one in lessons] == [(0, 45), (60, 105)]


def test_a_lesson_that_was_not_planned_is_one_too() -> None:
    extra = [teacher("bob", 100, 150), *pupils(8, 100, 150, "extra")]
    lessons = found([plan(0, 60)], teacher("ann", 0, 60), pupils(8, 0, 60), extra)
    assert lessons == [(0, 60, "planned", 9), (100, 150, "teacher", 9)]


def test_a_lesson_of_others_right_before_is_one_too_and_who_stays_is_in_both() -> None:
    lessons = found(
        [plan(60, 105)], pupils(8, 0, 55, "a"), there("a-and-b", 0, 105), pupils(8, 60, 105, "b")
    )
    assert lessons == [(0, 55, "most", 9), (60, 105, "planned", 9)]


def test_a_forgotten_tab_reaches_into_a_lesson_that_was_not_planned() -> None:
    lessons = found(
        [plan(0, 60)], pupils(5, 0, 60), there("left on", 0, 400), pupils(5, 200, 250, "extra")
    )
    assert lessons == [(0, 60, "planned", 6), (200, 250, "most", 6)]


def test_somebody_alone_long_before_has_a_class_of_their_own() -> None:
    assert found([plan(0, 60)], there("alone", -120, -60)) == [
        (-120, -60, "most", 1),
        (0, 60, "planned", 0),
    ]


# --- laws ----------------------------------------------------------------------------------------


@st.composite
def plans(draw: st.DrawFn) -> list[Planned]:
    """Classes that do not overlap, some of them without a break, some to come."""
    begin, found = milliseconds(BEGIN) // MINUTE, []
    at = begin + draw(st.integers(-20, 40))
    for _ in range(draw(st.integers(0, 4))):
        end = at + draw(st.integers(1, 45))
        found.append(plan(at, end))
        at = end + draw(st.sampled_from([0, 0, 3, 10, 30]))
    return found


def roled(present: list[There], teaches: set[str]) -> list[Stay]:
    return [
        stay_of(one)._replace(role="TEACHER" if one.who in teaches else None) for one in present
    ]


EVERYBODY = ("jane", "bob", "ann", "tom")


@given(people(*EVERYBODY, rooms=("r",)), plans(), st.integers(1, 30), st.data())
def test_every_stay_is_in_a_class_or_beside_one_and_no_two_overlap(
    present: list[There], planned: list[Planned], gap: int, data: st.DataObject
) -> None:
    stays = roled(present, data.draw(st.sets(st.sampled_from(["jane", "bob"]))))
    now = milliseconds(MOMENT)
    every = classes(stays, now, gap * MINUTE, planned)
    assert {stay for one in every for stay in one.stays} == set(stays)
    assert all(one.end <= other.start for one, other in pairwise(every))
    again = data.draw(st.permutations(stays))
    assert classes(again, now, gap * MINUTE, reversed(planned)) == every


@given(people(*EVERYBODY, rooms=("r",)), plans(), st.integers(1, 30))
def test_what_was_planned_does_not_depend_on_who_came(
    present: list[There], planned: list[Planned], gap: int
) -> None:
    now = milliseconds(MOMENT)
    every = classes(roled(present, set()), now, gap * MINUTE, planned)
    as_planned = [one for one in every if one.how is How.PLANNED]
    assert [(one.start, one.end, one.plan) for one in as_planned] == [
        (one.start, min(one.end, now), one) for one in planned if one.start <= now
    ]
    assert all(one.plan is None for one in every if one.how is not How.PLANNED)


@given(people(*EVERYBODY, rooms=("r",)), plans(), st.integers(1, 30))
def test_who_is_in_a_planned_class_is_read_from_the_clock(
    present: list[There], planned: list[Planned], gap: int
) -> None:
    now = milliseconds(MOMENT)
    for one in classes(roled(present, set()), now, gap * MINUTE, planned):
        if one.how is not How.PLANNED:
            continue
        inside = {
            stay.session_id
            for stay in roled(present, set())
            for came, went in [(stay.joined_at, stay.end(now))]
            if max(came, one.start) < min(went, one.end)
        }
        assert inside <= {stay.session_id for stay in one.stays}


@given(people(*EVERYBODY, rooms=("r",)), plans(), st.integers(1, 30))
def test_other_classes_are_of_who_was_in_no_planned_one(
    present: list[There], planned: list[Planned], gap: int
) -> None:
    now = milliseconds(MOMENT)
    stays = roled(present, set())
    every = classes(stays, now, gap * MINUTE, planned)
    begun = [(one.start, min(one.end, now)) for one in planned if one.start <= now]
    for one in every:
        if one.how is How.PLANNED:
            continue
        # Somebody was there for it who was in none that was planned, and for more than its margin.
        founders = [
            stay
            for stay in one.stays
            if not any(
                start - gap * MINUTE <= stay.joined_at and stay.end(now) <= end + gap * MINUTE
                for start, end in begun
            )
            and not any(stay.joined_at < end and start < stay.end(now) for start, end in begun)
        ]
        assert founders


@given(people(*EVERYBODY, rooms=("r",)), st.integers(1, 30))
def test_without_a_plan_classes_are_what_they_were(present: list[There], gap: int) -> None:
    now = milliseconds(MOMENT)
    stays = roled(present, {"jane"})
    to_come = plan(now // MINUTE + 1, now // MINUTE + 60)
    assert classes(stays, now, gap * MINUTE, [to_come]) == classes(stays, now, gap * MINUTE)
