"""The database goes away in the middle of a load: 503 meanwhile, and nothing acknowledged is lost."""

import asyncio
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from ingest.account import NO_UPKEEP, Account, opened_account
from ingest.load import CLIENTS, Load, deliver
from ingest.webhooks import body, signed, term
from server.databases import OwnPostgres, own_postgres_server
from server.process import run, serving

from rollbook.domain.sessions import Rules, fold

STAYS = 150
SLOW_SECONDS = 15
"""LiveKit drops what had to wait for 30 seconds, so an answer must come well before."""

PLATFORMS_WAIT_SECONDS = 30

OWN_EVENT = {"id": "e1", "type": "room.started", "time": "2024-01-15T12:00:00Z", "roomId": "art"}
CONTEXT = {"uid": "ann", "roomId": "art", "ipAddress": "192.0.2.1"}


@pytest.fixture(scope="module")
def postgres() -> Iterator[OwnPostgres]:
    with own_postgres_server() as server:
        run(server.url, "db", "upgrade")
        yield server


def _stop_immediately(postgres: OwnPostgres) -> None:
    """As a crash does: connections are cut, nothing is finished, the next start recovers."""
    server = postgres._server
    stop = server.bin_path / "pg_ctl", "-w", "-D", server.pgdata, "-m", "immediate", "stop"
    subprocess.run(stop, user=server.system_user, check=True, stdout=subprocess.DEVNULL)


def test_a_crash_of_postgres_in_the_middle_of_a_load_loses_nothing(
    postgres: OwnPostgres, tmp_path: Path
) -> None:
    with serving(postgres.url, tmp_path, settings=NO_UPKEEP) as service:
        account = opened_account(service.url, postgres.url)
        account.tell(OWN_EVENT)
        events = term(seed=6, stays=STAYS)
        load = Load()

        async def crash_in_the_middle() -> None:
            delivering = asyncio.create_task(
                deliver([account.webhook], events, load, persistent=True)
            )
            for acknowledged in (40, 120):
                while len(load.acknowledged) < acknowledged:
                    assert not delivering.done()
                    await asyncio.sleep(0.001)
                await asyncio.to_thread(_stop_immediately, postgres)
                await asyncio.to_thread(_everything_is_refused, account)
                await asyncio.to_thread(postgres.start)
            await delivering

        asyncio.run(crash_in_the_middle())
        assert set(load.statuses) == {200, 503}
        assert load.retry_after == {"5"}
        assert load.slowest < SLOW_SECONDS
        everything = {event.event_id for event in events}
        assert load.acknowledged == everything
        assert account.event_ids() == everything | {"e1"}
        facts = [fact for event in events for fact in event.facts]
        assert account.sessions() == fold(account.source_id, facts, Rules(once=True))
        account.tell(OWN_EVENT)
        account.know(**CONTEXT)


def test_a_postgres_that_hangs_is_answered_503_before_a_platform_gives_up(
    postgres: OwnPostgres, tmp_path: Path
) -> None:
    with serving(postgres.url, tmp_path, settings=NO_UPKEEP) as service:
        account = opened_account(service.url, postgres.url)
        told, late = term(seed=9, stays=2)[:2]
        account.delivered(told)
        with postgres.hanging():
            begun = time.monotonic()
            content = body(late)
            answer = httpx.post(
                account.webhook, content=content, headers=signed(content), timeout=60
            )
            assert answer.status_code == 503
            assert time.monotonic() - begun < PLATFORMS_WAIT_SECONDS
        account.delivered(late)
        assert account.event_ids() == {told.event_id, late.event_id}


def _everything_is_refused(account: Account) -> None:
    """While the database is away, whoever tells something is asked to come again."""
    event = term(seed=7, stays=1)[0]
    answers = [
        account.deliver(event),
        account.post("/v1/events", {"events": [{**OWN_EVENT, "id": "e2"}]}),
        account.post("/v1/participant/context", CONTEXT),
    ]
    for answer in answers:
        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == "5"
        assert answer.json()["error"] == "SERVICE_UNAVAILABLE"


def test_a_locked_sqlite_file_is_answered_503_in_time_and_nothing_is_lost(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    with serving(url, tmp_path, settings=NO_UPKEEP) as service:
        account = opened_account(service.url, url)
        events = term(seed=8, stays=20)
        load = Load()

        async def lock_in_the_middle() -> None:
            with closing(sqlite3.connect(urlsplit(url).path[1:])) as other:
                other.execute("BEGIN IMMEDIATE")
                delivering = asyncio.create_task(
                    deliver([account.webhook], events, load, persistent=True)
                )
                while load.statuses[503] < CLIENTS:  # noqa: ASYNC110 - the clients count
                    await asyncio.sleep(0.05)
                assert load.statuses[200] == 0
                other.execute("ROLLBACK")
                await delivering

        asyncio.run(lock_in_the_middle())
        assert set(load.statuses) == {200, 503}
        assert load.retry_after == {"5"}
        assert load.slowest < SLOW_SECONDS
        assert account.event_ids() == {event.event_id for event in events}
        facts = [fact for event in events for fact in event.facts]
        assert account.sessions() == fold(account.source_id, facts, Rules(once=True))
