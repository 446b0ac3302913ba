"""Pages of a list of sessions, from a database."""

from rollbook.domain.events import EndEvidence, JoinEvidence
from rollbook.service.reports.ports import ListedSession, SessionFilter
from rollbook.store.engine.database import Readable, Row, Values


class DatabaseSessions:
    """Finds sessions of an organization, a page at a time (ports.Sessions)."""

    def __init__(self, database: Readable) -> None:
        self._database = database

    async def newest(self, org_id: str, wanted: SessionFilter, most: int) -> list[ListedSession]:
        async with self._database.reading() as connection:
            rows = await connection.fetch(_statement(wanted), _values(org_id, wanted, most))
        return [_listed(row) for row in rows]


def _statement(wanted: SessionFilter) -> str:
    """The statement whose index finds the fewest sessions that are not wanted."""
    if wanted.running:
        return "page_of_running"
    if wanted.uid is not None:
        return "page_of_person"
    return "page_of_everybody" if wanted.room_id is None else "page_of_room"


def _values(org_id: str, wanted: SessionFilter, most: int) -> Values:
    # Whatever follows the place where the page begins is out of the range at once.
    end = wanted.end if wanted.before is None else min(wanted.end, wanted.before.joined_at + 1)
    before_at, before_id = wanted.before or (end, "")
    return {
        "org_id": org_id,
        "participant_id": wanted.uid,
        "room_id": wanted.room_id,
        "range_start": wanted.start,
        "range_end": end,
        "before_at": before_at,
        "before_id": before_id,
        "ended": "ended" if wanted.running is False else None,
        "most": most,
    }


def _listed(row: Row) -> ListedSession:
    session_id, uid, room_id, title, joined_at, joined_by, left_at, left_by, ip_address = row
    return ListedSession(
        session_id,
        uid,
        room_id,
        title,
        joined_at,
        JoinEvidence(joined_by),
        left_at,
        None if left_by is None else EndEvidence(left_by),
        ip_address,
    )
