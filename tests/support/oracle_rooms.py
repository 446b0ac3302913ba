"""A second, slow reading of what the dashboard says of people in rooms, to hold the real one against.

It is written from docs/dashboard.md alone and shares no code with the program: it compares every
stay with every other, with calendars and fractions in place of arithmetic on milliseconds.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from math import floor

LONGEST_PAUSE = timedelta(minutes=20)
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
    """What a class looks like for one person; times in whole seconds, lateness in whole minutes."""

    who: str
    came: datetime
    went: datetime | None
    raw: int
    merged: int
    share: int
    late: int
    early: int
    verdict: str


def classes(stays: Sequence[There], now: datetime) -> list[Class]:
    """The classes of a room: who comes after a longer pause is in another one."""
    together = [[one] for one in stays]
    for one in stays:
        for other in stays:
            mine = next(group for group in together if one in group)
            theirs = next(group for group in together if other in group)
            if mine is not theirs and _pause(one, other, now) <= LONGEST_PAUSE:
                together = [group for group in together if group not in (mine, theirs)]
                together.append(mine + theirs)
    held = [
        (min(one.came for one in group), max(one.until(now) for one in group)) for group in together
    ]
    return sorted(held)


def _pause(one: There, other: There, now: datetime) -> timedelta:
    """For how long neither was there, between the two; negative where they met."""
    return max(other.came - one.until(now), one.came - other.until(now))


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
    """One person in a class, by a rule."""
    begin, end = held
    came, went = min(one.came for one in own), max(one.until(now) for one in own)
    still = any(one.went is None for one in own)
    percent = _percent(merged(own, now), end - begin)
    return Judged(
        own[0].who,
        came,
        None if still else went,
        raw(own, now),
        merged(own, now) // _SECOND,
        percent,
        _beyond(came - begin, grace),
        0 if still else _beyond(end - went, grace),
        "present" if percent >= share else "not yet" if still else "too short",
    )


def _percent(part: timedelta, whole: timedelta) -> int:
    if not whole:
        return 0
    exact = Fraction(part // timedelta.resolution, whole // timedelta.resolution) * 100
    return floor(exact + Fraction(1, 2))


def _beyond(amount: timedelta, grace: int) -> int:
    minutes = amount // _MINUTE
    return minutes if minutes > grace else 0


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
