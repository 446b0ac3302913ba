"""What a database says it consists of: tables, columns, keys and indexes, as comparable facts."""

import asyncio
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import asyncpg


@dataclass(frozen=True, slots=True, order=True)
class Index:
    """A primary key, a unique constraint or a plain index."""

    table: str
    columns: tuple[str, ...]
    unique: bool
    definition: str


@dataclass(frozen=True, slots=True, order=True)
class ForeignKey:
    """Columns of a table that name a row of another one."""

    table: str
    columns: tuple[str, ...]
    other_table: str
    other_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Catalog:
    """A whole schema. Columns are in no order, as a migration can only add at the end."""

    columns: frozenset[tuple[str, str]]
    indexes: frozenset[Index]
    foreign_keys: frozenset[ForeignKey]
    checks: frozenset[tuple[str, str]]


def catalog(database_url: str) -> Catalog:
    if database_url.startswith("sqlite:"):
        with closing(sqlite3.connect(database_url.removeprefix("sqlite:///"))) as connection:
            return _of_sqlite(connection)
    return asyncio.run(_of_postgres(database_url))


def run_script(database_url: str, sql: str) -> None:
    """Run SQL that is not part of the program."""
    if database_url.startswith("sqlite:"):
        with closing(sqlite3.connect(database_url.removeprefix("sqlite:///"))) as connection:
            connection.executescript(sql)
    else:
        asyncio.run(_run_on_postgres(database_url, sql))


# --- SQLite ----------------------------------------------------------------------------------


def _of_sqlite(connection: sqlite3.Connection) -> Catalog:
    tables = [
        (name, strict, sql)
        for name, strict, sql in connection.execute(
            "SELECT l.name, l.strict, m.sql FROM pragma_table_list l JOIN sqlite_master m"
            " ON m.name = l.name AND m.type = 'table' WHERE l.schema = 'main'"
        )
        if not name.startswith("sqlite_")
    ]
    return Catalog(
        frozenset(
            (name, c) for name, strict, _ in tables for c in _columns(connection, name, strict)
        ),
        frozenset(i for name, _, _ in tables for i in _indexes(connection, name)),
        frozenset(k for name, _, _ in tables for k in _foreign_keys(connection, name)),
        frozenset((name, check) for name, _, sql in tables for check in _checks(sql)),
    )


def _columns(connection: sqlite3.Connection, table: str, strict: int) -> Iterator[str]:
    rows = connection.execute("SELECT * FROM pragma_table_xinfo(?)", (table,))
    for _, name, kind, not_null, default, in_key, hidden in rows:
        yield f"{name} {kind} {not_null=} {default=} {in_key=} {hidden=} {strict=}"


def _indexes(connection: sqlite3.Connection, table: str) -> Iterator[Index]:
    rows = connection.execute('SELECT name, "unique" FROM pragma_index_list(?)', (table,))
    for name, unique in rows.fetchall():
        columns = connection.execute("SELECT name FROM pragma_index_info(?)", (name,))
        (sql,) = connection.execute(
            "SELECT sql FROM sqlite_master WHERE name = ?", (name,)
        ).fetchone()
        definition = _spaced(sql) if sql else "implied by a key"
        yield Index(table, tuple(column for (column,) in columns), bool(unique), definition)


def _foreign_keys(connection: sqlite3.Connection, table: str) -> Iterator[ForeignKey]:
    rows = connection.execute(
        'SELECT id, "table", "from", "to" FROM pragma_foreign_key_list(?) ORDER BY id, seq',
        (table,),
    )
    keys: dict[int, tuple[str, list[str], list[str]]] = {}
    for number, other, column, other_column in rows:
        _, columns, other_columns = keys.setdefault(number, (other, [], []))
        columns.append(column)
        other_columns.append(other_column)
    for other, columns, other_columns in keys.values():
        yield ForeignKey(table, tuple(columns), other, tuple(other_columns))


def _checks(sql: str) -> Iterator[str]:
    for match in re.finditer(r"CHECK\s*\(((?:[^()]|\([^()]*\))*)\)", _spaced(sql)):
        yield match[1]


def _spaced(sql: str) -> str:
    return " ".join(re.sub(r"--.*", "", sql).split())


# --- PostgreSQL ------------------------------------------------------------------------------

_COLUMNS = """
SELECT c.relname, concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod), l.collname,
       CASE WHEN a.attnotnull THEN 'NOT NULL' END, pg_get_expr(d.adbin, d.adrelid))
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid AND c.relkind = 'r'
LEFT JOIN pg_collation l ON l.oid = a.attcollation
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
"""
_INDEXES = """
SELECT c.relname, i.indisunique, pg_get_indexdef(i.indexrelid),
       ARRAY(SELECT a.attname FROM unnest(i.indkey) WITH ORDINALITY k(attnum, place)
             JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
             ORDER BY place)
FROM pg_index i
JOIN pg_class c ON c.oid = i.indrelid
WHERE c.relnamespace = 'public'::regnamespace
"""
_FOREIGN_KEYS = """
SELECT o.conrelid::regclass::text,
       ARRAY(SELECT a.attname FROM unnest(o.conkey) WITH ORDINALITY k(attnum, place)
             JOIN pg_attribute a ON a.attrelid = o.conrelid AND a.attnum = k.attnum
             ORDER BY place),
       o.confrelid::regclass::text,
       ARRAY(SELECT a.attname FROM unnest(o.confkey) WITH ORDINALITY k(attnum, place)
             JOIN pg_attribute a ON a.attrelid = o.confrelid AND a.attnum = k.attnum
             ORDER BY place)
FROM pg_constraint o
WHERE o.contype = 'f'
"""
_CHECKS = """
SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint
WHERE contype = 'c' AND connamespace = 'public'::regnamespace
"""


async def _of_postgres(database_url: str) -> Catalog:
    connection = await asyncpg.connect(database_url)
    try:
        indexes = await connection.fetch(_INDEXES)
        return Catalog(
            frozenset((table, column) for table, column in await connection.fetch(_COLUMNS)),
            frozenset(Index(table, tuple(c), unique, sql) for table, unique, sql, c in indexes),
            frozenset(
                ForeignKey(table, tuple(columns), other, tuple(others))
                for table, columns, other, others in await connection.fetch(_FOREIGN_KEYS)
            ),
            frozenset((table, check) for table, check in await connection.fetch(_CHECKS)),
        )
    finally:
        await connection.close()


async def _run_on_postgres(database_url: str, sql: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()
