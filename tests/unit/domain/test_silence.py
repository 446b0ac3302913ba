"""How silent a source is, against the same hours of the weeks before."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollbook.domain.instants import from_datetime, to_datetime
from rollbook.domain.silence import (
    KEPT_MS,
    LEAST_USUAL,
    LONGEST_MS,
    QUARTER_MS,
    WEEKS,
    quarter_of,
    silence,
    silent_span,
    weeks_before,
)

PARIS = ZoneInfo("Europe/Paris")
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
INSTANTS = st.integers(1_500_000_000_000, 2_000_000_000_000)
ZONES = st.sampled_from(
    ["UTC", "Europe/Paris", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia", "America/Lima"]
)


def at(text: str, zone: ZoneInfo = PARIS) -> int:
    return from_datetime(datetime.fromisoformat(text).replace(tzinfo=zone))


@pytest.mark.parametrize(
    ("heard", "now", "span"),
    [
        ("2026-03-04T10:07", "2026-03-04T13:20", ("2026-03-04T10:15", "2026-03-04T13:15")),
        ("2026-03-04T10:00", "2026-03-04T10:45", ("2026-03-04T10:15", "2026-03-04T10:45")),
        ("2026-03-04T10:07", "2026-03-04T10:29", None),
        ("2026-03-04T10:07", "2026-03-04T10:30", ("2026-03-04T10:15", "2026-03-04T10:30")),
        ("2026-03-04T10:07", "2026-03-04T09:00", None),
        ("2026-01-01T10:07", "2026-03-04T10:29", ("2026-02-25T10:15", "2026-03-04T10:15")),
    ],
)
def test_a_silence_is_its_whole_quarters_and_seven_days_at_most(
    heard: str, now: str, span: tuple[str, str] | None
) -> None:
    expected = None if span is None else (at(span[0]), at(span[1]))
    assert silent_span(at(heard), at(now)) == expected


def test_weeks_go_by_the_clocks_of_the_school() -> None:
    """Summer time began on 29 March 2026: ten o'clock was an hour later by UTC the week before."""
    span = (at("2026-04-01T10:00"), at("2026-04-01T12:00"))
    assert weeks_before(span, PARIS)[0] == (at("2026-03-25T10:00"), at("2026-03-25T12:00"))
    assert span[0] - at("2026-03-25T10:00") == 7 * DAY - HOUR
    assert weeks_before(span, ZoneInfo("UTC"))[0] == (span[0] - 7 * DAY, span[1] - 7 * DAY)


@given(INSTANTS, INSTANTS, ZONES)
def test_spans_are_quarters_at_the_same_clock_a_week_apart(heard: int, now: int, name: str) -> None:
    zone, span = ZoneInfo(name), silent_span(heard, now)
    if span is None:
        assert now - heard < 2 * QUARTER_MS
        return
    assert heard < span[0] < span[1] <= now
    assert span[1] - span[0] <= LONGEST_MS
    earlier = weeks_before(span, zone)
    assert len(earlier) == WEEKS
    for weeks, found in enumerate(earlier, start=1):
        for one, then in zip(span, found, strict=True):
            assert then % QUARTER_MS == 0
            assert now - then < KEPT_MS
            clock, clock_then = (to_datetime(t).astimezone(zone) for t in (one, then))
            # In the hour that clocks leave out there is no such time.
            if (
                clock_then.utcoffset() == (clock_then - timedelta(days=1)).utcoffset()
                and (clock_then + timedelta(days=1)).utcoffset() == clock_then.utcoffset()
            ):
                wall = clock.replace(tzinfo=None) - timedelta(weeks=weeks)
                assert clock_then.replace(tzinfo=None) == wall


@given(st.lists(st.integers(0, 100), min_size=WEEKS, max_size=WEEKS), st.integers(0, WEEKS))
def test_usual_is_the_middle_of_the_weeks_that_were_counted(counts: list[int], known: int) -> None:
    now = at("2026-06-03T13:00", ZoneInfo("UTC"))
    span = (now - 3 * HOUR, now)
    spans = weeks_before(span, ZoneInfo("UTC"))
    counted_since = spans[known - 1][0] if known else None
    told = silence(span[0] - MINUTE, span, list(zip(spans, counts, strict=True)), counted_since)
    assert told.weeks == known
    if known == 0:
        assert told.usual is None
        assert not told.unusual
        return
    ordered = sorted(counts[:known])
    # As many are no larger as are no smaller; of two in the middle, the smaller one.
    assert told.usual == ordered[(known - 1) // 2]
    assert told.unusual == (ordered[(known - 1) // 2] >= LEAST_USUAL)


def test_a_week_that_was_counted_in_part_tells_nothing() -> None:
    span = (at("2026-06-03T10:00"), at("2026-06-03T13:00"))
    spans = weeks_before(span, PARIS)
    earlier = [(one, 40) for one in spans]
    for since, weeks in ((spans[1][0], 2), (spans[1][0] + QUARTER_MS, 1), (spans[0][1], 0)):
        assert silence(span[0] - 1, span, earlier, since).weeks == weeks


def test_holidays_in_one_week_do_not_hide_what_is_usual() -> None:
    span = (at("2026-06-03T10:00"), at("2026-06-03T13:00"))
    spans = weeks_before(span, PARIS)
    earlier = list(zip(spans, (0, 41, 40, 44), strict=True))
    assert silence(span[0] - 1, span, earlier, 0).usual == 40


@given(INSTANTS)
def test_a_quarter_begins_with_it_or_before(instant: int) -> None:
    began = to_datetime(quarter_of(instant))
    assert began.astimezone(UTC).minute in {0, 15, 30, 45}
    assert timedelta() <= to_datetime(instant) - began < timedelta(minutes=15)
