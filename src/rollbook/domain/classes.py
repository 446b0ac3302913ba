"""Classes: when a room was taught in: as it was planned, else as it shows by who was there.

A class that was planned has the times it was planned for, whoever came. Of others nothing hangs on
one person: who opens the room early makes nobody late, and who leaves it open makes no class
longer. In words: docs/dashboard.md, "What a class is".
"""

from bisect import bisect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from itertools import groupby

from rollbook.domain.guesses import Guess, guessed
from rollbook.domain.said import Said
from rollbook.domain.schedules import Planned
from rollbook.domain.stays import Span, Stay, merged, peak, spans
from rollbook.domain.values import value

GAP_MS = 10 * 60_000
"""A room in which less than half of the people were for so long has begun another class."""


class How(StrEnum):
    """What the times of a class are known by."""

    TEACHER = "teacher"
    """A teacher and at least half of the people were there."""

    MOST = "most"
    """At least half of the people were there, and no teacher for most of that time."""

    PLANNED = "planned"
    """The schedule of the room has it."""

    SET = "set"
    """Whoever asks says so."""

    KEPT = "kept"
    """Somebody said so, and it was kept (domain/kept.py)."""


@value
class HeldClass:
    """A class from an instant to another (ms UTC), and all stays of those who were there, whole.

    Also with it is who was alone there shortly before or after, and with nobody else; with one that
    was planned, whoever came early for it or stayed late, and was there for no other.
    """

    start: int
    end: int
    how: How
    stays: Sequence[Stay]

    peak: int = 0
    """How many sessions there were at once, at most."""

    plan: Planned | None = None
    """What it was planned as. One that goes on has its end there, and ends here now."""

    said: Said | None = None
    """Who said so, where somebody did and it was kept."""

    @property
    def span(self) -> Span:
        return self.start, self.end


def classes(
    stays: Iterable[Stay], now: int, gap: int = GAP_MS, planned: Iterable[Planned] = ()
) -> list[HeldClass]:
    """The classes that were held in a room, earliest first; every stay is in at least one.

    They do not overlap. A class that goes on ends now, as far as anybody knows. Those that were
    `planned`, which do not overlap either, are there whoever came, once they have begun.
    """
    plans = {(one.start, min(one.end, now)): one for one in planned if one.start <= now}
    every = sorted(stays, key=in_order)
    begun = sorted(plans)
    held = _Held(begun, _beside_plans(every, begun, now, gap))
    rest = [stay for stay in every if not held.of(stay, now)]
    while rest:
        guesses = [guess for group in held.apart(rest) for guess in guessed(group, now, gap)]
        for guess in guesses:
            held.take(guess, gap)
        held.settle()
        rest = [stay for stay in rest if not held.of(stay, now)]
    with_it: dict[Span, list[Stay]] = {}
    for stay in every:
        for span in held.of(stay, now):
            with_it.setdefault(span, []).append(stay)
    return [
        replace(class_of(span, held.how[span], with_it.get(span, ()), now), plan=plans.get(span))
        for span in held.spans
    ]


def class_between(stays: Iterable[Stay], span: Span, now: int) -> HeldClass:
    """The class whose times somebody said, with all stays that share time with it."""
    inside = (stay for stay in stays if meet((stay.joined_at, stay.end(now)), span))
    return class_of(span, How.SET, sorted(inside, key=in_order), now)


def class_of(
    span: Span, how: How, stays: Sequence[Stay], now: int, said: Said | None = None
) -> HeldClass:
    """A class of these stays, which are in order."""
    return HeldClass(*span, how, stays, peak(spans(stays, now))[0], said=said)


def in_order(stay: Stay) -> tuple[int, str]:
    """The place of a stay among those of its room."""
    return stay.joined_at, stay.session_id


class _Held:
    """The classes found so far, in order, and who was beside one of them.

    It begins with those that were planned, and those who are told with one of these, by session ids.
    """

    def __init__(self, plans: Sequence[Span], beside_plans: Mapping[str, Span]) -> None:
        self.spans = list(plans)
        self.how = dict.fromkeys(plans, How.PLANNED)
        self._beside_plans = beside_plans
        self._beside: dict[Span, Span] = {}
        self._new: dict[Span, How] = {}

    def apart(self, stays: Iterable[Stay]) -> Iterator[Sequence[Stay]]:
        """Stays that are in none of the classes, those between the same two of them together."""
        for _, group in groupby(stays, lambda stay: _place(self.spans, stay.joined_at)):
            yield list(group)

    def take(self, guess: Guess, gap: int) -> None:
        """A class, unless it is only somebody who was alone beside one that is settled."""
        alone = guess.people <= 1 and self.spans
        near = _nearest(self.spans, guess.span) if alone else None
        if near is not None and _between(near, guess.span) < gap:
            self._beside[guess.span] = near
        else:
            self._new[guess.span] = How.TEACHER if guess.taught else How.MOST

    def settle(self) -> None:
        """From now on the classes that were taken are there."""
        self.how |= self._new
        self.spans = sorted([*self.spans, *self._new])
        self._new = {}

    def of(self, stay: Stay, now: int) -> Sequence[Span]:
        """The classes that a stay is in, or else the one that it was beside."""
        whole = (stay.joined_at, stay.end(now))
        found = _meeting(self.spans, whole)
        if not found and stay.session_id in self._beside_plans:
            return [self._beside_plans[stay.session_id]]
        return found or [near for beside, near in self._beside.items() if meet(beside, whole)][:1]


# --- beside what was planned ----------------------------------------------------------------------


def _beside_plans(
    stays: Iterable[Stay], plans: Sequence[Span], now: int, gap: int
) -> dict[str, Span]:
    """Who came early for a class that was planned, or stayed late: with which, by session ids.

    That is who was there in one before or after pauses shorter than `gap`, and who was there for
    nothing but the `gap` around such classes. Who was in one may be told as well.
    """
    if not plans:
        return {}
    around = merged((start - gap, end + gap) for start, end in plans)
    by_person: dict[str, list[Stay]] = {}
    for stay in stays:
        by_person.setdefault(stay.uid, []).append(stay)
    found: dict[str, Span] = {}
    for own in by_person.values():
        for visit, whole in _visits(own, now, gap):
            near = _meeting(plans, whole) or (plans if _within(whole, around) else ())
            for stay in visit if near else ():
                found[stay.session_id] = _nearest(near, (stay.joined_at, stay.end(now)))
    return found


def _visits(own: Sequence[Stay], now: int, gap: int) -> Iterator[tuple[Sequence[Stay], Span]]:
    """The stays of a person, those with shorter pauses than `gap` between them together."""
    whole = merged(spans(own, now), gap - 1)
    for place, visit in groupby(own, lambda stay: _place(whole, stay.joined_at)):
        yield list(visit), whole[place - 1]


# --- spans in order, which do not overlap ---------------------------------------------------------


def _place(ordered: Sequence[Span], instant: int) -> int:
    """How many of them begin no later."""
    return bisect(ordered, instant, key=lambda one: one[0])


def _meeting(ordered: Sequence[Span], span: Span) -> Sequence[Span]:
    """Those that share time with a span."""
    first, last = max(0, _place(ordered, span[0]) - 1), _place(ordered, span[1])
    return [one for one in ordered[first:last] if meet(one, span)]


def _within(span: Span, ordered: Sequence[Span]) -> bool:
    """Whether one of them holds all of a span."""
    return any(one[0] <= span[0] and span[1] <= one[1] for one in _meeting(ordered, span))


def _nearest(ordered: Sequence[Span], span: Span) -> Span:
    """Of at least one, that which is least apart from a span."""
    place = _place(ordered, span[0])
    return min(ordered[max(0, place - 1) : place + 1], key=lambda one: _between(one, span))


def meet(one: Span, other: Span) -> bool:
    """Whether two spans share time; one that is a moment shares it with what it lies in."""
    start, end = max(one[0], other[0]), min(one[1], other[1])
    return start < end or (start == end and (one[0] == one[1] or other[0] == other[1]))


def _between(one: Span, other: Span) -> int:
    """Milliseconds between two spans."""
    return max(0, one[0] - other[1], other[0] - one[1])
