"""What the dashboard shows, from a database."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import cast

from rollbook.domain.stays import Stay
from rollbook.service.reports.ports import SharedAddress
from rollbook.store.engine.database import Readable, Row, Values
from rollbook.store.reports.use import DatabaseUse

_LONGEST_STAY_MS = 12 * 3_600_000
"""How long before a session somebody may have come whose address is compared with its."""


class DatabaseOverviews:
    """Finds what the dashboard shows (ports.Overviews)."""

    def __init__(self, database: Readable) -> None:
        self._database = database

    @asynccontextmanager
    async def use(self, *, export: bool = False) -> AsyncIterator[DatabaseUse]:
        async with self._database.snapshot("exports" if export else "pages") as connection:
            yield DatabaseUse(connection)

    async def stays_of_person(
        self, org_id: str, uid: str, start: int, end: int, most: int
    ) -> list[Stay]:
        values = _range(org_id, start, end) | {"participant_id": uid, "most": most}
        return await self._stays("stays_of_person", values)

    async def stays_in_room(
        self, org_id: str, room_id: str, start: int, end: int, most: int
    ) -> list[Stay]:
        values = _range(org_id, start, end) | {"room_id": room_id, "most": most}
        return await self._stays("stays_in_room", values)

    async def running(self, org_id: str, most: int) -> list[Stay]:
        return await self._stays("stays_running", {"org_id": org_id, "most": most})

    async def latest_joins(self, org_id: str, uids: Sequence[str]) -> Mapping[str, int]:
        values = {"org_id": org_id, "participant_ids": json.dumps(list(uids))}
        rows = await self._read("latest_joins", values)
        return {uid: at for uid, at in rows if at is not None}

    async def latest_join_in_room(self, org_id: str, room_id: str) -> int | None:
        rows = await self._read("latest_join_in_room", {"org_id": org_id, "room_id": room_id})
        return cast("int", rows[0][0]) if rows else None

    async def joins_around(
        self, org_id: str, room_id: str, start: int, end: int
    ) -> tuple[int | None, int | None]:
        values = _range(org_id, start, end) | {"room_id": room_id}
        ((before, after),) = await self._read("joins_around", values)
        return before, after

    async def shared_addresses(
        self, org_id: str, uid: str, start: int, end: int, most: int
    ) -> list[SharedAddress]:
        values = _range(org_id, start, end) | {"participant_id": uid, "most": most}
        values["longest"] = _LONGEST_STAY_MS
        async with self._database.snapshot("pages") as connection:
            rows = await connection.fetch("sharing_addresses", values)
        return [SharedAddress(*row) for row in rows]

    async def _stays(self, statement: str, values: Values) -> list[Stay]:
        stays: list[Stay] = []
        async with (
            self._database.snapshot("pages") as connection,
            aclosing(connection.stream(statement, values)) as parts,
        ):
            async for rows in parts:
                stays.extend(Stay(*row) for row in rows)
        return stays

    async def _read(self, statement: str, values: Values) -> list[Row]:
        async with self._database.reading() as connection:
            return list(await connection.fetch(statement, values))


def _range(org_id: str, start: int, end: int) -> dict[str, object]:
    return {"org_id": org_id, "range_start": start, "range_end": end}
