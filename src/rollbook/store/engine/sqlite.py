"""The SQLite driver: WAL, one writer, every commit on disk before it is acknowledged."""

import asyncio
import sqlite3
import tempfile
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Iterator,
    Sequence,
)
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from rollbook.domain.errors import StoreUnavailable
from rollbook.store.engine.database import STREAM_BATCH, Row, Values, Writing
from rollbook.store.engine.scripts import statements_of
from rollbook.store.engine.statements import Dialect, statements

OLDEST_SQLITE = (3, 37, 0)
"""STRICT tables need it: https://www.sqlite.org/stricttables.html"""

_BUSY_SECONDS = 10.0
"""How long a transaction waits for another process that writes."""

_STATEMENT_SECONDS = 11.0
"""How long a single statement may take, the wait for other processes included; and how long a
writer waits for those of this process. A disk that stalls shows in time for an answer that no
platform has given up waiting for."""

_UNDO_SECONDS = 1.0
"""How long somebody whose transaction failed waits until it is undone; it is, also afterwards."""

_IDLE_READERS = 8

T = TypeVar("T")


class _Reader:
    """Reads on the event loop's own thread.

    A WAL reader never waits for the writer and a page takes some ten microseconds, less than
    a thread would cost to ask. What is long is read in batches, with turns for others between.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    async def fetch(self, statement: str, values: Values) -> Sequence[Row]:
        with _explained():
            return _run(self.connection, statement, values).fetchall()

    async def stream(self, statement: str, values: Values) -> AsyncGenerator[Sequence[Row], None]:
        with _explained():
            cursor = _run(self.connection, statement, values)
            while rows := cursor.fetchmany(STREAM_BATCH):
                yield rows
                await asyncio.sleep(0)


class _Writer:
    """Writes on a thread of its own: a commit waits for the disk, the event loop must not."""

    def __init__(self, connection: sqlite3.Connection, thread: ThreadPoolExecutor) -> None:
        self.connection = connection
        self._thread = thread
        self._at_work: asyncio.Future[Any] | None = None

    @property
    def idle(self) -> bool:
        """Whether nothing is begun or under way, also nothing that nobody waits for any more."""
        at_work = self._at_work
        return (at_work is None or at_work.done()) and not self.connection.in_transaction

    async def fetch(self, statement: str, values: Values) -> Sequence[Row]:
        return await self._there(lambda: _run(self.connection, statement, values).fetchall())

    async def execute(self, statement: str, values: Values) -> int:
        return await self._there(lambda: _run(self.connection, statement, values).rowcount)

    async def execute_many(self, statement: str, values: Iterable[Values]) -> None:
        found, connection = statements("sqlite")[statement], self.connection
        await self._there(lambda: connection.executemany(found.sql, map(found.arguments, values)))

    async def run_script(self, sql: str) -> None:
        # `executescript` would commit the open transaction first.
        await self._there(
            lambda: [self.connection.execute(one) for one in statements_of(sql)], seconds=None
        )

    async def begin(self) -> None:
        # IMMEDIATE takes the one writer's place now: a transaction never fails half-way for it.
        await self._there(lambda: self.connection.execute("BEGIN IMMEDIATE"))

    async def commit(self) -> None:
        await self._there(lambda: self.connection.execute("COMMIT"))

    async def roll_back(self) -> None:
        """Undo what was begun, however long that takes: after whatever is still under way."""
        connection = self.connection
        await self._there(
            lambda: connection.in_transaction and connection.execute("ROLLBACK"), seconds=None
        )

    async def _there(
        self, work: Callable[[], T], *, seconds: float | None = _STATEMENT_SECONDS
    ) -> T:
        self._at_work = at_work = asyncio.get_running_loop().run_in_executor(self._thread, work)
        with _explained(), _answered_in_time():
            async with asyncio.timeout(seconds):
                # Nothing ends what a thread does: who gives up leaves it behind, and no trace of
                # how it came out, which `idle` and `roll_back` go by.
                at_work.add_done_callback(_heed)
                return await asyncio.shield(at_work)


def _heed(work: "asyncio.Future[Any]") -> None:
    if not work.cancelled():
        work.exception()


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
        self._stuck: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="rollbook-writer")

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
        with _explained():
            self._writer = _Writer(self._connect(), self._thread)

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
        with _explained():
            reader = self._idle.pop() if self._idle else self._new_reader()
        try:
            yield reader
        finally:
            if len(self._idle) < _IDLE_READERS:
                self._idle.append(reader)
            else:
                reader.connection.close()

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[_Reader]:
        async with self.reading() as reader:
            reader.connection.execute("BEGIN")
            try:
                yield reader
            finally:
                reader.connection.execute("ROLLBACK")

    @asynccontextmanager
    async def writing(self, lock_seconds: float | None = None) -> AsyncIterator[_Writer]:
        del lock_seconds  # the one lock is the file's, and whoever has it has a turn like any other
        if self._writer is None:
            message = "the database is not open"
            raise StoreUnavailable(message)
        writer = self._writer
        await self._turn_to_write()
        try:
            await writer.begin()
            yield writer
            await writer.commit()
        finally:
            if writer.idle:
                self._writer_turn.release()
            else:
                await self._begin_to_undo(writer)

    async def _turn_to_write(self) -> None:
        if self._stuck is not None and not self._stuck.done():
            message = "The database is unavailable (its disk does not answer)"
            raise StoreUnavailable(message)
        with _answered_in_time():
            async with asyncio.timeout(_STATEMENT_SECONDS):
                await self._writer_turn.acquire()

    async def _begin_to_undo(self, writer: _Writer) -> None:
        """Undo what was begun; who waits for a disk that stalls is let go, and others do not line up."""
        undoing = asyncio.create_task(self._undo(writer))
        await asyncio.wait({undoing}, timeout=_UNDO_SECONDS)
        self._stuck = undoing

    async def _undo(self, writer: _Writer) -> None:
        # A commit that nobody waited for may still come through: then there is nothing to undo.
        try:
            with suppress(StoreUnavailable):
                await writer.roll_back()
        finally:
            self._writer_turn.release()

    @asynccontextmanager
    async def upgrading(self) -> AsyncIterator[_Upgrade]:
        async with self.writing() as writer:
            yield _Upgrade(writer)

    def _new_reader(self) -> _Reader:
        connection = self._connect()
        connection.execute("PRAGMA query_only = ON")
        return _Reader(connection)

    def _connect(self) -> sqlite3.Connection:
        with _explained(f": {self._path}"):
            connection = sqlite3.connect(
                self._path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA cache_size = -16384")
        return connection


@contextmanager
def _writing_to(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        message = f"The database is unavailable (cannot write to {path}: {error.strerror})"
        raise StoreUnavailable(message) from error


@contextmanager
def _answered_in_time() -> Iterator[None]:
    try:
        yield
    except TimeoutError as error:
        message = "The database is unavailable (it takes too long)"
        raise StoreUnavailable(message) from error


@contextmanager
def _explained(where: str = "") -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as error:
        # SQLITE_ERROR is bad SQL: a fault of the program, which trying again does not mend.
        known = getattr(error, "sqlite_errorcode", None)
        if known in {None, sqlite3.SQLITE_ERROR} or isinstance(error, sqlite3.IntegrityError):
            raise
        message = f"The database is unavailable ({error}{where})"
        raise StoreUnavailable(message) from error


def _run(connection: sqlite3.Connection, statement: str, values: Values) -> sqlite3.Cursor:
    found = statements("sqlite")[statement]
    return connection.execute(found.sql, found.arguments(values))
