"""Explain a number: the stored events behind a session."""

import re

from rollbook.domain.errors import NotFound
from rollbook.domain.events import EndEvidence
from rollbook.domain.presences import Presence, session_id_for
from rollbook.domain.values import value
from rollbook.service.reports.ports import EventRecord, History

_SESSION_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)


@value
class Explanation:
    """A session, and the events that made it what it is, in the order in which it happened."""

    presence: Presence
    events: list[EventRecord]


async def explain(history: History, org_id: str, session_id: str) -> Explanation:
    """The events behind a session of an organization. Raises NotFound."""
    presence = await session_named(history, org_id, session_id)
    # Of an id that comes again, what was told of its other stays says where this one begins and ends.
    told_as = session_id_for(presence.source_id, presence.presence_id)
    events = await history.events_of_session(org_id, told_as)
    events += await _events_around(history, org_id, presence)
    return Explanation(presence, sorted(events, key=lambda event: event.occurred_at))


async def session_named(history: History, org_id: str, session_id: str) -> Presence:
    """A session of an organization by its id. Raises NotFound."""
    known = _SESSION_ID.fullmatch(session_id)
    presence = await history.presence(org_id, session_id) if known else None
    if presence is None:
        raise NotFound("There is no such session")
    return presence


async def _events_around(history: History, org_id: str, presence: Presence) -> list[EventRecord]:
    """The events about others that decided how the session ended."""
    if presence.left_by is EndEvidence.ROOM_FINISHED:
        return await history.events_of_room_end(org_id, presence)
    if presence.left_by is EndEvidence.SUPERSEDED:
        following = await history.next_presence(org_id, presence)
        if following is not None:
            following_as = session_id_for(following.source_id, following.presence_id)
            if following_as != session_id_for(presence.source_id, presence.presence_id):
                return await history.events_of_session(org_id, following_as)
    return []
