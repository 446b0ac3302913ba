"""Limits of organizations, their buckets of requests and what came in, in a database."""

import json
from collections.abc import Mapping, Sequence

from rollbook.domain.limits import Intake, Limits
from rollbook.store.engine.database import Database


class DatabaseLimits:
    """What the services that share a database count together (ports.LimitStore)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def limits(self, org_id: str) -> Limits:
        async with self._database.reading() as connection:
            rows = await connection.fetch("limits", {"org_id": org_id})
        return Limits(*rows[0]) if rows else Limits()

    async def full_at(self, org_id: str) -> int | None:
        async with self._database.reading() as connection:
            rows = await connection.fetch("allowance", {"org_id": org_id})
        return int(rows[0][0]) if rows else None

    async def move(self, org_id: str, seen: int | None, full_at: int) -> bool:
        values: dict[str, object] = {"org_id": org_id, "full_at": full_at}
        statement = "begin_allowance" if seen is None else "move_allowance"
        values |= {} if seen is None else {"seen": seen}
        async with self._database.writing() as connection:
            return await connection.execute(statement, values) > 0

    async def intake(self, org_id: str, spans: Sequence[str]) -> Mapping[str, Intake]:
        values = {"org_id": org_id, "spans": json.dumps(list(spans))}
        async with self._database.reading() as connection:
            rows = await connection.fetch("intake", values)
        return {span: Intake(events, size) for span, events, size in rows}
