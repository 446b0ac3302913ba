"""Long reads of SQLite: each on a thread and a connection of its own, so that nobody waits for it.

A short read takes some ten microseconds and stays on the event loop's thread (sqlite.py). A long
one may look for its first row for seconds, in a single step that nothing else could interrupt.
"""

import asyncio
import os
import sqlite3
import sys
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import TypeVar

from rollbook.store.engine.database import STREAM_BATCH, Lane, Row, Values
from rollbook.store.engine.pacing import Pacing
from rollbook.store.engine.sqlite_statements import explained, run

LANES: Mapping[Lane, int] = {"pages": 4, "exports": 2, "background": 2}
"""How many long reads at a time. They share the interpreter with those who answer: more of them
would not be done sooner, and only keep others waiting."""

_CACHE_KIB = 2048
"""What a long read passes over is not read again: a large cache would only cost memory."""

_AGAIN_SECONDS = 0.02

_NICE = 10
"""How far long reads step back, in the system's measure from 0 to 19: with it a neighbour's p99 beside those who
leave their pages and downloads was 10 to 12 ms, without it 16, on two processors."""

T = TypeVar("T")


class LongReader:
    """A connection that reads from one unchanging state, and the thread that works for it."""

    def __init__(self, connect: Callable[[], sqlite3.Connection], pacing: Pacing) -> None:
        self._connect = connect
        self._pacing = pacing
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="rollbook-reader")
        self._connection: sqlite3.Connection | None = None

    async def fetch(self, statement: str, values: Values) -> Sequence[Row]:
        return await self._there(lambda: run(self._opened(), statement, values).fetchall())

    async def stream(self, statement: str, values: Values) -> AsyncGenerator[Sequence[Row], None]:
        cursor = await self._there(lambda: run(self._opened(), statement, values))
        while rows := await self._there(lambda: cursor.fetchmany(STREAM_BATCH)):
            async for some in self._pacing.in_turns(rows):
                yield some

    async def begin(self) -> None:
        await self._there(self._begin)

    def end(self) -> None:
        """Close the connection, as soon as its thread has nothing else to do."""
        self._thread.submit(self._close)
        self._thread.shutdown(wait=False)

    def _begin(self) -> None:
        _be_less_urgent()
        self._connection = connection = self._connect()
        connection.execute("PRAGMA query_only = ON")
        connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        connection.execute("BEGIN")

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    def _opened(self) -> sqlite3.Connection:
        assert self._connection is not None  # noqa: S101 - it has begun
        return self._connection

    async def _there(self, work: Callable[[], T]) -> T:
        """Done by the thread. Whoever is cancelled meanwhile goes on when it has stopped."""
        doing = asyncio.get_running_loop().run_in_executor(self._thread, work)
        with explained():
            try:
                return await asyncio.shield(doing)
            except asyncio.CancelledError:
                await self._stopped(doing)
                raise

    async def _stopped(self, doing: asyncio.Future[T]) -> None:
        while not doing.done():
            if self._connection is not None:
                # Again and again: before the statement has begun, this does nothing.
                self._connection.interrupt()
            await asyncio.wait([doing], timeout=_AGAIN_SECONDS)
        doing.exception()  # seen: that it was interrupted is no news


def _be_less_urgent() -> None:
    """Let this thread step back where others have work, as Linux alone can tell threads apart."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), os.nice(0) + _NICE)


class SqliteLane:
    """Lets so many read at a time, in the order of asking."""

    def __init__(
        self, size: int, connect: Callable[[], sqlite3.Connection], pacing: Pacing
    ) -> None:
        self._turns = asyncio.Semaphore(size)
        self._connect = connect
        self._pacing = pacing

    @asynccontextmanager
    async def reader(self) -> AsyncIterator[LongReader]:
        async with self._turns:
            reader = LongReader(self._connect, self._pacing)
            try:
                await reader.begin()
                yield reader
            finally:
                reader.end()
