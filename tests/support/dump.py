"""What a dump of a database holds."""

import asyncio

from rollbook.store.engine.opening import database_for


def everything_of(url: str) -> list[object]:
    """Every value of every row of every table: what a dump holds."""

    async def read() -> list[object]:
        found: list[object] = []
        database = database_for(url)
        await database.open()
        try:
            async with database.bulk() as bulk:
                for table in await bulk.tables():
                    async for rows in bulk.rows(table):
                        found += [value for row in rows for value in row]
        finally:
            await database.close()
        return found

    return asyncio.run(read())
