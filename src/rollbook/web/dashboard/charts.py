"""The geometry of charts: what is drawn where, in percent of the width and pixels of height.

Templates turn it into SVG. Percentages let a chart be as wide as its place while its text and
strokes keep their size, and need no script and no style attributes, which the policy forbids.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from rollbook.domain.instants import from_datetime
from rollbook.domain.period import Period, time_zone
from rollbook.domain.presets import week_of
from rollbook.domain.stays import Stay
from rollbook.domain.values import value
from rollbook.web.dashboard.notation import notation
from rollbook.web.dashboard.words import local

_DAY_MS = 86_400_000
_HOUR_MS = 3_600_000
_MINUTE_MS = 60_000
_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720)
"""Minutes between two marks of an axis."""

_MOST_TICKS = 9
_FINEST = 0.5
"""Bars nearer to each other than this, in percent of the width, are drawn as one."""


_FEWEST_OF_HEAT, _MOST_OF_HEAT = 9, 400
"""Days of a heat map."""

_APART = 12.0
"""Labels of a heat map are at least so many percent of its width from each other, for phones."""

_WIDEST = 14
"""A column is at most so many percent wide: one alone is no wall."""


class Tick(NamedTuple):
    """A mark on the axis at `x` percent; every second one is `minor` and left out on phones."""

    x: float
    label: str
    minor: bool


class Bar(NamedTuple):
    """A bar of a lane, in percent; `href` opens what it stands for, where it is one stay."""

    x: float
    width: float
    live: bool
    title: str
    href: str


class Lane(NamedTuple):
    """A row of a timeline."""

    label: str
    href: str
    bars: Sequence[Bar]


class Column(NamedTuple):
    """A column of a chart: x and width in percent, y and height in pixels."""

    x: float
    width: float
    y: float
    height: float
    title: str
    value: int


@value
class Columns:
    """A chart of columns; `top` is the value at its upper edge."""

    columns: Sequence[Column]
    ticks: Sequence[Tick]
    top: int
    height: int


class HeatCell(NamedTuple):
    """A day of a heat map: its week and weekday from 0, and how much of the most there was, 0 to 4."""

    x: float
    row: int
    level: int
    title: str


@value
class Heat:
    """A heat map of days: weeks across, weekdays down; `width` of a week in percent."""

    cells: Sequence[HeatCell]
    width: float
    ticks: Sequence[Tick]
    weekdays: Sequence[str]


@value
class Axis:
    """A window of time laid over the width of a chart."""

    start: int
    end: int
    zone: ZoneInfo

    def x(self, instant: int) -> float:
        """Where an instant is, in percent."""
        inside = max(self.start, min(self.end, instant))
        return round((inside - self.start) * 100 / max(1, self.end - self.start), 2)

    def ticks(self) -> list[Tick]:
        """Marks at round hours, or at days."""
        if self.end - self.start <= 2 * _DAY_MS:
            return self._marked(self._times(), notation().clock)
        return self._marked(self._days(), notation().day_of_month)

    def _times(self) -> list[int]:
        minutes = (self.end - self.start) / _MINUTE_MS
        step = next((s for s in _STEPS if minutes / s <= _MOST_TICKS), _STEPS[-1])
        hour = local(self.start, self.zone).replace(minute=0, second=0, microsecond=0)
        small = min(step, 60)
        first, count = from_datetime(hour), int(minutes) // small + 60 // small + 1
        every = (first + number * small * _MINUTE_MS for number in range(count))
        return [i for i in every if _minute_of_day(local(i, self.zone)) % step == 0]

    def _days(self) -> list[int]:
        first = local(self.start, self.zone).replace(hour=0, minute=0, second=0, microsecond=0)
        count = (self.end - self.start) // _DAY_MS + 1
        step = max(1, -(-count // _MOST_TICKS))
        return [from_datetime(first + timedelta(days=n)) for n in range(0, count + 1, step)]

    def _marked(self, instants: Iterable[int], form: Callable[[datetime], str]) -> list[Tick]:
        inside = [i for i in instants if self.start <= i < self.end - (self.end - self.start) // 30]
        return [
            Tick(self.x(i), form(local(i, self.zone)), minor=number % 2 == 1)
            for number, i in enumerate(inside)
        ]


def _minute_of_day(at: datetime) -> int:
    return at.hour * 60 + at.minute


def axis_for(stays: Sequence[Stay], days: Period, now: int) -> Axis:
    """The window of a range; of one day or two only the hours in which there are stays."""
    start, end, zone = days.start, days.end, time_zone(days.time_zone)
    if end - start <= 2 * _DAY_MS + _HOUR_MS and stays:
        first = min(stay.joined_at for stay in stays)
        last = max(stay.end(now) for stay in stays)
        return Axis(first // _HOUR_MS * _HOUR_MS, (last // _HOUR_MS + 1) * _HOUR_MS, zone)
    return Axis(start, max([end, *(stay.end(now) for stay in stays)]), zone)


def bars(
    stays: Iterable[Stay], axis: Axis, now: int, label: Callable[[Stay], tuple[str, str]]
) -> list[Bar]:
    """A bar for each stay, in order of time; those too close to each other are drawn as one.

    `label` gives the title and link of a bar, and is asked only for those that are drawn.
    """
    drawn: list[Bar] = []
    for stay in sorted(stays, key=lambda stay: stay.joined_at):
        x, right, live = axis.x(stay.joined_at), axis.x(stay.end(now)), stay.left_at is None
        last = drawn[-1] if drawn else None
        if last and x - (last.x + last.width) < _FINEST and right - x < _FINEST * 4:
            width = round(max(last.width, right - last.x), 2)
            drawn[-1] = last._replace(width=width, live=last.live or live)
        else:
            drawn.append(Bar(x, round(max(right - x, 0.2), 2), live, *label(stay)))
    return drawn


def columns(
    values: Sequence[tuple[str, str, int]], height: int = 140, most_ticks: int = 7
) -> Columns:
    """Columns for (axis label, title, value)."""
    top = round_up(max((value for _, _, value in values), default=0))
    slot = 100 / max(1, len(values))
    step = max(1, -(-len(values) // most_ticks))
    width = min(slot * 0.76, _WIDEST)
    drawn, ticks = [], []
    for number, (label, title, amount) in enumerate(values):
        tall = round(height * amount / top, 1)
        x = round((number + 0.5) * slot - width / 2, 2)
        drawn.append(Column(x, round(width, 2), height - tall, tall, title, amount))
        if number % step == 0:
            middle = round(number * slot + slot / 2, 2)
            ticks.append(Tick(middle, label, minor=(number // step) % 2 == 1))
    return Columns(drawn, ticks, top, height)


def heat(
    per_day: Sequence[tuple[date, int]], in_words: Callable[[int], str], first_weekday: int = 0
) -> Heat | None:
    """A heat map of days, each of them; None for so few that columns tell more, or too many to see."""
    if not _FEWEST_OF_HEAT <= len(per_day) <= _MOST_OF_HEAT:
        return None
    most = max((value for _, value in per_day), default=0)
    begin = week_of(per_day[0][0], first_weekday)
    weeks = (per_day[-1][0] - begin).days // 7 + 1
    width = 100 / weeks
    cells = [
        HeatCell(
            round((day - begin).days // 7 * width, 2),
            (day - begin).days % 7,
            -(-4 * value // most) if most else 0,
            f"{notation().day(day)}: {in_words(value)}",
        )
        for day, value in per_day
    ]
    names = [notation().weekday(begin + timedelta(days=number)) for number in range(7)]
    return Heat(cells, round(width, 2), _months_over(per_day[0][0], begin, weeks), names)


def _months_over(first_day: date, begin: date, weeks: int) -> list[Tick]:
    """The names of months over the weeks in which they begin, not too near to each other."""
    ticks: list[Tick] = []
    last = -_APART
    for number in range(weeks):
        first = max(first_day, begin + timedelta(days=7 * number))
        begins = number == 0 or first.day <= 7
        x = number * 100 / weeks
        if begins and x - last >= _APART and x <= 100 - _APART:
            ticks.append(Tick(round(x, 2), notation().month_of_year(first), minor=False))
            last = x
    return ticks


def by_day_or_longer(
    per_day: Sequence[tuple[date, int]],
    in_words: Callable[[int], str],
    first_weekday: int = 0,
    most_days: int = 62,
) -> tuple[str, list[tuple[str, str, int]]]:
    """What `columns` draws for days: each, or by week or month where they would be too thin.

    Answers what one column stands for, too. `in_words` puts a value into words; a week begins with
    `first_weekday`, where 0 is Monday, and at most `most_days` are drawn each.
    """
    units = (("day", most_days), ("week", _MOST_OF_HEAT))
    unit = next((name for name, most in units if len(per_day) <= most), "month")
    sums: dict[date, int] = {}
    for day, amount in per_day:
        first = _first_of(unit, day, first_weekday)
        sums[first] = sums.get(first, 0) + amount
    named = {"day": "", "week": "week of ", "month": "month of "}[unit]
    label = notation().short_month if unit == "month" else notation().day_of_month
    return unit, [
        (label(day), f"{named}{notation().day(day)}: {in_words(value)}", value)
        for day, value in sums.items()
    ]


def _first_of(unit: str, day: date, first_weekday: int) -> date:
    """The first day of the week or month that a day is in, or the day."""
    if unit == "week":
        return week_of(day, first_weekday)
    return day.replace(day=1) if unit == "month" else day


def round_up(value: int) -> int:
    """The next round number: the top of a chart. It can be halved, for the line in the middle."""
    power = 1
    while value > 10 * power:
        power *= 10
    return next(step * power for step in (2, 4, 6, 8, 10) if value <= step * power)
