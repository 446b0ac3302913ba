"""How sessions follow from events, read a second time: from the design's words, not its code.

Slow, and only for streams that do not contradict themselves.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import inf

from rollbook.domain.events import (
    Corrected,
    Ended,
    EndEvidence,
    Fact,
    Joined,
    JoinEvidence,
    Left,
    RoomFinished,
    RoomStarted,
)
from rollbook.domain.presences import session_id_for

End = tuple[int | None, EndEvidence | None]


@dataclass(frozen=True, slots=True)
class Read:
    """A session as the second reading understands it."""

    room: tuple[str, str | None]
    uid: str | None
    joined_at: int | None
    end: End
    ip_address: str | None
    void: bool = False


def read(
    source_id: str, facts: Sequence[Fact], *, once: bool, lasts: int | None = None
) -> dict[str, Read]:
    """The sessions that facts tell of, by session id, where an id is one stay."""
    told: dict[str, list[Joined | Left | Ended | Corrected]] = {}
    for fact in facts:
        if isinstance(fact, Joined | Left | Ended | Corrected):
            told.setdefault(session_id_for(source_id, fact.presence_id), []).append(fact)
    found = {session_id: _alone(same) for session_id, same in told.items()}
    read = {
        session_id: Read(
            one.room,
            one.uid,
            one.joined_at,
            bounded(one.joined_at, _end(session_id, found, facts, once=once), one.end, lasts),
            one.ip_address,
        )
        for session_id, one in found.items()
    }
    return {session_id: _corrected(one, told[session_id]) for session_id, one in read.items()}


def _corrected(one: Read, told: Iterable[Fact]) -> Read:
    """What a person said last is above all else; of two at once, what takes away the most."""
    said = [fact for fact in told if isinstance(fact, Corrected)]
    latest = [fact for fact in said if fact.at == max(other.at for other in said)]
    void = any(fact.void for fact in latest)
    if one.joined_at is not None and void:
        return replace(one, end=(one.joined_at, EndEvidence.CORRECTED), void=True)
    ends = [fact.left_at for fact in latest if fact.left_at is not None]
    if one.joined_at is not None and ends:
        return replace(one, end=(min(ends), EndEvidence.CORRECTED))
    return replace(one, void=void)


def _alone(told: Sequence[Joined | Left | Ended | Corrected]) -> Read:
    """What is known of a stay by itself."""
    room = told[0].room
    people = [f.participant for f in told if isinstance(f, Joined | Left) and f.participant]
    seen = [f.at for f in told if isinstance(f, Joined) and f.evidence is JoinEvidence.SEEN]
    repeated = [f.at for f in told if isinstance(f, Joined) and f.evidence is JoinEvidence.TOLD]
    repeated += [
        f.joined_at
        for f in told
        if isinstance(f, Left) and f.participant is not None and f.joined_at is not None
    ]
    addresses = [
        (f.at, f.ip_address) for f in told if isinstance(f, Joined | Left) and f.ip_address
    ]
    return Read(
        (room.room_id, room.instance_id),
        people[0].uid if people else None,
        min(seen or repeated, default=None),
        _told_end(told),
        max(addresses)[1] if addresses else None,
    )


def _told_end(told: Sequence[Joined | Left | Ended | Corrected]) -> End:
    leaves = [f.at for f in told if isinstance(f, Left)]
    if leaves:
        return max(leaves), EndEvidence.LEAVE
    for evidence in (EndEvidence.RECONCILED, EndEvidence.TIMED_OUT):
        ends = [f.at for f in told if isinstance(f, Ended) and f.evidence is evidence]
        if ends:
            return max(ends), evidence
    return None, None


def _end(session_id: str, found: dict[str, Read], facts: Sequence[Fact], *, once: bool) -> End:
    """An explicit leave, else the next presence, else the room's end, else what upkeep found."""
    one = found[session_id]
    if one.end[1] is EndEvidence.LEAVE or one.joined_at is None:
        return one.end
    if once and one.room[1] is not None:
        following = [
            other.joined_at
            for other_id, other in found.items()
            if other.joined_at is not None
            and (other.room, other.uid) == (one.room, one.uid)
            and (other.joined_at, _going(other), other_id)
            > (one.joined_at, _going(one), session_id)
        ]
        if following:
            return min(following), EndEvidence.SUPERSEDED
    ended = end_of_room(one.room, one.joined_at, facts)
    return one.end if ended is None else (ended, EndEvidence.ROOM_FINISHED)


def end_of_room(room: tuple[str, str | None], joined_at: int, facts: Iterable[Fact]) -> int | None:
    """When the run of the room ended in which somebody joined then."""
    about = [fact for fact in facts if (fact.room.room_id, fact.room.instance_id) == room]
    ends = sorted({fact.at for fact in about if isinstance(fact, RoomFinished)})
    end = min((at for at in ends if at >= joined_at), default=None)
    if room[1] is not None:
        # It runs once: after its end, nobody stays.
        return joined_at if ends and end is None else end
    if end is None:
        return None
    before = max((at for at in ends if at < end), default=-1)
    told = [
        fact.started_at
        for fact in about
        if isinstance(fact, RoomFinished) and fact.at == end and fact.started_at is not None
    ]
    begun = [fact.at for fact in about if isinstance(fact, RoomStarted) and before <= fact.at < end]
    start = max(told or begun, default=None)
    # A minute's difference between clocks is forgiven.
    return None if start is not None and joined_at < start - 60_000 else end


def bounded(joined_at: int | None, end: End, told: End, lasts: int | None) -> End:
    """What was inferred ends with the time-out: the organization's, and one that came about."""
    at, evidence = end
    if joined_at is None or at is None or evidence in {EndEvidence.LEAVE, EndEvidence.CORRECTED}:
        return end
    bounds = [told[0]] if told[1] is EndEvidence.TIMED_OUT else []
    bounds += [joined_at + lasts] if lasts else []
    bound = min((one for one in bounds if one is not None), default=at)
    return (bound, EndEvidence.TIMED_OUT) if at > bound else end


def _going(one: Read) -> float:
    """When somebody went, as far as they were told of; for ever later where nobody told."""
    return inf if one.end[0] is None else one.end[0]
