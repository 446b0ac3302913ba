"""A heat map of a person: rooms down, weeks across, the more minutes the darker."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from rollbook.domain.days import Days
from rollbook.domain.period import Period
from rollbook.domain.presets import week_of
from rollbook.domain.stays import Stay
from rollbook.domain.values import value
from rollbook.web.dashboard import words
from rollbook.web.dashboard.charts import Tick
from rollbook.web.dashboard.notation import notation
from rollbook.web.dashboard.pages import url

_FEWEST_WEEKS, _MOST_WEEKS = 3, 53
_MOST_ROOMS = 10
_LEVELS = 4
_MOST_TICKS = 8


class Cell(NamedTuple):
    """A week: its place in percent of the width, and how dark it is, from 0 to 4."""

    x: float
    width: float
    level: int
    title: str


class HeatRow(NamedTuple):
    """A room, or all of them together, and its weeks."""

    label: str
    href: str
    cells: Sequence[Cell]


@value
class Heat:
    """The rows, the marks below them, and the seconds of each week in all rooms."""

    rows: Sequence[HeatRow]
    ticks: Sequence[Tick]
    weeks: Sequence[tuple[date, int]]
    cut: bool


def heat_map(stays: Sequence[Stay], days: Period, now: int, first_weekday: int = 0) -> Heat | None:
    """The weeks of a range, at most the last 53; None where they are too few to see anything.

    A week begins with `first_weekday`, where 0 is Monday.
    """
    every = _weeks(days, first_weekday)
    shown = every[-_MOST_WEEKS:]
    if len(shown) < _FEWEST_WEEKS or not stays:
        return None
    calendar = Days(days)
    whole = dict.fromkeys(shown, 0)
    by_room: dict[str, dict[date, int]] = {}
    titles: dict[str, str] = {}
    for stay in stays:
        week = week_of(calendar.of(stay.joined_at), first_weekday)
        if week not in whole:
            continue
        seconds = (stay.end(now) - stay.joined_at) // 1000
        own = by_room.setdefault(stay.room_id, dict.fromkeys(shown, 0))
        titles.setdefault(stay.room_id, stay.room_title or stay.room_id)
        own[week] += seconds
        whole[week] += seconds
    most = max(whole.values())
    rows = [
        HeatRow(titles[room_id], url("/room", id=room_id), _cells(own, most))
        for room_id, own in list(by_room.items())[:_MOST_ROOMS]
    ]
    if len(by_room) > 1:
        rows.insert(0, HeatRow("All rooms", "", _cells(whole, most)))
    return Heat(rows, _ticks(shown), list(whole.items()), len(every) > len(shown))


def _weeks(days: Period, first_weekday: int) -> list[date]:
    """The first days of the weeks that a range has a part of."""
    every = range(days.first.toordinal(), days.last.toordinal() + 1)
    return list(dict.fromkeys(week_of(date.fromordinal(day), first_weekday) for day in every))


def _cells(seconds: dict[date, int], most: int) -> list[Cell]:
    slot = 100 / len(seconds)
    return [
        Cell(
            round(number * slot, 2),
            round(slot * 0.88, 2),
            -(-_LEVELS * own // most) if most else 0,
            f"week of {notation().day(week)}: {words.duration(own)}",
        )
        for number, (week, own) in enumerate(seconds.items())
    ]


def _ticks(weeks: Sequence[date]) -> list[Tick]:
    slot, step = 100 / len(weeks), -(-len(weeks) // _MOST_TICKS)
    return [
        Tick(
            round(number * slot, 2), notation().day_of_month(week), minor=(number // step) % 2 == 1
        )
        for number, week in enumerate(weeks)
        if number % step == 0
    ]
