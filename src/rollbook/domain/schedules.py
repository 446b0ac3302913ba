"""The schedule of a room: when its classes are planned, in the time of its organization.

Everything in it is dated, so that what was planned for a day stays what it was.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import groupby, pairwise
from zoneinfo import ZoneInfo

from rollbook.domain.errors import InvalidInput
from rollbook.domain.instants import from_datetime
from rollbook.domain.period import day_in_words
from rollbook.domain.stays import Span
from rollbook.domain.values import value

MOST_ENTRIES = 1_000
"""Of one room, all that was ever said together."""

SHORTEST_MINUTES = 5
"""A class that is planned lasts so long at least, so that a day has few enough of them."""

CHECKED_DAYS = 731
"""For so many days from a change on no two classes may be planned for one time."""

_ONE_DAY = timedelta(days=1)
_A_WEEK = 7


@value
class Times:
    """From one time on the wall to another; one that is not later is the next day's."""

    start: time
    end: time

    @property
    def minutes(self) -> int:
        return (_minutes(self.end) - _minutes(self.start)) % (24 * 60) or 24 * 60

    def __str__(self) -> str:
        return f"{self.start:%H:%M} to {self.end:%H:%M}"


@value
class Weekly:
    """On a day of each week (0 is Monday), from `first` to `last`, both included; None: for ever."""

    weekday: int
    times: Times
    first: date
    last: date | None = None
    title: str | None = None

    def on(self, day: date) -> bool:
        """Whether it is planned for a day, if nothing was said of that one."""
        return self.weekday == day.weekday() and _within(day, self.first, self.last)


@value
class Single:
    """On one day."""

    day: date
    times: Times
    title: str | None = None


@value
class Cancelled:
    """No weekly class from `first` to `last`, both included; only that at a time, where one is told."""

    first: date
    last: date
    at: time | None = None


@value
class Moved:
    """A weekly class that begins `at` a time is at other times on a day."""

    day: date
    at: time
    times: Times


@value
class Schedule:
    """All that is planned for a room, ever. Of a day, what was cancelled is not moved."""

    weekly: Sequence[Weekly] = ()
    single: Sequence[Single] = ()
    cancelled: Sequence[Cancelled] = ()
    moved: Sequence[Moved] = ()

    def __len__(self) -> int:
        return len(self.weekly) + len(self.single) + len(self.cancelled) + len(self.moved)

    @property
    def first(self) -> date | None:
        """The first day for which something is planned in it; None where nothing ever is."""
        days = [*(one.first for one in self.weekly), *(one.day for one in self.single)]
        return min(days, default=None)

    def since(self, day: date) -> "Schedule":
        """What of it holds on a day or later, as it was said."""
        return Schedule(
            [one for one in self.weekly if one.last is None or one.last >= day],
            [one for one in self.single if one.day >= day],
            [one for one in self.cancelled if one.last >= day],
            [one for one in self.moved if one.day >= day],
        )


@value
class Planned:
    """A class as it was planned (ms UTC), and the day it belongs to: that on which it begins."""

    start: int
    end: int
    day: date
    title: str | None = None

    @property
    def span(self) -> Span:
        return self.start, self.end


def checked_times(start: time, end: time, where: str) -> Times:
    """Two times of a class. Raises InvalidInput, naming `where`, for one that is too short."""
    times = Times(start, end)
    if start == end or times.minutes < SHORTEST_MINUTES:
        message = f"{where} must be a time at least {SHORTEST_MINUTES} minutes after the beginning"
        raise InvalidInput(message, field=where)
    return times


# --- the classes of days --------------------------------------------------------------------------


def planned(
    schedule: Schedule, first: date, last: date, zone: ZoneInfo, most: int | None = None
) -> list[Planned]:
    """The classes planned for days, both included, in order; the latest `most` of them.

    They do not overlap: one ends at the latest where the next begins. A time that clocks skip is as
    much later as they skip; of one that they show twice it is the first.
    """
    found: list[Planned] = []
    later = schedule.since(first)
    for day in _backwards(max(first, later.first), last) if later.first else ():
        found.extend(_of_day(one, zone) for one in _told(later, day))
        if most is not None and len(found) > most:
            break
    found.sort(key=lambda one: (one.start, one.end))
    apart = list(_apart(found))
    return apart if most is None else apart[-most:]


def _apart(found: Sequence[Planned]) -> Iterator[Planned]:
    for one, following in pairwise(found):
        if following.start > one.start:
            yield replace(one, end=min(one.end, following.start))
    yield from found[-1:]


def _of_day(one: Single, zone: ZoneInfo) -> Planned:
    start = from_datetime(datetime.combine(one.day, one.times.start, zone))
    over_midnight = one.times.end <= one.times.start
    end_day = one.day + _ONE_DAY if over_midnight else one.day
    end = from_datetime(datetime.combine(end_day, one.times.end, zone))
    if end <= start:
        # Clocks skipped its beginning and not its end: it is as long as it was planned.
        end = start + one.times.minutes * 60_000
    return Planned(start, end, one.day, one.title)


def _told(schedule: Schedule, day: date) -> list[Single]:
    """What is planned for a day, by when it begins, once all that was said of it counts."""
    struck = {one.at for one in schedule.cancelled if one.first <= day <= one.last}
    moved = {one.at: one.times for one in schedule.moved if one.day == day}
    weekly = [
        Single(day, moved.get(one.times.start, one.times), one.title)
        for one in schedule.weekly
        if one.on(day) and not struck & {None, one.times.start}
    ]
    single = [one for one in schedule.single if one.day == day]
    return sorted([*weekly, *single], key=lambda one: (one.times.start, one.times.end))


def _backwards(first: date, last: date) -> Iterator[date]:
    # The last day of the calendar has no next one, on which a class could end.
    end = min(last.toordinal(), date.max.toordinal() - 1)
    return map(date.fromordinal, range(end, first.toordinal() - 1, -1))


# --- changes --------------------------------------------------------------------------------------


def changed(schedule: Schedule, wanted: Schedule, day: date) -> Schedule:
    """The schedule once another one holds from a day on; what was said for days before it stays.

    What the wanted one says of those days is not taken.
    """
    return added(_until(schedule, day), _from(wanted, day))


def added(schedule: Schedule, more: Schedule) -> Schedule:
    """Both together."""
    return Schedule(
        _joined([*schedule.weekly, *more.weekly]),
        [*schedule.single, *more.single],
        [*schedule.cancelled, *more.cancelled],
        [*schedule.moved, *more.moved],
    )


def without(schedule: Schedule, gone: Schedule, day: date) -> Schedule:
    """The schedule without the entries of another; a weekly class was on days before `day`."""
    ended = _until(Schedule([one for one in schedule.weekly if one in gone.weekly]), day)
    return Schedule(
        _joined([*(one for one in schedule.weekly if one not in gone.weekly), *ended.weekly]),
        [one for one in schedule.single if one not in gone.single],
        [one for one in schedule.cancelled if one not in gone.cancelled],
        [one for one in schedule.moved if one not in gone.moved],
    )


def _until(schedule: Schedule, day: date) -> Schedule:
    """What of it holds before a day."""
    if day == date.min:
        return Schedule()
    last = day - _ONE_DAY
    return Schedule(
        [replace(one, last=_earlier(one.last, last)) for one in schedule.weekly if one.first < day],
        [one for one in schedule.single if one.day < day],
        [replace(one, last=min(one.last, last)) for one in schedule.cancelled if one.first < day],
        [one for one in schedule.moved if one.day < day],
    )


def _from(schedule: Schedule, day: date) -> Schedule:
    """What of it holds from a day on."""
    later = schedule.since(day)
    return Schedule(
        [replace(one, first=max(one.first, day)) for one in later.weekly],
        later.single,
        [replace(one, first=max(one.first, day)) for one in later.cancelled],
        later.moved,
    )


def _joined(weekly: Iterable[Weekly]) -> list[Weekly]:
    """The same, where one that goes on from the day after its like is one with it."""
    whole: list[Weekly] = []
    for one in sorted(weekly, key=lambda each: (*_like(each), each.first)):
        before = whole[-1] if whole else None
        if before and _like(before) == _like(one) and _follows(one, before):
            whole[-1] = replace(before, last=one.last)
        else:
            whole.append(one)
    return sorted(whole, key=lambda each: (each.first, *_like(each)))


def _like(one: Weekly) -> tuple[int, time, time, str]:
    return one.weekday, one.times.start, one.times.end, one.title or ""


def _follows(one: Weekly, before: Weekly) -> bool:
    return before.last is not None and (one.first - before.last).days == 1


def _earlier(told: date | None, day: date) -> date:
    return day if told is None else min(told, day)


def _within(day: date, first: date, last: date | None) -> bool:
    return first <= day and (last is None or day <= last)


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute


# --- what cannot be -------------------------------------------------------------------------------


def checked(schedule: Schedule, day: date) -> Schedule:
    """The schedule. Raises InvalidInput for more than is kept, and where two classes are planned for one time.

    Looked at are the days from `day` on that are near enough to be known to whoever plans.
    """
    if len(schedule) > MOST_ENTRIES:
        message = (
            f"A schedule has at most {MOST_ENTRIES:,} entries, exceptions and past ones included"
        )
        raise InvalidInput(message, field="schedule")
    first = max(day, date.min + _ONE_DAY)
    numbers = range(first.toordinal() - 1, min(first.toordinal() + CHECKED_DAYS, _LAST))
    ahead = schedule.since(date.fromordinal(numbers[0])) if numbers else Schedule()
    every = (one for number in numbers for one in _told(ahead, date.fromordinal(number)))
    for before, one in pairwise(every):
        if one.day >= day and _meet(before, one):
            raise InvalidInput(_two_at_once(before, one), field="schedule")
    return schedule


_LAST = date.max.toordinal()


def _meet(one: Single, following: Single) -> bool:
    """Whether one begins before the one before it is over, as clocks on the wall tell."""
    begun = datetime.combine(one.day, one.times.start)
    over = begun + timedelta(minutes=one.times.minutes)
    return datetime.combine(following.day, following.times.start) < over


def _two_at_once(one: Single, other: Single) -> str:
    return f"Two classes are planned for one time: {_named(one)}, and {_named(other)}"


def _named(one: Single) -> str:
    title = f" ({one.title})" if one.title else ""
    return f"{day_in_words(one.day)} from {one.times}{title}"


# --- many single days -----------------------------------------------------------------------------


def as_weekly(single: Collection[Single]) -> Schedule:
    """The same classes in few entries: those of three weeks or more in a row are weekly ones."""
    weekly: list[Weekly] = []
    rest: list[Single] = []
    kinds = sorted(single, key=lambda one: (*_kind(one), one.day))
    for _, alike in groupby(kinds, _kind):
        for run in _in_a_row(list(alike)):
            first = run[0]
            if len(run) < 3:
                rest.extend(run)
            else:
                weekly.append(
                    Weekly(
                        first.day.weekday(), first.times, first.day, run[-1].day, title=first.title
                    )
                )
    weekly.sort(key=lambda one: (one.first, one.times.start))
    return Schedule(weekly, sorted(rest, key=lambda one: (one.day, one.times.start)))


def _kind(one: Single) -> tuple[int, time, time, str]:
    return one.day.weekday(), one.times.start, one.times.end, one.title or ""


def _in_a_row(alike: Sequence[Single]) -> Iterator[Sequence[Single]]:
    start = 0
    for number, (one, following) in enumerate(pairwise(alike), start=1):
        if (following.day - one.day).days != _A_WEEK:
            yield alike[start:number]
            start = number
    yield alike[start:]
