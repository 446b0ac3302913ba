"""The JSON of a room's schedule."""

from collections.abc import Sequence
from datetime import date, time

from rollbook.domain.schedule_entries import WEEKDAYS
from rollbook.domain.schedules import Cancelled, Moved, Schedule, Single, Times, Weekly
from rollbook.web.api.wire import Wire

TIMES = {"start": "from", "end": "to"}


class WeeklyWire(Wire, rename=TIMES):
    """A class on days of each week, from a day and until one, if that was said."""

    weekdays: list[str]
    start: str
    end: str
    since: str
    until: str | None
    title: str | None


class SingleWire(Wire, rename=TIMES):
    """A class on one day."""

    day: str
    start: str
    end: str
    title: str | None


class CancelledWire(Wire):
    """No weekly class from a day until another; only that which begins `at` a time, where one is told."""

    day: str
    until: str
    at: str | None


class MovedWire(Wire, rename=TIMES):
    """The weekly class that begins `at` a time is at other times on a day."""

    day: str
    at: str
    start: str
    end: str


class ScheduleData(Wire, rename={"room_id": "roomId", "since": "from"}):
    """What is planned for a room from a day on, in the time of a zone."""

    room_id: str
    since: str
    timezone: str
    weekly: list[WeeklyWire]
    single: list[SingleWire]
    cancelled: list[CancelledWire]
    moved: list[MovedWire]


class ScheduleAnswer(Wire):
    """The answer to what is planned for a room."""

    success: bool
    data: ScheduleData


def schedule_answer(room_id: str, day: date, zone: str, schedule: Schedule) -> ScheduleAnswer:
    data = ScheduleData(
        room_id,
        day.isoformat(),
        zone,
        _by_week(schedule.weekly),
        [_single(one) for one in schedule.single],
        [_cancelled(one) for one in schedule.cancelled],
        [_moved(one) for one in schedule.moved],
    )
    return ScheduleAnswer(success=True, data=data)


def _by_week(weekly: Sequence[Weekly]) -> list[WeeklyWire]:
    """Those that differ in nothing but their day are one."""
    alike: dict[tuple[Times, date, date | None, str | None], list[int]] = {}
    for one in weekly:
        alike.setdefault((one.times, one.first, one.last, one.title), []).append(one.weekday)
    return [
        WeeklyWire(
            [WEEKDAYS[day] for day in sorted(days)],
            _clock(times.start),
            _clock(times.end),
            first.isoformat(),
            last.isoformat() if last else None,
            title,
        )
        for (times, first, last, title), days in alike.items()
    ]


def _single(one: Single) -> SingleWire:
    return SingleWire(
        one.day.isoformat(), _clock(one.times.start), _clock(one.times.end), one.title
    )


def _cancelled(one: Cancelled) -> CancelledWire:
    at = _clock(one.at) if one.at else None
    return CancelledWire(one.first.isoformat(), one.last.isoformat(), at)


def _moved(one: Moved) -> MovedWire:
    times = _clock(one.times.start), _clock(one.times.end)
    return MovedWire(one.day.isoformat(), _clock(one.at), *times)


def _clock(at: time) -> str:
    return f"{at:%H:%M}"
