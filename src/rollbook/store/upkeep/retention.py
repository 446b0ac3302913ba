"""Forgetting what organizations keep for a time only, in parts that hold nobody up."""

import json
from collections.abc import Sequence

from rollbook.domain.retention import without_address, without_addresses
from rollbook.store.engine.database import Database, Reading, Row, Values
from rollbook.store.events import rewritten, to_event

_EVER = 0
"""1970: nobody joined before."""


class DatabaseRetention:
    """Forgets what organizations want to be forgotten (ports.RetentionStore)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def forget_session_addresses(self, org_id: str, before: int, most: int) -> bool:
        org = {"org_id": org_id}
        async with self._database.writing() as connection:
            # Held like by everybody who folds: nobody saves an address that was read before.
            await connection.fetch("hold_organization", {"org_id": org_id})
            ((reached,),) = await connection.fetch("addresses_gone_until", org)
            since = _EVER if reached is None else reached
            until = await _part(connection, "join_after", org_id, (since, before), most)
            await connection.execute(
                "forget_session_addresses", org | {"since": since, "until": until}
            )
            await connection.execute("note_sessions_until", org | {"until": until})
            values = org | {"before": before, "most": most}
            adrift = [row[0] for row in await connection.fetch("adrift_with_old_address", values)]
            ids = org | {"session_ids": json.dumps(adrift)}
            await connection.execute("forget_addresses_of", ids)
        return until < before or len(adrift) == most

    async def forget_context_addresses(self, org_id: str, before: int, most: int) -> int:
        values = {"org_id": org_id, "before": before, "most": most}
        async with self._database.writing() as connection:
            await connection.fetch("hold_organization", {"org_id": org_id})
            return await connection.execute("forget_context_addresses", values)

    async def forget_event_addresses(self, org_id: str, before: int, most: int) -> bool:
        async with self._database.writing() as connection:
            since, _ = await _forgotten_until(connection, org_id)
            until = await _part(connection, "arrival_after", org_id, (since, before), most)
            span = {"org_id": org_id, "since": since, "until": until}
            rows = await connection.fetch("events_that_arrived", span)
            await connection.execute_many("rewrite_event", _rewritten(org_id, rows))
            await connection.execute("note_addresses_until", {"org_id": org_id, "until": until})
        return until < before

    async def forget_payloads(self, org_id: str, before: int, most: int) -> bool:
        async with self._database.writing() as connection:
            _, since = await _forgotten_until(connection, org_id)
            until = await _part(connection, "arrival_after", org_id, (since, before), most)
            span = {"org_id": org_id, "since": since, "until": until}
            await connection.execute("forget_payloads", span)
            await connection.execute("note_payloads_until", {"org_id": org_id, "until": until})
        return until < before


async def _forgotten_until(connection: Reading, org_id: str) -> tuple[int, int]:
    rows = await connection.fetch("forgotten_until", {"org_id": org_id})
    addresses, payloads = rows[0]
    return addresses, payloads


async def _part(
    connection: Reading, statement: str, org_id: str, span: tuple[int, int], most: int
) -> int:
    """Until when there are about `most` of what a statement asks for; one moment stays together."""
    since, before = span
    values = {"org_id": org_id, "since": since, "before": before, "most": most}
    rows = await connection.fetch(statement, values)
    # Never back: what was forgotten once is not looked at again.
    return rows[0][0] + 1 if rows else max(since, before)


def _rewritten(org_id: str, rows: Sequence[Row]) -> list[Values]:
    changed: list[Values] = []
    for row in rows:
        event = to_event(row)
        facts = tuple(map(without_address, event.facts))
        payload = event.payload and without_addresses(event.payload)
        if (facts, payload) != (event.facts, event.payload):
            anew = event._replace(facts=facts, payload=payload)
            changed.append(rewritten(org_id, row, anew))
    return changed
