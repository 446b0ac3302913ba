"""Reports from a database: named statements to domain values, the same for every engine."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import cast

from rollbook.domain.credits import CreditRule
from rollbook.domain.events import Role
from rollbook.domain.report import Profile, RoomTotals, StoredSession
from rollbook.domain.use import Counting
from rollbook.service.reports.ports import SessionBatch, SessionQuery, SessionReader
from rollbook.store.engine.database import Readable, Reading, Row, Snapshot, Values
from rollbook.store.reports.use import DatabaseUse

_NO_LIMIT = 2**62


class DatabaseReports:
    """Finds the sessions of people (ports.Reports)."""

    def __init__(self, database: Readable) -> None:
        self._database = database

    async def recent(self, query: SessionQuery, most: int) -> SessionBatch | None:
        async with self._database.reading() as connection:
            rows = await connection.fetch(
                "sessions_newest_first", _query_values(query, limit=most + 1)
            )
            if len(rows) > most:
                return None
            if rows:
                return _batch(query.uid, rows)
            return SessionBatch(await _profile(connection, query.org_id, query.uid), ())

    @asynccontextmanager
    async def snapshot(self, *, export: bool = False) -> AsyncIterator[SessionReader]:
        async with self._database.snapshot("exports" if export else "pages") as connection:
            yield _SnapshotReader(connection)

    async def room_title(self, org_id: str, room_id: str) -> str | None:
        async with self._database.reading() as connection:
            return await _room_title(connection, org_id, room_id)


class _SnapshotReader:
    def __init__(self, connection: Snapshot) -> None:
        self._connection = connection

    def newest_first(self, query: SessionQuery) -> AsyncGenerator[SessionBatch, None]:
        return self._batches("sessions_newest_first", query)

    def oldest_first(self, query: SessionQuery) -> AsyncGenerator[SessionBatch, None]:
        return self._batches("sessions_oldest_first", query)

    async def room_totals(
        self, query: SessionQuery, rule: CreditRule, now: int
    ) -> Sequence[RoomTotals]:
        counting = Counting(query.org_id, query.start, query.end, rule, now)
        return await DatabaseUse(self._connection).of_person(counting, query.uid, query.room_id)

    async def profile(self, org_id: str, uid: str) -> Profile:
        return await _profile(self._connection, org_id, uid)

    async def room_title(self, org_id: str, room_id: str) -> str | None:
        return await _room_title(self._connection, org_id, room_id)

    async def _batches(
        self, statement: str, query: SessionQuery
    ) -> AsyncGenerator[SessionBatch, None]:
        values = _query_values(query, limit=_NO_LIMIT)
        async with aclosing(self._connection.stream(statement, values)) as parts:
            async for rows in parts:
                yield _batch(query.uid, rows)


def _query_values(query: SessionQuery, limit: int) -> Values:
    return {
        "org_id": query.org_id,
        "participant_id": query.uid,
        "range_start": query.start,
        "range_end": query.end,
        "room_id": query.room_id,
        "most": limit,
    }


def _batch(uid: str, rows: Sequence[Row]) -> SessionBatch:
    *_, name, role = rows[0]
    sessions = cast("Sequence[StoredSession]", rows)
    return SessionBatch(_to_profile(uid, name, role), sessions)


async def _profile(connection: Reading, org_id: str, uid: str) -> Profile:
    rows = await connection.fetch("profile", {"org_id": org_id, "participant_id": uid})
    return _to_profile(uid, *rows[0]) if rows else Profile(uid)


async def _room_title(connection: Reading, org_id: str, room_id: str) -> str | None:
    rows = await connection.fetch("room_title", {"org_id": org_id, "room_id": room_id})
    return cast("str | None", rows[0][0]) if rows else None


def _to_profile(uid: str, name: str | None, role: str | None) -> Profile:
    return Profile(uid, name, Role(role) if role else None)
