"""Organizations, keys and sources in a database."""

import json

from rollbook.domain.credits import CreditRule, Rounding
from rollbook.domain.organizations import KeyRecord, Organization, Source, key_id
from rollbook.service.ports import Refused, SourceHealth
from rollbook.store.database import Database, Row, Values


class DatabaseOrganizations:
    """Tenants, their keys and their sources (ports.Organizations)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def organization(self, org_id: str) -> Organization | None:
        rows = await self._read("organization", {"org_id": org_id})
        return _to_organization(rows[0]) if rows else None

    async def organization_by_key(self, org_id: str, key_hash: str) -> Organization | None:
        rows = await self._read("organization_by_key", {"org_id": org_id, "key_hash": key_hash})
        return _to_organization(rows[0]) if rows else None

    async def organizations(self) -> list[Organization]:
        return [_to_organization(row) for row in await self._read("all_organizations", {})]

    async def add_organization(
        self, organization: Organization, key_hash: str, label: str, now: int
    ) -> None:
        """Add an organization together with its first key: neither is of use alone."""
        rule = organization.credit_rule
        async with self._database.writing() as connection:
            await connection.execute(
                "add_organization",
                {
                    "org_id": organization.org_id,
                    "name": organization.name,
                    "time_zone": organization.time_zone,
                    "credit_rounding": rule.rounding.value,
                    "credit_minimum_seconds": rule.minimum_seconds,
                    "created_at": now,
                },
            )
            await connection.execute(
                "add_key", _key_values(organization.org_id, key_hash, label, now)
            )

    async def rename_organization(self, org_id: str, name: str) -> None:
        await self._write("rename_organization", {"org_id": org_id, "name": name})

    async def set_time_zone(self, org_id: str, time_zone: str) -> None:
        await self._write("set_time_zone", {"org_id": org_id, "time_zone": time_zone})

    async def add_key(self, org_id: str, key_hash: str, label: str, now: int) -> None:
        await self._write("add_key", _key_values(org_id, key_hash, label, now))

    async def keys(self, org_id: str) -> list[KeyRecord]:
        rows = await self._read("keys", {"org_id": org_id})
        return [KeyRecord(key_hash, key_id(key_hash), *rest) for key_hash, *rest in rows]

    async def revoke_key(self, org_id: str, key_hash: str, now: int) -> bool:
        values = {"org_id": org_id, "key_hash": key_hash, "revoked_at": now}
        return await self._write("revoke_key", values) > 0

    async def sources(self, org_id: str) -> list[Source]:
        return [_to_source(row) for row in await self._read("sources", {"org_id": org_id})]

    async def source(self, org_id: str, source_id: str) -> Source | None:
        rows = await self._read("source", {"org_id": org_id, "source_id": source_id})
        return _to_source(rows[0]) if rows else None

    async def set_secrets(self, source: Source) -> None:
        values = _source_key(source) | {"secrets": json.dumps(source.secrets)}
        await self._write("set_secrets", values)

    async def set_settings(self, source: Source) -> None:
        values = _source_key(source) | {"settings": json.dumps(source.settings)}
        await self._write("set_settings", values)

    async def set_disabled(self, source: Source) -> None:
        values = _source_key(source) | {"disabled_at": source.disabled_at}
        await self._write("set_disabled", values)

    async def source_health(self, org_id: str) -> list[SourceHealth]:
        return [SourceHealth(*row) for row in await self._read("source_health", {"org_id": org_id})]

    async def refused(self, org_id: str, source_id: str) -> list[Refused]:
        values = {"org_id": org_id, "source_id": source_id}
        return [Refused(*row) for row in await self._read("rejections", values)]

    async def add_source(self, source: Source) -> None:
        await self._write(
            "add_source",
            {
                "org_id": source.org_id,
                "source_id": source.source_id,
                "kind": source.kind,
                "name": source.name,
                "created_at": source.created_at,
                "secrets": json.dumps(source.secrets),
                "settings": json.dumps(source.settings),
            },
        )

    async def _read(self, statement: str, values: Values) -> list[Row]:
        async with self._database.reading() as connection:
            return list(await connection.fetch(statement, values))

    async def _write(self, statement: str, values: Values) -> int:
        async with self._database.writing() as connection:
            return await connection.execute(statement, values)


def _key_values(org_id: str, key_hash: str, label: str, now: int) -> Values:
    return {"org_id": org_id, "key_hash": key_hash, "label": label, "created_at": now}


def _to_organization(row: Row) -> Organization:
    org_id, name, time_zone, rounding, minimum_seconds, has_source = row
    rule = CreditRule(Rounding(rounding), minimum_seconds)
    return Organization(org_id, name, time_zone, rule, bool(has_source))


def _source_key(source: Source) -> dict[str, object]:
    return {"org_id": source.org_id, "source_id": source.source_id}


def _to_source(row: Row) -> Source:
    org_id, source_id, kind, name, created_at, secrets, settings, disabled_at = row
    return Source(
        org_id,
        source_id,
        kind,
        name,
        created_at,
        tuple(json.loads(secrets)),
        json.loads(settings),
        disabled_at,
    )
