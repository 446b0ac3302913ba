"""Classes: when a room was taught in, as far as it shows by who was there.

Nothing of this hangs on one person: who opens the room early makes nobody late, and who leaves it
open makes no class longer. In words: docs/dashboard.md, "What a class is".
"""

from bisect import bisect
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate, groupby, pairwise

from rollbook.domain.events import Role
from rollbook.domain.said import Said
from rollbook.domain.stays import Span, Stay, levels, merged, peak, spans

GAP_MS = 10 * 60_000
"""A room in which less than half of the people were for so long has begun another class."""


class How(StrEnum):
    """What the times of a class are known by."""

    TEACHER = "teacher"
    """A teacher and at least half of the people were there."""

    MOST = "most"
    """At least half of the people were there, and no teacher for most of that time."""

    SET = "set"
    """Whoever asks says so."""

    KEPT = "kept"
    """Somebody said so, and it was kept (domain/kept.py)."""


@dataclass(frozen=True, slots=True)
class HeldClass:
    """A class from an instant to another (ms UTC), and all stays of those who were there, whole.

    Also with it is who was alone there shortly before or after, and with nobody else.
    """

    start: int
    end: int
    how: How
    stays: Sequence[Stay]

    peak: int = 0
    """How many sessions there were at once, at most."""

    said: Said | None = None
    """Who said so, where somebody did and it was kept."""

    @property
    def span(self) -> Span:
        return self.start, self.end


def classes(stays: Iterable[Stay], now: int, gap: int = GAP_MS) -> list[HeldClass]:
    """The classes that were held in a room, earliest first; every stay is in at least one.

    They do not overlap. A class that goes on ends now, as far as anybody knows.
    """
    every = sorted(stays, key=in_order)
    held = _Held()
    rest = every
    while rest:
        guesses = [guess for group in held.apart(rest) for guess in _guessed(group, now, gap)]
        for guess in guesses:
            held.take(guess, gap)
        held.settle()
        rest = [stay for stay in rest if not held.of(stay, now)]
    with_it: dict[Span, list[Stay]] = {}
    for stay in every:
        for span in held.of(stay, now):
            with_it.setdefault(span, []).append(stay)
    return [class_of(span, how, with_it[span], now) for span, how in held.classes]


def class_between(stays: Iterable[Stay], span: Span, now: int) -> HeldClass:
    """The class whose times somebody said, with all stays that share time with it."""
    inside = (stay for stay in stays if meet((stay.joined_at, stay.end(now)), span))
    return class_of(span, How.SET, sorted(inside, key=in_order), now)


def class_of(
    span: Span, how: How, stays: Sequence[Stay], now: int, said: Said | None = None
) -> HeldClass:
    """A class of these stays, which are in order."""
    return HeldClass(*span, how, stays, peak(spans(stays, now))[0], said)


def in_order(stay: Stay) -> tuple[int, str]:
    """The place of a stay among those of its room."""
    return stay.joined_at, stay.session_id


@dataclass(frozen=True, slots=True)
class _Guess:
    """A class as it shows by those who were in it."""

    span: Span
    how: How
    people: int


class _Held:
    """The classes found so far, in order, and where somebody was alone beside one of them."""

    def __init__(self) -> None:
        self.classes: list[tuple[Span, How]] = []
        self._beside: dict[Span, Span] = {}
        self._new: list[tuple[Span, How]] = []

    def apart(self, stays: Iterable[Stay]) -> Iterator[Sequence[Stay]]:
        """Stays that are in none of the classes, those between the same two of them together."""
        for _, group in groupby(stays, lambda stay: self._place(stay.joined_at)):
            yield list(group)

    def take(self, guess: _Guess, gap: int) -> None:
        """A class, unless it is only somebody who was alone beside one that is settled."""
        near = self._nearest(guess.span) if guess.people <= 1 else None
        if near is not None and _between(near, guess.span) < gap:
            self._beside[guess.span] = near
        else:
            self._new.append((guess.span, guess.how))

    def settle(self) -> None:
        """From now on the classes that were taken are there."""
        self.classes = sorted([*self.classes, *self._new])
        self._new = []

    def of(self, stay: Stay, now: int) -> list[Span]:
        """The classes that a stay is in, or else the one that it was beside."""
        whole = (stay.joined_at, stay.end(now))
        first, last = max(0, self._place(whole[0]) - 1), self._place(whole[1])
        found = [span for span, _ in self.classes[first:last] if meet(span, whole)]
        return found or [near for beside, near in self._beside.items() if meet(beside, whole)][:1]

    def _place(self, instant: int) -> int:
        return bisect(self.classes, instant, key=lambda one: one[0][0])

    def _nearest(self, span: Span) -> Span | None:
        place = self._place(span[0])
        around = [one for one, _ in self.classes[max(0, place - 1) : place + 1]]
        return min(around, key=lambda one: _between(one, span), default=None)


def meet(one: Span, other: Span) -> bool:
    """Whether two spans share time; one that is a moment shares it with what it lies in."""
    start, end = max(one[0], other[0]), min(one[1], other[1])
    return start < end or (start == end and (one[0] == one[1] or other[0] == other[1]))


def _between(one: Span, other: Span) -> int:
    """Milliseconds between two spans."""
    return max(0, one[0] - other[1], other[0] - one[1])


# --- a guess --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Presence:
    """When each person was in the room, in spans that do not touch, and who of them teaches."""

    by_person: Mapping[str, Sequence[Span]]
    teachers: frozenset[str]

    def within(self, window: Span) -> "_Presence":
        cut = {uid: cut_to(own, window) for uid, own in self.by_person.items()}
        return _Presence({uid: own for uid, own in cut.items() if own}, self.teachers)

    def everybody(self) -> list[Span]:
        return [span for own in self.by_person.values() for span in own]

    def of_teachers(self) -> list[tuple[Span, str]]:
        """When there was which teacher, in order."""
        return sorted((s, uid) for uid in self.teachers for s in self.by_person.get(uid, ()))


def cut_to(parts: Iterable[Span], window: Span) -> list[Span]:
    """What of the spans lies within a window; nothing of one that only touches it."""
    cut = ((max(start, window[0]), min(end, window[1])) for start, end in parts)
    return [(start, end) for start, end in cut if start < end]


def _guessed(stays: Sequence[Stay], now: int, gap: int) -> Iterator[_Guess]:
    """The classes that show most: where a room was fullest, and is not empty, are some of them."""
    blocks = merged(spans(stays, now), gap)
    starts = [start for start, _ in blocks]
    for place, together in groupby(stays, lambda stay: bisect(starts, stay.joined_at)):
        block = blocks[place - 1]
        inside = _presence(list(together), now)
        for part in _without_pauses(inside, block, gap):
            for piece in _cut_at(_changes(inside.within(part), gap), part, gap):
                yield _times(inside.within(piece), piece)


def _presence(stays: Sequence[Stay], now: int) -> _Presence:
    by_person: dict[str, list[Span]] = {}
    for stay in stays:
        by_person.setdefault(stay.uid, []).append((stay.joined_at, stay.end(now)))
    teachers = frozenset(stay.uid for stay in stays if stay.role == Role.TEACHER)
    return _Presence({uid: merged(own) for uid, own in by_person.items()}, teachers)


def _times(presence: _Presence, piece: Span) -> _Guess:
    """When at least half of the most people were there; with a teacher, where that tells."""
    steps = levels(presence.everybody())
    most = max((count for _, count in steps), default=0)
    if not most:
        return _Guess(piece, How.MOST, len(presence.by_person))
    full = [n for n, (_, count) in enumerate(steps) if count * 2 >= most]
    start, end = steps[full[0]][0], steps[full[-1] + 1][0]
    taught = presence.of_teachers()
    if taught:
        first = max(start, min(span[0] for span, _ in taught))
        last = min(end, max(span[1] for span, _ in taught))
        if (last - first) * 2 >= end - start:
            return _Guess((first, last), How.TEACHER, len(presence.by_person))
    return _Guess((start, end), How.MOST, len(presence.by_person))


def _without_pauses(presence: _Presence, block: Span, gap: int) -> Iterator[Span]:
    """What is left of a block without its pauses.

    A pause is where for `gap` fewer were there than half of those before it, and of those after it.
    """
    steps = levels(presence.everybody())
    counts = [count for _, count in steps]
    before = list(accumulate(counts, max))
    after = list(accumulate(reversed(counts), max))[::-1]
    start = block[0]
    emptier = [2 * n < min(b, a) for n, b, a in zip(counts, before, after, strict=True)]
    at = 0
    for low, run in groupby(emptier):
        until = at + sum(1 for _ in run)
        if low and steps[until][0] - steps[at][0] >= gap:
            yield start, steps[at][0]
            start = steps[until][0]
        at = until
    yield start, block[1]


def _cut_at(places: Iterable[int], part: Span, gap: int) -> Iterator[Span]:
    """The pieces of a part; none of them shorter than `gap`, unless it was."""
    start = part[0]
    for place in sorted(places):
        if place - start >= gap and part[1] - place >= gap:
            yield start, place
            start = place
    yield start, part[1]


def _changes(presence: _Presence, gap: int) -> list[int]:
    """Where another teacher took over, or most people were others than before."""
    return [*_changes_of_teacher(presence.of_teachers(), gap), *_changes_of_people(presence, gap)]


def _changes_of_teacher(taught: Sequence[tuple[Span, str]], gap: int) -> Iterator[int]:
    """Where one took over from another: they met for less than `gap`, and for less than half."""
    who: set[str] = set()
    start = end = 0
    for span, uid in taught:
        shorter = min(end - start, span[1] - span[0])
        if who and uid not in who and end - span[0] <= min(gap, shorter // 2):
            yield (end + span[0]) // 2
            who, start, end = {uid}, *span
        else:
            start, end = (start, max(end, span[1])) if who else span
            who.add(uid)


def _changes_of_people(presence: _Presence, gap: int) -> Iterator[int]:
    """Where most of who was there in the `gap` before were gone, and most of who came after new."""
    run: list[tuple[int, Span]] = []
    for place, before, after, both in _sides(presence, gap):
        if 2 * both < min(before, after):
            run.append((both, place))
        elif run:
            yield _middle(run)
            run = []
    if run:
        yield _middle(run)


def _middle(run: Sequence[tuple[int, Span]]) -> int:
    """Where in a run of places the fewest people were there on both sides."""
    fewest = min(both for both, _ in run)
    places = [place for both, place in run if both == fewest]
    return (places[0][0] + places[-1][1]) // 2


def _sides(presence: _Presence, gap: int) -> Iterator[tuple[Span, int, int, int]]:
    """How many people were there in the `gap` before a place, after it, and in both.

    Places are instants, and the spans between them, in which nothing of that changes.
    """
    changes: dict[int, list[tuple[bool, str, int]]] = {}
    for uid, own in presence.by_person.items():
        for start, end in own:
            # Before the place from its start until `gap` after its end, and the other way round.
            for earlier, first, last in ((True, start, end + gap), (False, start - gap, end)):
                changes.setdefault(first, []).append((earlier, uid, 1))
                changes.setdefault(last, []).append((earlier, uid, -1))
    sides = {True: Counter[str](), False: Counter[str]()}
    both = 0
    instants = sorted(changes)
    for place, following in pairwise([*instants, instants[-1]] if instants else ()):
        # Who goes is gone at this instant; who comes is there only after it.
        for span, sign in (((place, place), -1), ((place, following), 1)):
            for earlier, uid, change in changes[place]:
                if change == sign:
                    both += _count(sides[earlier], sides[not earlier], uid, change)
            yield span, len(sides[True]), len(sides[False]), both


def _count(own: Counter[str], other: Counter[str], uid: str, change: int) -> int:
    """Count somebody in or out on one side; answers by how many more are on both."""
    was = uid in own
    own[uid] += change
    if not own[uid]:
        del own[uid]
    return ((uid in own) - was) * (uid in other)
