"""The SQLite driver: WAL, one writer, every commit on disk before it is acknowledged."""

import sqlite3
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Sequence,
)
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from rollbook.domain.errors import Conflict, InvalidInput, StoreUnavailable
from rollbook.store.engine.database import (
    Accept,
    Distribution,
    Footprint,
    Lane,
    Row,
    Values,
    Writing,
)
from rollbook.store.engine.folding import holds, plain
from rollbook.store.engine.pacing import Pacing
from rollbook.store.engine.sqlite_bulk import SqliteBulk
from rollbook.store.engine.sqlite_copies import back_up, copy_checked, draft_beside, put_in_place
from rollbook.store.engine.sqlite_file import PATIENCE, LedgerFile, findings_in, uri
from rollbook.store.engine.sqlite_lanes import LANES, LongReader, SqliteLane
from rollbook.store.engine.sqlite_statements import explained, run
from rollbook.store.engine.sqlite_writer import SqliteWriter
from rollbook.store.engine.statements import Dialect

OLDEST_SQLITE = (3, 37, 0)
"""STRICT tables need it: https://www.sqlite.org/stricttables.html"""

_IDLE_READERS = 8

_CHECKPOINT_PAGES = 4_000
"""Pages in the log, 16 MB, before they are copied into the database; SQLite's own choice is 1,000.
Indexes of random ids change the same pages again and again, and each is copied once."""

_MOST_LOG_BYTES = 16 * 1024 * 1024
"""What is left of the write-ahead log once all of it is in the ledger (https://www.sqlite.org/wal.html#ckpt):
what it usually grows to, and only beside a long reader for longer."""

T = TypeVar("T")


class _Reader:
    """Reads on the event loop's own thread.

    A WAL reader never waits for the writer and a page takes some ten microseconds, less than
    a thread would cost to ask. What is long has threads of its own (sqlite_lanes.py).
    """

    def __init__(self, connection: sqlite3.Connection, file: LedgerFile) -> None:
        self.connection = connection
        self._file = file

    async def fetch(self, statement: str, values: Values) -> Sequence[Row]:
        with explained(self._file):
            return run(self.connection, statement, values).fetchall()


class _Upgrade:
    """All steps in the one writer's transaction: nobody else can write meanwhile anyway."""

    def __init__(self, writer: SqliteWriter) -> None:
        self._writer = writer

    async def in_transaction(self, work: Callable[[Writing], Awaitable[None]]) -> None:
        await work(self._writer)

    async def alone(self, script: str) -> None:
        await self._writer.run_script(script)


class SqliteDatabase:
    """A SQLite file, or ":memory:" shared within the process is not offered: it cannot last."""

    dialect: Dialect = "sqlite"

    def __init__(self, path: str, *, own_folder: bool = False) -> None:
        self._file = LedgerFile(Path(path), own_folder=own_folder)
        self.made = False
        self._idle: list[_Reader] = []
        self._writer: SqliteWriter | None = None
        pacing = Pacing()
        self._lanes = {lane: SqliteLane(n, self._connect, pacing) for lane, n in LANES.items()}

    @property
    def place(self) -> str:
        return str(self._file.path)

    def footprint(self) -> Footprint:
        return Footprint(self._file.sizes(), self._file.free_bytes())

    async def open(self, *, make: bool = False) -> None:
        if sqlite3.sqlite_version_info < OLDEST_SQLITE:
            needed = ".".join(map(str, OLDEST_SQLITE))
            message = f"SQLite {needed} or newer is needed, this is {sqlite3.sqlite_version}"
            raise StoreUnavailable(message)
        self.made = self._file.open(make=make)
        self._writer = SqliteWriter(self._connect(), self._file)

    async def exists(self) -> bool:
        return self._file.exists()

    async def in_use(self) -> bool:
        if not self._file.path.exists():
            return False
        try:
            with self._file.alone():
                return False
        except Conflict:
            return True

    async def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
        for reader in self._idle:
            reader.connection.close()
        self._idle.clear()
        self._writer = None
        self._file.close()

    async def examine(self, *, thorough: bool) -> Sequence[str]:
        return findings_in(self._file.path, thorough=thorough)

    def open_to_others(self) -> Sequence[Path]:
        return self._file.open_to_others()

    async def back_up(self, target: Path) -> None:
        with explained():
            back_up(self._file.path, target)

    async def restore(self, source: Path, accept: Accept) -> Path | None:
        with self._file.alone(), draft_beside(self._file.path) as draft:
            copy_checked(source, draft)
            await accept(SqliteDatabase(str(draft)))
            return put_in_place(self._file, draft)

    async def distribute(self, *, only_look: bool = False) -> Distribution:
        raise InvalidInput("an embedded ledger is on one machine: move it to PostgreSQL first")

    async def is_distributed(self) -> bool:
        return False

    async def shed_log(self) -> bool:
        if self._writer is None:
            return False
        return await self._writer.shed_log()

    async def take_stock(self, org_id: str | None = None) -> None:
        """Nothing: SQLite chooses the right indexes without statistics, as the tests of plans show."""
        del org_id

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[_Reader]:
        self._file.require_lately_unmoved()
        with explained(self._file):
            reader = self._idle.pop() if self._idle else self._new_reader()
        try:
            yield reader
        finally:
            if len(self._idle) < _IDLE_READERS:
                self._idle.append(reader)
            else:
                reader.connection.close()

    @asynccontextmanager
    async def snapshot(self, lane: Lane = "background") -> AsyncIterator[LongReader]:
        self._file.require_lately_unmoved()
        async with self._lanes[lane].reader() as reader:
            yield reader

    @asynccontextmanager
    async def writing(self, lock_seconds: float | None = None) -> AsyncIterator[SqliteWriter]:
        del lock_seconds  # the one lock is the file's, and whoever has it has a turn like any other
        if self._writer is None:
            message = "the database is not open"
            raise StoreUnavailable(message)
        async with self._writer.transaction():
            yield self._writer

    @asynccontextmanager
    async def upgrading(self) -> AsyncIterator[_Upgrade]:
        async with self.writing() as writer:
            yield _Upgrade(writer)

    @asynccontextmanager
    async def bulk(self) -> AsyncIterator[SqliteBulk]:
        connection = self._connect()
        try:
            yield SqliteBulk(connection, self._file)
        finally:
            connection.close()

    def _new_reader(self) -> _Reader:
        connection = self._connect()
        connection.execute("PRAGMA query_only = ON")
        return _Reader(connection, self._file)

    def _connect(self) -> sqlite3.Connection:
        with explained(self._file, f": {self._file.path}"):
            # Where the file is gone, none is made: whoever may make one has done it before.
            connection = sqlite3.connect(
                uri(self._file.path, "rw"),
                uri=True,
                timeout=PATIENCE,
                isolation_level=None,
                check_same_thread=False,
            )
            connection.create_function("plain", 1, plain, deterministic=True)
            connection.create_function("holds", 3, holds, deterministic=True)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            # What is deleted, or written anew, is gone from the file, and not only from its lists:
            # https://www.sqlite.org/pragma.html#pragma_secure_delete.
            connection.execute("PRAGMA secure_delete = ON")
            connection.execute("PRAGMA cache_size = -16384")
            connection.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
            connection.execute(f"PRAGMA journal_size_limit = {_MOST_LOG_BYTES}")
        return connection
