"""The schema of a database: how it stands to this program, and the ordered way to the newest."""

from collections.abc import Collection, Sequence
from functools import partial

from rollbook import __version__
from rollbook.domain.errors import SchemaOutdated
from rollbook.domain.values import value
from rollbook.store.engine.database import Database, Upgrade, Writing
from rollbook.store.engine.migrations import Migration, in_dialect, migrations
from rollbook.store.engine.moves import MOVE_TABLE, Move
from rollbook.store.engine.statements import Dialect

_HISTORY = """
CREATE TABLE IF NOT EXISTS schema_migration (
    version integer NOT NULL PRIMARY KEY,
    name text NOT NULL,
    applied_at {{instant}} NOT NULL
){{strict}};
"""

_FIRST_THAT_IS_TOLD = 7
"""From the migration 0007_compatible_programs on, a database tells which programs suit it."""


@value
class Newer:
    """A migration that a database has had and this program does not know.

    `compatible_from` is the schema of the oldest programs that work with it; `applied_by` is the
    release that applied it, where that is told.
    """

    version: int
    compatible_from: int
    applied_by: str | None


@value
class Standing:
    """How the schema of a database stands to this program: what it has had, what is to come."""

    applied: Sequence[int]
    pending: Sequence[Migration]
    newer: Sequence[Newer]
    move: Move | None = None

    @property
    def too_new(self) -> str | None:
        """Why only newer programs can work with the database, and which; None where this one can."""
        own = max(migration.version for migration in migrations())
        if not any(self.pending or own < newer.compatible_from for newer in self.newer):
            return None
        needed = max(self.newer, key=lambda newer: newer.compatible_from)
        such_as = f", such as Rollbook {needed.applied_by}" if needed.applied_by else ""
        return (
            "the database was made by a newer Rollbook: upgrade the program to one of schema"
            f" {needed.compatible_from:04} or newer{such_as}"
        )

    @property
    def barred(self) -> str | None:
        """Why this program can neither work with the database nor upgrade it; None where it can."""
        return self.move.refusal if self.move else self.too_new

    @property
    def refusal(self) -> str | None:
        """Why this program cannot work with the database, and what helps; None where it can."""
        if self.pending and not self.barred:
            return "the database schema is not up to date: run `rollbook db upgrade`"
        return self.barred

    @property
    def usable_as(self) -> str:
        """What a schema is that is not refused, in words."""
        return "newer than this program, and compatible with it" if self.newer else "up to date"


def of_no_database() -> Standing:
    """How a database stands that is not there yet."""
    return Standing(applied=(), pending=migrations(), newer=())


async def standing(database: Database) -> Standing:
    """How the schema of a database stands now; changes nothing."""
    applied, move = await _told_of_itself(database)
    unknown = set(applied) - {migration.version for migration in migrations()}
    newer = await _told_of(database, unknown, applied) if unknown else []
    pending = [migration for migration in migrations() if migration.version not in applied]
    return Standing(applied, pending, newer, move)


async def applied_versions(database: Database) -> list[int]:
    """The versions of the migrations that the database has had; changes nothing."""
    return (await _told_of_itself(database))[0]


async def _told_of_itself(database: Database) -> tuple[list[int], Move | None]:
    """The versions of the migrations that the database has had, and the move that it is in."""
    async with database.reading() as connection:
        there = {name for (name,) in await connection.fetch("tables_about_it", {})}
        versions, moves = [], []
        if "schema_migration" in there:
            versions = [version for (version,) in await connection.fetch("applied_migrations", {})]
        if MOVE_TABLE in there:
            moves = [Move(*row) for row in await connection.fetch("move", {})]
    return versions, moves[0] if moves else None


async def pending(database: Database) -> list[Migration]:
    """The migrations still to come, in order. Raises SchemaOutdated on a newer program's database, or one that moves."""
    found = await standing(database)
    if found.barred:
        raise SchemaOutdated(found.barred)
    return list(found.pending)


async def upgrade(database: Database, now: int) -> list[Migration]:
    """Bring the schema to the newest version; answers which migrations it took.

    One process at a time: the others wait and then find nothing left to do. Raises SchemaOutdated
    on the database of a newer program that this one cannot work with.
    """
    if not await pending(database):
        return []
    history = in_dialect(_HISTORY, database.dialect)
    async with database.upgrading() as run:
        todo = await pending(database)
        await run.in_transaction(lambda connection: connection.run_script(history))
        for migration in todo:
            await _take(run, database.dialect, migration, now)
    return todo


async def require_usable(database: Database) -> Standing:
    """How the schema stands. Raises SchemaOutdated unless this program can work with it."""
    found = await standing(database)
    if found.refusal is not None:
        raise SchemaOutdated(found.refusal)
    return found


async def _told_of(
    database: Database, unknown: Collection[int], applied: Sequence[int]
) -> list[Newer]:
    """What the database says of migrations that this program does not know."""
    if _FIRST_THAT_IS_TOLD not in applied:
        return [Newer(version, version, None) for version in sorted(unknown)]
    async with database.reading() as connection:
        rows = await connection.fetch("migrations_from", {"version": min(unknown)})
    return [Newer(*row) for row in rows if row[0] in unknown]


async def _take(run: Upgrade, dialect: Dialect, migration: Migration, now: int) -> None:
    script = in_dialect(migration.text, dialect)
    if migration.alone:
        # Cut off between the two, it is run again: what is alone can be.
        await run.alone(script)
        await run.in_transaction(partial(_note, migration=migration, now=now))
    else:
        await run.in_transaction(partial(_change, script=script, migration=migration, now=now))


async def _change(connection: Writing, script: str, migration: Migration, now: int) -> None:
    await connection.run_script(script)
    await _note(connection, migration, now)


async def _note(connection: Writing, migration: Migration, now: int) -> None:
    version = {"version": migration.version}
    noted = version | {"name": migration.name, "applied_at": now}
    await connection.execute("note_migration", noted)
    if migration.version >= _FIRST_THAT_IS_TOLD:
        told = version | {"compatible_from": migration.compatible_from, "applied_by": __version__}
        await connection.execute("note_compatible_programs", told)
