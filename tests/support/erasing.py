"""What is left of somebody: all that a database holds of an organization, and erasing to the end."""

from collections.abc import Mapping, Sequence

from rollbook.service.ingest.ports import StoredEvent
from rollbook.service.upkeep.erasing import Erasing, look_on
from rollbook.store.engine.database import Row
from rollbook.store.events import to_event
from rollbook.stores import Stores


async def looked_through(work: Erasing, org_id: str) -> None:
    while await look_on(work, org_id):
        pass


async def everything_in(stores: Stores, org_id: str) -> Mapping[str, Sequence[Row]]:
    """Every row of every table, payloads as people read them."""
    found: dict[str, list[Row]] = {}
    async with stores.database.bulk() as bulk:
        for table in await bulk.tables():
            rows = [row async for rows in bulk.rows(table) for row in rows]
            if "org_id" in table.columns:
                place = table.columns.index("org_id")
                rows = [row for row in rows if row[place] == org_id]
            found[table.name] = rows
    found["events read"] = list(await events_in(stores, org_id))
    return found


async def events_in(stores: Stores, org_id: str) -> list[StoredEvent]:
    """Every event of an organization."""
    async with stores.database.snapshot() as connection:
        stream = connection.stream("all_events", {"org_id": org_id})
        return [to_event(row) async for rows in stream for row in rows]
