"""The engine, and a database session for each request."""

import os
from collections.abc import AsyncIterator

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from bench.reference import TUNED_VARIABLE, URL_VARIABLE

POOL_SIZE = 10
"""Connections of each worker process: as many as Rollbook's pool has."""

_url = os.environ[URL_VARIABLE].replace("postgresql://", "postgresql+asyncpg://", 1)
_options = {"isolation_level": "AUTOCOMMIT"} if TUNED_VARIABLE in os.environ else {}
_engine = create_async_engine(_url, pool_size=POOL_SIZE, max_overflow=0, **_options)
_sessions = async_sessionmaker(_engine, expire_on_commit=False)


async def database_session() -> AsyncIterator[AsyncSession]:
    """A session that lasts as long as the request."""
    async with _sessions() as session:
        yield session
