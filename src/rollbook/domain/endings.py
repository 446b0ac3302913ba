"""How a stay ended: its own evidence, what is known of its surroundings, and a bound.

Only a person's correction or an explicit leave may put an end beyond an organization's time-out:
whatever is inferred (the end of a room, the same person's next presence, a platform that no longer
lists it) counts up to there and no further.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from rollbook.domain.events import EndEvidence
from rollbook.domain.presences import Presence

SLACK_MS = 60_000
"""How much earlier than the start of a run people in it may seem to have joined: clocks differ."""

End = tuple[int | None, EndEvidence | None]


class Run(NamedTuple):
    """A room, or one named instance of it, ended at `at`; `since` is when this run had begun.

    None: as far back as anybody can have joined it.
    """

    at: int
    since: int | None = None


def runs_of(ends: Iterable[tuple[int, int | None]], starts: Iterable[int] = ()) -> tuple[Run, ...]:
    """The runs of a room, earliest first, from its ends (each with its start, where told) and starts.

    A run begins when somebody told that it did, else with the end of the run before.
    """
    begun = sorted(starts)
    told: dict[int, int | None] = {}
    for at, started_at in ends:
        both = [one for one in (told.get(at), started_at) if one is not None]
        told[at] = max(both, default=None)
    found: list[Run] = []
    for at in sorted(told):
        before = found[-1].at if found else None
        since = told[at]
        if since is None:
            within = [one for one in begun if one < at and (before is None or one >= before)]
            since = within[-1] if within else None
        found.append(Run(at, since))
    return tuple(found)


def room_end(joined_at: int, runs: Sequence[Run], *, named: bool) -> int | None:
    """The end of the room that somebody who joined then lived to see.

    A named instance ends once: who seems to have joined after that (clocks differ) stayed no
    time. A room that is only a name ends again and again: the first end after the join counts,
    unless that run began only later.
    """
    following = next((run for run in runs if run.at >= joined_at), None)
    if following is None:
        return joined_at if named and runs else None
    late = following.since is not None and joined_at < following.since - SLACK_MS
    return None if late and not named else following.at


def settle(
    presence: Presence,
    runs: Sequence[Run] = (),
    next_join: int | None = None,
    lasts: int | None = None,
) -> Presence:
    """The presence with its end decided.

    `runs` are the known runs of its room (instance). `next_join` is when the same person's next
    presence in the same room instance began, given only on platforms where a person can be there
    once at a time. `lasts` (ms) is the organization's time-out; None for ever.
    """
    end = _corrected(presence) or _told(presence) or _inferred(presence, runs, next_join, lasts)
    if end == (presence.left_at, presence.left_by):
        return presence
    return replace(presence, left_at=end[0], left_by=end[1])


def _corrected(presence: Presence) -> End | None:
    said = presence.correction
    if said is None or presence.joined_at is None:
        return None
    if said.void:
        return presence.joined_at, EndEvidence.CORRECTED
    return None if said.left_at is None else (said.left_at, EndEvidence.CORRECTED)


def _told(presence: Presence) -> End | None:
    """What nobody but the platform itself could know; without a join there is nothing to infer."""
    if presence.told_left_by is EndEvidence.LEAVE or presence.joined_at is None:
        return presence.told_left_at, presence.told_left_by
    return None


def _inferred(
    presence: Presence, runs: Sequence[Run], next_join: int | None, lasts: int | None
) -> End:
    joined_at = presence.joined_at or 0
    at, evidence = presence.told_left_at, presence.told_left_by
    ended = room_end(joined_at, runs, named=presence.instance_id is not None)
    if next_join is not None:
        at, evidence = next_join, EndEvidence.SUPERSEDED
    elif ended is not None:
        at, evidence = ended, EndEvidence.ROOM_FINISHED
    bound = _bound(presence, joined_at, lasts)
    if at is not None and bound is not None and at > bound:
        return bound, EndEvidence.TIMED_OUT
    return at, evidence


def _bound(presence: Presence, joined_at: int, lasts: int | None) -> int | None:
    """The latest end that may be inferred: what timed out once is not stretched by what came later."""
    timed_out = presence.told_left_at if presence.told_left_by is EndEvidence.TIMED_OUT else None
    bounds = [one for one in (timed_out, joined_at + lasts if lasts else None) if one is not None]
    return min(bounds, default=None)
