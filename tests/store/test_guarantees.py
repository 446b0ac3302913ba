"""What the databases are asked to guarantee: commits on disk, and rows that belong together."""

import sqlite3
from typing import Any

import asyncpg
import pytest

from rollbook.domain.ids import new_org_id
from rollbook.stores import Stores

FULL = 2
"""https://www.sqlite.org/pragma.html#pragma_synchronous"""


@pytest.fixture
def opened(database_url: str, monkeypatch: pytest.MonkeyPatch) -> list[sqlite3.Connection]:
    """Every connection to SQLite that is opened from now on."""
    del database_url  # whatever made it has closed its own
    connections: list[sqlite3.Connection] = []
    connect = sqlite3.connect

    def noted(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connections.append(connect(*arguments, **options))
        return connections[-1]

    monkeypatch.setattr(sqlite3, "connect", noted)
    return connections


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_every_commit_of_sqlite_is_on_the_disk_before_it_is_acknowledged(
    opened: list[sqlite3.Connection], stores: Stores, organization_key: str
) -> None:
    del organization_key  # it was written
    async with stores.database.reading() as connection:
        await connection.fetch("all_organizations", {})
    assert len(opened) > 1
    for one in opened:
        assert one.execute("PRAGMA synchronous").fetchone() == (FULL,)
        assert one.execute("PRAGMA journal_mode").fetchone() == ("wal",)


async def test_nothing_is_kept_for_an_organization_that_is_not_there(stores: Stores) -> None:
    with pytest.raises((sqlite3.IntegrityError, asyncpg.ForeignKeyViolationError)):
        async with stores.organizations.changing(new_org_id()) as change:
            await change.add_key("hash", "first key", 0)
