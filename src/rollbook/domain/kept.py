"""Classes whose times somebody said, to be kept, and times in which somebody said there was none.

They stand above what is guessed, and no two of them overlap, so that it does not matter in which
order they were said.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence

from rollbook.domain.classes import HeldClass, How, class_of, in_order, meet
from rollbook.domain.errors import Conflict, InvalidInput
from rollbook.domain.instants import to_text
from rollbook.domain.said import Said
from rollbook.domain.stays import Span, Stay
from rollbook.domain.values import value

MOST_HOURS = 24
"""Of one class."""


@value
class KeptClass:
    """What was said of a room: a class from `start` to `end` (ms UTC), or, unless `held`, none."""

    start: int
    end: int
    held: bool
    said: Said

    @property
    def span(self) -> Span:
        return self.start, self.end


def check_times(span: Span, now: int) -> None:
    """Raises InvalidInput for times between which no class can have been."""
    if not span[0] < span[1] <= span[0] + MOST_HOURS * 3_600_000:
        raise InvalidInput(f"to must be after from, by at most {MOST_HOURS} hours", field="to")
    if span[0] < 0:
        raise InvalidInput("from must be after the year 1969", field="from")
    if span[1] > now:
        message = "to must not be later than now: say it once the class is over"
        raise InvalidInput(message, field="to")


def require_free(kept: Iterable[KeptClass], span: Span) -> None:
    """Raises Conflict where something was said of a part of these times already."""
    for one in kept:
        if meet(one.span, span):
            what = "a class" if one.held else "no class"
            when = f"from {to_text(one.start)} to {to_text(one.end)}"
            raise Conflict(f"{what} is said {when} ({one.said.said_id}): take that back first")


def as_said(
    found: Iterable[HeldClass], stays: Iterable[Stay], kept: Iterable[KeptClass], now: int
) -> list[HeldClass]:
    """Classes, earliest first, where what was said holds: of those found, what overlaps it is not.

    In a class that was said is whoever shares time with it. `kept` do not overlap.
    """
    said = _Said(kept)
    with_it: dict[Span, list[Stay]] = {}
    for stay in sorted(stays, key=in_order):
        for one in said.around((stay.joined_at, stay.end(now))):
            with_it.setdefault(one.span, []).append(stay)
    classes = [one for one in found if not any(said.around(one.span))]
    for one in said.kept:
        if one.held:
            there = with_it.get(one.span, ())
            classes.append(class_of(one.span, How.KEPT, there, now, one.said))
    return sorted(classes, key=lambda one: one.span)


class _Said:
    """What was said, in order of time."""

    def __init__(self, kept: Iterable[KeptClass]) -> None:
        self.kept: Sequence[KeptClass] = sorted(kept, key=lambda one: one.span)
        self._starts = [one.start for one in self.kept]

    def around(self, span: Span) -> Iterator[KeptClass]:
        """Those that share time with a span."""
        first = max(0, bisect_left(self._starts, span[0]) - 1)
        for one in self.kept[first : bisect_right(self._starts, span[1])]:
            if meet(one.span, span):
                yield one
