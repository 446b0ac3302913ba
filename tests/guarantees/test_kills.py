"""Nothing that was acknowledged is lost, whatever is killed."""

import asyncio
import os
import signal
from pathlib import Path

import pytest
from guarantees.proof import Proof
from ingest.account import NO_UPKEEP, Account, opened_account, outcome
from ingest.conftest import new_database
from ingest.load import Load, deliver
from ingest.streams import Told
from ingest.webhooks import shuffled, term
from server.process import Service, serving

from rollbook.domain.sessions import Rules, fold

STAYS = 300


async def _load_and_kill(service: Service, url: str, events: list[Told], after: int) -> Load:
    """Deliver, and kill the whole service as soon as so many events are acknowledged."""
    load = Load()
    delivering = asyncio.create_task(deliver([url], events, load))
    while len(load.acknowledged) < after:
        assert not delivering.done(), "the load was over before the kill"
        await asyncio.sleep(0.001)
    os.killpg(service.process.pid, signal.SIGKILL)
    await delivering
    assert len(load.acknowledged) < len(events)
    return load


def _serve_and_kill(
    url: str, folder: Path, events: list[Told], after: int, account: Account | None
) -> tuple[Account, Load]:
    """Deliver to a service until it is killed; answers what it had acknowledged by then."""
    with serving(url, folder, settings=NO_UPKEEP) as service:
        account = account or opened_account(service.url, url)
        webhook = f"{service.url}/v1/webhooks/livekit/{account.source_id}"
        load = asyncio.run(_load_and_kill(service, webhook, events, after))
        service.process.wait(10)
    return account, load


@pytest.mark.guarantee(
    "What was acknowledged before a `kill -9` is in the ledger, once",
    "LiveKit's webhooks in any order, the service and its workers killed in the middle",
)
@pytest.mark.parametrize(
    ("engine", "short"), [("sqlite", 4), ("postgres", 3)], ids=["sqlite", "postgres"]
)
def test_what_was_acknowledged_before_a_kill_is_in_the_ledger(
    engine: str,
    short: int,
    proof: Proof,
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    tmp_path: Path,
) -> None:
    url = new_database(engine, request, tmp_path_factory)
    everything = term(seed=5, stays=STAYS)
    account: Account | None = None
    acknowledged: set[str] = set()
    for kill in range(proof.rounds(short=short, whole=50)):
        # Some of these were acknowledged before an earlier kill: those are told again.
        events = shuffled(everything, seed=kill, again=0)
        account, load = _serve_and_kill(url, tmp_path, events, 20 + kill * 7, account)
        assert set(load.statuses) == {200}
        acknowledged |= load.acknowledged
        assert acknowledged <= account.event_ids()
    assert account is not None
    _resending_everything_makes_the_ledger_whole(url, tmp_path, account, everything)
    proof.found(f"0 lost of {len(acknowledged):,} acknowledged")


@pytest.mark.guarantee(
    "What was acknowledged before a SIGTERM is in the ledger, once, and the stop is a good one",
    "LiveKit's webhooks in any order, the service with two workers told to stop in the middle",
)
@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_what_was_acknowledged_before_a_stop_is_in_the_ledger(
    engine: str,
    proof: Proof,
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    tmp_path: Path,
) -> None:
    url = new_database(engine, request, tmp_path_factory)
    everything = term(seed=6, stays=STAYS)
    account: Account | None = None
    acknowledged: set[str] = set()
    for stop in range(proof.rounds(short=1, whole=20)):
        events = shuffled(everything, seed=stop, again=0)
        with serving(url, tmp_path, "--workers", "2", settings=NO_UPKEEP) as service:
            account = account or opened_account(service.url, url)
            webhook = f"{service.url}/v1/webhooks/livekit/{account.source_id}"
            load = asyncio.run(_load_and_stop(service, webhook, events, 20 + stop * 7))
            assert service.process.wait(30) == 0
        # Whoever was heard was answered, and well.
        assert set(load.statuses) == {200}
        acknowledged |= load.acknowledged
        assert acknowledged <= account.event_ids()
    assert account is not None
    _resending_everything_makes_the_ledger_whole(url, tmp_path, account, everything)
    proof.found(f"0 lost of {len(acknowledged):,} acknowledged")


async def _load_and_stop(service: Service, url: str, events: list[Told], after: int) -> Load:
    load = Load()
    delivering = asyncio.create_task(deliver([url], events, load))
    while len(load.acknowledged) < after:
        assert not delivering.done(), "the load was over before the stop"
        await asyncio.sleep(0.001)
    service.process.send_signal(signal.SIGTERM)
    await delivering
    return load


@pytest.mark.guarantee(
    "Two services on one file lose nothing of each other's",
    "LiveKit's webhooks to both in any order, one of them killed in the middle (SQLite)",
)
def test_two_services_on_one_file(proof: Proof, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    everything = term(seed=7, stays=STAYS)
    account: Account | None = None
    for kill in range(proof.rounds(short=1, whole=20)):
        with (
            serving(url, tmp_path, settings=NO_UPKEEP) as one,
            serving(url, tmp_path, settings=NO_UPKEEP) as other,
        ):
            account = account or opened_account(one.url, url)
            events = shuffled(everything, seed=kill, again=0)
            half, rest = events[::2], events[1::2]
            webhooks = [
                f"{each.url}/v1/webhooks/livekit/{account.source_id}" for each in (one, other)
            ]
            loads = asyncio.run(_load_both_and_kill(one, webhooks, (half, rest), 20 + kill * 7))
            assert loads[1].statuses == {200: len(rest)}
            told = loads[0].acknowledged | loads[1].acknowledged
            assert told <= account.event_ids()
    assert account is not None
    _resending_everything_makes_the_ledger_whole(url, tmp_path, account, everything)
    assert outcome(url, "db", "check").exit_code == 0
    proof.found("0 lost; the other service answered 200 to all")


async def _load_both_and_kill(
    service: Service, urls: list[str], events: tuple[list[Told], list[Told]], after: int
) -> tuple[Load, Load]:
    """Deliver half of the events to each, and kill the one of them once it acknowledged so many."""
    killed, other = Load(), Load()
    async with asyncio.TaskGroup() as group:
        group.create_task(deliver(urls[1:], events[1], other))
        delivering = group.create_task(deliver(urls[:1], events[0], killed))
        while len(killed.acknowledged) < after:
            assert not delivering.done(), "the load was over before the kill"
            await asyncio.sleep(0.001)
        os.killpg(service.process.pid, signal.SIGKILL)
    return killed, other


def _resending_everything_makes_the_ledger_whole(
    url: str, folder: Path, account: Account, everything: list[Told]
) -> None:
    with serving(url, folder, settings=NO_UPKEEP) as service:
        webhook = f"{service.url}/v1/webhooks/livekit/{account.source_id}"
        asyncio.run(deliver([webhook], everything, Load()))
        facts = [fact for event in everything for fact in event.facts]
        assert account.sessions() == fold(account.source_id, facts, Rules(once=True))
        kept = account.kept()
        again = Load()
        asyncio.run(deliver([webhook], everything, again))
        assert again.statuses == {200: len(everything)}
        assert account.kept() == kept
