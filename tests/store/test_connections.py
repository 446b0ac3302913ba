"""What a connection is lent for is all that it can do."""

import asyncpg
import pytest
from asyncpg.serverversion import split_server_version_string

from rollbook.domain.errors import StoreUnavailable
from rollbook.store.engine.database import Database
from rollbook.store.engine.opening import database_for
from rollbook.stores import Stores

SECRET = {"name": "n", "secret": "s", "created_at": 0}


async def secrets(database: Database) -> list[str]:
    async with database.reading() as connection:
        return [row[0] for row in await connection.fetch("installation_secret", {"name": "n"})]


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_a_reading_connection_of_sqlite_cannot_write(stores: Stores) -> None:
    async with stores.database.reading() as connection:
        with pytest.raises(StoreUnavailable, match="attempt to write a readonly database"):
            await connection.fetch("add_installation_secret", SECRET)
    assert await secrets(stores.database) == []


async def test_a_snapshot_cannot_write(stores: Stores) -> None:
    with pytest.raises(StoreUnavailable):
        async with stores.database.snapshot() as connection:
            await connection.fetch("add_installation_secret", SECRET)
    assert await secrets(stores.database) == []


async def test_what_reads_has_no_way_to_write_and_only_a_snapshot_streams(stores: Stores) -> None:
    async with stores.database.writing() as connection:
        assert ways(connection) == {"fetch", "execute", "execute_many", "run_script"}
    async with stores.database.snapshot() as connection:
        assert ways(connection) == {"fetch", "stream"}
    async with stores.database.reading() as connection:
        assert ways(connection) - {"stream"} == {"fetch"}


def ways(connection: object) -> set[str]:
    """What a connection can do with statements."""
    known = {"fetch", "stream", "execute", "execute_many", "run_script"}
    return {name for name in known if hasattr(connection, name)}


@pytest.mark.parametrize(("told", "major"), [("13.22 (Debian 13.22-1)", 13), ("9.6.24", 9)])
async def test_a_postgresql_that_is_too_old_is_refused_in_words(
    postgres_ledger: str, monkeypatch: pytest.MonkeyPatch, told: str, major: int
) -> None:
    pretend_to_be(told, monkeypatch)
    with pytest.raises(StoreUnavailable) as refused:
        await open_and_close(database_for(postgres_ledger))
    assert refused.value.message == f"PostgreSQL 14 or newer is needed, this is {major}"


async def test_the_oldest_postgresql_that_is_promised_is_worked_with(
    postgres_ledger: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend_to_be("14.0", monkeypatch)
    await open_and_close(database_for(postgres_ledger))


async def open_and_close(database: Database) -> None:
    try:
        await database.open()
    finally:
        await database.close()


def pretend_to_be(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let servers say that they are of this version."""
    read = split_server_version_string(version)
    monkeypatch.setattr(asyncpg.Connection, "get_server_version", lambda _: read)
