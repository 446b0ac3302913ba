"""Presences whose id may come again: one set of facts, and the stays that it tells of.

On some platforms a presence id joins and leaves several times: who moves to a breakout room leaves
and joins under the same id in the same second, told in either order, and who comes back after an
hour may bring the old id along. The stays are a pure function of the *set* of facts about the id
and of the runs of its rooms, so no order and no repeat can matter.

A join while nobody left continues the stay, unless the room had ended or the time-out had passed by
then, or it names another room. A join where the last stay ended continues it if they touch, else
begins another. A leave without its join waits for it, and begins no stay that anybody sees.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from itertools import groupby, islice

from rollbook.domain.endings import Run, room_end
from rollbook.domain.events import (
    Corrected,
    Ended,
    EndEvidence,
    Joined,
    Left,
    PresenceFact,
    Room,
)
from rollbook.domain.presences import Presence, merge, presence_of, session_id_for

TOUCH_MS = 1_000
"""A join this close after a leave continues the stay: many platforms tell whole seconds."""

MOVE_MS = 60_000
"""The same after a leave that its platform calls a move: so long a browser may take for it."""


def _differ(one: Room, other: Room) -> bool:
    """Whether these are two rooms, or two runs of one."""
    runs = {one.instance_id, other.instance_id} - {None}
    return one.room_id != other.room_id or len(runs) > 1


@dataclass(slots=True)
class Stay:
    """A stay as it grows while facts are read in the order of their times."""

    room: Room
    anchor: int
    began: int | None
    facts: list[PresenceFact] = field(default_factory=list)
    left_at: int | None = None
    moving: bool = False
    superseded_at: int | None = None

    def elsewhere(self, room: Room) -> bool:
        """Whether that is another room, or another run of this one."""
        return _differ(self.room, room)

    def touches(self, at: int) -> bool:
        """Whether a join at that time continues the stay, which somebody left."""
        slack = MOVE_MS if self.moving else TOUCH_MS
        return self.left_at is not None and at - self.left_at <= slack

    def leave(self, fact: Left) -> None:
        self.facts.append(fact)
        self.left_at, self.moving = fact.at, fact.moves

    def go_on(self, fact: Joined) -> None:
        self.facts.append(fact)
        self.left_at, self.moving = None, False


RunsOf = Callable[[Room], Sequence[Run]]
"""The runs of a room, by what a fact says of it."""


def stays_of(
    source_id: str, facts: Iterable[PresenceFact], runs_of: RunsOf, lasts: int | None
) -> list[tuple[Presence, int | None]]:
    """The stays that all facts about one presence id tell of, the earliest first.

    Each comes with the instant at which a join elsewhere ended it, where one did. `lasts` (ms) is
    the organization's time-out; None for ever.
    """
    told = sorted(set(facts), key=lambda fact: (fact.at, str(fact)))
    reading = _Reading(runs_of, lasts, [fact for fact in told if isinstance(fact, Ended)])
    marks = [fact for fact in told if isinstance(fact, Joined | Left)]
    moments = [list(same) for _, same in groupby(marks, key=lambda fact: fact.at)]
    for number, same in enumerate(moments):
        later = islice(moments, number + 1, None)
        reading.take(same, was_a_move=not _one_kind(same) and _was_a_move(same[0], later))
    if not reading.stays:
        return [(reduce(merge, [presence_of(source_id, fact) for fact in told]), None)]
    for fact in told:
        if isinstance(fact, Ended):
            _stay_at(reading.stays, fact.at).facts.append(fact)
        elif isinstance(fact, Corrected):
            _stay_at(reading.stays, fact.within).facts.append(fact)
    named = zip(_names(reading.stays), reading.stays, strict=True)
    return [(_presence(source_id, which, stay), stay.superseded_at) for which, stay in named]


def _one_kind(moment: Sequence[Joined | Left]) -> bool:
    return len({type(fact) for fact in moment}) == 1


def _was_a_move(fact: Joined | Left, later: Iterable[Sequence[Joined | Left]]) -> bool:
    """Whether who joined and left in one moment was there afterwards: without a join they left again.

    Moments of both, which do not tell either, are passed over.
    """
    telling = next(filter(_one_kind, later), ())
    return any(_needs(one, fact) for one in telling)


def _needs(fact: Joined | Left, before: Joined | Left) -> bool:
    """Whether that is a leave of who was there by then, and tells no later join itself."""
    if isinstance(fact, Joined) or _differ(fact.room, before.room):
        return False
    told = fact.joined_at if fact.participant is not None else None
    return told is None or told <= before.at


def _names(stays: Sequence[Stay]) -> Iterator[tuple[str, ...]]:
    """What tells each stay from others of the same id: nothing for the first."""
    seen: Counter[tuple[str, ...]] = Counter()
    for number, stay in enumerate(stays):
        how = "left" if stay.began is None else "joined"
        which = (how, str(stay.anchor), stay.room.room_id, stay.room.instance_id or "")
        # More than once in one moment in one room: in and out of another.
        again = (str(seen[which]),) if seen[which] else ()
        seen[which] += 1
        yield which + again if number else ()


def _stay_at(stays: Sequence[Stay], at: int) -> Stay:
    """The stay that had begun last by then."""
    return next((stay for stay in reversed(stays) if stay.anchor <= at), stays[0])


def _presence(source_id: str, which: tuple[str, ...], stay: Stay) -> Presence:
    known = reduce(merge, [presence_of(source_id, fact) for fact in stay.facts])
    at, evidence = stay.left_at, EndEvidence.LEAVE if stay.left_at is not None else None
    if evidence is None:
        ends = [(f.evidence, f.at) for f in stay.facts if isinstance(f, Ended)]
        evidence, at = max(ends, default=(None, None))
    return replace(
        known,
        session_id=session_id_for(source_id, known.presence_id, *which),
        joined_at=stay.began,
        told_left_at=at,
        told_left_by=evidence,
        left_at=at,
        left_by=evidence,
    )


class _Reading:
    """Reads facts in the order of their times."""

    def __init__(self, runs_of: RunsOf, lasts: int | None, ends: Sequence[Ended]) -> None:
        self.stays: list[Stay] = []
        self._runs_of = runs_of
        self._lasts = lasts
        self._ends = ends

    def take(self, facts: Sequence[Joined | Left], *, was_a_move: bool) -> None:
        """What was told for one instant: of a leave and a join, which is first tells no order.

        Who was there and both left and joined is still there. Who was not, and both joined and
        left, was there for no time, unless they left again without another join (`was_a_move`):
        then they came before, and nobody told. So it is where the platform calls it a move.
        """
        joins = [fact for fact in facts if isinstance(fact, Joined)]
        leaves = [fact for fact in facts if isinstance(fact, Left)]
        there = self._there()
        moved = there or was_a_move
        ordered: list[Joined | Left] = [*leaves, *joins] if moved else [*joins, *leaves]
        for fact in ordered:
            if isinstance(fact, Joined):
                self._join(fact)
            elif moved or not joins or not fact.moves:
                self._leave(fact)
        if there and joins and len(leaves) > len(joins):
            last = self.stays[-1]
            last.left_at, last.moving = facts[0].at, all(leave.moves for leave in leaves)

    def _there(self) -> bool:
        return bool(self.stays) and self._running(self.stays[-1])

    @staticmethod
    def _running(stay: Stay) -> bool:
        return stay.began is not None and stay.left_at is None and stay.superseded_at is None

    def _latest_in(self, room: Room) -> Stay | None:
        return next((stay for stay in reversed(self.stays) if not stay.elsewhere(room)), None)

    def _join(self, fact: Joined) -> None:
        last = self.stays[-1] if self.stays else None
        if last is not None and last is self._latest_in(fact.room) and self._goes_on(last, fact.at):
            last.go_on(fact)
            return
        if last is not None and last.began is not None and last.left_at is None:
            # It was over by now: with this join, unless something else told so before.
            over = self._known_over(last, last.began, fact.at)
            last.superseded_at = None if over else fact.at
        self.stays.append(Stay(fact.room, fact.at, fact.at, [fact]))

    def _goes_on(self, stay: Stay, at: int) -> bool:
        if stay.began is None:
            return False
        if stay.began == at:
            return True
        if self._known_over(stay, stay.began, at):
            return False
        timed_out = self._lasts is not None and stay.began + self._lasts <= at
        return not timed_out and (stay.left_at is None or stay.touches(at))

    def _known_over(self, stay: Stay, began: int, at: int) -> bool:
        """Whether something told that the stay had ended by then, although nobody left."""
        named = stay.room.instance_id is not None
        ended = room_end(began, self._runs_of(stay.room), named=named)
        found = any(began <= end.at <= at for end in self._ends)
        return found or (ended is not None and ended <= at)

    def _leave(self, fact: Left) -> None:
        here = self._latest_in(fact.room)
        if here is not None and here.began is not None and here.left_at is None:
            here.leave(fact)
            return
        told = fact.joined_at if fact.participant is not None else None
        if here is not None and self._belongs(here, told):
            here.leave(fact)
        elif told is None:
            self.stays.append(Stay(fact.room, fact.at, None, [fact], fact.at, fact.moves))
        else:
            before = here.left_at if here is not None and here.left_at is not None else told
            began = min(max(told, before), fact.at)
            self.stays.append(Stay(fact.room, began, began, [fact], fact.at, fact.moves))

    @staticmethod
    def _belongs(stay: Stay, told: int | None) -> bool:
        """Whether a leave without its join says more about a stay that somebody left already.

        It does where that was a move, whose join was lost, and where the times of both touch.
        """
        if told is not None:
            return stay.began is not None and stay.touches(told)
        return stay.began is None or stay.moving
