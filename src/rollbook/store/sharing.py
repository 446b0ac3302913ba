"""Links by which pages can be read without signing in, in a database."""

import json
from collections.abc import Sequence

from rollbook.domain.audit import key_named
from rollbook.domain.rights import Right, UserRole, rights_of_user
from rollbook.domain.sharing import SharedLink, SharedPage, SharedView
from rollbook.domain.users import user_named
from rollbook.store.engine.database import Database, Row, Values
from rollbook.store.organization_rows import to_key
from rollbook.store.organization_writes import OrganizationWrites

_OF_LINK = 7
"""Columns of a link, before those of the key and the user who made it."""


class DatabaseSharedLinks:
    """Reads shared links (share_ports.SharedLinks)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def links(self, org_id: str, now: int) -> Sequence[SharedLink]:
        rows = await self._read("shared_links", {"org_id": org_id, "now": now})
        return [_to_link(row, now) for row in rows]

    async def link(self, org_id: str, token_hash: str, now: int) -> SharedLink | None:
        values = {"org_id": org_id, "token_hash": token_hash, "now": now}
        rows = await self._read("shared_link", values)
        return _to_link(rows[0], now) if rows else None

    async def opened(self, org_id: str, token_hash: str, day: int) -> None:
        values = {"org_id": org_id, "token_hash": token_hash, "opened_at": day}
        await self._write("note_link_opened", values)

    async def forget_shared(self, org_id: str, now: int) -> int:
        # Hardly ever is there one, and who only looks holds nobody up.
        values = {"org_id": org_id, "now": now}
        if not await self._read("shared_link_to_end", values):
            return 0
        return await self._write("end_shared_links_of_before", values)

    async def _read(self, statement: str, values: Values) -> list[Row]:
        async with self._database.reading() as connection:
            return list(await connection.fetch(statement, values))

    async def _write(self, statement: str, values: Values) -> int:
        async with self._database.writing() as connection:
            return await connection.execute(statement, values)


class DatabaseShareChange(OrganizationWrites):
    """Writes the shared links of one organization in a transaction (share_ports.ShareChange)."""

    async def count_shared(self, now: int) -> int:
        rows = await self._connection.fetch("count_shared_links", self._values(now=now))
        return int(rows[0][0])

    async def add_shared(
        self,
        token_hash: str,
        view: SharedView,
        by: tuple[str | None, str | None],
        at: int,
        until: int,
    ) -> None:
        others = {name: value for name, value in view.query.items() if name != "uid"}
        await self._write(
            "add_shared_link",
            token_hash=token_hash,
            page=view.page.value,
            participant_id=view.uid,
            query=json.dumps(others),
            user_id=by[0],
            key_hash=by[1],
            shared_at=at,
            until_at=until,
        )

    async def end_shared(self, token_hash: str) -> bool:
        return await self._write("end_shared_link", token_hash=token_hash) > 0


def _to_link(row: Row, now: int) -> SharedLink:
    token_hash, page, uid, query, shared_at, until, opened_at = row[:_OF_LINK]
    asked = json.loads(query) | ({} if uid is None else {"uid": uid})
    of_key, (user_id, role, disabled_at) = row[_OF_LINK:-3], row[-3:]
    rights: frozenset[Right] = frozenset()
    by = "somebody who is gone"
    if user_id is not None:
        by, rights = user_named(user_id), rights_of_user(UserRole(role), disabled_at)
    elif of_key[0] is not None:
        key = to_key(of_key)
        by, rights = key_named(key.key_id), key.rights(now)
    view = SharedView(SharedPage(page), asked)
    return SharedLink(token_hash, view, by, shared_at, until, rights, opened_at)
