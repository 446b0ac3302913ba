"""What upkeep reads and remembers: leases, open sessions and what looks at platforms showed."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice

from rollbook.domain.presences import Presence
from rollbook.service.upkeep.ports import Look, Sighting
from rollbook.store.engine.database import STREAM_BATCH, Database, Row, Values
from rollbook.store.presences import to_presence

CLOCKS_DIFFER_MS = 10_000
"""How far the clocks of hosts may be apart before one of them takes another's lease for wrong."""

_PROOF = "x" * 65_536
"""More than fits into the room that any page has left: on a full disk it is not written."""


class DatabaseUpkeep:
    """What upkeep reads, and what it has to remember (ports.UpkeepStore)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take_lease(self, name: str, holder: str, now: int, until: int) -> bool:
        # The clock is the caller's, as engines have different ones; the hosts' clocks should agree
        # to some seconds. If they do not, two may do the same work, and law 2 makes that harmless.
        longest = until + CLOCKS_DIFFER_MS
        values = {"name": name, "holder": holder, "now": now, "held_until": until}
        return await self._write("take_lease", values | {"longest": longest}) > 0

    async def give_up_lease(self, name: str, holder: str) -> None:
        await self._write("give_up_lease", {"name": name, "holder": holder})

    async def prove_writable(self) -> None:
        """Write something, and take it away again. Raises StoreUnavailable."""
        values = {
            "name": "a write that proves itself",
            "holder": _PROOF,
            "now": 0,
            "held_until": 0,
            "longest": 0,
        }
        async with self._database.writing() as connection:
            await connection.execute("take_lease", values)
            await connection.execute("give_up_lease", values)

    async def shed_log(self) -> bool:
        return await self._database.shed_log()

    async def overdue(
        self, org_id: str, source_id: str, joined_until: int, most: int
    ) -> list[Presence]:
        values = _of(org_id, source_id) | {"joined_until": joined_until, "most": most}
        return [to_presence(row) for row in await self._read_beside("overdue_sessions", values)]

    async def forget_quarters(self, org_id: str, source_id: str, before: int) -> None:
        await self._write("forget_quarters", _of(org_id, source_id) | {"before": before})

    async def timed_out_after(
        self, org_id: str, source_id: str, now: int, joined_after: int, most: int
    ) -> list[Presence]:
        values = _of(org_id, source_id) | {"now": now, "joined_after": joined_after, "most": most}
        return [to_presence(row) for row in await self._read_beside("timed_out_after", values)]

    async def presences_to_compare(
        self, org_id: str, source_id: str, session_ids: Collection[str]
    ) -> list[Presence]:
        found: dict[str, Presence] = {}
        async with self._database.snapshot() as connection:
            async for rows in connection.stream("open_sessions", _of(org_id, source_id)):
                found.update((row[0], to_presence(row)) for row in rows)
            # In parts, so that no statement is as long as the organization is large.
            for ids in _parts(sorted(set(session_ids) - found.keys())):
                values = {"org_id": org_id, "session_ids": json.dumps(ids)}
                async for rows in connection.stream("presences", values):
                    found.update((row[0], to_presence(row)) for row in rows)
        return list(found.values())

    async def sightings(self, org_id: str, source_id: str) -> Mapping[str, Sighting]:
        rows = await self._read("sightings", _of(org_id, source_id))
        return {row[0]: Sighting(row[1], row[2]) for row in rows}

    async def save_look(self, org_id: str, source_id: str, look: Look) -> None:
        """Write what changed; of the many who are still there, nothing has to be written."""
        source = _of(org_id, source_id)
        gone = sorted(look.before.keys() - look.after.keys())
        changed = [
            source | {"session_id": session_id} | _kept(sighting)
            for session_id, sighting in sorted(look.after.items())
            if session_id not in look.before or _kept(look.before[session_id]) != _kept(sighting)
        ]
        async with self._database.writing() as connection:
            await connection.execute("note_look", source | {"looked_at": look.at})
            await connection.execute_many("note_sighting", changed)
            await connection.execute_many(
                "forget_sighting", [source | {"session_id": session_id} for session_id in gone]
            )

    async def _read(self, statement: str, values: Values) -> Sequence[Row]:
        async with self._database.reading() as connection:
            return await connection.fetch(statement, values)

    async def _read_beside(self, statement: str, values: Values) -> Sequence[Row]:
        """What looks through as many sessions as there may be: whoever is answered does not wait for it."""
        async with self._database.snapshot() as connection:
            return await connection.fetch(statement, values)

    async def _write(self, statement: str, values: Values) -> int:
        async with self._database.writing() as connection:
            return await connection.execute(statement, values)


def _of(org_id: str, source_id: str) -> dict[str, object]:
    return {"org_id": org_id, "source_id": source_id}


def _kept(sighting: Sighting) -> dict[str, object]:
    """A sighting as it is stored: who is not missed was seen when the source was looked at."""
    missed = sighting.missed_at is not None
    return {"seen_at": sighting.seen_at if missed else None, "missed_at": sighting.missed_at}


def _parts(ids: Sequence[str]) -> Iterator[list[str]]:
    remaining = iter(ids)
    while part := list(islice(remaining, STREAM_BATCH)):
        yield part
