"""The schema of the database: which version it has, and the ordered way to the newest."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from rollbook.domain.errors import SchemaOutdated
from rollbook.store.engine.database import Connection, Database
from rollbook.store.engine.statements import Dialect

_TYPES: Mapping[Dialect, Mapping[str, str]] = {
    "sqlite": {
        "id": "TEXT",
        "instant": "INTEGER",
        "address": "TEXT",
        "small": "INTEGER",
        "count": "INTEGER",
        "strict": " STRICT",
        "array": "json_array",
        "object": "json_object",
    },
    "postgres": {
        "id": 'text COLLATE "C"',
        "instant": "timestamptz",
        "address": "inet",
        "small": "smallint",
        "count": "bigint",
        "strict": "",
        "array": "json_build_array",
        "object": "json_build_object",
    },
}
_WORD = re.compile(r"\{\{(\w+)\}\}")
_CALLS: Mapping[Dialect, Mapping[str, str]] = {
    "sqlite": {"milliseconds": "{}", "plain": "{}"},
    "postgres": {
        "milliseconds": "CAST(round(extract(epoch FROM {}) * 1000) AS bigint)",
        "plain": "host({})",
    },
}
_CALL = re.compile(r"\{\{(\w+):([\w.]+)\}\}")
_FILE_NAME = re.compile(r"(\d{4})_(\w+)\.sql")

_MIGRATION_TABLE = """
CREATE TABLE IF NOT EXISTS schema_migration (
    version integer NOT NULL PRIMARY KEY,
    name text NOT NULL,
    applied_at {{instant}} NOT NULL
){{strict}};
"""

_BEFORE: Mapping[Dialect, str] = {
    "sqlite": "",
    # The lock's number is arbitrary, but always the same. A table in use is waited for a while,
    # then nothing is changed: better than requests that queue behind a migration.
    "postgres": "SELECT pg_advisory_xact_lock(7261480051); SET LOCAL lock_timeout = '4s';",
}


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the schema. Never edited once released: the next step corrects it."""

    version: int
    name: str
    text: str


@cache
def migrations() -> Sequence[Migration]:
    """Every migration, in order."""
    found = (
        Migration(int(match[1]), match[2], file.read_text(encoding="utf-8"))
        for file in files("rollbook.store").joinpath("migrations").iterdir()
        if (match := _FILE_NAME.fullmatch(file.name))
    )
    return sorted(found, key=lambda migration: migration.version)


def in_dialect(text: str, dialect: Dialect) -> str:
    """Schema text with the types of one engine in place of the words in double braces."""
    text = _CALL.sub(lambda match: _CALLS[dialect][match[1]].format(match[2]), text)
    return _WORD.sub(lambda match: _TYPES[dialect][match[1]], text)


async def applied_versions(database: Database) -> list[int]:
    """The versions of the migrations that the database has had; changes nothing."""
    async with database.reading() as connection:
        if not await connection.fetch("migration_table", {}):
            return []
        return [version for (version,) in await connection.fetch("applied_migrations", {})]


async def pending(database: Database) -> list[Migration]:
    """The migrations still to come, in order."""
    applied = set(await applied_versions(database))
    return [migration for migration in migrations() if migration.version not in applied]


async def upgrade(database: Database, now: int) -> list[Migration]:
    """Bring the schema to the newest version; answers which migrations it took.

    All of them in one transaction, and one process at a time: the others wait and then find
    nothing left to do.
    """
    async with database.writing() as connection:
        await connection.run_script(_BEFORE[database.dialect])
        await connection.run_script(in_dialect(_MIGRATION_TABLE, database.dialect))
        applied = {version for (version,) in await connection.fetch("applied_migrations", {})}
        todo = [migration for migration in migrations() if migration.version not in applied]
        for migration in todo:
            await _apply(connection, database.dialect, migration, now)
        return todo


async def require_current(database: Database) -> None:
    """Raise SchemaOutdated unless the schema is exactly the one this program was written for."""
    applied = await applied_versions(database)
    known = [migration.version for migration in migrations()]
    if applied == known:
        return
    if set(applied) - set(known):
        message = "the database was made by a newer Rollbook: upgrade the program"
    else:
        message = "the database schema is not up to date: run `rollbook db upgrade`"
    raise SchemaOutdated(message)


async def _apply(connection: Connection, dialect: Dialect, migration: Migration, now: int) -> None:
    await connection.run_script(in_dialect(migration.text, dialect))
    values = {"version": migration.version, "name": migration.name, "applied_at": now}
    await connection.execute("note_migration", values)
