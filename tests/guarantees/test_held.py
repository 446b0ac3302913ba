"""A process or a lock that stands still stops nobody else.

Rows are locked by whoever writes; these tests hold them for long, as a paused machine, a dead link
or somebody with an open transaction does.
"""

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import httpx
import pytest
from guarantees.proof import Proof
from ingest.account import NO_UPKEEP, Account, opened_account, plain_rows
from ingest.conftest import new_database
from ingest.load import Load, deliver
from ingest.streams import Told
from ingest.webhooks import body, signed, term
from server.link import Link, link_to
from server.process import Service, serving

STILL_SECONDS = 15
"""After which the server ends a transaction that does nothing."""

_STANDING_STILL = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND state = 'idle in transaction' AND application_name = 'rollbook'"
    # One that has not locked anything yet would hold up nobody.
    " AND backend_xid IS NOT NULL"
)


@pytest.fixture
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    return new_database("postgres", request, tmp_path_factory)


def _held_for(
    url: str, held: Account, others: Account, seconds: float
) -> tuple[Load, Load, set[str]]:
    """Deliver to both while a transaction of somebody else's holds one of them for so long."""

    async def hold_and_deliver() -> tuple[Load, Load, set[str]]:
        loads = Load(), Load()
        connection = await asyncpg.connect(url)
        async with asyncio.TaskGroup() as group:
            holding = connection.transaction()
            await holding.start()
            lock = "SELECT 1 FROM organization WHERE org_id = $1 FOR UPDATE"
            await connection.execute(lock.replace("$1", f"'{held.org_id}'"))
            for account, load, seed in zip((held, others), loads, (1, 2), strict=True):
                events = term(seed=seed, stays=60)
                group.create_task(deliver([account.webhook], events, load, persistent=True))
            await asyncio.sleep(seconds)
            meanwhile = set(loads[0].acknowledged)
            await holding.rollback()
        await connection.close()
        return *loads, meanwhile

    return asyncio.run(hold_and_deliver())


@pytest.mark.guarantee(
    "A lock on one organization stops the acknowledgements of no other",
    "somebody's open transaction holds the row of one organization",
)
def test_a_lock_on_one_organization(proof: Proof, url: str, tmp_path: Path) -> None:
    seconds = 30 if proof.whole else 3
    with serving(url, tmp_path, settings=NO_UPKEEP) as service:
        held, others = opened_account(service.url, url), opened_account(service.url, url)
        locked, free, meanwhile = _held_for(url, held, others, seconds)
        assert meanwhile == set()
        assert set(locked.statuses) == {200, 503}
        assert locked.retry_after == {"2"}
        assert set(free.statuses) == {200}
        for account, load, seed in ((held, locked, 1), (others, free, 2)):
            everything = {event.event_id for event in term(seed=seed, stays=60)}
            assert load.acknowledged == account.event_ids() == everything
    proof.found(f"held for {seconds} s")
    proof.at_most("slowest acknowledgement of the others", free.slowest, 3, "s")
    proof.at_most("slowest refusal of the held one", locked.slowest, 3, "s")


@dataclass
class _Frozen:
    """A service that stands still within a transaction, and what it had acknowledged before."""

    account: Account
    acknowledged: set[str]


@contextmanager
def _paused(service: Service, url: str, account: Account) -> Iterator[_Frozen]:
    """A service of which all processes are stopped in the middle of a transaction."""
    load = Load()

    async def deliver_until_paused() -> None:
        events = term(seed=3, stays=3000)
        delivering = asyncio.create_task(deliver([account.webhook], events, load))
        await asyncio.sleep(0.2)
        while not await asyncio.to_thread(_stands_still, service, url):
            assert not delivering.done(), "the load was over before the pause"
        delivering.cancel()
        await asyncio.wait({delivering})

    asyncio.run(deliver_until_paused())
    try:
        yield _Frozen(account, set(load.acknowledged))
    finally:
        os.killpg(service.process.pid, signal.SIGCONT)


def _stands_still(service: Service, url: str) -> bool:
    """Stop it for good, if that is within a transaction."""
    os.killpg(service.process.pid, signal.SIGSTOP)
    time.sleep(0.05)
    for _ in range(2):
        if plain_rows(url, _STANDING_STILL) != [(1,)]:
            os.killpg(service.process.pid, signal.SIGCONT)
            time.sleep(0.003)
            return False
        time.sleep(0.05)
    return True


def _acknowledged_after(account: Account, event: Told) -> float:
    """Seconds until an event is acknowledged that is told again and again."""
    begun, content = time.monotonic(), body(event)
    while httpx.post(account.webhook, content=content, headers=signed(content)).status_code != 200:
        assert time.monotonic() - begun < 60
        time.sleep(0.1)
    return time.monotonic() - begun


@pytest.mark.guarantee(
    "A process that stands still within a transaction stops nobody else's acknowledgements",
    "SIGSTOP of a service at a moment when it holds an organization, beside another service",
)
def test_a_process_frozen_in_a_transaction(proof: Proof, url: str, tmp_path: Path) -> None:
    with (
        serving(url, tmp_path, settings=NO_UPKEEP) as frozen,
        serving(url, tmp_path, settings=NO_UPKEEP) as other,
    ):
        account = opened_account(frozen.url, url)
        free = opened_account(other.url, url)
        there = Account(other.url, account.tenant, account.source_id)
        told, *others = term(seed=4, stays=20)
        with _paused(frozen, url, account) as before:
            load = Load()
            refused = there.deliver(told)
            asyncio.run(deliver([free.webhook], others, load, persistent=True))
            assert refused.status_code == 503
            assert refused.headers["Retry-After"] == "2"
            assert set(load.statuses) == {200}
            proof.at_most("slowest acknowledgement of the others", load.slowest, 3, "s")
            if proof.whole:
                back = _acknowledged_after(there, told)
                proof.at_most("the held organization was back after", back, STILL_SECONDS + 5, "s")
        _acknowledged_after(account, term(seed=5, stays=1)[0])
        assert before.acknowledged <= account.event_ids()
        proof.found(f"0 lost of {len(before.acknowledged):,} acknowledged before")


@contextmanager
def _far_away(url: str) -> Iterator[tuple[Link, str]]:
    """The same database, reached by a link."""
    parts = urlsplit(url)
    folder = parts.query.partition("host=")[2].partition("&")[0]
    with link_to(f"{folder}/.s.PGSQL.5432") as link:
        yield link, parts._replace(netloc=f"postgres:@127.0.0.1:{link.port}", query="").geturl()


@pytest.mark.guarantee(
    "A dead link to the database is told to senders in time, and stops nobody elsewhere",
    "the link of one of two services passes nothing on any more, without a word",
)
def test_a_dead_link(proof: Proof, url: str, tmp_path: Path) -> None:
    with (
        _far_away(url) as (link, far_url),
        serving(far_url, tmp_path, settings=NO_UPKEEP) as far,
        serving(url, tmp_path, settings=NO_UPKEEP) as near,
    ):
        account, free = opened_account(far.url, url), opened_account(near.url, url)
        told, *others = term(seed=6, stays=20)
        account.delivered(told)
        link.cut()
        load = Load()
        asyncio.run(deliver([free.webhook], others, load, persistent=True))
        assert set(load.statuses) == {200}
        proof.at_most("slowest acknowledgement elsewhere", load.slowest, 3, "s")
        if proof.whole:
            cut_off = Load()
            asyncio.run(deliver([account.webhook], others[:8], cut_off))
            assert set(cut_off.statuses) == {503}
            proof.at_most("slowest refusal over the dead link", cut_off.slowest, 12.5, "s")
        link.mend()
        back = _acknowledged_after(account, others[0])
        proof.at_most("acknowledged after the link was mended within", back, 13, "s")
        assert account.event_ids() >= {told.event_id, others[0].event_id}
