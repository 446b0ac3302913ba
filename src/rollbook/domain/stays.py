"""Stays seen side by side: merged time, reconnects, two places at once, how many at a time."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

RECONNECT_MS = 10 * 60_000
"""Who is back in the same room within this time has reconnected rather than come again."""

OVERLAP_MS = 60_000
"""Shorter overlaps of two rooms are people on their way from one to the other."""


class Stay(NamedTuple):
    """One session with who and where. Instants in milliseconds UTC; `left_at` None: still there."""

    session_id: str
    uid: str
    name: str | None
    role: str | None
    room_id: str
    room_title: str | None
    joined_at: int
    left_at: int | None
    ip_address: str | None

    def end(self, now: int) -> int:
        """When it ended, or `now` while it lasts; never before it began."""
        return max(self.joined_at, now if self.left_at is None else self.left_at)


Span = tuple[int, int]
"""From an instant (included) to another (ms UTC)."""


class TwoPlaces(NamedTuple):
    """One person in two rooms at once, and for how long (seconds)."""

    one: Stay
    other: Stay
    seconds: int


class Times(NamedTuple):
    """The time of stays: raw, each for itself, and merged, as it passed on the clock.

    In seconds; raw minus merged is time that was counted twice.
    """

    raw: int
    merged: int
    reconnects: int


def spans(stays: Iterable[Stay], now: int) -> list[Span]:
    return [(stay.joined_at, stay.end(now)) for stay in stays]


def merged(parts: Iterable[Span], gap: int = 0) -> list[Span]:
    """The spans in order of time; those that touch, or are at most `gap` ms apart, are joined."""
    whole: list[Span] = []
    for start, end in sorted(parts):
        if whole and start <= whole[-1][1] + gap:
            whole[-1] = (whole[-1][0], max(whole[-1][1], end))
        else:
            whole.append((start, end))
    return whole


def cut_to(parts: Iterable[Span], window: Span) -> list[Span]:
    """What of the spans lies within a window; nothing of one that only touches it."""
    cut = ((max(start, window[0]), min(end, window[1])) for start, end in parts)
    return [(start, end) for start, end in cut if start < end]


def times(stays: Sequence[Stay], now: int) -> Times:
    """Raw and merged time of one person's stays, and how often they reconnected."""
    parts = spans(stays, now)
    raw = sum((end - start) // 1000 for start, end in parts)
    wall = sum(end - start for start, end in merged(parts)) // 1000
    return Times(raw, min(raw, wall), reconnects(stays, now))


def reconnects(stays: Iterable[Stay], now: int) -> int:
    """How often a person came back into a room they were in, or had just left."""
    until: dict[str, int] = {}
    count = 0
    for stay in sorted(stays, key=lambda stay: stay.joined_at):
        known = until.get(stay.room_id)
        count += known is not None and stay.joined_at <= known + RECONNECT_MS
        until[stay.room_id] = max(known or 0, stay.end(now))
    return count


def two_places(stays: Iterable[Stay], now: int, most: int = 20) -> list[TwoPlaces]:
    """Where one person's stays overlap in different rooms, earliest first."""
    overlaps: list[TwoPlaces] = []
    open_stays: list[Stay] = []
    for stay in sorted(stays, key=lambda stay: stay.joined_at):
        open_stays = [one for one in open_stays if one.end(now) > stay.joined_at + OVERLAP_MS]
        for one in open_stays:
            shared = min(one.end(now), stay.end(now)) - stay.joined_at
            if one.room_id != stay.room_id and shared > OVERLAP_MS:
                overlaps.append(TwoPlaces(one, stay, shared // 1000))
        if len(overlaps) >= most:
            return overlaps[:most]
        open_stays.append(stay)
    return overlaps


def peak(parts: Iterable[Span]) -> tuple[int, int | None]:
    """How many spans overlap at most, and since when; (0, None) where there are none."""
    best, when = 0, None
    for at, count in levels(parts):
        if count > best:
            best, when = count, at
    return best, when


def levels(parts: Iterable[Span]) -> list[tuple[int, int]]:
    """How many spans there are from each instant on where that number changes."""
    changes: dict[int, int] = {}
    for start, end in parts:
        if end > start:
            changes[start] = changes.get(start, 0) + 1
            changes[end] = changes.get(end, 0) - 1
    steps, count = [], 0
    for at in sorted(changes):
        count += changes[at]
        steps.append((at, count))
    return steps


def highest_in(steps: Sequence[tuple[int, int]], window: Span, buckets: int) -> list[int]:
    """The highest level in each of `buckets` equal parts of a window."""
    start, end = window
    width = max(1, (end - start) / buckets)
    highest = [0] * buckets
    for (at, count), (until, _) in pairwise([*steps, (end, 0)]):
        first = max(0, int((at - start) // width))
        last = min(buckets - 1, int((max(at, until - 1) - start) // width))
        for bucket in range(first, last + 1):
            highest[bucket] = max(highest[bucket], count)
    return highest
