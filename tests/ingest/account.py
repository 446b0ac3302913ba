"""An organization of a running service, as its backend, its platform and its operator see it."""

import asyncio
import json
import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import httpx
from click.testing import CliRunner, Result
from ingest.streams import Told
from ingest.webhooks import KEY, SECRET, body, signed
from server.process import SESSIONS
from server.tenants import Tenant, new_tenant
from support.settings import SECRET_KEY, settings_of

from rollbook.cli import main
from rollbook.domain.presences import Presence, session_id_for
from rollbook.stores import opened_stores

NO_UPKEEP = {"ROLLBOOK_UPKEEP_SECONDS": "0"}
"""For services of tests about days long gone, whose sessions upkeep would close as too long."""

FOLLOWS_SECONDS = 5

_PORTABLE = "session", "event", "room_end", "participant", "room", "context"


@dataclass(frozen=True)
class Account:
    """An organization, and the service that it is served by."""

    base_url: str
    tenant: Tenant
    source_id: str = ""

    @property
    def org_id(self) -> str:
        return self.tenant.org_id

    @property
    def webhook(self) -> str:
        return f"{self.base_url}/v1/webhooks/livekit/{self.source_id}"

    def client(self) -> httpx.Client:
        return httpx.Client(
            base_url=self.base_url, headers={"VF-ORG-ID": self.tenant.key}, timeout=60
        )

    def post(self, path: str, said: Any, **headers: str) -> httpx.Response:
        with self.client() as client:
            return client.post(path, json=said, headers=headers)

    def tell(self, *events: dict[str, Any]) -> list[dict[str, Any]]:
        """Post events of our own form; answers their results."""
        answer = self.post("/v1/events", {"events": list(events)})
        assert answer.status_code == 200, answer.text
        results: list[dict[str, Any]] = answer.json()["data"]["results"]
        return results

    def know(self, **said: str) -> None:
        """Tell the context of somebody who is let in."""
        answer = self.post("/v1/participant/context", said)
        assert (answer.status_code, answer.json()) == (200, {"success": True})

    def deliver(self, event: Told) -> httpx.Response:
        """Post a webhook as LiveKit does."""
        content = body(event)
        return httpx.post(self.webhook, content=content, headers=signed(content))

    def delivered(self, *events: Told) -> None:
        for event in events:
            answer = self.deliver(event)
            assert answer.status_code == 200, answer.text

    def report(self, uid: str) -> dict[str, Any]:
        """All that the contract tells of a person who was here in January 2024."""
        asked = {"uid": uid, "startDate": "2024-01-01", "endDate": "2024-01-31"}
        answer = self.post(SESSIONS, asked)
        assert answer.status_code == 200, answer.text
        data: dict[str, Any] = answer.json()["data"]
        return data

    def report_status(self, uid: str) -> int:
        """How the contract's question is answered now."""
        return self.post(SESSIONS, {"uid": uid}).status_code

    def visits(self, uid: str) -> list[dict[str, Any]]:
        """The sessions of a report, all rooms together."""
        return [
            session for group in self.report(uid)["roomGroups"] for session in group["sessions"]
        ]

    def explained(self, presence_id: str, source_id: str = "") -> dict[str, Any]:
        session_id = session_id_for(source_id or self.source_id, presence_id)
        with self.client() as client:
            answer = client.get(f"/v1/sessions/{session_id}/events")
        assert answer.status_code == 200, answer.text
        data: dict[str, Any] = answer.json()["data"]
        return data

    def health(self, source_id: str = "") -> dict[str, Any]:
        """What the service says of a source."""
        with self.client() as client:
            answer = client.get("/v1/sources")
        assert answer.status_code == 200, answer.text
        sources: list[dict[str, Any]] = answer.json()["data"]["sources"]
        wanted = source_id or self.source_id
        return next(source for source in sources if source["sourceId"] == wanted)

    def sessions(self) -> dict[str, Presence]:
        """The sessions as they are stored."""
        return asyncio.run(_sessions(self.tenant.database_url, self.org_id))

    def kept(self) -> dict[str, list[tuple[object, ...]]]:
        """Everything that the ledger holds of the organization, but for counters."""
        return {table: self.rows(table) for table in _PORTABLE}

    def event_ids(self) -> set[str]:
        return {str(row[0]) for row in self.rows("event", "event_id")}

    def rows(self, table: str, columns: str = "*") -> list[tuple[object, ...]]:
        sql = f"SELECT {columns} FROM {table} WHERE org_id = '{self.org_id}'"
        return sorted(plain_rows(self.tenant.database_url, sql), key=repr)


def opened_account(base_url: str, database_url: str) -> Account:
    """A new organization with a LiveKit source."""
    tenant = new_tenant(database_url)
    added = command(
        database_url,
        "source", "add", "livekit", "--org", tenant.key, "--api-key", KEY, "--api-secret", "-",
        "--json",
        typed=SECRET,
    )  # fmt: skip
    return Account(base_url, tenant, json.loads(added)["sourceId"])


def command(database_url: str, *arguments: str, typed: str = "") -> str:
    """What a command prints, once it has ended well. Run in this process, which is quicker."""
    result = outcome(database_url, *arguments, typed=typed)
    assert result.exit_code == 0, result.output
    return result.stdout


def outcome(database_url: str, *arguments: str, typed: str = "") -> Result:
    # With these settings and no others, such as are for tests alone.
    others = {name: None for name in os.environ if name.startswith("ROLLBOOK_")}
    settings = {**others, "ROLLBOOK_DATABASE_URL": database_url, "ROLLBOOK_SECRET_KEY": SECRET_KEY}
    return CliRunner().invoke(main, arguments, input=typed, env=settings)


def plain_rows(database_url: str, sql: str) -> list[tuple[object, ...]]:
    if database_url.startswith("sqlite:"):
        with closing(sqlite3.connect(urlsplit(database_url).path[1:])) as connection:
            return list(connection.execute(sql))
    return asyncio.run(_postgres_rows(database_url, sql))


async def _postgres_rows(database_url: str, sql: str) -> list[tuple[object, ...]]:
    connection = await asyncpg.connect(database_url)
    try:
        return [tuple(row) for row in await connection.fetch(sql)]
    finally:
        await connection.close()


async def _sessions(database_url: str, org_id: str) -> dict[str, Presence]:
    sql = f"SELECT session_id FROM session WHERE org_id = '{org_id}'"
    ids = [str(row[0]) for row in await asyncio.to_thread(plain_rows, database_url, sql)]
    settings = settings_of(database_url)
    async with opened_stores(settings) as stores, stores.ledger.transaction(org_id) as held:
        return {one.session_id: one for one in await held.presences(ids)}


def within_seconds(is_so: Callable[[], bool]) -> bool:
    """Whether something becomes so before long."""
    until = time.monotonic() + FOLLOWS_SECONDS
    while time.monotonic() < until:
        if is_so():
            return True
        time.sleep(0.1)
    return False


def in_turn(events: Iterable[Told], parts: int) -> list[Sequence[Told]]:
    """Events dealt out like cards."""
    dealt = list(events)
    return [dealt[start::parts] for start in range(parts)]
