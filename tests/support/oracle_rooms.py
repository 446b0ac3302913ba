"""A second, slow reading of what the dashboard says of people in rooms, to hold the real one against.

It is written from docs/dashboard.md alone and shares no code with the program: it compares every
stay with every other, with calendars and fractions in place of arithmetic on milliseconds.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from math import floor

LONGEST_ABSENCE = timedelta(minutes=10)
ON_THEIR_WAY = timedelta(minutes=1)
_SECOND = timedelta(seconds=1)
_MINUTE = timedelta(minutes=1)

Class = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class There:
    """One session: somebody was in a room; `went` is None for who is there still."""

    number: int
    who: str
    room: str
    came: datetime
    went: datetime | None

    def until(self, now: datetime) -> datetime:
        return now if self.went is None else self.went


@dataclass(frozen=True, slots=True)
class Judged:
    """What a class looks like for one person; times in whole seconds."""

    who: str
    came: datetime
    went: datetime | None
    raw: int
    merged: int
    share: int
    late: int
    early: int
    verdict: str


def shares_time(one: There, held: Class, now: datetime) -> bool:
    """Whether somebody was there in a class; a visit of no time counts where it lies in it."""
    if one.came == one.until(now):
        return held[0] <= one.came <= held[1]
    return one.came < held[1] and held[0] < one.until(now)


def first_of(own: Sequence[There]) -> tuple[datetime, int]:
    """What the order of people goes by: who came first."""
    return min((one.came, one.number) for one in own)


def merged(stays: Iterable[There], now: datetime) -> timedelta:
    """How long there was anybody: a moment counts once."""
    every = list(stays)
    edges = sorted({edge for one in every for edge in (one.came, one.until(now))})
    covered = timedelta()
    for start, end in pairwise(edges):
        if any(one.came <= start and end <= one.until(now) for one in every):
            covered += end - start
    return covered


def raw(stays: Iterable[There], now: datetime) -> int:
    """Seconds of each session for itself."""
    return sum((one.until(now) - one.came) // _SECOND for one in stays)


def judged(own: Sequence[There], held: Class, share: int, grace: int, now: datetime) -> Judged:
    """One person in a class, by a rule: their times whole, and what of them lies in the class."""
    begin, end = held
    inside = [
        replace(one, came=max(begin, one.came), went=min(end, one.until(now)))
        for one in own
        if one.came < one.until(now)
    ]
    still = any(one.went is None for one in own)
    percent = _percent(merged(inside, now), end - begin)
    came = min((one.came for one in inside), default=begin)
    went = max((one.until(now) for one in inside), default=end)
    return Judged(
        own[0].who,
        min(one.came for one in own),
        None if still else max(one.until(now) for one in own),
        raw(own, now),
        # Each session is told in whole seconds, and no more time than all of them was merged.
        min(raw(own, now), merged(own, now) // _SECOND),
        percent,
        _beyond(came - begin, grace),
        0 if still else _beyond(end - went, grace),
        "absent" if not inside else "present" if percent >= share else "partly",
    )


def _percent(part: timedelta, whole: timedelta) -> int:
    if not whole:
        return 0
    exact = Fraction(part // timedelta.resolution, whole // timedelta.resolution) * 100
    return floor(exact + Fraction(1, 2))


def _beyond(amount: timedelta, grace: int) -> int:
    return amount // _SECOND if amount // _MINUTE > grace else 0


def reconnects(stays: Sequence[There], now: datetime) -> int:
    """How many sessions began in a room that the person was in still, or had left just before."""
    return sum(
        any(
            other.room == one.room
            and (other.came, other.number) < (one.came, one.number)
            and one.came - other.until(now) <= LONGEST_ABSENCE
            for other in stays
        )
        for one in stays
    )


def two_places(stays: Sequence[There], now: datetime) -> set[tuple[int, int, int]]:
    """Which two sessions of a person, earlier one first, overlap elsewhere: for how many seconds."""
    found = set()
    for one in stays:
        for other in stays:
            shared = min(one.until(now), other.until(now)) - other.came
            earlier = (one.came, one.number) < (other.came, other.number)
            if earlier and one.room != other.room and shared > ON_THEIR_WAY:
                found.add((one.number, other.number, shared // _SECOND))
    return found


def last_seen(stays: Iterable[There], now: datetime) -> datetime:
    """Now for who is in a room, else when they last left one."""
    return max(one.until(now) for one in stays)
