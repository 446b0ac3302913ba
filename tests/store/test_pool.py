"""Connections of PostgreSQL are lent in turn, used again while they are whole, and replaced."""

import asyncio
import time
from collections.abc import AsyncIterator

import asyncpg
import pytest

from rollbook.store.engine import pool as pool_module
from rollbook.store.engine.pool import ConnectionPool

SIZE = 2
PATIENCE = 5.0


@pytest.fixture
async def pool(postgres_ledger: str) -> AsyncIterator[asyncpg.Pool]:
    pool = await asyncpg.create_pool(postgres_ledger, min_size=0, max_size=SIZE)
    yield pool
    pool.terminate()


@pytest.fixture
async def connections(pool: asyncpg.Pool) -> ConnectionPool:
    return ConnectionPool(pool, SIZE, PATIENCE)


async def backend(connections: ConnectionPool) -> int:
    """The server's process behind the connection that is lent next."""
    async with connections.connection() as connection:
        pid: int = await connection.fetchval("SELECT pg_backend_pid()")
        return pid


async def test_a_connection_that_comes_back_whole_is_lent_again(
    connections: ConnectionPool,
) -> None:
    assert await backend(connections) == await backend(connections)


async def test_many_borrowers_share_few_connections(
    connections: ConnectionPool, pool: asyncpg.Pool
) -> None:
    found = await asyncio.gather(*[backend(connections) for _ in range(50)])
    assert len(set(found)) <= SIZE
    assert pool.get_size() <= SIZE


async def test_no_connection_is_lent_to_two_at_a_time(connections: ConnectionPool) -> None:
    lent: set[int] = set()

    async def borrow() -> None:
        async with connections.connection() as connection:
            pid = await connection.fetchval("SELECT pg_backend_pid()")
            assert pid not in lent
            lent.add(pid)
            await connection.fetchval("SELECT pg_sleep(0.001)")
            lent.remove(pid)

    await asyncio.gather(*[borrow() for _ in range(40)])


async def test_who_waits_too_long_is_told(pool: asyncpg.Pool) -> None:
    connections = ConnectionPool(pool, SIZE, patience=0.05)
    async with connections.connection(), connections.connection():
        with pytest.raises(TimeoutError):
            await backend(connections)
    assert await backend(connections)


async def test_each_of_many_who_wait_too_long_is_told_in_time(pool: asyncpg.Pool) -> None:
    connections = ConnectionPool(pool, SIZE, patience=0.2)
    clock = asyncio.get_running_loop().time

    async def waited() -> float:
        began = clock()
        with pytest.raises(TimeoutError):
            await backend(connections)
        return clock() - began

    async with connections.connection(), connections.connection():
        first = asyncio.create_task(waited())
        await asyncio.sleep(0.1)
        others = [asyncio.create_task(waited()) for _ in range(3)]
        seconds = [await first, *[await other for other in others]]
    assert all(0.15 < one < 1 for one in seconds)
    assert await backend(connections)


async def test_who_leaves_as_its_turn_comes_costs_no_place(connections: ConnectionPool) -> None:
    async with connections.connection():
        async with connections.connection():
            leaving = asyncio.create_task(backend(connections))
            following = asyncio.create_task(backend(connections))
            await asyncio.sleep(0)
        leaving.cancel()  # its turn was passed to it just now, and it has not heard of it
        assert await following
    assert leaving.cancelled()
    assert len({await backend(connections) for _ in range(3)}) == 1
    async with connections.connection(), connections.connection():
        assert connections.lent == SIZE


async def test_who_leaves_as_its_patience_ends_makes_no_place(pool: asyncpg.Pool) -> None:
    connections = ConnectionPool(pool, SIZE - 1, patience=0.05)
    async with connections.connection():
        leaving = asyncio.create_task(backend(connections))
        await asyncio.sleep(0)
        asyncio.get_running_loop().call_later(0.05, leaving.cancel)
        time.sleep(0.1)  # noqa: ASYNC251 - so that both are due in the same turn of the loop
        await asyncio.wait({leaving})
        assert leaving.cancelled()
        with pytest.raises(TimeoutError):
            await backend(connections)


async def test_it_is_known_how_many_are_lent(connections: ConnectionPool) -> None:
    async with connections.connection():
        assert connections.lent == 1
        await backend(connections)
        assert connections.lent == 1
    with pytest.raises(asyncpg.UndefinedTableError):
        async with connections.connection() as connection:
            await connection.fetch("SELECT * FROM nowhere")
    assert connections.lent == 0


async def test_a_statement_that_fails_costs_no_place(connections: ConnectionPool) -> None:
    for _ in range(3 * SIZE):
        with pytest.raises(asyncpg.UndefinedTableError):
            async with connections.connection() as connection:
                await connection.fetch("SELECT * FROM nowhere")
    assert await backend(connections)


async def test_who_is_interrupted_in_a_statement_leaves_nothing_behind(
    connections: ConnectionPool,
) -> None:
    async def slow() -> None:
        async with connections.connection() as connection:
            await connection.fetchval("SELECT pg_sleep(30)")

    sleepers = [asyncio.create_task(slow()) for _ in range(2 * SIZE)]
    await asyncio.sleep(0.1)
    for sleeper in sleepers:
        sleeper.cancel()
    await asyncio.wait(sleepers)
    async with connections.connection() as one, connections.connection() as other:
        for connection in (one, other):
            assert await connection.fetchval("SELECT 1") == 1
            assert not connection.is_in_transaction()


async def test_a_connection_that_the_server_ended_is_replaced(connections: ConnectionPool) -> None:
    async with connections.connection() as one, connections.connection() as other:
        pid = await one.fetchval("SELECT pg_backend_pid()")
        await other.execute(f"SELECT pg_terminate_backend({pid}, 1000)")
    async with connections.connection() as one, connections.connection() as other:
        assert await one.fetchval("SELECT 1") == await other.fetchval("SELECT 1") == 1


async def test_a_connection_that_nobody_used_for_long_is_replaced(
    connections: ConnectionPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await backend(connections)
    monkeypatch.setattr(pool_module, "_LONGEST_IDLE", 0.0)
    assert await backend(connections) != before


async def test_closing_waits_for_what_is_lent(
    connections: ConnectionPool, pool: asyncpg.Pool
) -> None:
    await backend(connections)
    async with connections.connection() as connection:
        closing = asyncio.create_task(connections.close())
        await asyncio.sleep(0.05)
        assert not closing.done()
        assert await connection.fetchval("SELECT 1") == 1
    # What came back while all was being closed is given back too.
    await asyncio.wait_for(closing, PATIENCE)
    assert pool.get_size() == 0
