"""Writing sessions: one organization's ledger is changed by one transaction at a time."""

import json
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from rollbook.domain.sessions import EndEvidence, JoinEvidence, Presence
from rollbook.service.ports import LedgerTransaction, PersonNote, RoomNote
from rollbook.store.database import Connection, Database, Row, Values


class DatabaseLedger:
    """Opens transactions on an organization's ledger (ports.Ledger)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def transaction(self, org_id: str) -> AsyncIterator[LedgerTransaction]:
        async with self._database.writing() as connection:
            await connection.fetch("hold_organization", {"org_id": org_id})
            yield _Transaction(connection, org_id)


class _Transaction:
    def __init__(self, connection: Connection, org_id: str) -> None:
        self._connection = connection
        self._org_id = org_id

    async def presences(self, session_ids: Sequence[str]) -> list[Presence]:
        values = {"org_id": self._org_id, "session_ids": json.dumps(list(session_ids))}
        return [_to_presence(row) for row in await self._connection.fetch("presences", values)]

    async def save_presences(self, presences: Iterable[Presence]) -> None:
        rows = [_from_presence(self._org_id, presence) for presence in presences]
        await self._connection.execute_many("save_presence", rows)

    async def note_people(self, notes: Iterable[PersonNote]) -> None:
        names: list[Values] = []
        roles: list[Values] = []
        for note in notes:
            person = {"org_id": self._org_id, "participant_id": note.participant.uid}
            name, role = note.participant.name, note.participant.role
            names.append({**person, "name": name, "told_at": note.at if name else None})
            if role:
                roles.append({**person, "role": role.value, "told_at": note.at})
        await self._connection.execute_many("note_name", names)
        await self._connection.execute_many("note_role", roles)

    async def note_rooms(self, notes: Iterable[RoomNote]) -> None:
        await self._connection.execute_many(
            "note_room",
            [
                {
                    "org_id": self._org_id,
                    "room_id": note.room.room_id,
                    "title": note.room.title,
                    "told_at": note.at,
                }
                for note in notes
                if note.room.title
            ],
        )


def _to_presence(row: Row) -> Presence:
    evidence = (JoinEvidence(row[7]), row[8], _end(row[9]), row[10], _end(row[11]))
    fields: Any = (*row[:7], *evidence, *row[12:])
    return Presence(*fields)


def _from_presence(org_id: str, presence: Presence) -> Values:
    return {
        "org_id": org_id,
        "session_id": presence.session_id,
        "source_id": presence.source_id,
        "presence_id": presence.presence_id,
        "room_id": presence.room_id,
        "instance_id": presence.instance_id,
        "participant_id": presence.participant_id,
        "joined_at": presence.joined_at,
        "joined_by": int(presence.joined_by),
        "told_left_at": presence.told_left_at,
        "told_left_by": _number(presence.told_left_by),
        "left_at": presence.left_at,
        "left_by": _number(presence.left_by),
        "ip_address": presence.ip_address,
        "ip_told_at": presence.ip_told_at,
        "user_agent": presence.user_agent,
        "user_agent_told_at": presence.user_agent_told_at,
    }


def _number(evidence: EndEvidence | None) -> int | None:
    return None if evidence is None else int(evidence)


def _end(number: int | None) -> EndEvidence | None:
    return None if number is None else EndEvidence(number)
