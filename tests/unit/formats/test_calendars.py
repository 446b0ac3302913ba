"""A room's schedule out of iCalendar files: what is read, what is refused, and what never stalls."""

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollbook.domain.errors import InvalidInput
from rollbook.domain.instants import from_datetime, to_datetime
from rollbook.domain.schedules import planned
from rollbook.formats.calendars import schedule_from_calendar

PARIS = ZoneInfo("Europe/Paris")
SINCE = date(2026, 9, 1)
TIMES = "DTSTART;TZID=Europe/Paris:20260907T080000\nDTEND;TZID=Europe/Paris:20260907T084500"
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def calendar(*events: str, before: str = "") -> str:
    each = "".join(f"BEGIN:VEVENT\n{event}\nEND:VEVENT\n" for event in events)
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//School//EN\n{before}{each}END:VCALENDAR\n"


def classes(
    text: str, zone: ZoneInfo = PARIS, since: date = SINCE
) -> list[tuple[str, str, str | None]]:
    """When classes are on the wall, and their titles."""
    schedule = schedule_from_calendar(text, zone, since)
    return [
        (wall(one.start, zone), wall(one.end, zone)[11:], one.title)
        for one in planned(schedule, since, since + timedelta(days=800), zone)
    ]


def wall(instant: int, zone: ZoneInfo) -> str:
    return f"{to_datetime(instant).astimezone(zone):%Y-%m-%d %H:%M}"


def starts(text: str) -> list[str]:
    return [start for start, _, _ in classes(text)]


def refusal(text: str) -> str:
    with pytest.raises(InvalidInput) as refused:
        schedule_from_calendar(text, PARIS, SINCE)
    return refused.value.message


# --- what is read --------------------------------------------------------------------------------


def test_an_event_is_a_class_with_its_title() -> None:
    assert classes(calendar(f"SUMMARY:Calculus\\, first\n{TIMES}")) == [
        ("2026-09-07 08:00", "08:45", "Calculus, first")
    ]


def test_weeks_are_on_their_days_up_to_their_end_without_what_is_left_out() -> None:
    rule = "RRULE:FREQ=WEEKLY;BYDAY=MO,WE;UNTIL=20260923T060000Z"
    left_out = "EXDATE;TZID=Europe/Paris:20260909T080000\nEXDATE;TZID=Europe/Paris:20260914T080000"
    assert starts(calendar(f"{TIMES}\n{rule}\n{left_out}")) == [
        "2026-09-07 08:00",
        "2026-09-16 08:00",
        "2026-09-21 08:00",
        "2026-09-23 08:00",
    ]


def test_one_of_many_is_moved_and_another_cancelled() -> None:
    weeks = f"UID:1\n{TIMES}\nRRULE:FREQ=WEEKLY;COUNT=4"
    moved = (
        "UID:1\nRECURRENCE-ID;TZID=Europe/Paris:20260914T080000\n"
        "DTSTART;TZID=Europe/Paris:20260915T100000\nDURATION:PT30M\nSUMMARY:Moved"
    )
    cancelled = f"UID:1\nRECURRENCE-ID:20260921T060000Z\nSTATUS:CANCELLED\n{TIMES}"
    assert classes(calendar(weeks, moved, cancelled)) == [
        ("2026-09-07 08:00", "08:45", None),
        ("2026-09-15 10:00", "10:30", "Moved"),
        ("2026-09-28 08:00", "08:45", None),
    ]


def test_the_clock_of_a_zone_counts_and_is_told_in_that_of_the_organization() -> None:
    event = (
        "DTSTART;TZID=America/New_York:20261020T080000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=3"
    )
    # Clocks go back in Paris a week before they do in New York.
    assert starts(calendar(event)) == ["2026-10-20 14:00", "2026-10-27 13:00", "2026-11-03 14:00"]
    assert starts(calendar("DTSTART:20261020T080000Z\nDURATION:PT1H")) == ["2026-10-20 10:00"]
    assert starts(calendar("DTSTART:20261020T080000\nDURATION:PT1H")) == ["2026-10-20 08:00"]
    windows = "DTSTART;TZID=W. Europe Standard Time:20261020T080000\nDURATION:PT1H"
    assert starts(calendar(windows)) == ["2026-10-20 08:00"]


def test_long_lines_are_folded_and_alarms_and_tasks_are_nothing() -> None:
    event = f"SUMMARY:Calcu\n lus\n{TIMES}\nBEGIN:VALARM\nDTSTART:garbage\nEND:VALARM"
    task = "BEGIN:VTODO\nDTSTART:garbage\nEND:VTODO\n"
    assert classes(calendar(event, before=task).replace("\n", "\r\n")) == [
        ("2026-09-07 08:00", "08:45", "Calculus")
    ]


def test_what_has_no_end_is_taken_for_two_years_in_few_entries() -> None:
    schedule = schedule_from_calendar(calendar(f"{TIMES}\nRRULE:FREQ=WEEKLY"), PARIS, SINCE)
    (weekly,) = schedule.weekly
    assert (weekly.first, weekly.last) == (date(2026, 9, 7), date(2028, 8, 28))


@st.composite
def rules(draw: st.DrawFn) -> tuple[datetime, int, list[int], int | None, date | None, set[date]]:
    start = datetime(2026, 9, 1, 8, tzinfo=PARIS) + timedelta(days=draw(st.integers(0, 6)))
    days = draw(st.lists(st.integers(0, 6), min_size=1, max_size=4, unique=True))
    count = draw(st.none() | st.integers(1, 12))
    until = None if count else start.date() + timedelta(days=draw(st.integers(0, 60)))
    left_out = draw(
        st.sets(st.integers(0, 40).map(lambda n: start.date() + timedelta(days=n)), max_size=3)
    )
    return start, draw(st.integers(1, 3)), sorted(days), count, until, left_out


@given(rules())
def test_weekly_rules_are_read_as_they_are_written(
    rule: tuple[datetime, int, list[int], int | None, date | None, set[date]],
) -> None:
    start, interval, days, count, until, left_out = rule
    monday = start.date() - timedelta(days=start.weekday())
    right: list[date] = []
    at = start.date()
    while (len(right) < count) if count else (until is not None and at <= until):
        if at.weekday() in days and (at - monday).days // 7 % interval == 0:
            right.append(at)
        at += timedelta(days=1)
    text = f"RRULE:FREQ=WEEKLY;INTERVAL={interval};BYDAY={','.join(DAYS[day] for day in days)}"
    text += f";COUNT={count}" if count else f";UNTIL={until:%Y%m%d}T235959"
    for day in sorted(left_out):
        text += f"\nEXDATE;TZID=Europe/Paris:{day:%Y%m%d}T080000"
    event = f"DTSTART;TZID=Europe/Paris:{start:%Y%m%dT%H%M%S}\nDURATION:PT1H\n{text}"
    kept = [day for day in right if day not in left_out]
    if kept:
        assert starts(calendar(event)) == [f"{day} 08:00" for day in kept]
    else:
        assert "no event" in refusal(calendar(event))


@given(st.integers(0, 400 * 24 * 60), st.integers(5, 600))
def test_an_instant_is_kept_in_any_zone(after: int, minutes: int) -> None:
    start = datetime(2026, 9, 2, tzinfo=UTC) + timedelta(minutes=after)
    text = calendar(f"DTSTART:{start:%Y%m%dT%H%M%S}Z\nDURATION:PT{minutes}M")
    for name in ("UTC", "Asia/Kathmandu", "America/New_York"):
        zone = ZoneInfo(name)
        local = start.astimezone(zone)
        if local.utcoffset() != (start + timedelta(hours=12)).astimezone(zone).utcoffset():
            continue  # of an hour that comes twice, the first is taken
        if local.utcoffset() != (start - timedelta(hours=3)).astimezone(zone).utcoffset():
            continue
        schedule = schedule_from_calendar(text, zone, SINCE)
        days = local.date(), local.date()
        assert [one.start for one in planned(schedule, *days, zone)] == [from_datetime(start)]


# --- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "named"),
    [
        ("DTSTART;VALUE=DATE:20260907", "DTSTART of event 1 must have a time"),
        ("SUMMARY:Art\nDTSTART:soon\nDURATION:PT1H", "DTSTART of event 1 (Art) cannot be read"),
        ("DURATION:PT1H", "DTSTART of event 1 is required"),
        ("DTSTART:20260907T080000", "DTEND of event 1 or DURATION is required"),
        ("DTSTART:20260907T080000\nDTEND:20260907T080000", "DTEND of event 1 must be after"),
        ("DTSTART:20260907T080000\nDURATION:P2D", "by less than a day"),
        ("DTSTART;TZID=Mars:20260907T080000\nDURATION:PT1H", "known, not Mars"),
        (f"{TIMES}\nRRULE:FREQ=SECONDLY", "RRULE of event 1 must be DAILY or WEEKLY"),
        (f"{TIMES}\nRRULE:FREQ=WEEKLY;BYHOUR=1,2,3", "without BYHOUR"),
        (f"{TIMES}\nRRULE:FREQ=WEEKLY;BYDAY=1MO", "days like MO"),
        (f"{TIMES}\nRRULE:FREQ=WEEKLY;INTERVAL=0", "INTERVAL of at least 1"),
        (f"{TIMES}\nRRULE:FREQ=DAILY;INTERVAL=7;BYDAY=TU", "must be WEEKLY"),
        (f"{TIMES}\nRRULE:FREQ=WEEKLY\nRRULE:FREQ=DAILY", "must be told once"),
        (f"{TIMES}\nRDATE:20260908T080000", "RDATE of event 1"),
        (f"{TIMES}\nRECURRENCE-ID;RANGE=THISANDFUTURE:20260907T080000", "RANGE"),
        (f"{TIMES}\nRECURRENCE-ID;VALUE=DATE:20260907", "RECURRENCE-ID of event 1"),
    ],
)
def test_what_is_not_understood_in_full_is_refused_by_its_event(event: str, named: str) -> None:
    assert named in refusal(calendar(event))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "BEGIN:VEVENT\nEND:VEVENT",
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\n",
        "BEGIN:X\n" * 50_000,
    ],
)
def test_what_is_no_calendar_is_refused(text: str) -> None:
    assert "body must be one iCalendar" in refusal(text)


def test_a_calendar_without_classes_from_the_day_on_changes_nothing() -> None:
    assert "no event from 2026-09-01 on" in refusal(calendar())
    assert "no event" in refusal(calendar("DTSTART:20200907T080000\nDURATION:PT1H"))


# --- what must not stall -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (calendar(*[f"{TIMES}\nRRULE:FREQ=DAILY"] * 100), "20,000 dates"),
        (
            calendar("DTSTART:00010101T080000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=999999999"),
            "dates",
        ),
        (calendar(*[TIMES] * 1_001), "at most 1,000 events"),
        (calendar("UID:x\n" * 20_001 + TIMES), "at most 20,000 lines"),
    ],
)
def test_a_calendar_that_is_too_much_is_refused(text: str, named: str) -> None:
    assert named in refusal(text)


def test_zones_that_a_file_defines_are_not_read_nor_remembered() -> None:
    endless = (
        "BEGIN:VTIMEZONE\nTZID:Own\nBEGIN:STANDARD\nDTSTART:16010101T000000\n"
        "TZOFFSETFROM:+0200\nTZOFFSETTO:+0500\nRRULE:FREQ=SECONDLY\nEND:STANDARD\nEND:VTIMEZONE\n"
    )
    assert starts(calendar(TIMES, before=endless)) == ["2026-09-07 08:00"]
    own = "DTSTART;TZID=Own:20260907T080000\nDURATION:PT1H"
    assert "known, not Own" in refusal(calendar(own, before=endless))
    assert "known, not Own" in refusal(calendar(own))


@given(st.text(st.sampled_from("BEGIN:VEVENT\nDTSTART;TZID=Z0129RUCOY,+-"), max_size=200))
def test_anything_else_is_read_or_refused(text: str) -> None:
    for one in (
        text,
        calendar(text),
        calendar(f"{TIMES}\nRRULE:{text}"),
        calendar(f"DTSTART{text}"),
    ):
        with suppress(InvalidInput):
            schedule_from_calendar(one, PARIS, SINCE)
