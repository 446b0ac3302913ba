"""Sums by anything: what they add up to, and when somebody was last seen."""

from hypothesis import given
from hypothesis import strategies as st
from support import oracle_rooms
from support.oracle_rooms import There
from support.stays import NOW as MOMENT
from support.stays import milliseconds, people, stay_of

from rollbook.domain.credits import CreditRule
from rollbook.domain.period import day_lived, period, time_zone
from rollbook.domain.tally import BareStay, Days, Tallies

MINUTE = 60_000
NOW = 600 * MINUTE


def bare(there: There) -> BareStay:
    stay = stay_of(there)
    return stay.uid, stay.room_id, stay.joined_at, stay.left_at


def test_tallies_add_up() -> None:
    tallies: Tallies[str] = Tallies(lambda one: one[1], CreditRule(), NOW)
    tallies.add([("a", "x", 0, 61_000), ("b", "x", 0, None), ("a", "y", 0, 1_000)])
    assert tallies.by["x"].people == {"a", "b"}
    assert tallies.by["x"].totals.credits == 2 + 600
    assert tallies.whole().sessions == 3


@given(people("jane", "bob"))
def test_sums_and_last_seen_are_those_of_a_second_reading(there: list[There]) -> None:
    tallies: Tallies[str] = Tallies(lambda one: one[0], CreditRule(), milliseconds(MOMENT))
    tallies.add([bare(one) for one in there])
    for who, tally in tallies.by.items():
        own = [one for one in there if one.who == who]
        assert tally.totals.seconds == oracle_rooms.raw(own, MOMENT)
        assert tally.last_seen == milliseconds(oracle_rooms.last_seen(own, MOMENT))
        assert (tally.totals.sessions, tally.people) == (len(own), {who})
        assert tally.running == sum(one.went is None for one in own)
    assert tallies.by.keys() == {one.who for one in there}


def test_who_left_last_was_seen_then_in_whatever_order_it_is_told() -> None:
    told: list[BareStay] = [("a", "x", 0, 9_000), ("a", "y", 1_000, 3_000)]
    for order in (told, told[::-1]):
        tallies: Tallies[str] = Tallies(lambda one: one[0], CreditRule(), NOW)
        tallies.add(order)
        assert tallies.by["a"].last_seen == 9_000
        tallies.add([("a", "z", 500, None)])
        assert tallies.by["a"].last_seen == NOW


@given(st.integers(0, 400 * 86_400))
def test_days_agree_with_the_calendar(second: int) -> None:
    whole = period("2025-12-30", "2027-02-10", "Europe/Paris", NOW)
    instant = whole.start + second * 1000
    assert Days(whole).of(instant) == day_lived(instant, time_zone("Europe/Paris"))
