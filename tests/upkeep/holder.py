"""A process that keeps a ledger up: `python holder.py NAME DATABASE_URL LEASE_MS`.

It says its name for every round that it does, until it is killed.
"""

import asyncio
import sys
from contextlib import suppress

from support.settings import settings_of

from rollbook.domain.errors import StoreUnavailable
from rollbook.service.upkeep.lease import Lease
from rollbook.stores import clock, stores_for


async def main(name: str, database_url: str, lasts_ms: int) -> None:
    stores = stores_for(settings_of(database_url))
    lease, opened = Lease(stores.upkeep, "upkeep", name, lasts_ms, clock), False
    while True:
        # As a service does, it tries again where the database is busy with something else.
        with suppress(StoreUnavailable):
            if not opened:
                await stores.database.open()
                opened = True
            if await lease.held():
                sys.stdout.write(f"{name} {clock()}\n")
                sys.stdout.flush()
        await asyncio.sleep(0.05)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
