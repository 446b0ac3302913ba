"""Days in time zones become instants, on odd days too."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.days import ZONES, any_day, moments

from rollbook.domain.errors import InvalidInput
from rollbook.domain.instants import from_text, to_text
from rollbook.domain.period import (
    day_around,
    day_lived,
    days_in_words,
    period,
    period_of,
    time_zone,
)

NOW = from_text("2024-01-15T12:00:00Z")

ODD_DAYS = [
    # zone, day, first instant, hours
    ("UTC", "2024-02-29", "2024-02-29T00:00", 24),
    ("Asia/Kathmandu", "2024-01-15", "2024-01-14T18:15", 24),
    ("Europe/Paris", "2024-03-31", "2024-03-30T23:00", 23),
    ("Europe/Paris", "2024-10-27", "2024-10-26T22:00", 25),
    ("Australia/Lord_Howe", "2024-04-07", "2024-04-06T13:00", 24.5),
    # 00:00 to 01:00 never was
    ("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00", 23),
    ("America/Havana", "2024-03-10", "2024-03-10T05:00", 23),
    # from 23:30 on to 00:30: the day began half an hour late
    ("America/Toronto", "1919-03-31", "1919-03-31T04:30", 23.5),
    # 00:00 to 01:00 was lived twice, and so was 23:00 to 24:00
    ("America/Havana", "2024-11-03", "2024-11-03T04:00", 25),
    ("America/Sao_Paulo", "2018-02-17", "2018-02-17T02:00", 25),
    # a minute after it had begun, clocks went back to the day before
    ("America/St_Johns", "2006-10-29", "2006-10-29T02:30", 25),
    # the whole day never was, and most of a day was lived twice
    ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00", 0),
    ("Pacific/Kwajalein", "1969-09-30", "1969-09-29T13:00", 47),
]


@pytest.mark.parametrize(("zone", "day", "start", "hours"), ODD_DAYS)
def test_a_day_begins_and_ends_when_its_zone_says(
    zone: str, day: str, start: str, hours: float
) -> None:
    days = period(day, None, zone, NOW)
    assert to_text(days.start) == f"{start}:00.000Z"
    assert days.end - days.start == hours * 3_600_000


@given(any_day(), st.data())
def test_every_instant_belongs_to_exactly_one_day(
    zoned: tuple[str, date], data: st.DataObject
) -> None:
    zone, near = zoned
    instant = from_text(data.draw(moments(zone, near)))
    around = [period(str(near + timedelta(days=n)), None, zone, NOW) for n in range(-4, 5)]
    holding = [days.first for days in around if days.start <= instant < days.end]
    assert holding == [day_lived(instant, time_zone(zone))]


@given(any_day(), st.integers(0, 400))
def test_a_range_is_its_days_one_after_another(zoned: tuple[str, date], length: int) -> None:
    zone, first = zoned
    last = first + timedelta(days=length)
    whole = period(str(first), str(last), zone, NOW)
    days = [period(str(first + timedelta(days=n)), None, zone, NOW) for n in range(length + 1)]
    assert (whole.start, whole.end) == (days[0].start, days[-1].end)
    assert all(day.end == after.start for day, after in pairwise(days))


def test_the_calendar_has_a_first_and_a_last_day_everywhere() -> None:
    edges = ("0001-01-01", "0001-01-02", "9999-12-30", "9999-12-31")
    for zone in ZONES:
        whole = period(edges[0], edges[-1], zone, NOW)
        assert whole.start <= from_text("0001-01-01T16:00:00Z")
        assert whole.end >= from_text("9999-12-31T10:00:00Z")
        days = [period(day, None, zone, NOW) for day in edges]
        assert all(day.start < day.end for day in days)


def test_without_dates_the_period_is_today_where_the_report_is_for() -> None:
    late = from_text("2024-01-15T23:30:00Z")
    assert period(None, None, "UTC", late).first == date(2024, 1, 15)
    days = period(None, None, "Asia/Tokyo", late)
    assert (days.first, days.last) == (date(2024, 1, 16), date(2024, 1, 16))
    assert days.start <= late < days.end


def test_a_day_that_has_begun_is_not_left_again_when_clocks_go_back_over_midnight() -> None:
    again_yesterday = "2006-10-29T02:31:00Z"  # 23:01 on the 28th, for the second time
    for start in (None, again_yesterday):
        days = period(start, None, "America/St_Johns", from_text(again_yesterday))
        assert days.first == date(2006, 10, 29)
        assert days.start <= from_text(again_yesterday) < days.end


def test_a_start_alone_is_that_one_day_and_both_are_included() -> None:
    one = period("2024-01-15", None, "UTC", NOW)
    assert (one.first, one.last) == (date(2024, 1, 15), date(2024, 1, 15))
    two = period("2024-01-15", "2024-01-16", "UTC", NOW)
    assert two.end - two.start == 2 * 86_400_000


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-01-15T23:30:00Z", date(2024, 1, 16)),
        ("2024-01-15T23:30:00.123456789Z", date(2024, 1, 16)),
        ("2024-01-15T10:00:00-05:00", date(2024, 1, 16)),
        ("2024-01-15T14:59:59.999Z", date(2024, 1, 15)),
        ("2024-01-15 15:00:00+00:00", date(2024, 1, 16)),
        ("2024-01-15t15:00:00z", date(2024, 1, 16)),
        ("2024-01-15T14:59:60Z", date(2024, 1, 16)),
        ("2024-01-15T23:59:60", date(2024, 1, 16)),
    ],
)
def test_an_instant_stands_for_its_day_in_the_zone_of_the_report(text: str, day: date) -> None:
    assert period(text, text, "Asia/Tokyo", NOW).first == day


@pytest.mark.parametrize(
    "text",
    [
        "",
        "today",
        "15.01.2024",
        "2024-02-30",
        "2024-13-01",
        "2024-1-5",
        "20240115",
        "2024-W03-1",
        "2024-01-15T",
        "2024-01-15T25:00Z",
        "2024-01-15T10:00:00+99:00",
        "2024-01-15\n",
        " 2024-01-15",
        "２０２４-01-15",  # noqa: RUF001 - digits, but not ours
        "0001-01-01T00:00:00+14:00",
        "99999-01-01",
    ],
)
@pytest.mark.parametrize("field", ["startDate", "endDate"])
def test_what_is_no_date_is_refused_by_the_name_of_its_field(text: str, field: str) -> None:
    dates = {"startDate": "2024-01-15", "endDate": "2024-01-15"} | {field: text}
    with pytest.raises(InvalidInput, match=rf"^{field} must be a date") as refused:
        period(dates["startDate"], dates["endDate"], "Asia/Tokyo", NOW)
    assert refused.value.field == field


def test_an_end_needs_a_start_and_does_not_come_before_it() -> None:
    with pytest.raises(InvalidInput, match=r"^startDate is required when endDate is provided$"):
        period(None, "2024-01-15", "UTC", NOW)
    with pytest.raises(InvalidInput, match=r"^endDate must not be before startDate$"):
        period("2024-01-15", "2024-01-14", "UTC", NOW)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Mars/Olympus",
        "europe/paris",
        "../../etc/passwd",
        "/etc/localtime",
        "localtime",
        "UTC\0",
        "+02",
    ],
)
def test_an_unknown_time_zone_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput, match=r"^timezone must be an IANA time zone") as refused:
        period(None, None, name, NOW)
    assert refused.value.field == "timezone"


def test_an_instant_keeps_its_milliseconds() -> None:
    moment = datetime(2024, 1, 15, 14, 59, 59, 999_000, tzinfo=UTC)
    days = period("2024-01-15", None, "Asia/Tokyo", NOW)
    assert days.end == from_text(moment.isoformat()) + 1


@given(any_day(), st.integers(0, 400))
def test_days_make_the_period_that_their_texts_make(zoned: tuple[str, date], length: int) -> None:
    zone, first = zoned
    last = first + timedelta(days=length)
    assert period_of(first, last, zone) == period(str(first), str(last), zone, NOW)


@given(any_day(), st.data())
def test_the_day_around_an_instant_holds_it(zoned: tuple[str, date], data: st.DataObject) -> None:
    zone, near = zoned
    instant = from_text(data.draw(moments(zone, near)))
    day = day_around(instant, zone)
    assert day.start <= instant < day.end
    assert day.first == day.last


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (date(2026, 11, 2), date(2026, 11, 2), "Mon 2 Nov 2026"),
        (date(2026, 11, 1), date(2026, 11, 24), "1 \N{EN DASH} 24 Nov 2026"),
        (date(2026, 10, 31), date(2026, 11, 1), "31 Oct \N{EN DASH} 1 Nov 2026"),
        (date(2025, 12, 31), date(2026, 12, 1), "31 Dec 2025 \N{EN DASH} 1 Dec 2026"),
    ],
)
def test_days_in_words_say_no_more_than_they_must(first: date, last: date, words: str) -> None:
    assert days_in_words(period_of(first, last, "UTC")) == words
