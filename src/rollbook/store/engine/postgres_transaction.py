"""Transactions of PostgreSQL that nobody is kept waiting by, however its server fails."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

_ROLLBACK_SECONDS = 2.0
"""How long undoing may take; after that the connection is cut, and the server undoes it alone."""


@asynccontextmanager
async def in_transaction(connection: Any) -> AsyncIterator[None]:
    """A transaction that nobody waits for once the server does not answer."""
    transaction = connection.transaction()
    try:
        await transaction.start()
        yield
        await transaction.commit()
    except BaseException as error:
        if not await _undone(transaction, error):
            # In the middle of something, or of nobody knows what: the server undoes it by itself.
            connection.terminate()
        raise


async def _undone(transaction: Any, error: BaseException) -> bool:
    """Whether a transaction that failed is rolled back; not tried where nothing can be asked."""
    if not isinstance(error, Exception) or isinstance(error, TimeoutError | OSError):
        return False
    try:
        async with asyncio.timeout(_ROLLBACK_SECONDS):
            await transaction.rollback()
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
        return False
    return True
