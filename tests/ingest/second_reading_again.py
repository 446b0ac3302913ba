"""How the stays of an id that comes again follow from its events, read from the text a second time.

The text: a move to a breakout room is a leave and a join of the same id in the same second, in either
order. A join at or after the latest leave continues the stay if they touch, else it begins another.
A join without a leave before it continues the stay, unless the room or the time-out had ended it, or
it is elsewhere. A leave whose join was lost begins nothing that anybody sees, unless it tells its
join itself; after a move it ends the stay that moved. A leave and a join of one instant are a move too
where nobody was known to be there, if the next that is told is a leave, which nobody could make who was
not there. What is inferred is bounded by the time-out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ingest.second_reading import bounded, end_of_room

from rollbook.domain.events import Corrected, Ended, EndEvidence, Fact, Joined, Left, Room

Row = tuple[str | None, str, int | None, int | None, EndEvidence | None, bool]
"""uid, room, joined, left, by what, whether it was taken away."""


@dataclass
class _Visit:
    room: Room
    start: int | None
    first: int
    people: list[str]
    leave: Left | None = None
    driven_out_at: int | None = None


def read_again(facts: Sequence[Fact], lasts: int | None) -> dict[str, list[Row]]:
    """The stays of each id, the earliest first."""
    ids = {
        fact.presence_id for fact in facts if isinstance(fact, Joined | Left | Ended | Corrected)
    }
    return {one: _stays(one, facts, lasts) for one in sorted(ids)}


def _stays(presence_id: str, facts: Sequence[Fact], lasts: int | None) -> list[Row]:
    mine: list[Any] = [f for f in facts if getattr(f, "presence_id", None) == presence_id]
    ends = [f for f in mine if isinstance(f, Ended)]
    visits: list[_Visit] = []
    for at in sorted({f.at for f in mine if isinstance(f, Joined | Left)}):
        came = {f for f in mine if isinstance(f, Joined) and f.at == at}
        went = {f for f in mine if isinstance(f, Left) and f.at == at}
        later = [f for f in mine if isinstance(f, Joined | Left) and f.at > at]
        stayed = bool(came and went) and _left_without_join(at, min(went, key=str).room, later)
        inside = stayed or _inside(visits[-1] if visits else None)
        _happen(
            visits, (sorted(came, key=str), sorted(went, key=str)), (facts, ends, lasts), inside
        )
    if not visits:
        return []
    return [_row(visit, visits, (mine, facts, lasts)) for visit in visits]


def _inside(visit: _Visit | None) -> bool:
    return (
        visit is not None
        and visit.start is not None
        and visit.leave is None
        and visit.driven_out_at is None
    )


def _same_place(one: Room, other: Room) -> bool:
    runs = {one.instance_id, other.instance_id} - {None}
    return one.room_id == other.room_id and len(runs) < 2


def _last_there(visits: Sequence[_Visit], room: Room) -> _Visit | None:
    there = [visit for visit in visits if _same_place(visit.room, room)]
    return there[-1] if there else None


def _left_without_join(at: int, room: Room, later: Sequence[Joined | Left]) -> bool:
    """Whether the first later instant with either joins or leaves has a leave of who was here at `at`."""
    for instant in sorted({fact.at for fact in later}):
        came = [f for f in later if f.at == instant and isinstance(f, Joined)]
        went = [f for f in later if f.at == instant and isinstance(f, Left)]
        if came and went:
            continue
        own = [f for f in went if _same_place(f.room, room)]
        return any(f.participant is None or f.joined_at is None or f.joined_at <= at for f in own)
    return False


def _happen(
    visits: list[_Visit],
    told: tuple[Sequence[Joined], Sequence[Left]],
    around: Any,
    inside: bool,
) -> None:
    came, went = told
    if inside:
        there = _inside(visits[-1] if visits else None)
        for leave in went:
            _go(visits, leave)
        for join in came:
            _come(visits, join, around)
        if there and came and len(went) > len(came):
            final = [leave for leave in went if not leave.moves]
            visits[-1].leave = visits[-1].leave or (final or went)[0]
        return
    for join in came:
        _come(visits, join, around)
    for leave in went:
        # Who was not there and moved away in the second of coming left a stay that nobody knows.
        if not (came and leave.moves):
            _go(visits, leave)


def _come(visits: list[_Visit], join: Joined, around: Any) -> None:
    last, there = (visits[-1] if visits else None), _last_there(visits, join.room)
    if last is not None and last is there and _continues(last, join.at, around):
        last.leave = None
        last.people.append(join.participant.uid)
        return
    if last is not None and _inside(last) and not _told_over(last, join.at, around):
        last.driven_out_at = join.at
    visits.append(_Visit(join.room, join.at, join.at, [join.participant.uid]))


def _continues(visit: _Visit, at: int, around: Any) -> bool:
    lasts = around[2]
    if visit.start == at:
        return True  # twice in one moment is once
    if visit.start is None or _told_over(visit, at, around):
        return False
    if lasts and visit.start + lasts <= at:
        return False
    if visit.leave is None:
        return True
    return at - visit.leave.at <= (60_000 if visit.leave.moves else 1_000)


def _told_over(visit: _Visit, at: int, around: Any) -> bool:
    facts, ends, _ = around
    start = visit.start or 0
    closed = end_of_room((visit.room.room_id, visit.room.instance_id), start, facts)
    over = [end.at for end in ends if start <= end.at]
    over += [] if closed is None else [closed]
    return any(one <= at for one in over)


def _go(visits: list[_Visit], leave: Left) -> None:
    there = _last_there(visits, leave.room)
    uid = leave.participant.uid if leave.participant else None
    if there is not None and there.start is not None and there.leave is None:
        there.leave = leave
        return
    told = leave.joined_at if leave.participant is not None else None
    if told is not None:
        if there is not None and there.leave is not None:
            near = 60_000 if there.leave.moves else 1_000
            if there.start is not None and told - there.leave.at <= near:
                there.leave = leave
                return
            told = max(told, there.leave.at)
        told = min(told, leave.at)
        visits.append(_Visit(leave.room, told, told, [uid or ""], leave))
    elif there is not None and (there.start is None or (there.leave and there.leave.moves)):
        there.leave = leave
    else:
        visits.append(_Visit(leave.room, None, leave.at, [uid] if uid else [], leave))


def _row(visit: _Visit, visits: Sequence[_Visit], known: Any) -> Row:
    mine, facts, lasts = known
    uid = visit.people[0] if visit.people else None
    place = (visit.room.room_id, visit.room.instance_id)
    told = _told_end(visit, visits, mine)
    end = told
    if visit.start is not None and told[1] is not EndEvidence.LEAVE:
        closed = end_of_room(place, visit.start, facts)
        if visit.driven_out_at is not None:
            end = (visit.driven_out_at, EndEvidence.SUPERSEDED)
        elif closed is not None:
            end = (closed, EndEvidence.ROOM_FINISHED)
        end = bounded(visit.start, end, told, lasts)
    said = _said(visit, visits, mine)
    void = said is not None and said.void
    if said is not None and visit.start is not None:
        if void:
            end = (visit.start, EndEvidence.CORRECTED)
        elif said.left_at is not None:
            end = (said.left_at, EndEvidence.CORRECTED)
    return uid, visit.room.room_id, visit.start, end[0], end[1], void


def _at(visits: Sequence[_Visit], at: int) -> _Visit:
    begun = [visit for visit in visits if visit.first <= at]
    return begun[-1] if begun else visits[0]


def _told_end(
    visit: _Visit, visits: Sequence[_Visit], mine: Iterable[Any]
) -> tuple[int | None, EndEvidence | None]:
    if visit.leave is not None:
        return visit.leave.at, EndEvidence.LEAVE
    ends = [f for f in mine if isinstance(f, Ended) and _at(visits, f.at) is visit]
    for kind in (EndEvidence.RECONCILED, EndEvidence.TIMED_OUT):
        found = [end.at for end in ends if end.evidence is kind]
        if found:
            return max(found), kind
    return None, None


def _said(visit: _Visit, visits: Sequence[_Visit], mine: Iterable[Any]) -> Corrected | None:
    """The last word of a person about a stay; of two in one moment, the one that takes the most."""
    said = [f for f in mine if isinstance(f, Corrected) and _at(visits, f.within) is visit]
    return max(
        said, key=lambda f: (f.at, f.void, f.left_at is not None, -(f.left_at or 0)), default=None
    )
