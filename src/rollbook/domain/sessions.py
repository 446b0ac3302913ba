"""The heart of the ledger: facts in any order, any number of times, give the same sessions.

A session is a *presence*: one stay of one person in one room. What is known of it is kept as
evidence that can only grow. `merge` takes the better of two pieces of evidence under a total
order, so folding is commutative, associative and idempotent, and every permutation of a stream
with any repeats ends in the same place. How a session ended is then a pure function (`settle`)
of its own evidence and of two facts about its surroundings: when its room ended, and when the
same person's next presence began.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from rollbook.domain.events import (
    Ended,
    EndEvidence,
    Fact,
    Joined,
    JoinEvidence,
    Left,
    PresenceFact,
    Room,
    RoomFinished,
    RoomStarted,
)


@dataclass(frozen=True, slots=True)
class Presence:
    """All that is known of one stay of one person in one room.

    `told_left_at` with `told_left_by` is the best evidence about this presence alone;
    `left_at` with `left_by` is the end after its surroundings were considered too (`settle`).
    Instants are in milliseconds UTC. `participant_id` and `joined_at` stay None while only a
    leave has been seen that names neither.
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


def session_id_for(source_id: str, presence_id: str) -> str:
    """The ledger's id of a presence: the same for every event about it, in any process.

    128 bits of SHA-256 in hex, safe in URLs and the same in every collation.
    """
    return hashlib.sha256(f"{source_id}\0{presence_id}".encode()).hexdigest()[:32]


def presence_of(source_id: str, fact: PresenceFact) -> Presence:
    """What one fact alone tells of a presence."""
    joined_at, joined_by = _start_told(fact)
    left_at, left_by = _end_told(fact)
    # Whoever ended a presence without being told knows nothing about the person.
    about = None if isinstance(fact, Ended) else fact
    return Presence(
        session_id=session_id_for(source_id, fact.presence_id),
        source_id=source_id,
        presence_id=fact.presence_id,
        room_id=fact.room.room_id,
        instance_id=fact.room.instance_id,
        participant_id=about.participant.uid if about and about.participant else None,
        joined_at=joined_at,
        joined_by=joined_by,
        told_left_at=left_at,
        told_left_by=left_by,
        left_at=left_at,
        left_by=left_by,
        ip_address=about.ip_address if about else None,
        ip_told_at=about.at if about and about.ip_address else None,
        user_agent=about.user_agent if about else None,
        user_agent_told_at=about.at if about and about.user_agent else None,
    )


def _start_told(fact: PresenceFact) -> tuple[int | None, JoinEvidence]:
    if isinstance(fact, Joined):
        return fact.at, fact.evidence
    if isinstance(fact, Left) and fact.joined_at is not None and fact.participant is not None:
        return fact.joined_at, JoinEvidence.TOLD
    return None, JoinEvidence.NONE


def _end_told(fact: PresenceFact) -> tuple[int | None, EndEvidence | None]:
    if isinstance(fact, Joined):
        return None, None
    return fact.at, EndEvidence.LEAVE if isinstance(fact, Left) else fact.evidence


def merge(one: Presence, other: Presence) -> Presence:
    """The evidence of both about the same presence. The end is left for `settle` to decide."""
    start = max(one, other, key=_join_order)
    end = max(one, other, key=_end_order)
    address = max(one, other, key=_address_order)
    agent = max(one, other, key=_agent_order)
    return replace(
        start,
        told_left_at=end.told_left_at,
        told_left_by=end.told_left_by,
        left_at=end.told_left_at,
        left_by=end.told_left_by,
        ip_address=address.ip_address,
        ip_told_at=address.ip_told_at,
        user_agent=agent.user_agent,
        user_agent_told_at=agent.user_agent_told_at,
    )


def merge_all(presences: Iterable[Presence]) -> dict[str, Presence]:
    """The merged evidence of each presence, by session id."""
    merged: dict[str, Presence] = {}
    for presence in presences:
        known = merged.get(presence.session_id)
        merged[presence.session_id] = presence if known is None else merge(known, presence)
    return merged


def settle(
    presence: Presence, room_ends: Sequence[int] = (), next_join: int | None = None
) -> Presence:
    """The presence with its end decided.

    `room_ends` are the known ends of its room (instance), in any order. `next_join` is when the
    same person's next presence in the same room instance began, given only on platforms where
    a person can be there once at a time.
    """
    left_at, left_by = presence.told_left_at, presence.told_left_by
    if left_by is not EndEvidence.LEAVE and presence.joined_at is not None:
        if next_join is not None:
            left_at, left_by = next_join, EndEvidence.SUPERSEDED
        elif room_ends:
            left_at, left_by = _room_end(presence, room_ends), EndEvidence.ROOM_FINISHED
            if left_at is None:
                left_at, left_by = presence.told_left_at, presence.told_left_by
    if (left_at, left_by) == (presence.left_at, presence.left_by):
        return presence
    return replace(presence, left_at=left_at, left_by=left_by)


RoomKey = tuple[str, str, str | None]
"""What a room's end closes: (source id, room id, instance id)."""


def room_key(presence: Presence) -> RoomKey:
    """The room, or the one run of it, that a presence is in."""
    return presence.source_id, presence.room_id, presence.instance_id


def settle_all(
    presences: Iterable[Presence], room_ends: Mapping[RoomKey, Sequence[int]], *, once: bool
) -> list[Presence]:
    """Decide the end of each presence.

    `once`: whether the platform lets a person be in a room instance once at a time. Then all
    presences of a person in an instance must be given together, if one is.
    """
    settled: list[Presence] = []
    for stays in _by_person_and_room(presences, once=once):
        for presence, following in pairwise([*stays, None]):
            if presence is None:
                continue
            next_join = following.joined_at if following else None
            settled.append(settle(presence, room_ends.get(room_key(presence), ()), next_join))
    return settled


def _by_person_and_room(presences: Iterable[Presence], *, once: bool) -> list[list[Presence]]:
    """The presences in their order of joining where one ends the other, each alone elsewhere."""
    alone: list[list[Presence]] = []
    together: dict[tuple[RoomKey, str], list[Presence]] = {}
    for presence in presences:
        known = presence.participant_id is not None and presence.joined_at is not None
        if not once or not known or presence.instance_id is None:
            alone.append([presence])
        else:
            key = (room_key(presence), presence.participant_id or "")
            together.setdefault(key, []).append(presence)
    for stays in together.values():
        stays.sort(key=_coming_order)
    return [*alone, *together.values()]


def _coming_order(presence: Presence) -> tuple[int, bool, int, str]:
    """Who came first; of two that came at one instant, who is known to have gone, or gone first.

    LiveKit tells whole seconds: somebody who is lost and back within one has two such presences,
    and the one that is over must not end the one that goes on.
    """
    gone_at = presence.told_left_at
    return (presence.joined_at or 0, gone_at is None, gone_at or 0, presence.session_id)


def fold(source_id: str, facts: Iterable[Fact], *, once: bool) -> dict[str, Presence]:
    """All sessions that facts of one source tell of, by session id: the ledger in one sentence."""
    stays: list[PresenceFact] = []
    ends: dict[RoomKey, list[int]] = {}
    for fact in facts:
        if isinstance(fact, RoomFinished):
            ends.setdefault(key_of_room(source_id, fact.room), []).append(fact.at)
        elif not isinstance(fact, RoomStarted):
            stays.append(fact)
    merged = merge_all(presence_of(source_id, fact) for fact in stays)
    settled = settle_all(merged.values(), ends, once=once)
    return {presence.session_id: presence for presence in settled}


def key_of_room(source_id: str, room: Room) -> RoomKey:
    """The key of a room that an event names."""
    return source_id, room.room_id, room.instance_id


def _room_end(presence: Presence, room_ends: Sequence[int]) -> int | None:
    """The end of its room that ended this presence.

    A named instance ends once: who seems to have joined after that (clocks differ) stayed no
    time. A room that is only a name ends again and again: the first end after the join counts.
    """
    joined_at = presence.joined_at or 0
    later = [end for end in room_ends if end >= joined_at]
    if later:
        return min(later)
    return None if presence.instance_id is None else joined_at


def _join_order(presence: Presence) -> tuple[int, int, str, str, str]:
    """Better evidence first counts more, then the earlier time; the rest only breaks ties."""
    return (
        presence.joined_by,
        -(presence.joined_at or 0),
        presence.participant_id or "",
        presence.room_id,
        presence.instance_id or "",
    )


def _end_order(presence: Presence) -> tuple[int, int]:
    return (presence.told_left_by or 0, presence.told_left_at or 0)


def _address_order(presence: Presence) -> tuple[bool, int, str]:
    known = presence.ip_address is not None
    return (known, presence.ip_told_at or 0, presence.ip_address or "")


def _agent_order(presence: Presence) -> tuple[bool, int, str]:
    known = presence.user_agent is not None
    return (known, presence.user_agent_told_at or 0, presence.user_agent or "")
