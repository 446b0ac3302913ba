"""The ledger beside what a platform lists: who is gone although nobody said so, and who is new."""

from collections.abc import Iterable, Mapping

from rollbook.domain.events import Ended, EndEvidence, Room
from rollbook.domain.presences import Presence
from rollbook.domain.values import value
from rollbook.service.platforms import ListedPerson, Listing
from rollbook.service.upkeep.ports import Look, Sighting

APART_MS = 60_000
"""How far two looks must be apart for absence in both to mean that a session is over."""

_INFERRED_ALONE = {None, EndEvidence.TIMED_OUT, EndEvidence.RECONCILED}


@value
class Comparison:
    """What a look shows: people unknown so far, sessions that are over, and what to remember."""

    found: tuple[ListedPerson, ...]
    ended: tuple[Ended, ...]
    look: Look


def compare(
    listing: Listing,
    listed: Mapping[str, str],
    presences: Iterable[Presence],
    before: Mapping[str, Sighting],
    now: int,
) -> Comparison:
    """Compare a listing of `now` with the sessions that run, are listed or were seen before.

    `listed` are the listed presences by their session ids.
    """
    known = {presence.session_id: presence for presence in presences}
    found = _found(listing, listed, known, now)
    after = dict.fromkeys(found, Sighting(now))
    ended: list[Ended] = []
    for session_id, presence in known.items():
        if not _may_be_running(presence):
            continue
        seen = Sighting(now) if session_id in listed else None
        sighting = seen or _missed(presence, before.get(session_id), now)
        if sighting.missed_at is None or now - sighting.missed_at < APART_MS:
            after[session_id] = sighting
        elif (end := _end(presence, sighting)) is not None:
            ended.append(end)
    return Comparison(tuple(found.values()), tuple(ended), Look(now, before, after))


def _found(
    listing: Listing, listed: Mapping[str, str], known: Mapping[str, Presence], now: int
) -> dict[str, ListedPerson]:
    found: dict[str, ListedPerson] = {}
    for session_id, presence_id in listed.items():
        if _is_unknown(known.get(session_id)):
            person = listing.person(presence_id, now)
            if person is not None:
                found[session_id] = person
    return found


def _is_unknown(presence: Presence | None) -> bool:
    """Whether nothing told its join, nor that it is over: a listing can be older than a leave."""
    return presence is None or (
        presence.joined_at is None and presence.told_left_by is not EndEvidence.LEAVE
    )


def _may_be_running(presence: Presence) -> bool:
    """Whether it runs, or is closed for no better reason than that the ledger gave it up.

    Such a one may be listed again, and is over once more when it is missed again.
    """
    return presence.joined_at is not None and presence.left_by in _INFERRED_ALONE


def _missed(presence: Presence, before: Sighting | None, now: int) -> Sighting:
    if before is None:
        return Sighting(presence.joined_at or 0, now)
    # A clock that was set back since: nothing was seen later than now, nor missed since then.
    seen_at = min(before.seen_at, now)
    missed_at = now if before.missed_at is None else min(before.missed_at, now)
    return Sighting(seen_at, missed_at)


def _end(presence: Presence, sighting: Sighting) -> Ended | None:
    """The end at the last time seen, where that is more than was known."""
    at = max(sighting.seen_at, presence.joined_at or 0)
    told = (presence.told_left_by or 0, presence.told_left_at or 0)
    if (EndEvidence.RECONCILED, at) <= told:
        return None
    room = Room(presence.room_id, instance_id=presence.instance_id)
    return Ended(presence.presence_id, room, at, EndEvidence.RECONCILED)
