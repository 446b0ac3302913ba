"""What an office asks across all rooms, from a database."""

import json
from collections.abc import Sequence
from datetime import date

from rollbook.domain.stays import OVERLAP_MS, Span
from rollbook.service.reports.class_ports import RoomName
from rollbook.service.reports.findings import (
    Belonging,
    Finding,
    InTwoPlaces,
    OneAddress,
    UntaughtRoom,
)
from rollbook.store.engine.database import Readable, Row, Values

_LONGEST_STAY_MS = 12 * 3_600_000
"""How long before a session somebody may have come into another room that is compared with it."""


class DatabaseFindings:
    """Finds what an office asks across all rooms (findings.Findings)."""

    def __init__(self, database: Readable) -> None:
        self._database = database

    async def two_places(self, finding: Finding) -> list[InTwoPlaces]:
        values = _values(finding) | {"longest": _LONGEST_STAY_MS, "least": OVERLAP_MS}
        return [_in_two_places(row) for row in await self._read("two_places_at_once", values)]

    async def shared_addresses(self, finding: Finding) -> list[OneAddress]:
        rows = await self._read("addresses_shared", _values(finding))
        return [OneAddress(RoomName(*row[:2]), *row[2:]) for row in rows]

    async def without_teacher(self, finding: Finding) -> list[UntaughtRoom]:
        rows = await self._read("rooms_without_teacher", _values(finding))
        return [UntaughtRoom(RoomName(*row[:2]), *row[2:]) for row in rows]

    async def belonging(
        self, org_id: str, days: Sequence[tuple[date, Span]], share: int
    ) -> Belonging:
        told = json.dumps([(*span, day.isoformat()) for day, span in days])
        values = {"org_id": org_id, "days": told, "share": share}
        ((people, below),) = await self._read("seen_by_day", values)
        return Belonging(people, below)

    async def _read(self, statement: str, values: Values) -> list[Row]:
        async with self._database.snapshot("pages") as connection:
            return list(await connection.fetch(statement, values))


def _values(finding: Finding) -> dict[str, object]:
    return {
        "org_id": finding.org_id,
        "range_start": finding.start,
        "range_end": finding.end,
        "now": finding.now,
        "most": finding.most,
    }


def _in_two_places(row: Row) -> InTwoPlaces:
    uid, name, one, one_id, one_title, other, other_id, other_title, since, until = row
    rooms = RoomName(one_id, one_title), RoomName(other_id, other_title)
    return InTwoPlaces(uid, name, one, rooms[0], other, rooms[1], since, until)
