"""What classes a room had, as it shows by who was there, where nothing was planned.

Nothing of this hangs on one person: who opens the room early makes nobody late, and who leaves it
open makes no class longer. In words: docs/dashboard.md, "What a class is".
"""

from bisect import bisect
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, groupby, pairwise

from rollbook.domain.events import Role
from rollbook.domain.stays import Span, Stay, cut_to, levels, merged, spans
from rollbook.domain.values import value


@value
class Guess:
    """A class as it shows by those who were in it; `taught`: a teacher set its times."""

    span: Span
    people: int
    taught: bool = False


@value
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


def guessed(stays: Sequence[Stay], now: int, gap: int) -> Iterator[Guess]:
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


def _times(presence: _Presence, piece: Span) -> Guess:
    """When at least half of the most people were there; with a teacher, where that tells."""
    steps = levels(presence.everybody())
    most = max((count for _, count in steps), default=0)
    if not most:
        return Guess(piece, len(presence.by_person))
    full = [n for n, (_, count) in enumerate(steps) if count * 2 >= most]
    start, end = steps[full[0]][0], steps[full[-1] + 1][0]
    taught = presence.of_teachers()
    if taught:
        first = max(start, min(span[0] for span, _ in taught))
        last = min(end, max(span[1] for span, _ in taught))
        if (last - first) * 2 >= end - start:
            return Guess((first, last), len(presence.by_person), taught=True)
    return Guess((start, end), len(presence.by_person))


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
