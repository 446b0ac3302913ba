"""What the dashboard shows, from a database."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import cast

from rollbook.domain.events import Role
from rollbook.domain.report import Profile
from rollbook.domain.stays import Stay
from rollbook.domain.tally import BareStay
from rollbook.service.reports.ports import OverviewReader, SharedAddress
from rollbook.store.engine.database import Readable, Row, Snapshot, Values

_LONGEST_STAY_MS = 12 * 3_600_000
"""How long before a session somebody may have come whose address is compared with its."""


class DatabaseOverviews:
    """Finds what the dashboard shows (ports.Overviews)."""

    def __init__(self, database: Readable) -> None:
        self._database = database

    @asynccontextmanager
    async def reader(self) -> AsyncIterator[OverviewReader]:
        async with self._database.snapshot("pages") as connection:
            yield _OverviewReader(connection)

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
        values = {"org_id": org_id, "most": most}
        return [Stay(*row) for row in await self._read("stays_running", values)]

    async def latest_joins(self, org_id: str, uids: Sequence[str]) -> Mapping[str, int]:
        values = {"org_id": org_id, "participant_ids": json.dumps(list(uids))}
        rows = await self._read("latest_joins", values)
        return {uid: at for uid, at in rows if at is not None}

    async def latest_join_in_room(self, org_id: str, room_id: str) -> int | None:
        rows = await self._read("latest_join_in_room", {"org_id": org_id, "room_id": room_id})
        return cast("int", rows[0][0]) if rows else None

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


class _OverviewReader:
    def __init__(self, connection: Snapshot) -> None:
        self._connection = connection

    async def stays(self, org_id: str, start: int, end: int) -> AsyncIterator[Sequence[BareStay]]:
        async for rows in self._connection.stream("bare_stays", _range(org_id, start, end)):
            yield cast("Sequence[BareStay]", rows)

    async def people(self, org_id: str) -> dict[str, Profile]:
        found: dict[str, Profile] = {}
        async for rows in self._connection.stream("all_people", {"org_id": org_id}):
            for uid, name, role in rows:
                found[uid] = Profile(uid, name, Role(role) if role else None)
        return found

    async def titles(self, org_id: str) -> dict[str, str | None]:
        found: dict[str, str | None] = {}
        async for rows in self._connection.stream("all_titles", {"org_id": org_id}):
            found.update(cast("Sequence[tuple[str, str | None]]", rows))
        return found


def _range(org_id: str, start: int, end: int) -> dict[str, object]:
    return {"org_id": org_id, "range_start": start, "range_end": end}
