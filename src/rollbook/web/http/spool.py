"""Between who makes a file and who takes it: each at their own pace.

What reads the database goes at the database's pace, and is over soon: however slowly somebody takes
a download, no connection and no state of the ledger is held for them. What is made and not yet
taken is in memory up to a bound, and beyond it in a file on disk that has no name.
"""

import asyncio
import os
import tempfile
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from typing import IO

from rollbook.domain.errors import StoreUnavailable
from rollbook.web.http.threads import in_a_thread

_MOST_IN_MEMORY = 1024 * 1024
_AT_ONCE = 64 * 1024
"""Bytes that wait in memory, and that are given at once."""

Chunk = str | bytes


class Spool:
    """A queue of bytes with one maker and one taker."""

    def __init__(self) -> None:
        self._waiting: deque[bytes] = deque()
        self._bytes = 0
        self._file: IO[bytes] | None = None
        self._written = self._taken = 0
        self._changed = asyncio.Event()
        self._ended = False
        self._failure: Exception | None = None

    async def put(self, part: bytes) -> None:
        """Add bytes to the end."""
        if self._written == self._taken and self._bytes < _MOST_IN_MEMORY:
            self._written = self._taken = 0
            self._waiting.append(part)
            self._bytes += len(part)
            self._changed.set()
            # What makes parts without waiting for anything must not have the loop to itself.
            await asyncio.sleep(0)
        else:
            # Behind what the file holds already, so that everything stays in its order.
            await in_a_thread(self._write, part)
            self._written += len(part)
            self._changed.set()

    def end(self, failure: Exception | None = None) -> None:
        """Nothing more will come; with a failure, because of it."""
        self._ended, self._failure = True, failure
        self._changed.set()

    async def take(self) -> bytes | None:
        """The next bytes, None at the end. Raises what its maker failed with."""
        while not (self._waiting or self._taken < self._written or self._ended):
            self._changed.clear()
            await self._changed.wait()
        if self._waiting:
            return self._from_memory()
        if self._taken < self._written:
            part = await in_a_thread(self._read)
            self._taken += len(part)
            return part
        if self._failure is not None:
            raise self._failure
        return None

    def close(self) -> None:
        """Let go of the file. Neither its maker nor its taker may be at work."""
        if self._file is not None:
            self._file.close()

    def _from_memory(self) -> bytes:
        parts = [self._waiting.popleft()]
        size = len(parts[0])
        while self._waiting and size + len(self._waiting[0]) <= _AT_ONCE:
            parts.append(self._waiting.popleft())
            size += len(parts[-1])
        self._bytes -= size
        return b"".join(parts)

    def _write(self, part: bytes) -> None:
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - closed by our own close
            written = 0
            while written < len(part):
                written += os.pwrite(self._file.fileno(), part[written:], self._written + written)
        except OSError as error:
            message = f"A download finds no room in {tempfile.gettempdir()} ({error.strerror})"
            raise StoreUnavailable(message) from error

    def _read(self) -> bytes:
        assert self._file is not None  # noqa: S101 - something was written
        most = min(_AT_ONCE, self._written - self._taken)
        return os.pread(self._file.fileno(), most, self._taken)


@asynccontextmanager
async def spooled(
    chunks: AsyncGenerator[Chunk, None], while_made: AbstractAsyncContextManager[None]
) -> AsyncIterator[Spool]:
    """The chunks, made ahead of who takes them, and within a context of their own.

    They are closed when this context ends, finished or not.
    """
    spool = Spool()
    making = asyncio.create_task(_fill(spool, chunks, while_made))
    try:
        yield spool
    finally:
        making.cancel()
        await asyncio.wait([making])
        spool.close()


async def _fill(
    spool: Spool, chunks: AsyncGenerator[Chunk, None], while_made: AbstractAsyncContextManager[None]
) -> None:
    try:
        # Closed here and now, whatever happens, or its connection stays taken for a while.
        async with while_made, aclosing(chunks):
            async for chunk in chunks:
                await spool.put(chunk if isinstance(chunk, bytes) else chunk.encode())
    except Exception as error:  # noqa: BLE001 - told to who takes
        spool.end(error)
    else:
        spool.end()
