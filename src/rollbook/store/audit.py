"""Who changed what, in a database: entries are added, and forgotten after a time, and never changed."""

from collections.abc import Callable, Sequence

from rollbook.domain.audit import Action, Doer, Entry, Kept
from rollbook.domain.ids import random_text
from rollbook.store.engine.database import Database, Row, Writing

Tell = Callable[[Entry], None]
"""Called with every entry once it is committed."""


class DatabaseAudit:
    """What was done, of organizations and of the whole service (ports.Audit)."""

    def __init__(self, database: Database, tell: Tell) -> None:
        self._database = database
        self._tell = tell

    async def add(self, entry: Entry) -> None:
        async with self._database.writing() as connection:
            await write_entry(connection, entry)
        self._tell(entry)

    async def latest(
        self, org_id: str, before: tuple[int, str] | None, most: int
    ) -> Sequence[Kept]:
        values: dict[str, object] = {"org_id": org_id, "most": most}
        statement = "latest_entries"
        if before is not None:
            statement, values = (
                "entries_before",
                values | {"done_at": before[0], "entry_id": before[1]},
            )
        return await self._entries(statement, values)

    async def since(self, org_id: str, after: tuple[int, str], most: int) -> Sequence[Kept]:
        values = {"org_id": org_id, "done_at": after[0], "entry_id": after[1], "most": most}
        return await self._entries("entries_since", values)

    async def forget(self, org_id: str, before: int, most: int) -> int:
        values = {"org_id": org_id, "before": before, "most": most}
        async with self._database.reading() as connection:
            # Hardly ever is there one, and who only looks holds nobody up.
            if not await connection.fetch("entry_to_forget", values):
                return 0
        async with self._database.writing() as connection:
            return await connection.execute("forget_entries", values)

    async def _entries(self, statement: str, values: dict[str, object]) -> Sequence[Kept]:
        async with self._database.reading() as connection:
            return [_to_kept(row) for row in await connection.fetch(statement, values)]


async def write_entry(connection: Writing, entry: Entry) -> None:
    """Add an entry in the transaction of what it tells of."""
    await connection.execute(
        "add_entry",
        {
            "org_id": entry.org_id,
            "done_at": entry.at,
            "entry_id": random_text(16),
            "action": entry.action.value,
            "who": entry.doer.who,
            "whence": entry.doer.whence,
            "request_id": entry.doer.request_id,
            "what": entry.what,
        },
    )


def _to_kept(row: Row) -> Kept:
    org_id, at, entry_id, action, who, whence, request_id, what = row
    return Kept(entry_id, Entry(org_id, at, Action(action), Doer(who, whence, request_id), what))
