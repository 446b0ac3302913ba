"""When another database server takes over, the service follows.

A managed failover turns the old primary read-only while its connections stay open: nothing tells a
client of it but the error of the next write.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from guarantees.proof import Proof
from ingest.account import NO_UPKEEP, Account, opened_account, within_seconds
from ingest.load import Load, deliver
from ingest.streams import Told
from ingest.webhooks import term
from server.databases import OwnPostgres, Standby, own_postgres_server
from server.link import Link, link_to
from server.process import run, serving
from server.tenants import Tenant


@pytest.fixture
def primary() -> Iterator[OwnPostgres]:
    with own_postgres_server() as server:
        run(server.url, "db", "upgrade")
        yield server


@pytest.mark.guarantee(
    "A database that takes no writes is told to senders, and used again once it takes them",
    "the server is turned read-only under a running service, and back",
)
def test_read_only_for_a_while(proof: Proof, primary: OwnPostgres, tmp_path: Path) -> None:
    with serving(primary.url, tmp_path, settings=NO_UPKEEP) as service:
        account = opened_account(service.url, primary.url)
        first, second = term(seed=1, stays=1)[:2]
        account.delivered(first)
        assert service.readiness() == 200
        primary.takes_writes(False)
        refused = account.deliver(second)
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
        assert account.visits("nobody") == []
        assert service.readiness() == 503
        primary.takes_writes(True)
        begun = time.monotonic()
        assert within_seconds(lambda: service.readiness() == 200)
        account.delivered(second)
        proof.at_most("written again after", time.monotonic() - begun, 2, "s")
        assert account.event_ids() == {first.event_id, second.event_id}
    proof.found("read meanwhile, `/readyz` 503 meanwhile")


@contextmanager
def _links(primary: OwnPostgres, standby: Standby) -> Iterator[tuple[Link, Link]]:
    with link_to(primary.socket_path) as one, link_to(standby.socket_path) as other:
        yield one, other


def _url(*links: Link) -> str:
    hosts = ",".join(f"127.0.0.1:{link.port}" for link in links)
    return f"postgresql://postgres:@{hosts}/postgres"


def _fail_over(primary: OwnPostgres, standby: Standby, balance: Callable[[], None]) -> None:
    primary.takes_writes(False)
    assert within_seconds(lambda: _at_rest(primary) and standby.has_all_of(primary))
    standby.promote()
    balance()


def _at_rest(primary: OwnPostgres) -> bool:
    """Whether nothing is written any more: what had begun before it was read-only still may be."""
    written = primary.written
    time.sleep(0.3)
    return primary.written == written


async def _load_meanwhile(account: Account, events: list[Told], what: Callable[[], None]) -> Load:
    """Deliver, and do something in the middle; answers when all is acknowledged."""
    load = Load()
    delivering = asyncio.create_task(deliver([account.webhook], events, load, persistent=True))
    while len(load.acknowledged) < 50:
        assert not delivering.done()
        await asyncio.sleep(0.001)
    await asyncio.to_thread(what)
    await delivering
    return load


@pytest.mark.guarantee(
    "A failover to another server loses nothing that was acknowledged, and needs no restart",
    "under load the primary turns read-only with all connections open, its follower is promoted",
)
@pytest.mark.parametrize("many", [False, True], ids=["behind a balancer", "both hosts in the URL"])
def test_a_failover_under_load(
    many: bool, proof: Proof, primary: OwnPostgres, tmp_path: Path
) -> None:
    with primary.followed() as standby, _links(primary, standby) as (one, other):
        url = _url(one, other) if many else _url(one)
        with serving(url, tmp_path, settings=NO_UPKEEP) as service:
            account = opened_account(service.url, primary.url)
            events = term(seed=2, stays=400 if proof.whole else 150)
            balance = partial(_lead, one, standby, many)
            fail_over = partial(_fail_over, primary, standby, balance)
            load = asyncio.run(_load_meanwhile(account, events, fail_over))
            everything = {event.event_id for event in events}
            assert set(load.statuses) == {200, 503}
            assert load.acknowledged == everything
            there = Account(account.base_url, _tenant_on(account, standby), account.source_id)
            assert there.event_ids() == everything
        proof.found(f"0 lost of {len(everything):,} acknowledged")
        proof.at_most("slowest answer", load.slowest, 12.5, "s")


def _lead(link: Link, standby: Standby, many: bool) -> None:
    """What a balancer does; without one, nobody."""
    if not many:
        link.target = standby.socket_path


def _tenant_on(account: Account, standby: Standby) -> Tenant:
    return replace(account.tenant, database_url=standby.url)
