"""Instants to text and back."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.examples import examples

from rollbook.domain.instants import from_datetime, from_text, moment_in, to_datetime, to_text

FIRST, LAST = from_text("0001-01-01T00:00:00Z"), from_text("9999-12-31T23:59:59.999Z")


def test_an_instant_is_written_with_milliseconds_and_z() -> None:
    assert to_text(1_705_309_530_000) == "2024-01-15T09:05:30.000Z"
    assert to_text(-1) == "1969-12-31T23:59:59.999Z"
    assert to_text(FIRST) == "0001-01-01T00:00:00.000Z"


@given(st.integers(FIRST, LAST))
def test_what_is_written_reads_back_the_same(instant: int) -> None:
    assert from_text(to_text(instant)) == instant
    written = to_datetime(instant).isoformat(timespec="milliseconds")
    assert to_text(instant) == written.removesuffix("+00:00") + "Z"
    assert from_datetime(to_datetime(instant)) == instant


@pytest.mark.parametrize(
    "text",
    [
        "2024-01-15T09:05:30.000Z",
        "2024-01-15T09:05:30Z",
        "2024-01-15t09:05:30z",
        "2024-01-15 09:05:30+00:00",
        "2024-01-15T10:05:30+01:00",
        "2024-01-14T23:05:30-10:00",
        "2024-01-15T14:50:30+05:45",
        "2024-01-15T09:05:30.0009Z",
        "2024-01-15T09:05:30.000999999Z",
        "2024-01-15T09:05:30,000Z",
    ],
)
def test_one_instant_may_be_written_in_many_ways(text: str) -> None:
    assert to_text(from_text(text)) == "2024-01-15T09:05:30.000Z"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2024-01-15",
        "2024-01-15T09:05:30",
        "2024-01-15T09Z",
        "2024-W03-1T09:05:30Z",
        "2024-01-15T25:00:00Z",
        "2024-02-30T09:05:30Z",
        "2024-01-15T09:05:30Z\n",
        "1705309530000",
        "2024-01-15T09:05:30+25:00",
    ],
)
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        from_text(text)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z"),
        ("2016-12-31t23:59:60.25z", "2017-01-01T00:00:00.250Z"),
        ("2024-01-15T09:05:60+01:00", "2024-01-15T08:06:00.000Z"),
    ],
)
def test_second_60_is_the_next_minute_s_first(text: str, instant: str) -> None:
    assert to_text(from_text(text)) == instant


@pytest.mark.parametrize(
    "text", ["2024-01-15T09:60:00Z", "2024-01-15T09:05:61Z", "9999-12-31T23:59:60Z"]
)
def test_no_minute_is_the_60th_no_second_the_61st_and_none_comes_after_the_last(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        from_text(text)


def test_parts_of_a_millisecond_are_dropped_also_before_1970() -> None:
    assert from_datetime(datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)) == -1


@given(
    st.one_of(
        st.text(),
        st.from_regex(
            r"\A\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d([.,]\d{1,9})?)?([Zz]|[+-]\d\d(:?\d\d)?)?\Z"
        ),
        # What is almost in the usual shape, so that only one of the two ways might refuse it.
        st.from_regex(r"\A[\dW-]{4,7}-[\dW-]{2,4}T[\d:]{2,4}:[\d:.,+-]{0,12}Z\Z"),
        st.datetimes(timezones=st.timezones()).map(datetime.isoformat),
    )
)
@settings(max_examples=examples(1_000))
def test_the_short_way_to_read_an_instant_gives_what_the_long_one_gives(text: str) -> None:
    try:
        moment = moment_in(text)
        expected = from_datetime(moment) if moment.tzinfo else None
    except (ValueError, OverflowError):
        expected = None
    if expected is None:
        with pytest.raises(ValueError, match=r"\w"):
            from_text(text)
        return
    assert from_text(text) == expected
