"""The days of a period: each instant of it lies on one of them."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st
from support.days import any_day

from rollbook.domain.days import Days
from rollbook.domain.period import day_lived, period, period_of, time_zone


@given(st.integers(0, 400 * 86_400))
def test_days_agree_with_the_calendar(second: int) -> None:
    whole = period("2025-12-30", "2027-02-10", "Europe/Paris", 0)
    instant = whole.start + second * 1000
    assert Days(whole).of(instant) == day_lived(instant, time_zone("Europe/Paris"))


@given(any_day(), st.data())
def test_each_instant_lies_in_the_span_of_its_day_and_in_no_other(
    odd: tuple[str, date], data: st.DataObject
) -> None:
    zone, day = odd
    whole = period_of(day - timedelta(days=2), day + timedelta(days=2), zone)
    days = Days(whole)
    instant = data.draw(st.integers(whole.start, whole.end - 1))
    held = zip(days.every, days.spans, strict=True)
    assert [one for one, (start, end) in held if start <= instant < end] == [days.of(instant)]
