"""The one writer of SQLite in a process: on a thread of its own, as a commit waits for the disk."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial
from itertools import islice
from typing import Any, TypeVar

from rollbook.domain.errors import StoreUnavailable
from rollbook.store.engine.database import Row, Values
from rollbook.store.engine.due import DueRows, Insert
from rollbook.store.engine.scripts import statements_of
from rollbook.store.engine.sqlite_file import PATIENCE, LedgerFile
from rollbook.store.engine.sqlite_statements import (
    MOST_ROWS,
    explained,
    insert,
    run,
    sqlite_statement,
)

_STATEMENT_SECONDS = 11.0
"""How long a single statement may take, the wait for other processes included; and how long a
writer waits for those of this process. A disk that stalls shows in time for an answer that no
platform has given up waiting for."""

_UNDO_SECONDS = 1.0
"""How long somebody whose transaction failed waits until it is undone; it is, also afterwards."""

T = TypeVar("T")


class SqliteWriter:
    """A connection that writes, and the thread that works for it."""

    def __init__(self, connection: sqlite3.Connection, file: LedgerFile) -> None:
        self.connection = connection
        self._file = file
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="rollbook-writer")
        self._turn = asyncio.Lock()
        self._due = DueRows()
        self._failed: BaseException | None = None
        """Of a transaction, what was wrong with rows that nobody waited for."""
        self._at_work: asyncio.Future[Any] | None = None
        self._stuck: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """Everything in this context together, in turn with others. Raises StoreUnavailable."""
        await self._wait_for_the_turn()
        try:
            await self._begin()
            yield
            await self._there(self._commit)
        finally:
            if self._idle:
                self._turn.release()
            else:
                await self._begin_to_undo()

    async def fetch(self, statement: str, values: Values) -> Sequence[Row]:
        return await self._there(lambda: self._run(statement, values).fetchall())

    async def execute(self, statement: str, values: Values) -> int:
        return await self._there(lambda: self._run(statement, values).rowcount)

    async def execute_many(self, statement: str, values: Iterable[Values]) -> None:
        found, connection = sqlite_statement(statement), self.connection
        rows = map(found.arguments, values)
        if found.many is None:
            self._behind(self._due.before(found))
            await self._there(lambda: connection.executemany(found.sql, rows))
            return
        while len(some := list(islice(rows, MOST_ROWS))) == MOST_ROWS:
            # The next ones are made while these are written: SQLite leaves Python to others meanwhile.
            self._behind([*self._due.add(found, some), *self._due.all()])
        self._behind(self._due.add(found, some))

    def _run(self, statement: str, values: Values) -> sqlite3.Cursor:
        insert(self.connection, self._due.before(sqlite_statement(statement)))
        return run(self.connection, statement, values)

    def _behind(self, inserts: Sequence[Insert]) -> None:
        """Let the thread write rows before whatever it is given next, which tells what went wrong."""
        if inserts:
            loop = asyncio.get_running_loop()
            self._at_work = loop.run_in_executor(self._thread, self._insert, inserts)

    def _insert(self, inserts: Sequence[Insert]) -> None:
        try:
            if self._failed is None:
                insert(self.connection, inserts)
        except BaseException as error:  # noqa: BLE001 - whatever it is, who works on must hear of it
            self._failed = error

    async def run_script(self, sql: str) -> None:
        # `executescript` would commit the open transaction first.
        await self._there(
            lambda: [self.connection.execute(one) for one in statements_of(sql)], seconds=None
        )

    async def shed_log(self) -> bool:
        """Write the whole log into the ledger and empty it; False where somebody reads from it.

        https://www.sqlite.org/pragma.html#pragma_wal_checkpoint
        """
        await self._wait_for_the_turn()
        try:
            return await self._there(self._emptied_log)
        finally:
            self._turn.release()

    def _emptied_log(self) -> bool:
        # Not for as long as one usually waits: nobody can write meanwhile.
        self.connection.execute("PRAGMA busy_timeout = 50")
        try:
            busy, _, _ = self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            self.connection.execute(f"PRAGMA busy_timeout = {int(PATIENCE * 1000)}")
        return not busy

    def close(self) -> None:
        """Close the connection, once its thread has done what it is doing."""
        self._thread.shutdown(wait=True)
        self.connection.close()

    @property
    def _idle(self) -> bool:
        """Whether nothing is begun or under way, also nothing that nobody waits for any more."""
        at_work = self._at_work
        return (at_work is None or at_work.done()) and not self.connection.in_transaction

    async def _wait_for_the_turn(self) -> None:
        if self._stuck is not None and not self._stuck.done():
            message = "The database is unavailable (its disk does not answer)"
            raise StoreUnavailable(message)
        with _answered_in_time():
            async with asyncio.timeout(_STATEMENT_SECONDS):
                await self._turn.acquire()

    async def _begin(self) -> None:
        self._file.require_unmoved()
        self._due, self._failed = DueRows(), None
        # IMMEDIATE takes the one writer's place now: a transaction never fails half-way for it.
        await self._there(lambda: self.connection.execute("BEGIN IMMEDIATE"))

    def _commit(self) -> None:
        insert(self.connection, self._due.all())
        self._file.require_unmoved()
        if self.connection.in_transaction:
            self.connection.execute("COMMIT")
        # Again, for who replaced it just then: what was acknowledged is where it will be looked for.
        self._file.require_unmoved()

    async def _begin_to_undo(self) -> None:
        """Undo what was begun; who waits for a disk that stalls is let go, and others do not line up."""
        undoing = asyncio.create_task(self._undo())
        await asyncio.wait({undoing}, timeout=_UNDO_SECONDS)
        self._stuck = undoing

    async def _undo(self) -> None:
        # A commit that nobody waited for may still come through: then there is nothing to undo.
        try:
            with suppress(StoreUnavailable):
                await self._roll_back()
        finally:
            self._turn.release()

    async def _roll_back(self) -> None:
        """However long that takes: after whatever is still under way."""
        connection = self.connection
        await self._there(
            lambda: connection.in_transaction and connection.execute("ROLLBACK"),
            seconds=None,
            anyhow=True,
        )

    async def _there(
        self,
        work: Callable[[], T],
        *,
        seconds: float | None = _STATEMENT_SECONDS,
        anyhow: bool = False,
    ) -> T:
        """Do this on the thread; not where rows before it failed, unless it is to be done anyhow."""
        done = work if anyhow else partial(self._unless_failed, work)
        self._at_work = at_work = asyncio.get_running_loop().run_in_executor(self._thread, done)
        with explained(self._file), _answered_in_time():
            async with asyncio.timeout(seconds):
                # Nothing ends what a thread does: who gives up leaves it behind, and no trace of
                # how it came out, which `_idle` and `_roll_back` go by.
                at_work.add_done_callback(_heed)
                return await asyncio.shield(at_work)

    def _unless_failed(self, work: Callable[[], T]) -> T:
        if self._failed is not None:
            raise self._failed
        return work()


def _heed(work: "asyncio.Future[Any]") -> None:
    if not work.cancelled():
        work.exception()


@contextmanager
def _answered_in_time() -> Iterator[None]:
    try:
        yield
    except TimeoutError as error:
        message = "The database is unavailable (it takes too long)"
        raise StoreUnavailable(message) from error
