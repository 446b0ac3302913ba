"""Stored events and what was made of them, for checking and rebuilding the ledger."""

import json
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from rollbook.domain.context import Context
from rollbook.domain.fields import ip_address
from rollbook.domain.presences import SHARED, Presence
from rollbook.service.ingest.ports import RoomMark
from rollbook.service.upkeep.ports import EventFacts, EvidenceReader, EvidenceWriter
from rollbook.store.engine.database import PATIENT_SECONDS, Database, Reading, Row, Values, Writing
from rollbook.store.events import (
    event_id_of,
    keys_of,
    presence_key,
    rewritten,
    session_told,
    to_event,
)
from rollbook.store.facts import facts_from_text
from rollbook.store.marks import from_marks, to_mark
from rollbook.store.presences import from_presence, to_presence


class DatabaseEvidence:
    """Opens the stored events of an organization (ports.Evidence)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def reading(self, org_id: str) -> AsyncIterator[EvidenceReader]:
        async with self._database.snapshot() as connection:
            yield _Reader(connection, org_id)

    @asynccontextmanager
    async def holding(self, org_id: str) -> AsyncIterator[EvidenceWriter]:
        async with self._database.writing(PATIENT_SECONDS) as connection:
            await connection.fetch("hold_organization", {"org_id": org_id})
            yield _Writer(connection, org_id)


class _Reader:
    # PostgreSQL writes some addresses in its own way, ::ffff:192.0.2.1: what is compared with what
    # events tell has to be in the form of the domain.

    def __init__(self, connection: Reading, org_id: str) -> None:
        self._connection = connection
        self._org_id = org_id

    async def rooms_after(self, source_id: str, room_id: str, most: int) -> list[tuple[str, int]]:
        values = self._of(source_id) | {"room_id": room_id, "most": most}
        rows = await self._connection.fetch("rooms_after", values)
        return [(room, count) for room, count in rows]

    async def events_of_rooms(self, source_id: str, room_ids: Collection[str]) -> list[EventFacts]:
        values = self._of(source_id) | {"room_ids": _json(room_ids)}
        return await self._events("events_of_rooms", values)

    async def events_elsewhere(
        self, room_ids: Collection[str], session_ids: Collection[str]
    ) -> list[EventFacts]:
        values = {"room_ids": _json(room_ids), "session_ids": _json(keys_of(session_ids))}
        return await self._events("events_elsewhere", {"org_id": self._org_id} | values)

    async def stays(self, session_ids: Collection[str]) -> list[Presence]:
        shared = sorted({session_id[:SHARED] for session_id in session_ids})
        values = {"org_id": self._org_id, "beginnings": _json(shared)}
        found = await self._connection.fetch("stays_of_presences", values)
        stays = [to_presence(row) for row in found]
        return [replace(one, ip_address=ip_address(one.ip_address)) for one in stays]

    async def contexts(
        self, participant_ids: Sequence[str], room_ids: Sequence[str]
    ) -> list[Context]:
        values = {
            "org_id": self._org_id,
            "participant_ids": _json(participant_ids),
            "room_ids": _json(room_ids),
        }
        found = [Context(*row) for row in await self._connection.fetch("contexts", values)]
        return [replace(one, ip_address=ip_address(one.ip_address)) for one in found]

    async def room_marks(self, source_id: str, room_ids: Sequence[str]) -> list[RoomMark]:
        values = self._of(source_id) | {"room_ids": _json(room_ids)}
        return [to_mark(row) for row in await self._connection.fetch("room_marks", values)]

    async def sessions_after(self, source_id: str, session_id: str, most: int) -> list[str]:
        values = self._of(source_id) | {"session_id": session_id, "most": most}
        return [row[0] for row in await self._connection.fetch("sessions_after", values)]

    async def sessions_told(self, session_ids: Collection[str]) -> set[str]:
        values = {"org_id": self._org_id, "session_ids": _json(keys_of(session_ids))}
        told = await self._connection.fetch("sessions_told", values)
        keys = {presence_key(row[0]) for row in told}
        return {session_id for session_id in session_ids if presence_key(session_id) in keys}

    async def _events(self, statement: str, values: Values) -> list[EventFacts]:
        rows = await self._connection.fetch(statement, values)
        return [_told(row) for row in rows]

    def _of(self, source_id: str) -> dict[str, object]:
        return {"org_id": self._org_id, "source_id": source_id}


class _Writer(_Reader):
    def __init__(self, connection: Writing, org_id: str) -> None:
        super().__init__(connection, org_id)
        self._writing = connection

    async def replace_presences(self, gone: Collection[str], presences: Iterable[Presence]) -> None:
        # Removed first, not updated: even a column that no event may change can be wrong.
        org = {"org_id": self._org_id}
        await self._writing.execute_many(
            "remove_session", [org | {"session_id": session_id} for session_id in gone]
        )
        rows = [from_presence(self._org_id, presence) for presence in presences]
        await self._writing.execute_many("save_presence", rows)

    async def write_anew(self, source_id: str, room_ids: Collection[str], most: int) -> int:
        values = self._of(source_id) | {"room_ids": _json(room_ids), "most": most}
        rows = await self._connection.fetch("old_events_of_rooms", values)
        anew = [rewritten(self._org_id, row, to_event(row)) for row in rows]
        await self._writing.execute_many("rewrite_event", anew)
        return len(rows)

    async def replace_room_marks(
        self, source_id: str, gone: Iterable[RoomMark], marks: Iterable[RoomMark]
    ) -> None:
        for action, some in (("remove", gone), ("add", marks)):
            starts, ends = from_marks(self._org_id, source_id, some)
            await self._writing.execute_many(f"{action}_room_start", starts)
            await self._writing.execute_many(f"{action}_room_end", ends)


def _told(row: Row) -> EventFacts:
    source_id, event_id, written, *told = row
    facts = facts_from_text(*told)
    return EventFacts(event_id_of(event_id, written), session_told(source_id, facts), facts)


def _json(ids: Iterable[str]) -> str:
    return json.dumps(list(ids))
