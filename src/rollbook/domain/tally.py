"""Sums over many people's sessions by anything: a person, a room, a day, a role."""

from bisect import bisect_right
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Generic, TypeVar

from rollbook.domain.credits import CreditRule
from rollbook.domain.period import Period, start_of_day, time_zone
from rollbook.domain.report import Totals, session_line

BareStay = tuple[str, str, int, int | None]
"""uid, room id, joined at, left at (ms UTC): a plain tuple, as a month of them passes through."""

K = TypeVar("K", bound=Hashable)


class Days:
    """The days of a period, and on which of them an instant lies: the zone is asked once a day."""

    def __init__(self, days: Period) -> None:
        numbers = range(days.first.toordinal(), days.last.toordinal() + 1)
        self.every = [date.fromordinal(number) for number in numbers]
        zone = time_zone(days.time_zone)
        self._starts = [start_of_day(day, zone) for day in self.every]

    def of(self, instant: int) -> date:
        """The day of an instant of the period (ms UTC)."""
        return self.every[max(0, bisect_right(self._starts, instant) - 1)]


@dataclass(slots=True)
class Tally:
    """Sums of sessions, whose they were, when the latest was and how many still run."""

    totals: Totals = field(default_factory=Totals)
    people: set[str] = field(default_factory=set)
    last_seen: int = 0
    running: int = 0


class Tallies(Generic[K]):
    """Sums by a key that is found for each session."""

    def __init__(self, key: Callable[[BareStay], K], rule: CreditRule, now: int) -> None:
        self._key = key
        self._rule = rule
        self._now = now
        self.by: dict[K, Tally] = {}

    def add(self, stays: Iterable[BareStay]) -> None:
        """Take in sessions, in any order."""
        for stay in stays:
            uid, _, joined_at, left_at = stay
            tally = self.by.setdefault(self._key(stay), Tally())
            tally.totals.count(session_line(joined_at, left_at, None, self._rule, self._now))
            tally.people.add(uid)
            tally.last_seen = max(tally.last_seen, self._now if left_at is None else left_at)
            tally.running += left_at is None

    def whole(self) -> Totals:
        """The sums over all keys."""
        total = Totals()
        for tally in self.by.values():
            total.add(tally.totals)
        return total
