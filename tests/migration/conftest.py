"""What tests of plans on PostgreSQL look with."""

from collections.abc import AsyncIterator

import asyncpg
import pytest


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to the database, as it is without our pools and codecs."""
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()
