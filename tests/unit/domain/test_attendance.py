"""What an organization's rule makes of a class and the people in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import oracle_rooms
from support.oracle_rooms import There
from support.stays import NOW as MOMENT
from support.stays import milliseconds, people, stay_of

from rollbook.domain.attendance import (
    AttendanceRule,
    Attended,
    Rules,
    Verdict,
    attendance,
    classes,
)
from rollbook.domain.credits import CreditRule
from rollbook.domain.stays import Stay

SECOND = 1000
MINUTE = 60_000
NOW = 600 * MINUTE


def stay(uid: str, first: int, last: int | None, room: str = "r") -> Stay:
    left = None if last is None else last * MINUTE
    return Stay(f"{uid}{first}{room}", uid, None, None, room, None, first * MINUTE, left, None)


def between(uid: str, came: int, went: int) -> Stay:
    """A stay between two instants in milliseconds."""
    return stay(uid, 0, 0)._replace(session_id=uid, joined_at=came, left_at=went)


def judged(one: Stay, share: int = 75, grace: int = 10) -> Attended:
    """Somebody in a class of an hour, in which a teacher was all the time."""
    rules = Rules(AttendanceRule(share, grace), CreditRule())
    teacher = stay("teacher", 0, 60)
    (held,) = classes([teacher, one], NOW)
    assert held == (0, 60 * MINUTE)
    return next(a for a in attendance([teacher, one], held, rules, NOW) if a.person.uid == one.uid)


def test_attendance_by_the_rule() -> None:
    stays = [
        stay("teacher", 0, 60),
        stay("late", 11, 60),
        stay("early", 0, 40),
        stay("both", 5, 30),
        stay("both", 20, 55),
        stay("next class", 85, 100),
    ]
    (first, second) = classes(stays, NOW)
    assert first == (0, 60 * MINUTE)
    assert second[0] == 85 * MINUTE
    rules = Rules(AttendanceRule(75, 10), CreditRule())
    found = {one.person.uid: one for one in attendance(stays[:5], first, rules, NOW)}
    assert (found["late"].late, found["late"].verdict) == (11, Verdict.PRESENT)
    assert (found["early"].early, found["early"].verdict) == (20, Verdict.TOO_SHORT)
    assert (found["both"].raw, found["both"].merged, found["both"].share) == (3600, 3000, 83)
    assert found["both"].credits == 60
    assert found["teacher"].late == found["teacher"].early == 0


@pytest.mark.parametrize(
    ("there", "share", "verdict"),
    [
        (45 * MINUTE, 75, Verdict.PRESENT),
        (45 * MINUTE - 18 * SECOND, 75, Verdict.PRESENT),  # 74.5 %
        (45 * MINUTE - 18 * SECOND - 1, 74, Verdict.TOO_SHORT),
        (44 * MINUTE, 73, Verdict.TOO_SHORT),
    ],
)
def test_who_was_there_for_exactly_the_share_was_present(
    there: int, share: int, verdict: Verdict
) -> None:
    found = judged(between("jane", 0, there))
    assert (found.share, found.verdict) == (share, verdict)
    assert judged(between("jane", 0, there), share=share).verdict is Verdict.PRESENT
    assert judged(between("jane", 0, there), share=share + 1).verdict is Verdict.TOO_SHORT


@pytest.mark.parametrize(
    ("off", "minutes"),
    [(10 * MINUTE, 0), (11 * MINUTE - 1, 0), (11 * MINUTE, 11), (12 * MINUTE - 1, 11)],
)
def test_the_grace_itself_is_forgiven_and_a_minute_more_is_not(off: int, minutes: int) -> None:
    assert judged(between("jane", off, 60 * MINUTE)).late == minutes
    assert judged(between("jane", 0, 60 * MINUTE - off)).early == minutes


@pytest.mark.parametrize(("pause", "count"), [(20 * MINUTE, 1), (20 * MINUTE + 1, 2)])
def test_a_room_that_stood_empty_for_more_than_twenty_minutes_begins_another_class(
    pause: int, count: int
) -> None:
    again = 30 * MINUTE + pause
    stays = [stay("ann", 0, 30), between("bob", again, again + MINUTE)]
    assert len(classes(stays, NOW)) == count


@given(people("jane", "bob", "ann", rooms=("r",)))
def test_classes_are_those_of_a_second_reading(there: list[There]) -> None:
    found = classes([stay_of(one) for one in there], milliseconds(MOMENT))
    assert found == [
        (milliseconds(begin), milliseconds(end))
        for begin, end in oracle_rooms.classes(there, MOMENT)
    ]


@given(people("jane", "bob", "ann", rooms=("r",)), st.data())
def test_people_are_judged_as_a_second_reading_does(
    there: list[There], data: st.DataObject
) -> None:
    begin, end = data.draw(st.sampled_from(oracle_rooms.classes(there, MOMENT)))
    inside = [one for one in there if begin <= one.came <= end]
    own = [
        [one for one in inside if one.who == who]
        for who in dict.fromkeys(one.who for one in sorted(inside, key=lambda one: one.came))
    ]
    # Rules that somebody just meets, or just does not.
    edges = [oracle_rooms.judged(stays, (begin, end), 0, -1, MOMENT) for stays in own]
    share = data.draw(st.sampled_from([one.share + off for one in edges for off in (0, 1)]))
    grace = data.draw(st.sampled_from([n for one in edges for n in (one.late, one.early)]))
    rules = Rules(AttendanceRule(share, grace), CreditRule())
    held = milliseconds(begin), milliseconds(end)
    found = attendance([stay_of(one) for one in inside], held, rules, milliseconds(MOMENT))
    expected = [oracle_rooms.judged(s, (begin, end), share, grace, MOMENT) for s in own]
    assert [_told(one) for one in found] == [_read(one) for one in expected]


def _told(one: Attended) -> tuple[object, ...]:
    times = one.first_join, one.last_leave, one.raw, one.merged
    return (one.person.uid, *times, one.share, one.late, one.early, one.verdict.value)


def _read(one: oracle_rooms.Judged) -> tuple[object, ...]:
    went = None if one.went is None else milliseconds(one.went)
    times = milliseconds(one.came), went, one.raw, one.merged
    return (one.who, *times, one.share, one.late, one.early, one.verdict)
