"""Presences: all that is known of one stay of one person in one room.

What is known is evidence that can only grow. `merge` takes the better of two pieces of evidence
under a total order, so it is commutative, associative and idempotent: every permutation of what
was told, with any repeats, ends in the same place.
"""

import hashlib
from collections.abc import Iterable, Sequence
from functools import lru_cache, reduce

from rollbook.domain.events import (
    Corrected,
    Ended,
    EndEvidence,
    Joined,
    JoinEvidence,
    Left,
    PresenceFact,
)
from rollbook.domain.values import value

SHARED = 20
"""How many characters the ids of all stays of one presence have in common: 80 bits."""


@value
class Correction:
    """What was said at `at` (ms UTC) of a stay: its end, or that it never was.

    Neither: what was said before was taken back.
    """

    at: int
    left_at: int | None = None
    void: bool = False


@value
class Presence:
    """All that is known of one stay of one person in one room.

    `told_left_at` with `told_left_by` is the best evidence about this presence alone;
    `left_at` with `left_by` is the end after its surroundings were considered too (`settle`).
    Instants are in milliseconds UTC. `participant_id` and `joined_at` stay None while only a
    leave has been seen that names neither. `identity` as in `Participant`.
    """

    session_id: str
    source_id: str
    presence_id: str
    room_id: str
    instance_id: str | None
    participant_id: str | None
    joined_at: int | None
    joined_by: JoinEvidence
    told_left_at: int | None = None
    told_left_by: EndEvidence | None = None
    left_at: int | None = None
    left_by: EndEvidence | None = None
    ip_address: str | None = None
    ip_told_at: int | None = None
    user_agent: str | None = None
    user_agent_told_at: int | None = None
    identity: str | None = None
    correction: Correction | None = None


@lru_cache(8_192)  # of a whole batch of a file, whose rows are gone through several times
def session_id_for(source_id: str, presence_id: str, *which: str) -> str:
    """The ledger's id of a presence: the same for every event about it, in any process.

    Of an id that comes again, the stays after the first are told apart by `which` each is; they
    share the beginning of their ids, by which they are found. 128 bits of SHA-256 in hex, safe in
    URLs and the same in every collation.
    """
    first = _hash(source_id, presence_id)
    return first[:SHARED] + _hash(source_id, presence_id, *which)[SHARED:] if which else first


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def presence_of(source_id: str, fact: PresenceFact) -> Presence:
    """What one fact alone tells of a presence."""
    if isinstance(fact, Joined | Left):
        return _of_somebody(source_id, fact)
    # Whoever ended or corrected a presence without being there knows nothing about the person.
    at, by = (fact.at, fact.evidence) if isinstance(fact, Ended) else (None, None)
    return Presence(
        session_id=session_id_for(source_id, fact.presence_id),
        source_id=source_id,
        presence_id=fact.presence_id,
        room_id=fact.room.room_id,
        instance_id=fact.room.instance_id,
        participant_id=None,
        joined_at=None,
        joined_by=JoinEvidence.NONE,
        told_left_at=at,
        told_left_by=by,
        left_at=at,
        left_by=by,
        correction=_correction_told(fact),
    )


def _of_somebody(source_id: str, fact: Joined | Left) -> Presence:
    joined_at, joined_by = _start_told(fact)
    left_at, left_by = (fact.at, EndEvidence.LEAVE) if isinstance(fact, Left) else (None, None)
    person = fact.participant
    return Presence(
        session_id_for(source_id, fact.presence_id),
        source_id,
        fact.presence_id,
        fact.room.room_id,
        fact.room.instance_id,
        person.uid if person else None,
        joined_at,
        joined_by,
        left_at,
        left_by,
        left_at,
        left_by,
        fact.ip_address,
        fact.at if fact.ip_address else None,
        fact.user_agent,
        fact.at if fact.user_agent else None,
        person.identity if person else None,
    )


def told_of_one(source_id: str, facts: Sequence[PresenceFact]) -> Presence:
    """What some facts about one presence tell of it together."""
    match facts:
        case [Joined() as joined, Left() as left] if _is_visit(joined, left):
            return _of_visit(source_id, joined, left)
    return reduce(merge, [presence_of(source_id, fact) for fact in facts])


def _is_visit(joined: Joined, left: Left) -> bool:
    """Whether of these two the one tells the beginning and all else, the other only the end."""
    return (
        joined.evidence is JoinEvidence.SEEN and left.ip_address is None and left.user_agent is None
    )


def _of_visit(source_id: str, joined: Joined, left: Left) -> Presence:
    """What merging tells of the usual row of a file, of which large files have millions."""
    person, room = joined.participant, joined.room
    return Presence(
        session_id_for(source_id, joined.presence_id),
        source_id,
        joined.presence_id,
        room.room_id,
        room.instance_id,
        person.uid,
        joined.at,
        JoinEvidence.SEEN,
        left.at,
        EndEvidence.LEAVE,
        left.at,
        EndEvidence.LEAVE,
        joined.ip_address,
        joined.at if joined.ip_address else None,
        joined.user_agent,
        joined.at if joined.user_agent else None,
        person.identity,
    )


def _start_told(fact: Joined | Left) -> tuple[int | None, JoinEvidence]:
    if isinstance(fact, Joined):
        return fact.at, fact.evidence
    if fact.joined_at is not None and fact.participant is not None:
        return fact.joined_at, JoinEvidence.TOLD
    return None, JoinEvidence.NONE


def _correction_told(fact: Ended | Corrected) -> Correction | None:
    return Correction(fact.at, fact.left_at, fact.void) if isinstance(fact, Corrected) else None


def merge(one: Presence, other: Presence) -> Presence:
    """The evidence of both about the same presence. The end is left for `settle` to decide."""
    start = max(one, other, key=_join_order)
    end = max(one, other, key=_end_order)
    # Seldom told by both, and large files are merged row by row: what tells nothing is not compared.
    address = max(one, other, key=_address_order) if other.ip_address or other.ip_told_at else one
    told_agent = other.user_agent or other.user_agent_told_at
    agent = max(one, other, key=_agent_order) if told_agent else one
    said = max(one, other, key=_correction_order) if other.correction else one
    return Presence(
        session_id=start.session_id,
        source_id=start.source_id,
        presence_id=start.presence_id,
        room_id=start.room_id,
        instance_id=start.instance_id,
        participant_id=start.participant_id,
        joined_at=start.joined_at,
        joined_by=start.joined_by,
        told_left_at=end.told_left_at,
        told_left_by=end.told_left_by,
        left_at=end.told_left_at,
        left_by=end.told_left_by,
        ip_address=address.ip_address,
        ip_told_at=address.ip_told_at,
        user_agent=agent.user_agent,
        user_agent_told_at=agent.user_agent_told_at,
        identity=start.identity,
        correction=said.correction,
    )


def merge_all(presences: Iterable[Presence]) -> dict[str, Presence]:
    """The merged evidence of each presence, by session id."""
    merged: dict[str, Presence] = {}
    for presence in presences:
        known = merged.get(presence.session_id)
        merged[presence.session_id] = presence if known is None else merge(known, presence)
    return merged


def _join_order(presence: Presence) -> tuple[int, int, str, str, str, str]:
    """Better evidence first counts more, then the earlier time; the rest only breaks ties."""
    return (
        presence.joined_by,
        -(presence.joined_at or 0),
        presence.participant_id or "",
        presence.room_id,
        presence.instance_id or "",
        presence.identity or "",
    )


def _end_order(presence: Presence) -> tuple[int, int]:
    return (presence.told_left_by or 0, presence.told_left_at or 0)


def _address_order(presence: Presence) -> tuple[bool, int, str]:
    known = presence.ip_address is not None
    return (known, presence.ip_told_at or 0, presence.ip_address or "")


def _agent_order(presence: Presence) -> tuple[bool, int, str]:
    known = presence.user_agent is not None
    return (known, presence.user_agent_told_at or 0, presence.user_agent or "")


def _correction_order(presence: Presence) -> tuple[bool, int, bool, bool, int]:
    """The latest counts; of two in one moment, the one that takes away the most."""
    said = presence.correction or Correction(0)
    ends = said.left_at is not None
    return (presence.correction is not None, said.at, said.void, ends, -(said.left_at or 0))
