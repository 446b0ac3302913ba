"""The server's trouble is told from faults of the program, by SQLSTATE."""

import asyncpg
import pytest

from rollbook.domain.errors import StoreLocked, StoreUnavailable
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
