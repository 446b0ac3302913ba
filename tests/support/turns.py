"""Writers that wait for each other: seen by asking PostgreSQL, so that no test has to guess."""

import asyncio

from ingest.book import plain_rows

from rollbook.stores import Stores

_WAITING = """
    SELECT pid FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


async def until_waiting(stores: Stores, *tasks: "asyncio.Task[None]") -> None:
    """Return when so many wait for a lock as there are tasks, or when one of them has ended."""
    async with asyncio.timeout(30):
        while not any(task.done() for task in tasks):
            if len(await plain_rows(stores, _WAITING)) >= len(tasks):
                return
            await asyncio.sleep(0.01)
