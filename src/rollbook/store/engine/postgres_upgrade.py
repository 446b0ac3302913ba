"""Changing the schema of a PostgreSQL database beside services that work on it."""

import asyncio
import re
from collections.abc import Awaitable, Callable

import asyncpg

from rollbook.domain.errors import StoreUnavailable
from rollbook.store.engine.database import Writing
from rollbook.store.engine.scripts import statements_of

_TURN = 7_261_480_051
"""What all upgrades of a database lock. The number is arbitrary, but always the same."""

_TURN_PAUSE_SECONDS = 0.2

_LOCK_TIMEOUT = "500ms"
"""How long a change of a table waits for it. All that came after it wait meanwhile, so this is
short; and shorter than the server takes to look for deadlocks, so that only the upgrade gives in."""

_TRIES = 300
_PAUSE_SECONDS = 2.0
"""Between two tries whoever waited gets its turn. Ten minutes in all: the longest reports end."""

_INDEX = re.compile(r"CREATE(?: UNIQUE)? INDEX CONCURRENTLY IF NOT EXISTS (\w+)")
_HALF_MADE = "SELECT true FROM pg_index WHERE indexrelid = to_regclass($1) AND NOT indisvalid"


async def have_the_turn(connection: asyncpg.Connection) -> None:
    """Wait until no other upgrade runs, and lock out the next ones until the connection closes."""
    # Whatever limits the server has for others: an index on a large table is not made in seconds.
    await connection.execute("SET statement_timeout = 0; SET lock_timeout = 0")
    # Asked again and again: who waits within a statement holds up the one that makes an index,
    # which waits for all statements that began before, and so each would wait for the other.
    while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", _TURN):  # noqa: ASYNC110 - it is another process's turn, of which no event tells
        await asyncio.sleep(_TURN_PAUSE_SECONDS)


async def patiently(connection: asyncpg.Connection, work: Callable[[], Awaitable[None]]) -> None:
    """Do this in a transaction; anew where it failed because others had a table in use."""
    for _ in range(_TRIES):
        try:
            async with connection.transaction():
                await connection.execute(f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT}'")
                await work()
        except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
            await asyncio.sleep(_PAUSE_SECONDS)
        else:
            return
    message = "a table of the database stayed in use too long: try again when less is read"
    raise StoreUnavailable(message)


class PostgresUpgrade:
    """The one upgrade that runs (database.Upgrade)."""

    def __init__(self, connection: asyncpg.Connection, writing: Writing) -> None:
        """`writing` writes on the same connection."""
        self._connection = connection
        self._writing = writing

    async def in_transaction(self, work: Callable[[Writing], Awaitable[None]]) -> None:
        await patiently(self._connection, lambda: work(self._writing))

    async def alone(self, script: str) -> None:
        for statement in statements_of(script):
            await self._drop_half_made_index(statement)
            await self._connection.execute(statement)

    async def _drop_half_made_index(self, statement: str) -> None:
        """Of the index that a statement makes: what a run that was cut off has left of it.

        Such an index serves no question, and costs every write; IF NOT EXISTS takes it for made.
        """
        made = _INDEX.search(statement)
        if made and await self._connection.fetchval(_HALF_MADE, made[1]):
            await self._connection.execute(f"DROP INDEX CONCURRENTLY {made[1]}")
