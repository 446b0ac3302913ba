"""Organizations written as the rows that are left of their sessions.

To import millions of lines would take longer than everything that is measured of them.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import asyncpg

from bench.data import new_organization
from rollbook.domain.instants import to_datetime

PERSON = ("org_id", "participant_id", "name", "name_told_at", "role", "role_told_at")
ROOM = ("org_id", "room_id", "title", "title_told_at")


class Table(NamedTuple):
    """Rows of a table; instants are in ms UTC, in columns whose names end with `_at`."""

    name: str
    columns: Sequence[str]
    rows: Iterable[Sequence[Any]]


def written(url: str, name: str, tables: Callable[[str], Iterator[Table]]) -> str:
    """A new organization in a database, with what `tables` says for its id: its `VF-ORG-ID`."""
    key = new_organization(url, name)
    if url.startswith("sqlite:"):
        _into_sqlite(url.removeprefix("sqlite:///"), name, tables)
    else:
        asyncio.run(_into_postgres(url, name, tables))
    return key


def _into_sqlite(file: str, name: str, tables: Callable[[str], Iterator[Table]]) -> None:
    connection = sqlite3.connect(file)
    org_id = connection.execute(_NEWEST, (name,)).fetchone()[0]
    for table, columns, rows in tables(org_id):
        marks = ", ".join("?" * len(columns))
        sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608 - our own names
        connection.executemany(sql, rows)
    connection.commit()
    connection.close()


async def _into_postgres(url: str, name: str, tables: Callable[[str], Iterator[Table]]) -> None:
    connection = await asyncpg.connect(url)
    org_id = await connection.fetchval(_NEWEST.replace("?", "$1"), name)
    for table, columns, rows in tables(org_id):
        instants = [number for number, column in enumerate(columns) if column.endswith("_at")]
        records = (_with_instants(row, instants) for row in rows)
        await connection.copy_records_to_table(table, records=records, columns=columns)
    await connection.execute("VACUUM ANALYZE")
    await connection.close()


_NEWEST = "SELECT org_id FROM organization WHERE name = ? ORDER BY created_at DESC LIMIT 1"


def _with_instants(row: Sequence[Any], instants: Sequence[int]) -> Sequence[Any]:
    values = list(row)
    for number in instants:
        if values[number] is not None:
            values[number] = to_datetime(values[number])
    return values
