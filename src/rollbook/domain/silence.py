"""How silent a source is, against what is usual for it at that time of the week."""

from collections.abc import Sequence
from datetime import timedelta
from statistics import median_low
from zoneinfo import ZoneInfo

from rollbook.domain.instants import from_datetime, to_datetime
from rollbook.domain.stays import Span
from rollbook.domain.values import value

QUARTER_MS = 15 * 60_000
"""What arrives is counted in quarters of an hour, with which the hours of every time zone begin."""

WEEKS = 4
"""How many weeks before tell what is usual."""

LONGEST_MS = 7 * 24 * 3_600_000
"""Of a longer silence, its last seven days are compared."""

KEPT_MS = (WEEKS + 1) * LONGEST_MS + 24 * 3_600_000
"""How long counts are needed, with a day to spare for clocks that are set."""

LEAST_USUAL = 5
"""So many events have to be usual before their absence means anything."""


@value
class Silence:
    """Since when nothing came, whole quarters of an hour of it, and how it was in weeks before.

    `usual` is how many events then came in the same days and hours of the week: the middle of
    `weeks` weeks, None where no week is known.
    """

    since: int
    span: Span
    usual: int | None
    weeks: int

    @property
    def unusual(self) -> bool:
        """Whether something may be wrong."""
        return self.usual is not None and self.usual >= LEAST_USUAL


def quarter_of(at: int) -> int:
    """When the quarter of an hour began that an instant is in."""
    return at - at % QUARTER_MS


def silent_span(heard_at: int, now: int) -> Span | None:
    """The whole quarters since something came; None where there is none yet."""
    end = quarter_of(now)
    first = max(quarter_of(heard_at) + QUARTER_MS, end - LONGEST_MS)
    return (first, end) if first < end else None


def weeks_before(span: Span, zone: ZoneInfo) -> list[Span]:
    """The same days and hours in the weeks before, the latest first, by the clocks of a zone."""
    return [
        (_earlier(span[0], weeks, zone), _earlier(span[1], weeks, zone))
        for weeks in range(1, WEEKS + 1)
    ]


def silence(
    heard_at: int, span: Span, earlier: Sequence[tuple[Span, int]], known_since: int | None
) -> Silence:
    """What a silence is like. `earlier`: how many events came in each of `weeks_before`.

    Weeks that began before anything was counted tell nothing.
    """
    told = [
        count
        for (first, _), count in earlier
        if known_since is not None and first >= quarter_of(known_since)
    ]
    return Silence(heard_at, span, median_low(told) if told else None, len(told))


def _earlier(at: int, weeks: int, zone: ZoneInfo) -> int:
    wall = to_datetime(at).astimezone(zone).replace(tzinfo=None) - timedelta(weeks=weeks)
    return quarter_of(from_datetime(wall.replace(tzinfo=zone)))
