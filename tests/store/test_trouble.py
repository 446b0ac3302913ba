"""Trouble of a database is told from faults of the program, and by its cause."""

from pathlib import Path

import asyncpg
import pytest

from rollbook.domain import instants
from rollbook.domain.errors import StoreLocked, StoreUnavailable
from rollbook.store.engine import schema
from rollbook.store.engine.opening import database_for

TROUBLE = "08006 25006 25P03 28000 3D000 40001 53100 53300 57014 57P01 58030 F0000 XX000 XX001"
FAULTS = "22012 23505 42P01 42601 25001"


async def raised(url: str, state: str) -> None:
    database = database_for(url)
    await database.open()
    try:
        async with database.writing() as connection:
            await connection.run_script(
                f"DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{state}'; END $$"
            )
    finally:
        await database.close()


@pytest.mark.parametrize("state", TROUBLE.split())
async def test_trouble_of_the_server_is_worth_another_try(postgres_ledger: str, state: str) -> None:
    with pytest.raises(StoreUnavailable) as told:
        await raised(postgres_ledger, state)
    assert not isinstance(told.value, StoreLocked)


@pytest.mark.parametrize("state", ["55P03", "40P01"])
async def test_a_lock_that_is_not_to_be_had_is_told_apart(postgres_ledger: str, state: str) -> None:
    with pytest.raises(StoreLocked):
        await raised(postgres_ledger, state)


@pytest.mark.parametrize("state", FAULTS.split())
async def test_a_fault_of_the_program_is_none_of_the_server(
    postgres_ledger: str, state: str
) -> None:
    with pytest.raises(asyncpg.PostgresError):
        await raised(postgres_ledger, state)


async def test_a_read_of_a_file_that_was_written_over_names_that(tmp_path: Path) -> None:
    # SQLite itself says only that the file is malformed.
    path = tmp_path / "ledger.db"
    database = database_for(f"sqlite:///{path}")
    await database.open(make=True)
    await schema.upgrade(database, instants.from_text("2020-01-01T00:00:00Z"))
    await database.close()
    await database.open()
    async with database.reading() as reader:
        path.write_bytes(b"\1" * path.stat().st_size)
        with pytest.raises(StoreUnavailable, match="another file put in its place"):
            await reader.fetch("all_organizations", {})
    await database.close()
