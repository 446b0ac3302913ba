"""A database that stalls holds no sender longer than a platform waits, and no reader at all."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from guarantees.proof import Proof
from ingest.account import NO_UPKEEP, Account, opened_account
from ingest.load import Load, deliver
from ingest.streams import Told
from ingest.webhooks import term
from server.databases import OwnPostgres, own_postgres_server
from server.disk import bad_disk
from server.process import run, serving

LONGEST_SECONDS = 12.5
"""Twelve, and what it takes to answer."""


@dataclass
class _Asked:
    """How pages and signs of life were answered meanwhile."""

    statuses: set[int] = field(default_factory=set)
    slowest: float = 0.0


async def _ask(account: Account, asked: _Asked, enough: asyncio.Event) -> None:
    async with httpx.AsyncClient(base_url=account.base_url, timeout=60) as client:
        key = {"VF-ORG-ID": account.tenant.key}
        question = {"uid": "nobody", "startDate": "2024-01-15"}
        while not enough.is_set():
            begun = time.monotonic()
            answer = await client.post("/v1/participant/sessions", json=question, headers=key)
            alive = await client.get("/healthz")
            asked.statuses |= {answer.status_code, alive.status_code}
            asked.slowest = max(asked.slowest, time.monotonic() - begun)
            await asyncio.sleep(0.1)


async def _stalled(
    account: Account, seconds: float, stalls: Callable[[bool], None]
) -> tuple[Load, _Asked, set[str]]:
    """Deliver and ask while nothing gets durable; what was acknowledged by the end of that."""
    load, asked, enough = Load(), _Asked(), asyncio.Event()
    await asyncio.to_thread(stalls, True)
    try:
        asking = asyncio.create_task(_ask(account, asked, enough))
        events = _events()
        delivering = asyncio.create_task(deliver([account.webhook], events, load, persistent=True))
        await asyncio.sleep(seconds)
        early = set(load.acknowledged)
        enough.set()
        await asking
    finally:
        await asyncio.to_thread(stalls, False)
    await delivering
    return load, asked, early


def _events() -> list[Told]:
    return term(seed=11, stays=20)


@pytest.mark.guarantee(
    "While the disk stalls senders are told to come back before they give up, and pages are answered",
    "no fsync of the service comes back for as long, on SQLite",
)
def test_a_disk_that_stalls(proof: Proof, tmp_path: Path) -> None:
    disk = bad_disk(tmp_path)
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    seconds = 40 if proof.whole else 2
    with serving(url, tmp_path, settings=NO_UPKEEP | disk.settings) as service:
        account = opened_account(service.url, url)
        load, asked, early = asyncio.run(_stalled(account, seconds, disk.stalls))
        assert early == set()
        assert set(load.statuses) <= {200, 503}
        assert asked.statuses == {200}
        assert load.acknowledged == account.event_ids() == {one.event_id for one in _events()}
        proof.found(f"stalled for {seconds} s, 0 lost of {len(load.acknowledged)}")
        proof.at_most("slowest answer to a sender", load.slowest, LONGEST_SECONDS, "s")
        proof.at_most("slowest page", asked.slowest, 1, "s")


async def _hung(account: Account, postgres: OwnPostgres, seconds: float) -> tuple[Load, float]:
    """Deliver while the server hangs; how slow the slowest sign of life was."""
    load, slowest = Load(), 0.0
    with postgres.hanging():
        delivering = asyncio.create_task(
            deliver([account.webhook], _events(), load, persistent=True)
        )
        until = time.monotonic() + seconds
        async with httpx.AsyncClient(base_url=account.base_url, timeout=60) as client:
            while (begun := time.monotonic()) < until:
                assert (await client.get("/healthz")).status_code == 200
                slowest = max(slowest, time.monotonic() - begun)
                await asyncio.sleep(0.1)
        assert load.acknowledged == set()
    await delivering
    return load, slowest


@pytest.mark.guarantee(
    "While a database server hangs senders are told to come back before they give up",
    "all processes of PostgreSQL are stopped, and go on later",
)
def test_a_server_that_hangs(proof: Proof, tmp_path: Path) -> None:
    seconds = 40 if proof.whole else 2
    with own_postgres_server() as postgres:
        run(postgres.url, "db", "upgrade")
        with serving(postgres.url, tmp_path, settings=NO_UPKEEP) as service:
            account = opened_account(service.url, postgres.url)
            load, slowest = asyncio.run(_hung(account, postgres, seconds))
            everything = {event.event_id for event in _events()}
            assert set(load.statuses) <= {200, 503}
            assert load.acknowledged == account.event_ids() == everything
    proof.found(f"hung for {seconds} s, 0 lost of {len(everything)}")
    proof.at_most("slowest answer to a sender", load.slowest, LONGEST_SECONDS, "s")
    proof.at_most("slowest sign of life", slowest, 1, "s")
