"""Forgetting what organizations keep for a time only, in parts that hold nobody up."""

import json
from collections.abc import Callable, Sequence

from rollbook.domain.erasing import PREFIX
from rollbook.domain.retention import (
    without_address,
    without_addresses,
    without_agent,
    without_agents,
)
from rollbook.service.ingest.ports import StoredEvent
from rollbook.service.upkeep.ports import ContextKey, Daily
from rollbook.store.engine.database import Database, Reading, Row, Values
from rollbook.store.events import rewritten, to_event

_EVER = 0
"""1970: nobody joined before."""

_PEOPLE = 200
"""Who are forgotten in a round, one after another."""


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
            await connection.execute_many(
                "rewrite_event", _rewritten(org_id, rows, _without_address)
            )
            await connection.execute("note_addresses_until", {"org_id": org_id, "until": until})
        return until < before

    async def forget_session_agents(self, org_id: str, before: int, most: int) -> bool:
        org = {"org_id": org_id}
        async with self._database.writing() as connection:
            await connection.fetch("hold_organization", org)
            ((reached,),) = await connection.fetch("agents_gone_until", org)
            since = _EVER if reached is None else reached
            until = await _part(connection, "join_after", org_id, (since, before), most)
            span = org | {"since": since, "until": until}
            await connection.execute("forget_session_agents", span)
            await connection.execute("note_session_agents_until", org | {"until": until})
            await connection.execute("forget_agents_adrift", org | {"before": before})
        return until < before

    async def forget_event_agents(self, org_id: str, before: int, most: int) -> bool:
        async with self._database.writing() as connection:
            rows = await connection.fetch("agents_forgotten_until", {"org_id": org_id})
            since = rows[0][0] if rows and rows[0][0] is not None else _EVER
            until = await _part(connection, "arrival_after", org_id, (since, before), most)
            span = {"org_id": org_id, "since": since, "until": until}
            rows = await connection.fetch("events_that_arrived", span)
            await connection.execute_many("rewrite_event", _rewritten(org_id, rows, _without_agent))
            await connection.execute("note_agents_until", {"org_id": org_id, "until": until})
        return until < before

    async def forget_context_agents(
        self, org_id: str, before: int, after: ContextKey, most: int
    ) -> ContextKey | None:
        person, room, told_at = after
        values = {
            "org_id": org_id, "participant_id": person, "room_id": room, "told_at": told_at
        }  # fmt: skip
        async with self._database.writing() as connection:
            await connection.fetch("hold_organization", {"org_id": org_id})
            rows = await connection.fetch("contexts_after", values | {"most": most})
            if not rows:
                return None
            person, room, told_at = rows[-1]
            last = {
                "last_participant_id": person, "last_room_id": room, "last_told_at": told_at
            }  # fmt: skip
            await connection.execute("forget_context_agents", values | last | {"before": before})
        return (person, room, told_at) if len(rows) == most else None

    async def people_not_seen_since(self, org_id: str, before: int) -> list[str]:
        values = {
            "org_id": org_id,
            "before": before,
            "pseudonyms_begin": PREFIX,
            "pseudonyms_end": PREFIX[:-1] + chr(ord(PREFIX[-1]) + 1),
            "most": _PEOPLE,
        }
        async with self._database.snapshot() as connection:
            stream = connection.stream("people_not_seen_since", values)
            return [row[0] async for rows in stream for row in rows]

    async def is_due(self, org_id: str, what: Daily, until: int, every: int) -> bool:
        async with self._database.reading() as connection:
            rows = await connection.fetch("looked_through_until", {"org_id": org_id})
        done = dict(zip(("context_agents", "people"), rows[0], strict=True))[what] if rows else None
        return done is None or until - done >= every

    async def note_done(self, org_id: str, what: Daily, until: int) -> None:
        async with self._database.writing() as connection:
            values = {"org_id": org_id, "until": until}
            await connection.execute(f"note_{what}_until", values)

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


def _rewritten(
    org_id: str, rows: Sequence[Row], without: Callable[[StoredEvent], StoredEvent]
) -> list[Values]:
    events = [(row, to_event(row)) for row in rows]
    anew = [(row, event, without(event)) for row, event in events]
    return [rewritten(org_id, row, now) for row, event, now in anew if now != event]


def _without_address(event: StoredEvent) -> StoredEvent:
    payload = event.payload and without_addresses(event.payload)
    return event._replace(facts=tuple(map(without_address, event.facts)), payload=payload)


def _without_agent(event: StoredEvent) -> StoredEvent:
    payload = event.payload and without_agents(event.payload, event.facts)
    return event._replace(facts=tuple(map(without_agent, event.facts)), payload=payload)
