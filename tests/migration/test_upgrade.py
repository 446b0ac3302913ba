"""Bringing a database up to date, and refusing one that is not."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from support.migrations import migration

from rollbook.domain.errors import SchemaOutdated
from rollbook.store.engine import schema
from rollbook.store.engine.database import Database
from rollbook.store.engine.migrations import migrations
from rollbook.store.engine.opening import database_for

NOW = 1_705_320_000_000
ALL = [step.version for step in migrations()]


@pytest.fixture
async def bare_database(bare_database_url: str) -> AsyncIterator[Database]:
    database = database_for(bare_database_url)
    await database.open(make=True)
    yield database
    await database.close()


async def test_an_upgrade_takes_all_steps_and_a_second_one_none(bare_database: Database) -> None:
    assert [step.version for step in await schema.upgrade(bare_database, NOW)] == ALL
    assert await schema.upgrade(bare_database, NOW + 1) == []
    assert await schema.applied_versions(bare_database) == ALL


async def test_several_processes_may_upgrade_at_once_and_each_step_is_taken_once(
    bare_database_url: str,
) -> None:
    databases = [database_for(bare_database_url) for _ in range(4)]
    await asyncio.gather(*[database.open(make=True) for database in databases])
    taken = await asyncio.gather(*[schema.upgrade(database, NOW) for database in databases])
    assert sorted(len(steps) for steps in taken) == [0, 0, 0, len(ALL)]
    await schema.require_usable(databases[0])
    await asyncio.gather(*[database.close() for database in databases])


async def test_a_database_without_our_schema_is_refused_with_what_to_do(
    bare_database: Database,
) -> None:
    assert await schema.applied_versions(bare_database) == []
    assert [step.version for step in await schema.pending(bare_database)] == ALL
    with pytest.raises(SchemaOutdated, match="run `rollbook db upgrade`"):
        await schema.require_usable(bare_database)


async def test_a_database_that_lacks_the_last_step_is_refused_until_it_has_it(
    bare_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await schema.upgrade(bare_database, NOW)
    another = migration(9000, "CREATE TABLE another (a integer);")
    chain = [*migrations(), another]
    monkeypatch.setattr(schema, "migrations", lambda: chain)
    with pytest.raises(SchemaOutdated, match="run `rollbook db upgrade`"):
        await schema.require_usable(bare_database)
    assert await schema.upgrade(bare_database, NOW) == [another]
    await schema.require_usable(bare_database)


async def test_a_database_of_a_newer_program_is_refused(bare_database: Database) -> None:
    await schema.upgrade(bare_database, NOW)
    async with bare_database.writing() as connection:
        newer = {"version": 9999, "name": "of_the_future", "applied_at": NOW}
        await connection.execute("note_migration", newer)
    with pytest.raises(SchemaOutdated, match="newer Rollbook: upgrade the program"):
        await schema.require_usable(bare_database)
