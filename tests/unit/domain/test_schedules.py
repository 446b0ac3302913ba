"""When classes are planned, from day to day, in any time zone."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rollbook.domain.errors import InvalidInput
from rollbook.domain.instants import from_datetime, to_text
from rollbook.domain.period import day_lived
from rollbook.domain.schedules import (
    Cancelled,
    Moved,
    Planned,
    Schedule,
    Single,
    Times,
    Weekly,
    as_weekly,
    changed,
    checked,
    planned,
)

PARIS = ZoneInfo("Europe/Paris")
BEGIN = date(2024, 3, 25)
"""A week in which clocks go forward in Paris, on its Sunday."""

# Zones whose clocks skip and repeat hours by day, at midnight, by half an hour.
ZONES = st.sampled_from(
    ["Europe/Paris", "America/Santiago", "Africa/Cairo", "Australia/Lord_Howe", "UTC"]
).map(ZoneInfo)
CHANGES_OF_CLOCKS = (
    date(2024, 3, 30), date(2024, 10, 26), date(2024, 9, 7), date(2024, 4, 6), date(2024, 4, 25),
    date(2024, 10, 31), date(2024, 10, 5),
)  # fmt: skip

DAYS = st.integers(0, 20).map(lambda n: BEGIN + timedelta(days=n))
CLOCK = st.integers(0, 24 * 12 - 1).map(lambda n: time(n // 12, n % 12 * 5))


def times() -> st.SearchStrategy[Times]:
    """Short classes, at times that often meet."""
    return st.builds(
        lambda start, minutes: Times(start, later(start, minutes)),
        st.sampled_from([time(8), time(8, 30), time(23, 45)]) | CLOCK,
        st.integers(1, 36).map(lambda n: n * 5),
    )


def later(at: time, minutes: int) -> time:
    return (datetime.combine(BEGIN, at) + timedelta(minutes=minutes)).time()


def weekly() -> st.SearchStrategy[Weekly]:
    return st.builds(
        lambda weekday, at, first, length, title: Weekly(
            weekday, at, first, None if length is None else first + timedelta(days=length), title
        ),
        st.integers(0, 6),
        times(),
        DAYS,
        st.none() | st.integers(0, 15),
        st.sampled_from([None, "Art"]),
    )


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    """Whatever can be said, also of classes that are not there and that meet."""
    every = draw(st.lists(weekly(), max_size=4))
    at = st.sampled_from([one.times.start for one in every]) if every else CLOCK
    return Schedule(
        every,
        draw(st.lists(st.builds(Single, DAYS, times(), st.none()), max_size=3)),
        draw(
            st.lists(
                st.builds(
                    lambda day, length, at: Cancelled(day, day + timedelta(days=length), at),
                    DAYS,
                    st.integers(0, 8),
                    st.none() | at,
                ),
                max_size=2,
            )
        ),
        draw(
            st.lists(
                st.builds(Moved, DAYS, at, times()),
                max_size=2,
                unique_by=lambda one: (one.day, one.at),
            )
        ),
    )


def told(schedule: Schedule, day: date) -> list[tuple[time, time, str | None]]:
    """What is planned for a day, read a second time from the words of the documents."""
    found = [
        (one.times.start, one.times.end, one.title) for one in schedule.single if one.day == day
    ]
    for one in schedule.weekly:
        if day.weekday() != one.weekday or day < one.first:
            continue
        if one.last is not None and one.last < day:
            continue
        off = [
            each
            for each in schedule.cancelled
            if each.first <= day <= each.last and (each.at is None or each.at == one.times.start)
        ]
        if off:
            continue
        now_at = one.times
        for each in schedule.moved:
            if each.day == day and each.at == one.times.start:
                now_at = each.times
        found.append((now_at.start, now_at.end, one.title))
    return found


def every_five_minutes(day: date, zone: ZoneInfo) -> dict[datetime, int]:
    """The instants of three days by what clocks on the wall showed then, the first time."""
    start = datetime.combine(day - timedelta(days=1), time(), UTC)
    shown: dict[datetime, int] = {}
    for minute in range(0, 5 * 24 * 60, 5):
        at = start + timedelta(minutes=minute)
        shown.setdefault(at.astimezone(zone).replace(tzinfo=None), from_datetime(at))
    return shown


def on_the_wall(at: datetime, shown: dict[datetime, int]) -> int:
    """When a clock showed a time first; one that it skipped is as much later as it skipped."""
    if at in shown:
        return shown[at]
    before = at
    while before not in shown:
        before -= timedelta(minutes=5)
    return shown[before] + int((at - before).total_seconds()) * 1000


@given(ZONES, st.sampled_from(CHANGES_OF_CLOCKS), st.integers(-1, 2), times())
def test_times_are_those_on_the_wall_in_any_zone(
    zone: ZoneInfo, around: date, days: int, at: Times
) -> None:
    day = around + timedelta(days=days)
    (found,) = planned(Schedule(single=[Single(day, at)]), day, day, zone)
    shown = every_five_minutes(day, zone)
    start = on_the_wall(datetime.combine(day, at.start), shown)
    end_day = day if at.start < at.end else day + timedelta(days=1)
    end = on_the_wall(datetime.combine(end_day, at.end), shown)
    assert found.start == start
    assert found.end == (end if start < end else start + at.minutes * 60_000)
    assert found.day == day
    assert day_lived(found.start, zone) == day


@given(schedules(), DAYS, st.integers(0, 15))
def test_the_classes_of_days_are_what_was_said_of_each(
    schedule: Schedule, first: date, length: int
) -> None:
    last = first + timedelta(days=length)
    found = planned(schedule, first, last, ZoneInfo("UTC"))
    for number in range(length + 1):
        day = first + timedelta(days=number)
        starts = {
            from_datetime(datetime.combine(day, start, UTC)) for start, _, _ in told(schedule, day)
        }
        assert {one.start for one in found if one.day == day} == starts
    assert all(one.start < one.end for one in found)
    assert all(one.end <= following.start for one, following in pairwise(found))


@given(schedules(), DAYS, st.integers(1, 5))
def test_the_latest_of_them_are_the_same_ones(schedule: Schedule, first: date, most: int) -> None:
    last = first + timedelta(days=12)
    every = planned(schedule, first, last, PARIS)
    assert planned(schedule, first, last, PARIS, most) == every[-most:]


@given(schedules(), schedules(), DAYS)
def test_a_change_holds_from_its_day_on_and_what_was_before_stays(
    before: Schedule, wanted: Schedule, day: date
) -> None:
    after = changed(before, wanted, day)
    for number in range(-3, 40):
        one = BEGIN + timedelta(days=number)
        right = before if one < day else wanted
        assert sorted(told(after, one), key=str) == sorted(told(right, one), key=str)


@given(schedules(), DAYS)
def test_to_say_the_same_again_changes_nothing(schedule: Schedule, day: date) -> None:
    every = [(one.weekday, one.times, one.title) for one in schedule.weekly]
    assume(len(set(every)) == len(every))
    once = changed(Schedule(), schedule, date.min)
    again = changed(once, once.since(day), day)
    assert again.weekly == once.weekly
    assert changed(again, again.since(day), day) == again


@given(schedules(), DAYS)
def test_two_classes_at_one_time_are_refused_and_nothing_else(
    schedule: Schedule, day: date
) -> None:
    begins = sorted(
        (datetime.combine(one, start), Times(start, end).minutes)
        for one in (BEGIN + timedelta(days=number) for number in range(-2, 60))
        if one >= day - timedelta(days=1)
        for start, end, _ in told(schedule, one)
    )
    meet = any(
        start + timedelta(minutes=minutes) > following and following.date() >= day
        for (start, minutes), (following, _) in pairwise(begins)
    )
    if meet:
        with pytest.raises(InvalidInput, match="Two classes are planned for one time"):
            checked(schedule, day)
    else:
        checked(schedule, day)


@given(
    st.lists(
        st.builds(
            Single,
            st.integers(0, 70).map(lambda n: BEGIN + timedelta(days=n)),
            st.sampled_from([Times(time(8), time(9)), Times(time(9), time(10))]),
            st.sampled_from([None, "Art"]),
        ),
        unique_by=lambda one: (one.day, one.times),
        max_size=60,
    )
)
def test_single_days_and_the_weeks_that_are_made_of_them_are_the_same(
    single: Sequence[Single],
) -> None:
    made = as_weekly(single)
    assert len(made) <= len(single)
    days = BEGIN, BEGIN + timedelta(days=80)
    zone = ZoneInfo("UTC")
    assert planned(made, *days, zone) == planned(Schedule(single=single), *days, zone)


def said(found: Sequence[Planned]) -> list[tuple[str, str]]:
    return [(to_text(one.start)[:16], to_text(one.end)[:16]) for one in found]


@pytest.mark.parametrize(
    ("day", "at", "right"),
    [
        # 02:00 to 03:00 is skipped: a class in it is an hour later, one over it an hour shorter.
        ("2024-03-31", ("02:30", "02:45"), ("2024-03-31T01:30", "2024-03-31T01:45")),
        ("2024-03-31", ("01:30", "03:30"), ("2024-03-31T00:30", "2024-03-31T01:30")),
        ("2024-03-31", ("02:30", "03:15"), ("2024-03-31T01:30", "2024-03-31T02:15")),
        # 02:00 to 03:00 comes twice: it is the first of them.
        ("2024-10-27", ("02:30", "02:45"), ("2024-10-27T00:30", "2024-10-27T00:45")),
        ("2024-10-27", ("01:30", "03:30"), ("2024-10-26T23:30", "2024-10-27T02:30")),
        ("2024-10-26", ("23:00", "01:00"), ("2024-10-26T21:00", "2024-10-26T23:00")),
    ],
)
def test_hours_that_are_skipped_or_told_twice(
    day: str, at: tuple[str, str], right: tuple[str, str]
) -> None:
    single = Single(date.fromisoformat(day), Times(*map(time.fromisoformat, at)))
    found = planned(Schedule(single=[single]), single.day, single.day, PARIS)
    assert said(found) == [right]


def test_history_is_kept_in_few_entries_however_often_the_same_is_said() -> None:
    wanted = Schedule([Weekly(0, Times(time(8), time(9)), BEGIN)])
    schedule = wanted
    for number in range(100):
        schedule = changed(schedule, wanted, BEGIN + timedelta(days=number))
    assert list(schedule.weekly) == list(wanted.weekly)


def test_an_open_end_of_the_calendar_is_no_harm() -> None:
    schedule = Schedule([Weekly(day, Times(time(23), time(1)), date.min) for day in range(7)])
    checked(schedule, date.min)
    checked(schedule, date.max)
    assert planned(schedule, date.max, date.max, PARIS) == []
    assert changed(schedule, Schedule(), date.min) == Schedule([], [], [], [])
