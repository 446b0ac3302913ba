"""What an organization's rule makes of a class and the people in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import oracle_rooms
from support.oracle_rooms import There
from support.stays import NOW as MOMENT
from support.stays import milliseconds, moments, people, stay_of

from rollbook.domain.attendance import AttendanceRule, Attended, Rules, Verdict, attendance
from rollbook.domain.classes import class_between
from rollbook.domain.credits import CreditRule
from rollbook.domain.stays import Stay

SECOND = 1000
MINUTE = 60_000
NOW = 600 * MINUTE
HOUR = (0, 60 * MINUTE)


def stay(uid: str, first: int, last: int | None, room: str = "r") -> Stay:
    left = None if last is None else last * MINUTE
    return Stay(f"{uid}{first}{room}", uid, None, None, room, None, first * MINUTE, left, None)


def between(uid: str, came: int, went: int) -> Stay:
    """A stay between two instants in milliseconds."""
    return stay(uid, 0, 0)._replace(session_id=uid, joined_at=came, left_at=went)


def judged(one: Stay, share: int = 75, grace: int = 10) -> Attended:
    """Somebody in a class of an hour."""
    rules = Rules(AttendanceRule(share, grace, grace), CreditRule())
    (found,) = attendance(class_between([one], HOUR, NOW), rules, NOW)
    return found


def test_attendance_by_the_rule() -> None:
    stays = [
        stay("teacher", 0, 60),
        stay("late", 11, 60),
        stay("early", 0, 40),
        stay("both", 5, 30),
        stay("both", 20, 55),
    ]
    rules = Rules(AttendanceRule(75, 10, 10), CreditRule())
    held = class_between(stays, HOUR, NOW)
    found = {one.person.uid: one for one in attendance(held, rules, NOW)}
    assert (found["late"].late, found["late"].verdict) == (660, Verdict.PRESENT)
    assert (found["early"].early, found["early"].verdict) == (1200, Verdict.PARTLY)
    both = found["both"]
    assert (both.times.raw, both.times.merged, both.share) == (3600, 3000, 83)
    assert both.credits == 60
    assert found["teacher"].late == found["teacher"].early == 0


def test_stays_are_cut_to_the_class_and_their_own_times_are_told_whole() -> None:
    found = judged(stay("jane", -30, 45))
    assert (found.share, found.late, found.early) == (75, 0, 900)
    assert (found.first_join, found.last_leave) == (-30 * MINUTE, 45 * MINUTE)
    assert (found.times.raw, found.credits) == (75 * 60, 75)


def test_each_end_has_its_own_grace() -> None:
    rules = Rules(AttendanceRule(75, 5, 20), CreditRule())
    (found,) = attendance(class_between([stay("jane", 6, 40)], HOUR, NOW), rules, NOW)
    assert (found.late, found.early) == (360, 0)


def test_who_is_there_still_has_not_left_early() -> None:
    found = judged(stay("jane", 0, None))
    assert (found.last_leave, found.early, found.verdict) == (None, 0, Verdict.PRESENT)


@pytest.mark.parametrize(
    ("there", "share", "verdict"),
    [
        (45 * MINUTE, 75, Verdict.PRESENT),
        (45 * MINUTE - 18 * SECOND, 75, Verdict.PRESENT),  # 74.5 %
        (45 * MINUTE - 18 * SECOND - 1, 74, Verdict.PARTLY),
        (44 * MINUTE, 73, Verdict.PARTLY),
    ],
)
def test_who_was_there_for_exactly_the_share_was_present(
    there: int, share: int, verdict: Verdict
) -> None:
    found = judged(between("jane", 0, there))
    assert (found.share, found.verdict) == (share, verdict)
    assert judged(between("jane", 0, there), share=share).verdict is Verdict.PRESENT
    assert judged(between("jane", 0, there), share=share + 1).verdict is Verdict.PARTLY


@pytest.mark.parametrize(
    ("off", "minutes"),
    [(10 * MINUTE, 0), (11 * MINUTE - 1, 0), (11 * MINUTE, 11), (12 * MINUTE - 1, 11)],
)
def test_the_grace_itself_is_forgiven_and_a_minute_more_is_not(off: int, minutes: int) -> None:
    assert judged(between("jane", off, 60 * MINUTE)).late // 60 == minutes
    assert judged(between("jane", 0, 60 * MINUTE - off)).early // 60 == minutes


@given(people("jane", "bob", "ann", rooms=("r",)), st.data())
def test_people_are_judged_as_a_second_reading_does(
    there: list[There], data: st.DataObject
) -> None:
    begin, end = sorted(
        data.draw(st.tuples(moments(), moments()).filter(lambda two: len(set(two)) == 2))
    )
    held = class_between(
        [stay_of(one) for one in there],
        (milliseconds(begin), milliseconds(end)),
        milliseconds(MOMENT),
    )
    own = [
        [
            one
            for one in there
            if one.who == who and oracle_rooms.shares_time(one, (begin, end), MOMENT)
        ]
        for who in ("jane", "bob", "ann")
    ]
    own = sorted((stays for stays in own if stays), key=oracle_rooms.first_of)
    # Rules that somebody just meets, or just does not.
    edges = [oracle_rooms.judged(stays, (begin, end), 0, -1, MOMENT) for stays in own]
    share = data.draw(st.sampled_from([75, *(one.share + off for one in edges for off in (0, 1))]))
    grace = data.draw(
        st.sampled_from([10, *(n // 60 for one in edges for n in (one.late, one.early))])
    )
    rules = Rules(AttendanceRule(share, grace, grace), CreditRule())
    found = attendance(held, rules, milliseconds(MOMENT))
    expected = [oracle_rooms.judged(s, (begin, end), share, grace, MOMENT) for s in own]
    assert [_told(one) for one in found] == [_read(one) for one in expected]


def _told(one: Attended) -> tuple[object, ...]:
    times = one.first_join, one.last_leave, one.times.raw, one.times.merged
    return (one.person.uid, *times, one.share, one.late, one.early, one.verdict.value)


def _read(one: oracle_rooms.Judged) -> tuple[object, ...]:
    went = None if one.went is None else milliseconds(one.went)
    times = milliseconds(one.came), went, one.raw, one.merged
    return (one.who, *times, one.share, one.late, one.early, one.verdict)
