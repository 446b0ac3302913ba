"""What a connection is lent for is all that it can do."""

import pytest

from rollbook.domain.errors import StoreUnavailable
from rollbook.store.engine.database import Database
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
