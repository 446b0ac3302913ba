"""A pool of connections over asyncpg's, without a task for each time one is borrowed.

The pool starts two tasks whenever a connection goes out with a time limit and comes back: a sixth
of all that a one-day page costs (docs/decisions/0011). So connections that come back whole stay
at hand here; the pool makes them, mends them, and closes them.
"""

import asyncio
from collections import deque
from types import TracebackType
from typing import Any

import asyncpg

_LONGEST_IDLE = 300.0
"""Seconds after which a connection is not used again: firewalls drop quiet ones without a word.
asyncpg's pool keeps to the same time for those that are in it."""


class ConnectionPool:
    """Lends up to `size` connections at a time, in the order of asking."""

    def __init__(self, pool: asyncpg.Pool, size: int, patience: float) -> None:
        """`size` is the pool's; `patience` is how many seconds a borrower waits at most."""
        self._pool = pool
        self.size = size
        self.lent = 0
        self._turns = _Turns(size, patience)
        self._patience = patience
        self._idle: list[tuple[Any, float]] = []
        self._closing = False
        self._generation = 0
        self._leaving: set[asyncio.Task[None]] = set()

    def connection(self) -> "Lent":
        """A connection for as long as the context lasts. Raises TimeoutError."""
        return Lent(self)

    async def take(self) -> tuple[Any, int]:
        """A connection, and of which generation it is."""
        await self._turns.take()
        self.lent += 1
        try:
            return await self._connection(), self._generation
        except BaseException:
            self.lent -= 1
            self._turns.pass_on()
            raise

    def put_back(self, connection: Any, generation: int) -> bool:
        """Keep a connection that came back whole; not one that is not to be lent again."""
        if self._closing or generation != self._generation:
            return False
        self._idle.append((connection, asyncio.get_running_loop().time()))
        self.lent -= 1
        self._turns.pass_on()
        return True

    async def take_back(self, connection: Any, error: BaseException | None) -> None:
        """Take a connection back after an error, or at its end."""
        if isinstance(error, TimeoutError):
            # Whatever else is asked of a server that does not answer would wait as long.
            if _is_open(connection):
                connection.terminate()
            await self.renew()
            await self._give_back(connection)
        elif isinstance(error, asyncio.CancelledError):
            # The server is told to stop what it does, which nobody has to wait for.
            self._leaving.add(leaving := asyncio.create_task(self._give_back(connection)))
            leaving.add_done_callback(self._leaving.discard)
        else:
            # It may be in the middle of something: the pool waits for that, or drops it.
            await self._give_back(connection)

    async def _give_back(self, connection: Any) -> None:
        """Let the pool have a connection that is not lent again as it is."""
        try:
            await self._pool.release(connection)
        finally:
            self.lent -= 1
            self._turns.pass_on()

    async def close(self) -> None:
        """Close all connections, those that are lent once they have come back."""
        self._closing = True
        while self._idle:
            await self._pool.release(self._idle.pop()[0])
        await self._pool.close()

    async def renew(self) -> None:
        """Use no connection again that there is now: their server went silent, or another took over.

        Those that are lent are closed when they come back.
        """
        self._generation += 1
        await self._pool.expire_connections()
        while self._idle:
            connection, _ = self._idle.pop()
            if _is_open(connection):
                connection.terminate()
            await self._pool.release(connection)

    async def _connection(self) -> Any:
        """A connection that is at hand, or else one of the pool, which has a place for each turn."""
        while self._idle:
            # The latest that came back, so that those which nobody needs grow old.
            connection, since = self._idle.pop()
            if _is_open(connection):
                if asyncio.get_running_loop().time() - since <= _LONGEST_IDLE:
                    return connection
                connection.terminate()
            await self._pool.release(connection)
        return await self._pool.acquire(timeout=self._patience)


class _Turns:
    """So many at a time, in the order of asking.

    One clock for all who wait: where more ask than there are connections, one for each is a tenth of
    what a page costs.
    """

    def __init__(self, count: int, patience: float) -> None:
        self._free = count
        self._patience = patience
        self._waiting: deque[tuple[asyncio.Future[None], float]] = deque()
        """Until when each waits: seconds of the loop."""
        self._clock: asyncio.TimerHandle | None = None

    async def take(self) -> None:
        """Wait for a turn. Raises TimeoutError."""
        # Who leaves hands its turn to whoever waits longest, so nobody is overtaken here.
        if self._free:
            self._free -= 1
            return
        loop = asyncio.get_running_loop()
        mine, until = loop.create_future(), loop.time() + self._patience
        self._waiting.append((mine, until))
        self._clock = self._clock or loop.call_at(until, self._refuse_late)
        try:
            await mine
        except asyncio.CancelledError:
            if not mine.cancelled() and mine.exception() is None:
                self.pass_on()  # it came in the moment in which nobody wanted it any more
            raise

    def pass_on(self) -> None:
        """Let the next one have a turn that was taken."""
        while self._waiting:
            following, _ = self._waiting.popleft()
            if not following.done():
                following.set_result(None)
                return
        self._free += 1

    def _refuse_late(self) -> None:
        loop, self._clock = asyncio.get_running_loop(), None
        while self._waiting and self._waiting[0][1] <= loop.time():
            late, _ = self._waiting.popleft()
            if not late.done():
                late.set_exception(TimeoutError())
        if self._waiting:
            self._clock = loop.call_at(self._waiting[0][1], self._refuse_late)


class Lent:
    """A connection that is lent. A class, since a generator would cost each page a tenth of its time."""

    __slots__ = ("_connection", "_generation", "_pool")

    def __init__(self, pool: ConnectionPool) -> None:
        self._pool = pool

    async def __aenter__(self) -> Any:
        self._connection, self._generation = await self._pool.take()
        return self._connection

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        del kind, traceback
        if error is not None or not self._pool.put_back(self._connection, self._generation):
            await self._pool.take_back(self._connection, error)


def _is_open(connection: Any) -> bool:
    try:
        return not connection.is_closed()
    except asyncpg.InterfaceError:
        return False  # the pool has taken it back by itself, when the server ended it
