"""The evidence behind a session, from a database."""

import json
from collections.abc import Collection

from rollbook.domain.presences import Presence
from rollbook.service.reports.ports import EventRecord
from rollbook.store.engine.database import Database, Row, Values
from rollbook.store.events import keys_of, stored_ids, to_event
from rollbook.store.presences import to_presence


class DatabaseHistory:
    """Looks up the evidence behind a session (ports.History)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def presence(self, org_id: str, session_id: str) -> Presence | None:
        values = {"org_id": org_id, "session_ids": f'["{session_id}"]'}
        return _first(await self._read("presences", values))

    async def events_of_session(self, org_id: str, session_id: str) -> list[EventRecord]:
        values = {"org_id": org_id, "keys": _json(keys_of([session_id]))}
        return [_record(row) for row in await self._read("events_of_presence", values)]

    async def events_of_room_end(self, org_id: str, presence: Presence) -> list[EventRecord]:
        values = {
            "org_id": org_id,
            "source_id": presence.source_id,
            "room_id": presence.room_id,
            "instance_id": presence.instance_id or "",
        }
        ids = [event_id for (event_id,) in await self._read("room_ends", values)]
        named = {key: values[key] for key in ("org_id", "source_id")}
        rows = await self._read("events_named", named | {"event_ids": _json(stored_ids(ids))})
        return [_record(row) for row in rows]

    async def next_presence(self, org_id: str, presence: Presence) -> Presence | None:
        values = {
            "org_id": org_id,
            "source_id": presence.source_id,
            "instance_id": presence.instance_id,
            "participant_id": presence.participant_id,
            "joined_at": presence.left_at,
            "session_id": presence.session_id,
        }
        return _first(await self._read("next_presence", values))

    async def _read(self, statement: str, values: Values) -> list[Row]:
        async with self._database.reading() as connection:
            return list(await connection.fetch(statement, values))


def _record(row: Row) -> EventRecord:
    event = to_event(row)
    return EventRecord(
        event.source_id,
        event.event_id,
        event.event_type,
        event.occurred_at,
        event.received_at,
        event.payload,
    )


def _json(ids: Collection[str]) -> str:
    return json.dumps(list(ids))


def _first(rows: list[Row]) -> Presence | None:
    return to_presence(rows[0]) if rows else None
