"""An upgrade of PostgreSQL makes nobody wait, and can be cut off anywhere and run again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import asyncpg
import pytest
from support.migrations import OWN, migration

from rollbook.domain.errors import StoreUnavailable
from rollbook.store.engine import postgres_upgrade, schema
from rollbook.store.engine.database import Database
from rollbook.store.engine.migrations import Migration, migrations
from rollbook.store.engine.opening import database_for

NAME = "session_by_end"
INDEX = f"CREATE INDEX {{{{concurrently}}}} IF NOT EXISTS {NAME} ON session (org_id, left_at);"
INDEXED = migration(OWN + 1, INDEX, compatible_from=OWN, alone=True)
ADDED = migration(OWN + 1, "ALTER TABLE session ADD COLUMN note text;", compatible_from=OWN)
STATE = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass($1)"


@pytest.fixture
def url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue("postgres_server").new_database())


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    """A database with our schema."""
    database = database_for(url)
    await database.open()
    await schema.upgrade(database, 0)
    yield database
    await database.close()


@pytest.fixture
async def other(url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection of somebody else."""
    connection = await asyncpg.connect(url)
    yield connection
    await connection.close()


@asynccontextmanager
async def writing(url: str) -> AsyncIterator[None]:
    """While this lasts, somebody has written to a session and not committed."""
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            await connection.execute("LOCK TABLE session IN ROW EXCLUSIVE MODE")
            yield
    finally:
        await connection.close()


def knows(monkeypatch: pytest.MonkeyPatch, *more: Migration) -> None:
    chain = [*migrations(), *more]
    monkeypatch.setattr(schema, "migrations", lambda: chain)


async def state_of_the_index(connection: asyncpg.Connection) -> bool | None:
    """Whether it is whole; None where there is none."""
    whole: bool | None = await connection.fetchval(STATE, NAME)
    return whole


async def until(found: bool | None, connection: asyncpg.Connection) -> None:
    while await state_of_the_index(connection) is not found:  # noqa: ASYNC110 - the server tells of no event
        await asyncio.sleep(0.02)


async def test_what_runs_alone_makes_its_index_and_is_noted(
    database: Database, other: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    knows(monkeypatch, INDEXED)
    assert await schema.upgrade(database, 1) == [INDEXED]
    assert await state_of_the_index(other) is True
    assert await schema.upgrade(database, 2) == []


async def test_two_upgrades_at_once_make_an_index_once_and_none_waits_without_end(
    database: Database, url: str, other: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    knows(monkeypatch, INDEXED)
    second = database_for(url)
    await second.open()
    # Somebody who writes holds the index up, until both upgrades are under way.
    async with writing(url):
        upgrades = [asyncio.create_task(schema.upgrade(one, 1)) for one in (database, second)]
        await until(False, other)
        await asyncio.sleep(1)
        assert not any(upgrade.done() for upgrade in upgrades)
    assert sorted(map(len, await asyncio.gather(*upgrades))) == [0, 1]
    assert await state_of_the_index(other) is True
    await second.close()


async def test_an_index_that_was_cut_off_is_made_anew(
    database: Database, url: str, other: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    knows(monkeypatch, INDEXED)
    async with database.snapshot() as report:
        await report.fetch("organization", {"org_id": "a"})
        upgrade = asyncio.create_task(schema.upgrade(database, 1))
        await until(False, other)
        await other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE query LIKE '%CONCURRENTLY%' AND pid <> pg_backend_pid()"
        )
        with pytest.raises(StoreUnavailable):
            await upgrade
    assert await state_of_the_index(other) is False
    assert OWN + 1 not in await schema.applied_versions(database)
    assert await schema.upgrade(database, 2) == [INDEXED]
    assert await state_of_the_index(other) is True


async def test_an_index_takes_as_long_as_it_takes_whatever_limit_the_server_has(
    database: Database, url: str, other: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    knows(monkeypatch, INDEXED)
    name = urlsplit(url).path[1:]
    for limit in ("statement_timeout", "lock_timeout"):
        await other.execute(f"ALTER DATABASE {name} SET {limit} = '200ms'")
    async with writing(url):
        upgrade = asyncio.create_task(schema.upgrade(database, 1))
        await until(False, other)
        await asyncio.sleep(0.5)
        assert not upgrade.done()
    assert await upgrade == [INDEXED]


async def test_an_upgrade_that_was_cut_off_before_it_was_noted_is_noted(
    database: Database, other: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    await other.execute(f"CREATE INDEX {NAME} ON session (org_id, left_at)")
    before = await other.fetchval("SELECT to_regclass($1)::oid", NAME)
    knows(monkeypatch, INDEXED)
    assert await schema.upgrade(database, 1) == [INDEXED]
    assert await other.fetchval("SELECT to_regclass($1)::oid", NAME) == before


async def test_a_table_that_is_read_for_long_is_changed_later_and_nobody_waits_for_that(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    knows(monkeypatch, ADDED)
    monkeypatch.setattr(postgres_upgrade, "_PAUSE_SECONDS", 0.2)
    async with database.snapshot() as report:
        await report.fetch("presences", {"org_id": "a", "session_ids": "[]"})
        upgrade = asyncio.create_task(schema.upgrade(database, 1))
        for _ in range(4):
            await asyncio.sleep(0.5)
            # Without end, this would wait for the upgrade, and the upgrade for the report.
            async with database.reading() as page:
                assert await page.fetch("presences", {"org_id": "a", "session_ids": "[]"}) == []
        assert not upgrade.done()
    assert await upgrade == [ADDED]


async def test_a_table_that_is_never_free_is_told_and_left_as_it_is(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    knows(monkeypatch, ADDED)
    monkeypatch.setattr(postgres_upgrade, "_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(postgres_upgrade, "_TRIES", 2)
    async with database.snapshot() as report:
        await report.fetch("presences", {"org_id": "a", "session_ids": "[]"})
        with pytest.raises(StoreUnavailable, match="in use too long"):
            await schema.upgrade(database, 1)
    assert await schema.applied_versions(database) == [step.version for step in migrations()]


async def test_steps_before_one_that_fails_stay(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = migration(OWN + 2, "SELECT no_such_thing;")
    knows(monkeypatch, ADDED, broken)
    with pytest.raises(asyncpg.UndefinedColumnError):
        await schema.upgrade(database, 1)
    assert max(await schema.applied_versions(database)) == OWN + 1
