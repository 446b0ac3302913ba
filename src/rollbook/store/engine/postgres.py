"""The PostgreSQL driver: asyncpg, with native types turned into the domain's on the way."""

from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Callable,
    Coroutine,
    Iterable,
    Mapping,
    Sequence,
)
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

import asyncpg

from rollbook.domain.errors import InvalidInput, StoreUnavailable
from rollbook.store.engine.database import (
    Accept,
    Distribution,
    Footprint,
    Lane,
    Row,
    Values,
)
from rollbook.store.engine.due import DueRows, Insert
from rollbook.store.engine.pacing import Pacing
from rollbook.store.engine.pool import ConnectionPool, Lent
from rollbook.store.engine.postgres_bulk import PostgresBulk
from rollbook.store.engine.postgres_citus import distribute, is_distributed, plan, take_stock
from rollbook.store.engine.postgres_connecting import (
    CONNECT_SECONDS,
    FOLLOWS,
    TAKES_WRITES,
    Hosts,
    prepare,
    prepare_to_read,
    prepare_to_write,
)
from rollbook.store.engine.postgres_errors import FAILURES, explained, raise_explained
from rollbook.store.engine.postgres_transaction import in_transaction
from rollbook.store.engine.postgres_upgrade import PostgresUpgrade, have_the_turn
from rollbook.store.engine.statements import Dialect, Statement, statement

_POOL_SIZE = 10
_LANES: Mapping[Lane, int] = {"pages": 6, "exports": 4, "background": 2}
"""Long reads have connections of their own, so that they never take the last one."""

_ACQUIRE_SECONDS = 5.0

_LANE_SECONDS = 30.0
"""How long a long read waits for a connection of its lane, which others may be reading with."""

_STATEMENT_SECONDS = 10.0
"""How long a single statement may take. A server that hangs shows in time for an answer that no
platform has given up waiting for: LiveKit drops what was not answered within 30 seconds."""

_PART_SECONDS = 30.0
"""How long one part of a long read may take."""

_ROWS_AT_ONCE = 100
"""Rows that a long read takes from the server at once: they are read into Python's objects without a
break, some microseconds each, and whoever is to be answered waits for that."""

_UPGRADE_SECONDS = 86_400.0
"""How long a migration may take: an index on a large table is not made in seconds."""

SERVICE_NAME = "rollbook"
"""How the connections of services and commands name themselves to the server."""

_HOLDERS = """SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND application_name = $1"""

T = TypeVar("T")

_Preparing = Callable[[asyncpg.Connection], Coroutine[Any, Any, None]]


class _Reading:
    __slots__ = ("_connection",)

    def __init__(self, connection: Any) -> None:  # a pool's proxy of asyncpg.Connection
        self._connection = connection

    async def fetch(self, statement: str, values: Values) -> Sequence[Row]:
        found = _statement(statement)
        rows: Sequence[Row] = await self._connection.fetch(found.sql, *found.arguments(values))
        return rows


class _ShortReading:
    """The context of single statements: a class for the reason that is told of Lent."""

    __slots__ = ("_lent",)

    def __init__(self, lent: Lent) -> None:
        self._lent = lent

    async def __aenter__(self) -> _Reading:
        try:
            return _Reading(await self._lent.__aenter__())
        except FAILURES as error:
            raise_explained(error)
            raise

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            await self._lent.__aexit__(kind, error, traceback)
        except FAILURES as failed:
            raise_explained(failed)
            raise
        if isinstance(error, FAILURES):
            raise_explained(error)


class _Snapshot(_Reading):
    def __init__(self, connection: Any, pacing: Pacing) -> None:
        super().__init__(connection)
        self._pacing = pacing

    async def fetch(self, statement: str, values: Values) -> Sequence[Row]:
        found, rows = _statement(statement), list[Row]()
        cursor = await self._connection.cursor(found.sql, *found.arguments(values))
        more = True
        while more:
            some = await cursor.fetch(_ROWS_AT_ONCE)
            rows += some
            more = len(some) == _ROWS_AT_ONCE
        return rows

    async def stream(self, statement: str, values: Values) -> AsyncGenerator[Sequence[Row], None]:
        found = _statement(statement)
        with explained():
            cursor = await self._connection.cursor(found.sql, *found.arguments(values))
            while rows := await cursor.fetch(_ROWS_AT_ONCE):
                async for some in self._pacing.in_turns(rows):
                    yield some


class _Writing(_Reading):
    def __init__(self, connection: Any) -> None:
        super().__init__(connection)
        self._due = DueRows()

    async def fetch(self, statement: str, values: Values) -> Sequence[Row]:
        await self._insert(self._due.before(_statement(statement)))
        return await super().fetch(statement, values)

    async def execute(self, statement: str, values: Values) -> int:
        found = _statement(statement)
        await self._insert(self._due.before(found))
        tag: str = await self._connection.execute(found.sql, *found.arguments(values))
        return int(tag.rpartition(" ")[2])

    async def execute_many(self, statement: str, values: Iterable[Values]) -> None:
        found = _statement(statement)
        rows = map(found.arguments, values)
        if found.many is None:
            await self._insert(self._due.before(found))
            await self._connection.executemany(found.sql, rows)
        else:
            await self._insert(self._due.add(found, rows))

    async def write_what_is_due(self) -> None:
        """Before the commit: nothing may be left over."""
        await self._insert(self._due.all())

    async def _insert(self, inserts: Iterable[Insert]) -> None:
        for one in inserts:
            if len(one.rows) == 1:
                # Citus sends it on as it is: rows out of columns pass its own table of them first.
                await self._connection.execute(one.statement.sql, *one.rows[0])
            else:
                columns = zip(*one.rows, strict=True)
                await self._connection.execute(one.statement.many, *columns)

    async def run_script(self, sql: str) -> None:
        await self._connection.execute(sql, timeout=_UPGRADE_SECONDS)


class PostgresDatabase:
    """A PostgreSQL database, reached through pools."""

    dialect: Dialect = "postgres"
    made = False

    def __init__(self, url: str, *, follows: bool = False) -> None:
        """With `follows`, of several hosts one is used that takes no writes itself."""
        self._url = url
        self._wanted = FOLLOWS if follows else TAKES_WRITES
        self._hosts: Hosts | None = None
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
            with explained():
                self._hosts = Hosts(self._url, self._wanted)
                pool = await self._create_pool(
                    (1, _POOL_SIZE), _STATEMENT_SECONDS, prepare_to_write
                )
                self._connections = ConnectionPool(pool, _POOL_SIZE, _ACQUIRE_SECONDS)
                for lane, most in _LANES.items():
                    self._lanes[lane] = await self._create_pool(
                        (0, most), _PART_SECONDS, prepare_to_read
                    )
        except (ValueError, OverflowError):
            # What cannot be read is quoted by the error, and a password may be part of it.
            message = "ROLLBOOK_DATABASE_URL cannot be read as the URL of a PostgreSQL database"
            raise InvalidInput(message, field="ROLLBOOK_DATABASE_URL") from None

    async def exists(self) -> bool:
        return True

    async def in_use(self) -> bool:
        async with self._one_connection() as connection:
            return bool(await connection.fetchval(_HOLDERS, SERVICE_NAME))

    async def examine(self, *, thorough: bool) -> Sequence[str]:
        del thorough  # the server has a command of its own for it: docs/operations.md#checking
        return []

    def open_to_others(self) -> Sequence[Path]:
        return []

    async def back_up(self, target: Path) -> None:
        raise InvalidInput(f"{target} is written by `pg_dump`, PostgreSQL's own command")

    async def restore(self, source: Path, accept: Accept) -> Path | None:
        del accept
        raise InvalidInput(f"{source} is read by `pg_restore`, PostgreSQL's own command")

    async def close(self) -> None:
        for connections in (self._connections, *self._lanes.values()):
            if connections is not None:
                with explained():
                    await connections.close()
        self._connections = None
        self._lanes.clear()

    async def distribute(self, *, only_look: bool = False) -> Distribution:
        async with self.bulk() as bulk, self._one_connection() as connection:
            tables = await bulk.tables()
            if only_look:
                return await plan(connection, tables)
            await have_the_turn(connection)
            return await distribute(connection, tables)

    async def is_distributed(self) -> bool:
        async with self._one_connection() as connection:
            return await is_distributed(connection)

    async def shed_log(self) -> bool:
        return True

    async def take_stock(self, org_id: str | None = None) -> None:
        with explained():
            async with _opened(self._connections).connection() as connection:
                await take_stock(connection, org_id, _UPGRADE_SECONDS)

    def reading(self) -> _ShortReading:
        return _ShortReading(_opened(self._connections).connection())

    @asynccontextmanager
    async def snapshot(self, lane: Lane = "background") -> AsyncIterator[_Snapshot]:
        with explained():
            async with (
                _opened(self._lanes.get(lane)).acquire(timeout=_LANE_SECONDS) as connection,
                connection.transaction(isolation="repeatable_read", readonly=True),
            ):
                yield _Snapshot(connection, self._pacing)

    @asynccontextmanager
    async def writing(self, lock_seconds: float | None = None) -> AsyncIterator[_Writing]:
        with explained():
            try:
                async with (
                    _opened(self._connections).connection() as connection,
                    in_transaction(connection),
                ):
                    if lock_seconds is not None:
                        waits = f"SET LOCAL lock_timeout = {int(lock_seconds * 1000)}"
                        await connection.execute(waits)
                    writing = _Writing(connection)
                    yield writing
                    await writing.write_what_is_due()
            except asyncpg.ReadOnlySQLTransactionError:
                # Another server has taken over, and all connections are to the one of before.
                await _opened(self._connections).renew()
                for pool in self._lanes.values():
                    await pool.expire_connections()
                raise

    @asynccontextmanager
    async def upgrading(self) -> AsyncIterator[PostgresUpgrade]:
        # A connection of its own: what an upgrade sets and holds ends with it.
        async with self._one_connection() as connection:
            await prepare(connection)
            await have_the_turn(connection)
            yield PostgresUpgrade(connection, _Writing(connection))

    @asynccontextmanager
    async def bulk(self) -> AsyncIterator[PostgresBulk]:
        async with self._one_connection() as connection:
            bulk = PostgresBulk(connection)
            await bulk.prepare()
            yield bulk

    @asynccontextmanager
    async def _one_connection(self) -> AsyncIterator[asyncpg.Connection]:
        """A connection of no pool, for work that may take its time."""
        with explained():
            connection = await Hosts(self._url).connect(command_timeout=_UPGRADE_SECONDS)
            try:
                yield connection
            finally:
                await connection.close()

    async def _create_pool(
        self, sizes: tuple[int, int], seconds: float, init: _Preparing
    ) -> asyncpg.Pool:
        """`sizes`: how many connections at first, and at most."""
        connect: Any = _opened(self._hosts).connect  # typed as a function of every option
        return await asyncpg.create_pool(
            self._url,
            connect=connect,
            min_size=sizes[0],
            max_size=sizes[1],
            timeout=CONNECT_SECONDS,
            command_timeout=seconds,
            init=init,
            # Nothing here changes a connection's settings, so there is nothing to reset, and
            # each request is spared a round trip.
            reset=_leave_as_it_is,
            server_settings={"application_name": SERVICE_NAME},
        )


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


def _statement(name: str) -> Statement:
    return statement(name, "postgres")
