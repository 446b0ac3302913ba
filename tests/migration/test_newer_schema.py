"""A program on the database of a newer one: it works where the database says that it may."""

from collections.abc import AsyncIterator

import pytest
from support.migrations import NEWER_RELEASE, OWN, migration, upgrade_as_a_newer_program

from rollbook.domain.errors import SchemaOutdated
from rollbook.store.engine import schema
from rollbook.store.engine.database import Database
from rollbook.store.engine.migrations import Migration, migrations
from rollbook.store.engine.opening import database_for

COLUMN = "ALTER TABLE session ADD COLUMN note_{} text;"
INDEX = "CREATE INDEX {{concurrently}} IF NOT EXISTS session_by_end ON session (org_id, left_at);"
ADDED = migration(OWN + 1, COLUMN.format(1), compatible_from=OWN)
INDEXED = migration(OWN + 2, INDEX, compatible_from=OWN - 1, alone=True)
CHANGED = migration(OWN + 3, COLUMN.format(3), compatible_from=OWN + 2)
ADDED_LATER = migration(OWN + 4, COLUMN.format(4), compatible_from=OWN)


@pytest.fixture
async def database(bare_database_url: str) -> AsyncIterator[Database]:
    database = database_for(bare_database_url)
    await database.open(make=True)
    yield database
    await database.close()


async def test_a_newer_schema_that_only_added_is_worked_with(
    database: Database, bare_database_url: str
) -> None:
    taken = await upgrade_as_a_newer_program(bare_database_url, ADDED, INDEXED)
    assert taken == [*migrations(), ADDED, INDEXED]
    standing = await schema.require_usable(database)
    assert [newer.version for newer in standing.newer] == [OWN + 1, OWN + 2]
    assert {newer.applied_by for newer in standing.newer} == {NEWER_RELEASE}
    assert await schema.upgrade(database, 1) == []


async def test_a_newer_schema_that_changed_is_refused_with_the_program_that_is_needed(
    database: Database, bare_database_url: str
) -> None:
    # What only added afterwards does not take the change back.
    await upgrade_as_a_newer_program(bare_database_url, ADDED, INDEXED, CHANGED, ADDED_LATER)
    needed = f"of schema {OWN + 2:04} or newer, such as Rollbook {NEWER_RELEASE}"
    for refused in (schema.require_usable(database), schema.upgrade(database, 1)):
        with pytest.raises(
            SchemaOutdated, match=f"newer Rollbook: upgrade the program to .*{needed}"
        ):
            await refused


async def test_a_program_that_knows_a_part_of_what_is_newer_asks_for_the_rest(
    database: Database, bare_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await upgrade_as_a_newer_program(bare_database_url, ADDED, INDEXED, CHANGED)
    chain = [*migrations(), ADDED, INDEXED]
    monkeypatch.setattr(schema, "migrations", lambda: chain)
    standing = await schema.require_usable(database)
    assert [newer.version for newer in standing.newer] == [OWN + 3]


async def test_what_a_program_knows_is_not_newer_than_itself(
    database: Database, bare_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await upgrade_as_a_newer_program(bare_database_url, ADDED, INDEXED)
    chain = [*migrations(), INDEXED]
    monkeypatch.setattr(schema, "migrations", lambda: chain)
    standing = await schema.require_usable(database)
    assert [newer.version for newer in standing.newer] == [OWN + 1]


async def test_a_database_that_another_chain_made_is_refused_and_not_upgraded(
    database: Database, bare_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await upgrade_as_a_newer_program(bare_database_url, ADDED)
    chain = [*migrations(), migration(OWN + 2, COLUMN.format(2))]
    monkeypatch.setattr(schema, "migrations", lambda: chain)
    for refused in (schema.require_usable(database), schema.upgrade(database, 1)):
        with pytest.raises(SchemaOutdated, match="newer Rollbook"):
            await refused
    assert OWN + 2 not in await schema.applied_versions(database)


async def test_what_says_nothing_of_older_programs_suits_none(
    database: Database, bare_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Before this was written into databases at all.
    early: list[Migration] = [step for step in migrations() if step.version < 5]
    monkeypatch.setattr(schema, "migrations", lambda: early)
    await schema.upgrade(database, 0)
    monkeypatch.setattr(schema, "migrations", lambda: early[:3])
    with pytest.raises(SchemaOutdated, match=r"one of schema 0004 or newer$"):
        await schema.require_usable(database)


async def test_a_database_from_before_is_upgraded_and_then_tells(
    database: Database, bare_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    early = [step for step in migrations() if step.version <= 6]
    with monkeypatch.context() as older:
        older.setattr(schema, "migrations", lambda: early)
        assert await schema.upgrade(database, 0) == early
    taken = await upgrade_as_a_newer_program(bare_database_url, ADDED)
    assert [step.version for step in taken] == [*range(7, OWN + 1), OWN + 1]
    await schema.require_usable(database)
