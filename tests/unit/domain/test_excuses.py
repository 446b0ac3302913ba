"""Who is excused, and what becomes of their verdict; which rule judges them."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollbook.domain.attendance import (
    RULE_BOUNDS,
    AskedRule,
    AttendanceRule,
    RuleFrom,
    Rules,
    SetRule,
    Verdict,
    attendance,
    checked_rule,
    rule_of,
)
from rollbook.domain.classes import HeldClass, How
from rollbook.domain.credits import CreditRule
from rollbook.domain.errors import InvalidInput
from rollbook.domain.excuses import MOST_DAYS, Excuse, check_days, excused, from_class
from rollbook.domain.period import time_zone
from rollbook.domain.said import Said, newly_said
from rollbook.domain.sheets import JudgedClass, sheet
from rollbook.domain.stays import Stay

MINUTE = 60_000
DAY_ONE = date(2024, 1, 1)
RULES = Rules(AttendanceRule(), CreditRule())


def held(start: int, end: int, *stays: Stay) -> HeldClass:
    return HeldClass(start * MINUTE, end * MINUTE, How.SET, stays)


def there(uid: str, came: int, went: int) -> Stay:
    return Stay(uid, uid, None, None, "r", None, came * MINUTE, went * MINUTE, None)


def said(number: int = 0) -> Said:
    return Said(f"said-{number}", "key k", number, f"note {number}")


# --- who ----------------------------------------------------------------------------------------

EXCUSES = st.lists(
    st.tuples(
        st.sampled_from(["ann", "bob"]),
        st.integers(0, 20),
        st.integers(0, 6),
        st.none() | st.integers(0, 100),
    ),
    max_size=8,
).map(
    lambda told: [
        Excuse(
            uid,
            None,
            DAY_ONE + timedelta(days=first),
            DAY_ONE + timedelta(days=first + lasts),
            None if at is None else at * MINUTE,
            said(number),
        )
        for number, (uid, first, lasts, at) in enumerate(told)
    ]
)


@given(EXCUSES, st.integers(0, 60), st.integers(0, 60), st.integers(0, 26), st.data())
def test_who_is_excused_is_as_was_said_in_whatever_order(
    excuses: list[Excuse], start: int, lasts: int, day: int, data: st.DataObject
) -> None:
    one, when = held(start, start + lasts), DAY_ONE + timedelta(days=day)
    last_word: dict[str, int] = {}
    for number, excuse in enumerate(excuses):
        if excuse.class_at is None:
            holds = excuse.first <= when <= excuse.last
        else:
            # The last moment of a class is the first of the next one, unless it is its only one.
            minute = excuse.class_at // MINUTE
            holds = start <= minute < start + lasts or start == minute == start + lasts
        if holds:
            last_word[excuse.uid] = number
    shuffled = data.draw(st.permutations(excuses))
    assert {uid: one.said.at for uid, one in excused(shuffled, one, when).items()} == last_word


def test_an_excuse_from_a_class_survives_that_its_ends_move() -> None:
    excuse = from_class("ann", "r", held(60, 110), time_zone("Europe/Paris"), said())
    assert (excuse.first, excuse.last) == (date(1970, 1, 1), date(1970, 1, 1))
    day = excuse.first
    assert all(excuse.of(one, day) for one in (held(50, 100), held(70, 111), held(84, 86)))
    assert not any(excuse.of(one, day) for one in (held(10, 60), held(110, 150)))


@pytest.mark.parametrize(("first", "last"), [(1, 0), (0, MOST_DAYS)])
def test_days_that_are_none_or_too_many(first: int, last: int) -> None:
    with pytest.raises(InvalidInput):
        check_days(DAY_ONE + timedelta(days=first), DAY_ONE + timedelta(days=last))


@pytest.mark.parametrize("note", ["", "   ", "x" * 501, "a\0b"])
def test_nothing_is_said_without_a_reason(note: str) -> None:
    with pytest.raises(InvalidInput):
        newly_said("key k", 0, note)


# --- what becomes of them -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("came", "went", "without", "with_excuse"),
    [
        (0, 50, Verdict.PRESENT, Verdict.PRESENT),
        (0, 20, Verdict.PARTLY, Verdict.EXCUSED),
        (55, 60, Verdict.ABSENT, Verdict.EXCUSED),
    ],
)
def test_who_was_present_stays_so_and_whoever_was_not_is_excused(
    came: int, went: int, without: Verdict, with_excuse: Verdict
) -> None:
    one = held(0, 50, there("ann", came, went))
    (plain,) = attendance(one, RULES, 0)
    (judged,) = attendance(one, RULES, 0, {"ann"})
    assert (plain.verdict, judged.verdict) == (without, with_excuse)
    assert (plain.share, plain.times, plain.late) == (judged.share, judged.times, judged.late)


def test_what_somebody_is_excused_from_counts_neither_for_nor_against_them() -> None:
    one = held(0, 50, there("ann", 0, 50))
    excuse = Excuse("bob", None, DAY_ONE, DAY_ONE, None, said())
    absent = JudgedClass(one, attendance(one, RULES, 0), {"bob": None, "tom": None})
    forgiven = JudgedClass(one, attendance(one, RULES, 0), {"bob": None}, {"bob": excuse})
    assert (forgiven.count(Verdict.ABSENT), forgiven.count(Verdict.EXCUSED)) == (0, 1)
    ann, bob, tom = sheet([absent, forgiven])
    assert (ann.share, bob.share, tom.share) == (100, 0, 0)
    assert [bob.cells[n].note for n in (0, 1)] == [None, "note 0"]
    (_, only_excused) = sheet([forgiven])
    assert only_excused.share is None


# --- the rule -----------------------------------------------------------------------------------

NUMBERS = {name: st.integers(*bounds) for name, bounds in RULE_BOUNDS.items()}
SET = st.builds(AttendanceRule, **NUMBERS).map(lambda rule: SetRule(rule, "key k", 1))
ASKED = st.builds(AskedRule, **{name: st.none() | number for name, number in NUMBERS.items()})


@given(ASKED, st.none() | SET, st.none() | SET)
def test_the_nearest_who_says_something_is_followed(
    asked: AskedRule, room: SetRule | None, organization: SetRule | None
) -> None:
    used = rule_of(asked, room, organization)
    without = room.rule if room else organization.rule if organization else AttendanceRule()
    for name in RULE_BOUNDS:
        told = getattr(asked, name)
        assert getattr(used.rule, name) == (getattr(without, name) if told is None else told)
    if used.rule != without:
        assert (used.whence, used.as_set) == (RuleFrom.REQUEST, None)
    else:
        whence = "room" if room else "organization" if organization else "default"
        assert (used.whence.value, used.as_set) == (whence, room or organization)


@pytest.mark.parametrize("name", RULE_BOUNDS)
def test_a_rule_has_numbers_within_bounds(name: str) -> None:
    least, most = RULE_BOUNDS[name]
    for number in (least, most):
        checked_rule(AttendanceRule(**{name: number}))
    for number in (least - 1, most + 1):
        with pytest.raises(InvalidInput, match=name):
            checked_rule(AttendanceRule(**{name: number}))
