"""Migrations that tests make up, and a newer program that has them."""

import pytest

from rollbook.store.engine import schema
from rollbook.store.engine.migrations import Migration, migrations, read_migration
from rollbook.store.engine.opening import database_for

NEWER_RELEASE = "9.8.7"
OWN = migrations()[-1].version
"""The schema of this program."""


def migration(
    version: int, sql: str, *, compatible_from: int | None = None, alone: bool = False
) -> Migration:
    """A migration; one that says nothing else suits programs of its own schema only."""
    return read_migration(file_name(version), file_text(version, sql, compatible_from, alone=alone))


def file_name(version: int) -> str:
    return f"{version:04}_of_a_test.sql"


def file_text(
    version: int, sql: str, compatible_from: int | None = None, *, alone: bool = False
) -> str:
    """What stands in the file of a migration."""
    how = "alone" if alone else "in a transaction"
    since = version if compatible_from is None else compatible_from
    return f"-- Compatible with programs of schema {since:04} on; runs {how}.\n{sql}\n"


async def upgrade_as_a_newer_program(database_url: str, *more: Migration) -> list[Migration]:
    """Upgrade a database as a release would that has these migrations too."""
    chain = [*migrations(), *more]
    database = database_for(database_url)
    await database.open(make=True)
    try:
        with pytest.MonkeyPatch.context() as newer:
            newer.setattr(schema, "migrations", lambda: chain)
            newer.setattr(schema, "__version__", NEWER_RELEASE)
            return await schema.upgrade(database, 0)
    finally:
        await database.close()
