"""What a session costs."""

from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollbook.domain.credits import CreditRule, Rounding, rounded_quotient

SECONDS = st.integers(0, 10**9)


@pytest.mark.parametrize(
    ("seconds", "up", "half_up", "down"),
    [
        (0, 0, 0, 0),
        (1, 1, 0, 0),
        (29, 1, 0, 0),
        (30, 1, 1, 0),
        (59, 1, 1, 0),
        (60, 1, 1, 1),
        (61, 2, 1, 1),
        (3405, 57, 57, 56),
        (3600, 60, 60, 60),
    ],
)
def test_a_minute_costs_a_credit_and_a_begun_one_what_the_rule_says(
    seconds: int, up: int, half_up: int, down: int
) -> None:
    assert CreditRule(Rounding.UP).credits(seconds) == up
    assert CreditRule(Rounding.HALF_UP).credits(seconds) == half_up
    assert CreditRule(Rounding.DOWN).credits(seconds) == down


def test_a_begun_minute_counts_where_nothing_else_was_agreed() -> None:
    assert CreditRule().credits(1) == 1


@pytest.mark.parametrize(("seconds", "cost"), [(0, 0), (89, 0), (90, 2), (91, 2)])
def test_a_session_under_the_minimum_costs_nothing(seconds: int, cost: int) -> None:
    assert CreditRule(minimum_seconds=90).credits(seconds) == cost


@given(SECONDS, st.sampled_from(Rounding))
def test_a_longer_session_never_costs_less(seconds: int, rounding: Rounding) -> None:
    rule = CreditRule(rounding)
    assert 0 <= rule.credits(seconds + 1) - rule.credits(seconds) <= 1


@given(st.integers(0, 10**12), st.integers(1, 10**6))
def test_quotients_are_rounded_half_up(amount: int, divisor: int) -> None:
    exact = Fraction(amount, divisor)
    assert rounded_quotient(amount, divisor) == floor(exact + Fraction(1, 2))


def test_the_average_of_nothing_is_nothing() -> None:
    assert rounded_quotient(0, 0) == 0


def test_a_rule_says_in_words_what_it_does() -> None:
    rule = CreditRule(Rounding.HALF_UP, 30)
    assert str(rule) == "per-session; rounding=half-up; minimum-seconds=30"
