"""The days of a period: where each begins, and on which of them an instant lies."""

from bisect import bisect_right
from datetime import date

from rollbook.domain.period import Period, start_of_day, time_zone
from rollbook.domain.stays import Span


class Days:
    """Every day of a period; the zone is asked once for each."""

    def __init__(self, days: Period) -> None:
        numbers = range(days.first.toordinal(), days.last.toordinal() + 1)
        self.every = [date.fromordinal(number) for number in numbers]
        zone = time_zone(days.time_zone)
        self._starts = [start_of_day(day, zone) for day in self.every]
        self._end = days.end

    def of(self, instant: int) -> date:
        """The day of an instant of the period (ms UTC)."""
        return self.every[max(0, bisect_right(self._starts, instant) - 1)]

    @property
    def spans(self) -> list[Span]:
        """From when to when each of them lasts; a day that never was lasts no time."""
        return list(zip(self._starts, [*self._starts[1:], self._end], strict=True))
