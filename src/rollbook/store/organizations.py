"""Organizations, keys and sources in a database."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date

from rollbook.domain.audit import THE_SERVICE, WHOLE_SERVICE, Action, Doer, Entry
from rollbook.domain.ids import OrgId
from rollbook.domain.organizations import KeyRecord, Organization
from rollbook.domain.presets import Term
from rollbook.domain.retention import Addresses, Retention
from rollbook.domain.sources import Refused, Source
from rollbook.domain.stays import Span
from rollbook.service.organizations.ports import (
    Heard,
    HeardSince,
    Opened,
    OrganizationChange,
    ReceivedEvent,
    SourceHealth,
)
from rollbook.store import sealing
from rollbook.store.audit import Tell, write_entry
from rollbook.store.engine.database import Database, Row, Values
from rollbook.store.events import to_event
from rollbook.store.organization_changes import DatabaseOrganizationChange
from rollbook.store.organization_rows import to_keys, to_organization, to_scopes, to_source
from rollbook.store.sealing import Sealing

_LATELY = ("hour", "day", "week")
_SPANS = ("one", "two", "three", "four")
_AMONG = 1000
"""Events of all sources among which the latest of one are looked for."""


class DatabaseOrganizations:
    """Tenants, their keys, settings and sources (ports.Organizations)."""

    def __init__(
        self,
        database: Database,
        seals: Sealing,
        now: Callable[[], int],
        tell: Tell,
        doer: Doer = THE_SERVICE,
    ) -> None:
        self._database = database
        self._seals = seals
        self._now = now
        self._tell = tell
        self._doer = doer

    def by(self, doer: Doer) -> "DatabaseOrganizations":
        return DatabaseOrganizations(self._database, self._seals, self._now, self._tell, doer)

    @asynccontextmanager
    async def changing(self, org_id: str) -> AsyncIterator[OrganizationChange]:
        noted: list[Entry] = []
        async with self._database.writing() as connection:
            await connection.fetch("hold_organization", {"org_id": org_id})
            yield DatabaseOrganizationChange(
                connection, org_id, self._seals, self._now(), self._doer, noted
            )
        for entry in noted:
            self._tell(entry)

    async def organization(self, org_id: str) -> Organization | None:
        rows = await self._read("organization", {"org_id": org_id})
        return to_organization(rows[0]) if rows else None

    async def opened_by_key(self, org_id: str, key_hash: str) -> Opened | None:
        rows = await self._read("organization_by_key", {"org_id": org_id, "key_hash": key_hash})
        if not rows:
            return None
        *row, scopes, expires_at, used_at = rows[0]
        return Opened(to_organization(row), to_scopes(scopes), expires_at, used_at)

    async def owner_of_key(self, key_hash: str) -> OrgId | None:
        rows = await self._read("owner_of_key", {"key_hash": key_hash})
        return OrgId(rows[0][0]) if rows else None

    async def organizations(self) -> list[Organization]:
        return [to_organization(row) for row in await self._read("all_organizations", {})]

    async def keys(self, org_id: str) -> list[KeyRecord]:
        return to_keys(await self._read("keys", {"org_id": org_id}))

    async def sources(self, org_id: str) -> list[Source]:
        rows = await self._read("sources", {"org_id": org_id})
        return [to_source(row, self._seals) for row in rows]

    async def source(self, org_id: str, source_id: str) -> Source | None:
        rows = await self._read("source", {"org_id": org_id, "source_id": source_id})
        return to_source(rows[0], self._seals) if rows else None

    async def source_health(self, org_id: str) -> list[SourceHealth]:
        return [SourceHealth(*row) for row in await self._read("source_health", {"org_id": org_id})]

    async def refused(self, org_id: str, source_id: str) -> list[Refused]:
        values = {"org_id": org_id, "source_id": source_id}
        return [Refused(*row) for row in await self._read("rejections", values)]

    async def heard(
        self, org_id: str, source_id: str, since: Sequence[int], spans: Sequence[Span]
    ) -> Heard:
        values: dict[str, object] = {"org_id": org_id, "source_id": source_id}
        values |= {f"since_{name}": at for name, at in zip(_LATELY, since, strict=True)}
        for name, (first, end) in zip(_SPANS, spans, strict=True):
            values |= {f"first_{name}": first, f"end_{name}": end}
        ((counted_since, *counts),) = await self._read("heard_of_source", values)
        lately = [
            HeardSince(at, *counts[2 * place : 2 * place + 2]) for place, at in enumerate(since)
        ]
        return Heard(counted_since, lately, counts[2 * len(_LATELY) :])

    async def latest_events(
        self, org_id: str, source_id: str, since: int, most: int
    ) -> list[ReceivedEvent]:
        values = {"org_id": org_id, "source_id": source_id, "since": since, "most": most}
        rows = await self._read("latest_events", values | {"among": _AMONG})
        events = map(to_event, rows)
        return [
            ReceivedEvent(one.received_at, one.occurred_at, one.event_type, one.facts)
            for one in events
        ]

    async def term(self, org_id: str) -> Term | None:
        rows = await self._read("term", {"org_id": org_id})
        return Term(*map(date.fromisoformat, rows[0])) if rows else None

    async def retention(self, org_id: str) -> Retention:
        rows = await self._read("retention", {"org_id": org_id})
        return Retention(*rows[0]) if rows else Retention()

    async def addresses(self, org_id: str) -> Addresses:
        rows = await self._read("addresses_kept", {"org_id": org_id})
        return Addresses(rows[0][0] or 0) if rows else Addresses.WHOLE

    async def erasing(self) -> list[str]:
        return [row[0] for row in await self._read("organizations_erasing", {})]

    async def retentions(self) -> Mapping[str, Retention]:
        rows = await self._read("retentions", {})
        return {org_id: Retention(*days) for org_id, *days in rows}

    async def session_timeouts(self) -> Mapping[str, int]:
        return {row[0]: row[1] for row in await self._read("session_timeouts", {})}

    async def settle_key(self) -> str:
        async with self._database.writing() as connection:
            return (await self._seals.key_of_ledger(connection, self._now())).name

    async def sealing_key(self) -> str | None:
        async with self._database.reading() as connection:
            return await sealing.named_key(connection)

    async def seal_with(self, name: str) -> None:
        entry = Entry(WHOLE_SERVICE, self._now(), Action.SECRET_KEY_CHANGED, self._doer, name)
        async with self._database.writing() as connection:
            await sealing.seal_with(connection, name, entry.at)
            await write_entry(connection, entry)
        self._tell(entry)

    async def sealed_by(self, org_id: str) -> Mapping[str, str | None]:
        rows = await self._read("stored_secrets", {"org_id": org_id})
        return {
            source_id: sealing.sealed_by(stored)
            for source_id, stored in rows
            if sealing.holds_secrets(stored)
        }

    async def _read(self, statement: str, values: Values) -> list[Row]:
        async with self._database.reading() as connection:
            return list(await connection.fetch(statement, values))
