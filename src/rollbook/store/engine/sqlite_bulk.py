"""Whole tables of an embedded ledger, in and out."""

import sqlite3
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import contextmanager

from rollbook.store.engine.bulk import FETCHED, Batch, does_not_fit, why_unmovable
from rollbook.store.engine.database import Key, Row, Table
from rollbook.store.engine.sqlite_file import LedgerFile
from rollbook.store.engine.sqlite_statements import explained

_MOVABLE = {"TEXT", "INTEGER", "BLOB"}

_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
_COLUMNS = "SELECT name, type, pk FROM pragma_table_info(?) ORDER BY name"
_REFERENCES = 'SELECT DISTINCT "table" FROM pragma_foreign_key_list(?)'


class SqliteBulk:
    """Moves tables on a connection of its own (database.Bulk), on the event loop's thread.

    Nobody is answered by a process that copies, so nobody waits for it.
    """

    def __init__(self, connection: sqlite3.Connection, file: LedgerFile) -> None:
        self._connection = connection
        self._file = file
        # A batch that is lost with the power is copied again; what must last is committed after it.
        connection.execute("PRAGMA synchronous = NORMAL")

    async def tables(self) -> Sequence[Table]:
        with explained(self._file):
            names = [name for (name,) in self._connection.execute(_TABLES)]
            return [self._table(name) for name in names]

    async def count(self, table: Table) -> int:
        with explained(self._file):
            (found,) = self._connection.execute(f'SELECT count(*) FROM "{table.name}"').fetchone()  # noqa: S608 - the name is the catalogue's
        return int(found)

    async def last_key(self, table: Table) -> Key | None:
        backwards = ", ".join(f'"{column}" DESC' for column in table.key)
        sql = f'SELECT {_listed(table.key)} FROM "{table.name}" ORDER BY {backwards} LIMIT 1'  # noqa: S608 - as above
        with explained(self._file):
            found: Key | None = self._connection.execute(sql).fetchone()
        return found

    async def rows(
        self, table: Table, after: Key | None = None
    ) -> AsyncGenerator[Sequence[Row], None]:
        batch = Batch()
        with explained(self._file):
            cursor = self._connection.execute(_ordered(table, after), after or ())
            while rows := cursor.fetchmany(FETCHED):
                batch.add(rows)
                if batch.full:
                    yield batch.taken()
        if rest := batch.taken():
            yield rest

    async def add(self, table: Table, rows: Sequence[Row]) -> None:
        marks = ", ".join("?" for _ in table.columns)
        sql = f'INSERT INTO "{table.name}" ({_listed(table.columns)}) VALUES ({marks})'  # noqa: S608 - as above
        self._file.require_lately_unmoved()
        with explained(self._file), self._transaction():
            try:
                self._connection.executemany(sql, rows)
            except (sqlite3.IntegrityError, OverflowError) as error:
                raise does_not_fit(table, rows, str(error)) from error

    def _table(self, name: str) -> Table:
        columns = self._connection.execute(_COLUMNS, (name,)).fetchall()
        strange = [f"{column} {kind}" for column, kind, _ in columns if kind not in _MOVABLE]
        key = sorted((place, column) for column, _, place in columns if place)
        references = self._connection.execute(_REFERENCES, (name,))
        return Table(
            name,
            tuple(column for column, _, _ in columns),
            tuple(column for _, column in key),
            frozenset(other for (other,) in references),
            why_unmovable(strange, in_order=bool(key)),
        )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")


def _ordered(table: Table, after: Key | None) -> str:
    key = _listed(table.key)
    onward = f"WHERE ({key}) > ({', '.join('?' for _ in table.key)})" if after else ""
    return f'SELECT {_listed(table.columns)} FROM "{table.name}" {onward} ORDER BY {key}'  # noqa: S608 - as above


def _listed(columns: Sequence[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)
