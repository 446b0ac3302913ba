"""What reads for long leaves the processors to who answers."""

import os
import sys
import threading

import asyncpg
import pytest

from rollbook.store.engine.postgres_connecting import prepare_to_read
from rollbook.stores import Stores


@pytest.mark.skipif(sys.platform != "linux", reason="no other system tells threads apart")
@pytest.mark.parametrize("engine", ["sqlite"])
async def test_long_reads_of_sqlite_step_back_and_nobody_else_does(stores: Stores) -> None:
    before = set(threading.enumerate())
    usual = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    async with stores.database.snapshot("pages"):
        (reader,) = [one for one in threading.enumerate() if one not in before]
        assert reader.native_id is not None
        assert os.getpriority(os.PRIO_PROCESS, reader.native_id) == min(19, usual + 10)
        assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == usual


async def test_long_reads_of_postgres_take_no_helpers(postgres_ledger: str) -> None:
    connection = await asyncpg.connect(postgres_ledger)
    try:
        await prepare_to_read(connection)
        assert await connection.fetchval("SHOW max_parallel_workers_per_gather") == "0"
    finally:
        await connection.close()
