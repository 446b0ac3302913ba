"""Organizations for a running service: made and filled past it, as the operator's commands do."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import asyncpg
from support.settings import settings_of
from support.visits import Visit, facts_of, import_source

from rollbook.domain.ids import OrgId
from rollbook.domain.organizations import org_id_of_key
from rollbook.domain.scopes import Scope
from rollbook.domain.sources import OwnKind
from rollbook.service.ingest.importing import import_rows, new_import
from rollbook.service.organizations.keys import KeyTerms, add_key, create_organization
from rollbook.service.organizations.sources import ensure_source
from rollbook.settings import Settings
from rollbook.stores import opened_stores

LONG_AGO = 1_577_836_800_000
FIRST_JOIN = 1_704_067_200_000
"""2024-01-01T00:00:00Z: when the sessions of a heavy participant begin, one every two seconds."""

CLASS_MS = 3_405_000
HEAVY = {"uid": "guest", "startDate": "2024-01-01", "endDate": "2024-12-31"}


@dataclass(frozen=True)
class Tenant:
    """An organization of a database, and the key that opens it."""

    database_url: str
    org_id: str
    key: str

    def saw(self, *visits: Visit) -> None:
        """Import these visits."""
        asyncio.run(_import(self, visits))

    def key_that_may(self, scope: Scope) -> str:
        """A key of its own with this one right."""
        return asyncio.run(_add_key(self, scope))

    def rows(self, statement: str) -> list[Any]:
        """The rows of a statement, run past the service."""
        return _fetch(self.database_url, statement)

    def session_ids(self) -> list[str]:
        """The ids of all its sessions."""
        statement = f"SELECT session_id FROM session WHERE org_id = '{self.org_id}'"
        return [str(row[0]) for row in _fetch(self.database_url, statement)]

    def spoils_the_role_of(self, uid: str) -> None:
        """Write what no Rollbook writes: a role that there is not."""
        _fetch(
            self.database_url,
            "UPDATE participant SET role = 'KING'"
            f" WHERE org_id = '{self.org_id}' AND participant_id = '{uid}'",
        )


def new_tenant(database_url: str, *, set_up: bool = True, zone: str = "UTC") -> Tenant:
    """A new organization; one that is set up has a source."""
    return asyncio.run(_create(database_url, set_up=set_up, zone=zone))


def heavy_tenant(database_url: str, sessions: int) -> Tenant:
    """An organization whose participant `guest` has very many sessions, in 50 rooms.

    Written straight into the tables: an import takes a minute for a million of them, and how
    they came in is not what the tests with this ledger are about.
    """
    tenant = new_tenant(database_url)
    if database_url.startswith("sqlite:"):
        _fill_sqlite(tenant, sessions)
    else:
        _fill_postgres(tenant, sessions)
    return tenant


def _fetch(database_url: str, statement: str, *values: object) -> list[Any]:
    """The rows of a statement, run past the service."""
    if not database_url.startswith("sqlite:"):
        return asyncio.run(_fetch_from_postgres(database_url, statement, *values))
    with closing(_sqlite(database_url)) as connection, connection:
        return connection.execute(statement, values).fetchall()


def _sqlite(database_url: str) -> sqlite3.Connection:
    return sqlite3.connect(urlsplit(database_url).path[1:])


async def _fetch_from_postgres(database_url: str, statement: str, *values: object) -> list[Any]:
    connection = await asyncpg.connect(database_url)
    try:
        return list(await connection.fetch(statement, *values))
    finally:
        await connection.close()


def _settings(database_url: str) -> Settings:
    return settings_of(database_url)


async def _create(database_url: str, *, set_up: bool, zone: str) -> Tenant:
    async with opened_stores(_settings(database_url)) as stores:
        made, key = await create_organization(stores.organizations, "School", zone, LONG_AGO)
        if set_up:
            await ensure_source(
                stores.organizations, made.org_id, OwnKind.IMPORT, "files", LONG_AGO
            )
    assert org_id_of_key(key) == made.org_id
    return Tenant(database_url, made.org_id, key)


async def _add_key(tenant: Tenant, scope: Scope) -> str:
    async with opened_stores(_settings(tenant.database_url)) as stores:
        terms = KeyTerms(f"may {scope}", frozenset({scope}))
        return await add_key(stores.organizations, OrgId(tenant.org_id), terms, LONG_AGO)


async def _import(tenant: Tenant, visits: tuple[Visit, ...]) -> None:
    async with opened_stores(_settings(tenant.database_url)) as stores:
        organization = await stores.organizations.organization(tenant.org_id)
        assert organization is not None
        source = import_source(organization)
        async for _ in import_rows(
            stores.ledger, source, facts_of(visits), new_import(source, "visits.jsonl", "jsonl", 0)
        ):
            pass


def _rows(org_id: str, sessions: int) -> Iterator[tuple[object, ...]]:
    for number in range(sessions):
        joined = FIRST_JOIN + number * 2000
        left = joined + CLASS_MS
        room = f"room-{number % 50}"
        yield (org_id, f"s{number:07}", org_id, f"p{number}", room, joined, left, left)


def _fill_sqlite(tenant: Tenant, sessions: int) -> None:
    with closing(_sqlite(tenant.database_url)) as connection, connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.executemany(
            "INSERT INTO session (org_id, session_id, source_id, presence_id, room_id,"
            " participant_id, joined_at, joined_by, told_left_at, told_left_by, left_at, left_by,"
            " ip_address) VALUES (?, ?, ?, ?, ?, 'guest', ?, 2, ?, 5, ?, 5, '192.168.1.100')",
            _rows(tenant.org_id, sessions),
        )


_FILL_POSTGRES = """
    INSERT INTO session
        (org_id, session_id, source_id, presence_id, room_id, participant_id, joined_at, joined_by,
         told_left_at, told_left_by, left_at, left_by, ip_address)
    SELECT $1, 's' || n, $1, 'p' || n, 'room-' || n % 50, 'guest', t, 2,
           t + interval '3405 s', 5, t + interval '3405 s', 5, '192.168.1.100'
    FROM (SELECT n, timestamptz '2024-01-01T00:00:00Z' + n * interval '2 s' AS t
          FROM generate_series(0, $2::int - 1) AS n) AS numbered
"""


def _fill_postgres(tenant: Tenant, sessions: int) -> None:
    _fetch(tenant.database_url, _FILL_POSTGRES, tenant.org_id, sessions)
    # The plan of a table that grew this fast is a guess until its statistics are taken.
    _fetch(tenant.database_url, "ANALYZE session")
