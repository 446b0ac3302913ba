"""`/readyz` says whether an event could be kept now."""

import time
from pathlib import Path

import pytest
from guarantees.proof import Proof
from ingest.account import NO_UPKEEP, opened_account, within_seconds
from ingest.webhooks import term
from server.disk import bad_disk
from server.process import serving


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
