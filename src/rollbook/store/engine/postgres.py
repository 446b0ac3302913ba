"""The PostgreSQL driver: asyncpg, with native types turned into the domain's on the way."""

from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import asynccontextmanager, contextmanager
from ipaddress import ip_address
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

import asyncpg

from rollbook.domain.errors import InvalidInput, StoreUnavailable
from rollbook.store.engine.database import STREAM_BATCH, Accept, Footprint, Lane, Row, Values
from rollbook.store.engine.pacing import Pacing
from rollbook.store.engine.pool import ConnectionPool
from rollbook.store.engine.postgres_upgrade import PostgresUpgrade, have_the_turn
from rollbook.store.engine.statements import Dialect, Statement, statements

OLDEST_POSTGRES = 14
"""The oldest major version that is promised."""

_POOL_SIZE = 10
_LANES: Mapping[Lane, int] = {"pages": 6, "exports": 4, "background": 2}
"""Long reads have connections of their own, so that they never take the last one."""

_CONNECT_SECONDS = 5.0
_ACQUIRE_SECONDS = 5.0

_LANE_SECONDS = 30.0
"""How long a long read waits for a connection of its lane, which others may be reading with."""

_STATEMENT_SECONDS = 10.0
"""How long a single statement may take. A server that hangs shows in time for an answer that no
platform has given up waiting for: LiveKit drops what was not answered within 30 seconds."""

_PART_SECONDS = 30.0
"""How long one part of a long read may take."""

_UPGRADE_SECONDS = 86_400.0
"""How long a migration may take: an index on a large table is not made in seconds."""

# timestamptz counts microseconds from 2000-01-01:
# https://www.postgresql.org/docs/current/datatype-datetime.html
_EPOCH_2000_MS = 946_684_800_000

_OUT_OF_REACH = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InsufficientResourcesError,
    asyncpg.QueryCanceledError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.ReadOnlySQLTransactionError,
)


T = TypeVar("T")


class _Reading:
    def __init__(self, connection: Any) -> None:  # a pool's proxy of asyncpg.Connection
        self._connection = connection

    async def fetch(self, statement: str, values: Values) -> Sequence[Row]:
        found = _statement(statement)
        rows: Sequence[Row] = await self._connection.fetch(found.sql, *found.arguments(values))
        return rows


class _Snapshot(_Reading):
    def __init__(self, connection: Any, pacing: Pacing) -> None:
        super().__init__(connection)
        self._pacing = pacing

    async def stream(self, statement: str, values: Values) -> AsyncGenerator[Sequence[Row], None]:
        found = _statement(statement)
        with _explained():
            cursor = await self._connection.cursor(found.sql, *found.arguments(values))
            while rows := await cursor.fetch(STREAM_BATCH):
                async for some in self._pacing.in_turns(rows):
                    yield some


class _Writing(_Reading):
    async def execute(self, statement: str, values: Values) -> int:
        found = _statement(statement)
        tag: str = await self._connection.execute(found.sql, *found.arguments(values))
        return int(tag.rpartition(" ")[2])

    async def execute_many(self, statement: str, values: Iterable[Values]) -> None:
        found = _statement(statement)
        rows = map(found.arguments, values)
        if not found.by_column:
            await self._connection.executemany(found.sql, rows)
        elif columns := list(zip(*rows, strict=True)):
            await self._connection.execute(found.sql, *columns)

    async def run_script(self, sql: str) -> None:
        await self._connection.execute(sql, timeout=_UPGRADE_SECONDS)


class PostgresDatabase:
    """A PostgreSQL database, reached through pools."""

    dialect: Dialect = "postgres"
    made = False

    def __init__(self, url: str) -> None:
        self._url = url
        self._connections: ConnectionPool | None = None
        self._lanes: dict[Lane, asyncpg.Pool] = {}
        self._pacing = Pacing()

    @property
    def place(self) -> str:
        parts = urlsplit(self._url)
        told = dict(parse_qsl(parts.query))
        host = parts.netloc.rpartition("@")[2] or told.get("host") or "the default server"
        name = unquote(parts.path[1:]) or told.get("dbname") or "the default database"
        return f"{name} on {host}"

    def footprint(self) -> Footprint:
        lent: dict[str, tuple[int, int]] = {lane: _lent(p) for lane, p in self._lanes.items()}
        if self._connections is not None:
            lent["short"] = _lent(self._connections)
        return Footprint(connections=lent)

    async def open(self, *, make: bool = False) -> None:
        del make  # whoever runs the server makes databases
        try:
            with _explained():
                pool = await self._create_pool(_POOL_SIZE, 1, _STATEMENT_SECONDS)
                self._connections = ConnectionPool(pool, _POOL_SIZE, _ACQUIRE_SECONDS)
                for lane, size in _LANES.items():
                    self._lanes[lane] = await self._create_pool(size, 0, _PART_SECONDS)
        except (ValueError, OverflowError):
            # What cannot be read is quoted by the error, and a password may be part of it.
            message = "ROLLBOOK_DATABASE_URL cannot be read as the URL of a PostgreSQL database"
            raise InvalidInput(message, field="ROLLBOOK_DATABASE_URL") from None

    async def exists(self) -> bool:
        return True

    async def examine(self, *, thorough: bool) -> Sequence[str]:
        del thorough  # the server has a command of its own for it: docs/operations.md#checking
        return []

    async def back_up(self, target: Path) -> None:
        raise InvalidInput(f"{target} is written by `pg_dump`, PostgreSQL's own command")

    async def restore(self, source: Path, accept: Accept) -> Path | None:
        del accept
        raise InvalidInput(f"{source} is read by `pg_restore`, PostgreSQL's own command")

    async def close(self) -> None:
        for connections in (self._connections, *self._lanes.values()):
            if connections is not None:
                with _explained():
                    await connections.close()
        self._connections = None
        self._lanes.clear()

    async def take_stock(self) -> None:
        # Autovacuum does it too, but only minutes later, and until then a page may take seconds.
        async with self.writing() as connection:
            await connection.run_script("ANALYZE session, participant, room")

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[_Reading]:
        with _explained():
            async with _opened(self._connections).connection() as connection:
                yield _Reading(connection)

    @asynccontextmanager
    async def snapshot(self, lane: Lane = "background") -> AsyncIterator[_Snapshot]:
        with _explained():
            async with (
                _opened(self._lanes.get(lane)).acquire(timeout=_LANE_SECONDS) as connection,
                connection.transaction(isolation="repeatable_read", readonly=True),
            ):
                yield _Snapshot(connection, self._pacing)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[_Writing]:
        with _explained():
            async with (
                _opened(self._connections).connection() as connection,
                connection.transaction(),
            ):
                yield _Writing(connection)

    @asynccontextmanager
    async def upgrading(self) -> AsyncIterator[PostgresUpgrade]:
        with _explained():
            # A connection of its own: what an upgrade sets and holds ends with it.
            connection = await asyncpg.connect(
                self._url, timeout=_CONNECT_SECONDS, command_timeout=_UPGRADE_SECONDS
            )
            try:
                await _prepare(connection)
                await have_the_turn(connection)
                yield PostgresUpgrade(connection, _Writing(connection))
            finally:
                await connection.close()

    async def _create_pool(self, size: int, first: int, seconds: float) -> asyncpg.Pool:
        return await asyncpg.create_pool(
            self._url,
            min_size=first,
            max_size=size,
            timeout=_CONNECT_SECONDS,
            command_timeout=seconds,
            init=_prepare,
            # Nothing here changes a connection's settings, so there is nothing to reset, and
            # each request is spared a round trip.
            reset=_leave_as_it_is,
            server_settings={"application_name": "rollbook"},
        )


async def _prepare(connection: asyncpg.Connection) -> None:
    major = connection.get_server_version().major
    if major < OLDEST_POSTGRES:
        message = f"PostgreSQL {OLDEST_POSTGRES} or newer is needed, this is {major}"
        raise StoreUnavailable(message)
    await _set_codecs(connection)


async def _set_codecs(connection: asyncpg.Connection) -> None:
    await connection.set_type_codec(
        "timestamptz",
        schema="pg_catalog",
        encoder=lambda instant: ((instant - _EPOCH_2000_MS) * 1000,),
        decoder=lambda parts: parts[0] // 1000 + _EPOCH_2000_MS,
        format="tuple",
    )
    # Months, days and microseconds; a statement's milliseconds have neither of the first two.
    await connection.set_type_codec(
        "interval",
        schema="pg_catalog",
        encoder=lambda milliseconds: (0, 0, milliseconds * 1000),
        decoder=lambda parts: parts[2] // 1000,
        format="tuple",
    )
    await connection.set_type_codec(
        "inet", schema="pg_catalog", encoder=str, decoder=_address, format="text"
    )


def _address(text: str) -> str:
    # PostgreSQL ends some IPv6 addresses in dots where the domain writes hexadecimal digits.
    return str(ip_address(text)) if ":" in text and "." in text else text


def _lent(pool: ConnectionPool | asyncpg.Pool) -> tuple[int, int]:
    """How many connections are lent now, and how many may be."""
    if isinstance(pool, ConnectionPool):
        return pool.lent, pool.size
    return pool.get_size() - pool.get_idle_size(), pool.get_max_size()


async def _leave_as_it_is(connection: asyncpg.Connection) -> None:
    del connection


def _opened(connections: T | None) -> T:
    if connections is None:
        message = "the database is not open"
        raise StoreUnavailable(message)
    return connections


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except _OUT_OF_REACH as error:
        if isinstance(error, ValueError):
            raise  # a value of ours that does not fit: a fault of the program, not of the server
        # The server's own words may quote the connection's URL or parameters: say only the kind.
        message = f"The database is unavailable ({type(error).__name__})"
        raise StoreUnavailable(message) from error


def _statement(name: str) -> Statement:
    return statements("postgres")[name]
