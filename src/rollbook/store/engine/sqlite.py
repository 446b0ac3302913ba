"""The SQLite driver: WAL, one writer, every commit on disk before it is acknowledged."""

import asyncio
import sqlite3
import tempfile
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Iterator,
    Sequence,
)
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TypeVar

from rollbook.domain.errors import StoreUnavailable
from rollbook.store.engine.database import Lane, Row, Values, Writing
from rollbook.store.engine.pacing import Pacing
from rollbook.store.engine.scripts import statements_of
from rollbook.store.engine.sqlite_lanes import LANES, LongReader, SqliteLane
from rollbook.store.engine.sqlite_statements import explained, run
from rollbook.store.engine.statements import Dialect, statements

OLDEST_SQLITE = (3, 37, 0)
"""STRICT tables need it: https://www.sqlite.org/stricttables.html"""

_BUSY_SECONDS = 10.0
_IDLE_READERS = 8

_CHECKPOINT_PAGES = 4_000
"""Pages in the log, 16 MB, before they are copied into the database; SQLite's own choice is 1,000.
Indexes of random ids change the same pages again and again, and each is copied once."""

T = TypeVar("T")


class _Reader:
    """Reads on the event loop's own thread.

    A WAL reader never waits for the writer and a page takes some ten microseconds, less than
    a thread would cost to ask. What is long has threads of its own (sqlite_lanes.py).
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    async def fetch(self, statement: str, values: Values) -> Sequence[Row]:
        with explained():
            return run(self.connection, statement, values).fetchall()


class _Writer:
    """Writes on a thread of its own: a commit waits for the disk, the event loop must not."""

    def __init__(self, connection: sqlite3.Connection, thread: ThreadPoolExecutor) -> None:
        self.connection = connection
        self._thread = thread

    async def fetch(self, statement: str, values: Values) -> Sequence[Row]:
        return await self._there(lambda: run(self.connection, statement, values).fetchall())

    async def execute(self, statement: str, values: Values) -> int:
        return await self._there(lambda: run(self.connection, statement, values).rowcount)

    async def execute_many(self, statement: str, values: Iterable[Values]) -> None:
        found, connection = statements("sqlite")[statement], self.connection
        await self._there(lambda: connection.executemany(found.sql, map(found.arguments, values)))

    async def run_script(self, sql: str) -> None:
        # `executescript` would commit the open transaction first.
        await self._there(lambda: [self.connection.execute(one) for one in statements_of(sql)])

    async def begin(self) -> None:
        # IMMEDIATE takes the one writer's place now: a transaction never fails half-way for it.
        await self._there(lambda: self.connection.execute("BEGIN IMMEDIATE"))

    async def end(self, how: str) -> None:
        connection = self.connection
        await self._there(lambda: connection.in_transaction and connection.execute(how))

    async def _there(self, work: Callable[[], T]) -> T:
        with explained():
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)


class _Upgrade:
    """All steps in the one writer's transaction: nobody else can write meanwhile anyway."""

    def __init__(self, writer: _Writer) -> None:
        self._writer = writer

    async def in_transaction(self, work: Callable[[Writing], Awaitable[None]]) -> None:
        await work(self._writer)

    async def alone(self, script: str) -> None:
        await self._writer.run_script(script)


class SqliteDatabase:
    """A SQLite file, or ":memory:" shared within the process is not offered: it cannot last."""

    dialect: Dialect = "sqlite"

    def __init__(self, path: str, *, own_folder: bool = False) -> None:
        self._path = Path(path)
        self._own_folder = own_folder
        self.made = False
        self._idle: list[_Reader] = []
        self._writer: _Writer | None = None
        self._writer_turn = asyncio.Lock()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="rollbook-writer")
        pacing = Pacing()
        self._lanes = {lane: SqliteLane(n, self._connect, pacing) for lane, n in LANES.items()}

    @property
    def place(self) -> str:
        return str(self._path.absolute())

    async def open(self) -> None:
        if sqlite3.sqlite_version_info < OLDEST_SQLITE:
            needed = ".".join(map(str, OLDEST_SQLITE))
            message = f"SQLite {needed} or newer is needed, this is {sqlite3.sqlite_version}"
            raise StoreUnavailable(message)
        if self._own_folder:
            with _writing_to(self._path.parent):
                # What is in a ledger is nobody else's business.
                self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _writing_to(self._path):
            self.made = not self._path.exists()
        with explained():
            self._writer = _Writer(self._connect(make=True), self._thread)

    async def exists(self) -> bool:
        path = self._path.absolute()
        folder = path.parent
        while self._own_folder and not folder.exists():
            folder = folder.parent
        # By trying, since permissions alone do not tell: a disk may be read-only.
        with _writing_to(folder):
            tempfile.TemporaryFile(dir=folder).close()
            if not path.exists():
                return False
        if not path.is_file():
            raise StoreUnavailable(f"The database is unavailable ({path} is not a file)")
        with _writing_to(path):
            path.open("r+b").close()
        return True

    async def close(self) -> None:
        self._thread.shutdown(wait=True)
        for lasting in (*self._idle, self._writer):
            if lasting is not None:
                lasting.connection.close()
        self._idle.clear()
        self._writer = None

    async def take_stock(self) -> None:
        """Nothing: SQLite chooses the right indexes without statistics, as the tests of plans show."""

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[_Reader]:
        with explained():
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
        async with self._lanes[lane].reader() as reader:
            yield reader

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[_Writer]:
        if self._writer is None:
            message = "the database is not open"
            raise StoreUnavailable(message)
        writer = self._writer
        async with self._writer_turn:
            try:
                await writer.begin()
                yield writer
                await writer.end("COMMIT")
            finally:
                # After a commit there is nothing left to undo, and this does nothing.
                await asyncio.shield(writer.end("ROLLBACK"))

    @asynccontextmanager
    async def upgrading(self) -> AsyncIterator[_Upgrade]:
        async with self.writing() as writer:
            yield _Upgrade(writer)

    def _new_reader(self) -> _Reader:
        connection = self._connect()
        connection.execute("PRAGMA query_only = ON")
        return _Reader(connection)

    def _connect(self, *, make: bool = False) -> sqlite3.Connection:
        """A connection; only with `make` a file is made where there is none."""
        place = f"{self._path.absolute().as_uri()}?mode={'rwc' if make else 'rw'}"
        with explained(f": {self._path}"):
            connection = sqlite3.connect(
                place,
                timeout=_BUSY_SECONDS,
                isolation_level=None,
                check_same_thread=False,
                uri=True,
            )
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA cache_size = -16384")
            connection.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
        return connection


@contextmanager
def _writing_to(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        message = f"The database is unavailable (cannot write to {path}: {error.strerror})"
        raise StoreUnavailable(message) from error
