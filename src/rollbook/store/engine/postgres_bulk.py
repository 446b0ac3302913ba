"""Whole tables of a PostgreSQL database, in and out: COPY, and cursors."""

from collections.abc import AsyncGenerator, Sequence
from typing import Any

import asyncpg

from rollbook.domain.errors import Conflict
from rollbook.store.engine.bulk import FETCHED, Batch, does_not_fit, why_unmovable
from rollbook.store.engine.database import Key, Row, Table
from rollbook.store.engine.postgres_connecting import EPOCH_2000_MS, plain_address
from rollbook.store.engine.postgres_errors import explained

_MOVABLE = {"text", "timestamptz", "inet", "int2", "int4", "int8", "bytea"}

# Citus keeps parts of tables as tables of their own, and lets them be seen by no such question.
_COLUMNS = """
SELECT c.relname, a.attname, t.typname, array_position(i.indkey::int2[], a.attnum),
       l.collname IS NULL OR l.collname = 'C'
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_collation l ON l.oid = a.attcollation
LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
WHERE c.relkind IN ('r', 'p') AND c.relnamespace = current_schema()::regnamespace
  AND pg_table_is_visible(c.oid)
ORDER BY c.relname COLLATE "C", a.attname COLLATE "C"
"""
_REFERENCES = """
SELECT c.relname, o.relname
FROM pg_constraint f
JOIN pg_class c ON c.oid = f.conrelid
JOIN pg_class o ON o.oid = f.confrelid
WHERE f.contype = 'f' AND c.relnamespace = current_schema()::regnamespace
  AND pg_table_is_visible(c.oid)
"""
_UNFIT = (
    asyncpg.DataError,
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.CharacterNotInRepertoireError,
    OverflowError,
    TypeError,
    ValueError,
)


class PostgresBulk:
    """Moves tables on a connection of its own (database.Bulk)."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self._addresses: dict[str, Sequence[int]] = {}
        """Of each table, at which places of its rows addresses stand."""

    async def prepare(self) -> None:
        """Let the connection speak the domain's types, and let nothing limit it."""
        await self._connection.execute(
            # A batch that is lost with the power is copied again; what must last is committed after it.
            "SET statement_timeout = 0; SET lock_timeout = 0; SET synchronous_commit = off;"
            " SET idle_in_transaction_session_timeout = 0"
        )
        await self._connection.set_type_codec(
            "timestamptz",
            schema="pg_catalog",
            encoder=lambda instant: ((instant - EPOCH_2000_MS) * 1000,),
            decoder=_exact_instant,
            format="tuple",
        )

    async def tables(self) -> Sequence[Table]:
        with explained():
            columns = await self._connection.fetch(_COLUMNS)
            references = await self._connection.fetch(_REFERENCES)
        names = dict.fromkeys(name for name, *_ in columns)
        return [
            self._table(
                name,
                [told for table, *told in columns if table == name],
                frozenset(other for table, other in references if table == name),
            )
            for name in names
        ]

    async def count(self, table: Table) -> int:
        with explained():
            return int(await self._connection.fetchval(f'SELECT count(*) FROM "{table.name}"'))  # noqa: S608 - the name is the catalogue's

    async def last_key(self, table: Table) -> Key | None:
        backwards = ", ".join(f'"{column}" DESC' for column in table.key)
        sql = f'SELECT {_listed(table.key)} FROM "{table.name}" ORDER BY {backwards} LIMIT 1'  # noqa: S608 - as above
        with explained():
            found: Any = await self._connection.fetchrow(sql)
        return None if found is None else tuple(found)

    async def rows(
        self, table: Table, after: Key | None = None
    ) -> AsyncGenerator[Sequence[Row], None]:
        if table.name not in self._addresses:
            await self.tables()
        batch, addresses = Batch(), self._addresses[table.name]
        with explained():
            async with self._connection.transaction(readonly=True):
                cursor = await self._connection.cursor(_ordered(table, after), *(after or ()))
                while rows := await cursor.fetch(FETCHED):
                    batch.add([_as_domain(tuple(row), addresses) for row in rows])
                    if batch.full:
                        yield batch.taken()
        if rest := batch.taken():
            yield rest

    async def add(self, table: Table, rows: Sequence[Row]) -> None:
        with explained():
            try:
                await self._connection.copy_records_to_table(
                    table.name, records=rows, columns=list(table.columns)
                )
            except _UNFIT as error:
                # The driver's own words quote the value, which is nobody's business here.
                raise does_not_fit(table, rows, type(error).__name__) from error

    def _table(self, name: str, told: Sequence[Sequence[Any]], refers_to: frozenset[str]) -> Table:
        strange = [f"{column} {kind}" for column, kind, *_ in told if kind not in _MOVABLE]
        key = sorted((place, column) for column, _, place, _ in told if place is not None)
        in_order = bool(key) and all(bytewise for *_, place, bytewise in told if place is not None)
        self._addresses[name] = [n for n, (_, kind, *_) in enumerate(told) if kind == "inet"]
        return Table(
            name,
            tuple(column for column, *_ in told),
            tuple(column for _, column in key),
            refers_to,
            why_unmovable(strange, in_order),
        )


def _as_domain(row: Row, addresses: Sequence[int]) -> Row:
    if not addresses:
        return row
    values = list(row)
    for place in addresses:
        if values[place] is not None:
            values[place] = plain_address(str(values[place]))
    return tuple(values)


def _exact_instant(parts: tuple[int]) -> int:
    """Milliseconds UTC. Infinity is no instant either, and no whole millisecond."""
    milliseconds, rest = divmod(parts[0], 1000)
    if rest:
        message = "an instant lies between two milliseconds, which no Rollbook writes"
        raise Conflict(message)
    return milliseconds + EPOCH_2000_MS


def _ordered(table: Table, after: Key | None) -> str:
    key = _listed(table.key)
    marks = ", ".join(f"${number}" for number in range(1, len(table.key) + 1))
    onward = f"WHERE ({key}) > ({marks})" if after else ""
    return f'SELECT {_listed(table.columns)} FROM "{table.name}" {onward} ORDER BY {key}'  # noqa: S608 - as above


def _listed(columns: Sequence[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)
