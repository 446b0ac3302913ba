"""A PostgreSQL database with Citus: tables spread over several servers, by organization.

Every key of an organization's table begins with `org_id`, so all that is of one organization lies
together, and whatever names it is answered by one server alone.
"""

from collections.abc import Sequence
from functools import partial

import asyncpg

from rollbook.domain.errors import Conflict, InvalidInput, StoreUnavailable
from rollbook.store.engine.database import Distribution, Table
from rollbook.store.engine.postgres_upgrade import patiently

_BY = "org_id"
_FIRST = "organization"
"""The table that the others of organizations lie beside, and name rows of."""

_HAS_CITUS = "SELECT 1 FROM pg_extension WHERE extname = 'citus'"
_NODES = """
SELECT nodename || ':' || nodeport FROM pg_dist_node
WHERE noderole = 'primary' AND isactive AND shouldhaveshards ORDER BY 1
"""
_SPREAD = """
SELECT c.relname FROM pg_dist_partition p JOIN pg_class c ON c.oid = p.logicalrelid
WHERE p.partmethod = 'h' AND c.relnamespace = current_schema()::regnamespace
"""
_STILL_HERE = """
SELECT c.relname FROM pg_class c
WHERE c.relnamespace = current_schema()::regnamespace AND c.relname = ANY ($1::text[])
  AND pg_relation_size(c.oid) > 0
"""
_REFERENCES = """
SELECT c.relname, f.conname, pg_get_constraintdef(f.oid)
FROM pg_constraint f JOIN pg_class c ON c.oid = f.conrelid
WHERE f.contype = 'f' AND c.relnamespace = current_schema()::regnamespace
  AND pg_table_is_visible(c.oid) AND c.relname = ANY ($1::text[])
ORDER BY 1, 2
"""
_COUNTED = ("session", "event", "participant", "room")
_COUNT_PARTS = """
SELECT count(*) FROM (
    SELECT p.nodename::text AS name, p.nodeport::int AS port,
           string_agg(shard_name(s.logicalrelid, s.shardid), ', ') AS parts
    FROM unnest($1::text[]) t (name)
    JOIN pg_dist_shard s
        ON s.shardid = get_shard_id_for_distribution_column(to_regclass(t.name), $2::text)
    JOIN pg_dist_shard_placement p ON p.shardid = s.shardid
    GROUP BY 1, 2
) n, master_run_on_worker(ARRAY[n.name], ARRAY[n.port], ARRAY['ANALYZE ' || n.parts], false) done
WHERE done.success
"""
"""ANALYZE itself would count all parts of these tables, each as thoroughly as a whole one."""


async def is_distributed(connection: asyncpg.Connection) -> bool:
    """Whether any table is spread over servers."""
    if not await connection.fetchval(_HAS_CITUS):
        return False
    return bool(await connection.fetch(_SPREAD))


async def take_stock(connection: asyncpg.Connection, org_id: str | None, seconds: float) -> None:
    """Count anew what is looked up by its values, of an organization alone where it lies apart.

    Autovacuum does it too, but only minutes later. Until then a page may take seconds, and where it
    had last counted a few rows, to look up those of a batch takes the square of their number.
    """
    if org_id is None or not await is_distributed(connection):
        await connection.execute(f"ANALYZE {', '.join(_COUNTED)}", timeout=seconds)
    elif not await connection.fetchval(_COUNT_PARTS, _COUNTED, org_id, timeout=seconds):
        raise StoreUnavailable("the node of the organization could not count what it holds")


async def plan(connection: asyncpg.Connection, tables: Sequence[Table]) -> Distribution:
    """What `distribute` would do. Raises InvalidInput where the database has no Citus."""
    if not await connection.fetchval(_HAS_CITUS):
        raise InvalidInput(
            "the database has no extension citus: docs/scaling.md says how it gets it"
        )
    nodes = [node for (node,) in await connection.fetch(_NODES)]
    if not nodes:
        raise InvalidInput(
            "Citus knows no node that may hold a part: docs/scaling.md says how it does"
        )
    spread = {name for (name,) in await connection.fetch(_SPREAD)}
    names = [table.name for table in tables if _is_of_organizations(table)]
    return Distribution(
        nodes,
        before=[name for name in names if name in spread],
        newly=[name for name in names if name not in spread],
        local=[table.name for table in tables if not _is_of_organizations(table)],
    )


async def distribute(connection: asyncpg.Connection, tables: Sequence[Table]) -> Distribution:
    """Spread what is not spread yet: all of it, or nothing where it fails or is cut off.

    Nobody reads or writes these tables meanwhile.
    """
    planned = await plan(connection, tables)
    try:
        if planned.newly:
            await patiently(connection, partial(_spread, connection, planned))
        await _forget_rows_of_before(connection, [*planned.before, *planned.newly])
    except (asyncpg.FeatureNotSupportedError, asyncpg.SyntaxOrAccessError) as error:
        why = str(error).partition("\n")[0]
        raise Conflict(f"Citus refuses, and nothing has changed: {why}") from error
    return planned


async def _forget_rows_of_before(connection: asyncpg.Connection, names: Sequence[str]) -> None:
    """Give back the room of rows that lie on nodes now; also what a run before did not come to."""
    for (name,) in await connection.fetch(_STILL_HERE, names):
        await connection.execute(
            "SELECT truncate_local_data_after_distributing_table(to_regclass($1))", f'"{name}"'
        )


async def _spread(connection: asyncpg.Connection, planned: Distribution) -> None:
    newly = sorted(planned.newly, key=lambda name: name != _FIRST)
    every = ", ".join(f'"{name}"' for name in newly)
    await connection.execute(f"LOCK TABLE {every} IN ACCESS EXCLUSIVE MODE")
    await connection.execute("SET LOCAL citus.multi_shard_modify_mode TO 'sequential'")
    # A table that is spread may not be named by one that is not, so they name each other afterwards.
    references = await connection.fetch(_REFERENCES, newly)
    for table, name, _ in references:
        await connection.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"')
    for name in newly:
        beside = "none" if name == _FIRST else _FIRST
        await connection.execute(
            "SELECT create_distributed_table(to_regclass($1), $2, colocate_with => $3)",
            f'"{name}"',
            _BY,
            beside,
        )
    for table, name, definition in references:
        await connection.execute(f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" {definition}')


def _is_of_organizations(table: Table) -> bool:
    return table.key[:1] == (_BY,)
