"""What is left of somebody: all that a database holds of an organization, and erasing to the end."""

from collections.abc import Mapping, Sequence

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
            if table.name == "event":
                found["events"] = [to_event(_columns(table.columns, row)) for row in rows]
    return found


_EVENT = (
    "source_id", "event_id", "event_type", "occurred_at", "received_at", "body_hash",
    "room_id", "session_id", "facts", "payload", "said", "written",
)  # fmt: skip


def _columns(columns: Sequence[str], row: Row) -> Row:
    return [row[columns.index(name)] for name in _EVENT]
