"""When a room was taught in, by who was there."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.oracle_rooms import There
from support.stays import NOW as MOMENT
from support.stays import milliseconds, people, stay_of

from rollbook.domain.attendance import AttendanceRule, Rules, Verdict, attendance
from rollbook.domain.classes import HeldClass, How, class_between, classes
from rollbook.domain.credits import CreditRule
from rollbook.domain.stays import Stay

MINUTE = 60_000
NOW = 100_000 * MINUTE
RULES = Rules(AttendanceRule(), CreditRule())


class Told(NamedTuple):
    """A class in minutes."""

    start: float
    end: float
    how: str
    people: int


def there(
    uid: str, came: float, went: float | None, role: str | None = None, number: int = 0
) -> Stay:
    left = None if went is None else int(went * MINUTE)
    return Stay(
        f"{uid}-{came}-{number}", uid, None, role, "r", None, int(came * MINUTE), left, None
    )


def teacher(uid: str, came: float, went: float | None) -> Stay:
    return there(uid, came, went, "TEACHER")


def pupils(count: int, came: float, went: float, name: str = "pupil") -> list[Stay]:
    return [there(f"{name}-{number}", came, went, "STUDENT") for number in range(count)]


def told(held: Sequence[HeldClass]) -> list[Told]:
    return [
        Told(
            one.start / MINUTE,
            one.end / MINUTE,
            one.how.value,
            len({stay.uid for stay in one.stays}),
        )
        for one in held
    ]


def found(*stays: Stay | list[Stay]) -> list[Told]:
    return told(classes(_flat(stays), NOW))


def _flat(stays: Sequence[Stay | list[Stay]]) -> list[Stay]:
    return [one for some in stays for one in (some if isinstance(some, list) else [some])]


def verdicts(held: HeldClass, now: int = NOW) -> dict[str, tuple[str, int, int]]:
    return {
        one.person.uid: (one.verdict.value, one.late, one.early)
        for one in attendance(held, RULES, now)
    }


# --- one class -----------------------------------------------------------------------------------


def test_a_teacher_who_opens_early_makes_nobody_late() -> None:
    trickling = [there(f"pupil-{n}", 11 + n / 3, 62, "STUDENT") for n in range(10)]
    (held,) = classes([teacher("ann", 0, 64), *trickling], NOW)
    assert set(verdicts(held).values()) == {("present", 0, 0)}


def test_a_forgotten_tab_makes_no_class_longer() -> None:
    (held,) = classes([teacher("ann", 0, 50), *pupils(9, 0, 50), there("left on", 0, 210)], NOW)
    assert told([held]) == [(0, 50, "teacher", 11)]
    assert set(verdicts(held).values()) == {("present", 0, 0)}


def test_without_a_teacher_a_class_is_while_half_of_the_most_people_are_there() -> None:
    few, others = pupils(2, 0, 90, "first"), pupils(3, 10, 60, "later")
    assert found(few, others) == [(10, 60, "most", 5)]
    assert found(pupils(2, 0, 90, "first"), pupils(2, 10, 60, "later")) == [(0, 90, "most", 4)]


def test_a_teacher_who_only_looks_in_does_not_set_the_times() -> None:
    assert found(teacher("ann", 0, 10), pupils(10, 0, 50)) == [(0, 50, "most", 11)]


def test_a_visit_of_another_teacher_is_no_other_class() -> None:
    visit = teacher("head", 20, 35)
    assert found(teacher("ann", 0, 50), visit, pupils(5, 0, 50)) == [(0, 50, "teacher", 7)]


def test_two_teachers_at_once_hold_one_class() -> None:
    both = [teacher("ann", 0, 50), teacher("bob", 5, 48)]
    assert found(both, pupils(5, 0, 50)) == [(0, 50, "teacher", 7)]


def test_who_is_away_for_a_moment_is_in_one_class() -> None:
    again = [there("jane", 0, 20), there("jane", 23, 50)]
    (held,) = classes([teacher("ann", 0, 50), *pupils(3, 0, 50), *again], NOW)
    assert verdicts(held)["jane"] == ("present", 0, 0)


def test_a_class_that_goes_on_ends_now() -> None:
    stays = [teacher("ann", 0, None), *(there(f"pupil-{n}", 1, None) for n in range(5))]
    assert told(classes(stays, 30 * MINUTE)) == [(1, 30, "teacher", 6)]


def test_who_only_came_for_a_moment_is_a_class_of_no_time() -> None:
    (held,) = classes([there("jane", 5, 5)], NOW)
    assert (told([held]), verdicts(held)["jane"][0]) == ([(5, 5, "most", 1)], "absent")


@pytest.mark.parametrize(("came", "went"), [(52, 54), (-9, -3)])
def test_who_was_alone_just_before_or_after_is_told_with_the_class(came: int, went: int) -> None:
    (held,) = classes([*pupils(5, 0, 50), there("jane", came, went)], NOW)
    assert told([held]) == [(0, 50, "most", 6)]
    assert verdicts(held)["jane"] == ("absent", 0, 0)


# --- several -------------------------------------------------------------------------------------


def test_ten_minutes_between_two_lessons_tell_them_apart() -> None:
    def lesson(came: int) -> list[Stay]:
        return [teacher("ann", came, came + 50), *pupils(10, came, came + 50)]

    assert found(lesson(0), lesson(60)) == [(0, 50, "teacher", 11), (60, 110, "teacher", 11)]
    assert found(lesson(0), lesson(59)) == [(0, 109, "teacher", 11)]


def test_a_teacher_who_stays_and_a_forgotten_tab_do_not_join_two_lessons() -> None:
    kept = [teacher("ann", 0, 110), there("left on", 0, 200)]
    lessons = found(kept, pupils(10, 0, 50), pupils(10, 60, 110))
    assert lessons == [(0, 50, "teacher", 12), (60, 110, "teacher", 12)]


@pytest.mark.parametrize("pause", [-4, 0, 5])
def test_another_teacher_is_another_lesson(pause: int) -> None:
    lessons = found(teacher("ann", 0, 50), teacher("bob", 50 + pause, 105), pupils(10, 0, 105))
    assert [one.people for one in lessons] == [12 if pause < 0 else 11] * 2
    assert lessons[0].end <= lessons[1].start
    assert abs(lessons[0].end - 50) <= 4


@pytest.mark.parametrize("pause", [0, 5])
def test_other_people_are_another_lesson(pause: int) -> None:
    kept = teacher("ann", 0, 105)
    lessons = found(kept, pupils(10, 0, 50, "a"), pupils(12, 50 + pause, 105, "b"))
    assert lessons == [(0, 50, "teacher", 11), (50 + pause, 105, "teacher", 13)]


@pytest.mark.parametrize("pause", [0, 5, 15])
def test_a_small_lesson_between_two_large_ones_is_found(pause: int) -> None:
    lessons = found(
        pupils(30, 0, 50, "a"), pupils(8, 50 + pause, 100, "b"), pupils(30, 100 + pause, 150, "c")
    )
    assert lessons == [
        (0, 50, "most", 30),
        (50 + pause, 100, "most", 8),
        (100 + pause, 150, "most", 30),
    ]


def test_who_comes_when_only_a_forgotten_tab_is_left_has_a_class_of_their_own() -> None:
    tab = there("left on", 0, 300)
    lessons = found(pupils(10, 0, 50), tab, there("late", 200, 230))
    assert lessons == [(0, 50, "most", 11), (200, 230, "most", 2)]


def test_a_class_whose_times_somebody_said_has_all_who_were_there() -> None:
    stays = [*pupils(2, 0, 50), there("jane", 50, 60), there("bob", 40, 70)]
    held = class_between(stays, (10 * MINUTE, 50 * MINUTE), NOW)
    assert (held.how, sorted({one.uid for one in held.stays})) == (
        How.SET,
        ["bob", "pupil-0", "pupil-1"],
    )


# --- laws ----------------------------------------------------------------------------------------


@given(people("jane", "bob", "ann", "tom", rooms=("r",)), st.data())
def test_every_stay_is_in_a_class_and_classes_do_not_overlap(
    present: list[There], data: st.DataObject
) -> None:
    teaches = data.draw(st.sets(st.sampled_from(["jane", "bob"])))
    gap = data.draw(st.integers(1, 30)) * MINUTE
    stays = [
        stay_of(one)._replace(role="TEACHER" if one.who in teaches else None) for one in present
    ]
    now = milliseconds(MOMENT)
    held = classes(stays, now, gap)
    assert {stay for one in held for stay in one.stays} == set(stays)
    assert all(one.end <= other.start for one, other in pairwise(held))
    assert all(one.start <= one.end <= now for one in held)
    assert classes(data.draw(st.permutations(stays)), now, gap) == held


@given(
    st.integers(4, 12),
    st.integers(0, 300),
    st.integers(0, 300),
    st.sampled_from(["STUDENT", "TEACHER", None]),
    st.booleans(),
)
def test_nobody_alone_changes_how_the_others_are_judged(
    others: int, before: int, after: int, role: str | None, taught: bool
) -> None:
    stays = pupils(others, 0, 50)
    if taught:
        stays.append(teacher("ann", 0, 50))
    odd = there("odd", -before, 50 + after, role)
    held = [one for one in classes([*stays, odd], NOW) if one.start < 50 * MINUTE and one.end > 0]
    assert len(held) == 1
    judged = verdicts(held[0])
    assert {judged[stay.uid] for stay in stays} == {(Verdict.PRESENT.value, 0, 0)}
