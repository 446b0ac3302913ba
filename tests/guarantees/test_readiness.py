"""`/readyz` says whether an event could be kept now."""

import asyncio
import time
from pathlib import Path

import pytest
from guarantees.proof import Proof
from ingest.account import NO_UPKEEP, opened_account, within_seconds
from ingest.load import Load, deliver
from ingest.webhooks import term
from server.databases import own_postgres_server
from server.disk import bad_disk, small_disk
from server.process import run, serving


@pytest.mark.guarantee(
    "`/readyz` is 503 from the first commit on that fails, and 200 again once a write comes through",
    "a full disk under a running service, SQLite; room again without any traffic",
)
def test_a_full_disk(proof: Proof, tmp_path: Path) -> None:
    disk = bad_disk(tmp_path)
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    with serving(url, tmp_path, settings=NO_UPKEEP | disk.settings) as service:
        account = opened_account(service.url, url)
        first, second, third = term(seed=1, stays=2)[:3]
        account.delivered(first)
        slowest = 0.0
        for _ in range(proof.rounds(short=1, whole=5)):
            assert service.readiness() == 200
            disk.is_full(True)
            refused = account.deliver(second)
            assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
            assert [service.readiness() for _ in range(3)] == [503] * 3
            assert account.visits("nobody") == []
            disk.is_full(False)
            begun = time.monotonic()
            assert within_seconds(lambda: service.readiness() == 200)
            slowest = max(slowest, time.monotonic() - begun)
        account.delivered(second, third)
        told = {first.event_id, second.event_id, third.event_id}
        assert account.event_ids() == told
        assert "Traceback" not in service.said()
    proof.at_most("ready again after", slowest, 3, "s")


@pytest.mark.guarantee(
    "A database server without room costs nothing that was acknowledged, and is taken up again",
    "a PostgreSQL server on a full file system of its own; room again without any restart",
)
def test_a_database_server_without_room(proof: Proof, tmp_path: Path) -> None:
    with small_disk() as disk, own_postgres_server(disk.folder) as server:
        url = server.url
        run(url, "db", "upgrade")
        with serving(url, tmp_path, settings=NO_UPKEEP) as service:
            account = opened_account(service.url, url)
            acknowledged: set[str] = set()
            rounds = proof.rounds(short=1, whole=5)
            for number in range(rounds):
                disk.is_full(True)
                load = Load()
                events = term(seed=number, stays=400)
                asyncio.run(deliver([account.webhook], events, load))
                assert set(load.statuses) <= {200, 503}
                assert load.statuses[503]
                disk.is_full(False)
                server.start()  # whoever ran out of room for its log has ended
                assert within_seconds(lambda: service.readiness() == 200)
                acknowledged |= load.acknowledged
                assert acknowledged <= account.event_ids()
                again = Load()
                asyncio.run(deliver([account.webhook], events, again))
                assert again.statuses == {200: len(events)}
                acknowledged |= again.acknowledged
            assert account.event_ids() == acknowledged
            assert "Traceback" not in service.said()
    proof.found(f"0 lost of {len(acknowledged):,} acknowledged")
