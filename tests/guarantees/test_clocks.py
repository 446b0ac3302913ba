"""A clock that jumps ends nobody's stay, and no end lies ahead."""

import time
from pathlib import Path
from typing import Any

import pytest
from guarantees.proof import Proof
from ingest.account import Account, opened_account, plain_rows, within_seconds
from server.process import Service, serving
from server.wrong_clock import wrong_clock

from rollbook.domain.instants import to_text

DAY = 24 * 3600
UPKEEP = {"ROLLBOOK_UPKEEP_SECONDS": "1"}
_ENDS_AHEAD = "SELECT count(*) FROM session WHERE left_at > {now}"
_OPEN = "SELECT count(*) FROM session WHERE left_at IS NULL"


def now() -> int:
    """Milliseconds UTC, as the clock of the machine tells them."""
    return round(time.time() * 1000)


def stay(number: int, **change: Any) -> dict[str, Any]:
    return {
        "id": f"joined-{number}",
        "type": "participant.joined",
        "time": to_text(now() - 60_000),
        "roomId": "math-101",
        "sessionId": f"stay-{number}",
        "participant": {"uid": f"student-{number}"},
        **change,
    }


def tell(account: Account, *events: dict[str, Any]) -> None:
    assert {result["status"] for result in account.tell(*events)} == {"accepted"}


def rounds_of_upkeep(service: Service, count: int) -> None:
    """Wait until upkeep has gone round so often."""

    def done() -> float:
        with service.client() as client:
            lines = client.get("/metrics").text.splitlines()
        rounds = [line for line in lines if line.startswith("rollbook_upkeep_rounds_total")]
        return sum(float(line.rpartition(" ")[2]) for line in rounds)

    begun = done()
    assert within_seconds(lambda: done() >= begun + count)


@pytest.mark.guarantee(
    "A jump of the clock ends nobody's stay, and no end is ever later than now",
    "the clock of the process a day ahead for some rounds of upkeep, and back, with people in a room",
)
def test_a_clock_that_jumps_a_day_and_back(proof: Proof, tmp_path: Path) -> None:
    clock, url = wrong_clock(tmp_path), f"sqlite:///{tmp_path / 'ledger.db'}"
    with serving(url, tmp_path, settings=UPKEEP | clock.settings) as service:
        account = opened_account(service.url, url)
        jumps = proof.rounds(short=1, whole=10)
        for jump in range(jumps):
            first, second = 2 * jump, 2 * jump + 1
            tell(account, stay(first))
            rounds_of_upkeep(service, 1)
            for seconds in (DAY, -DAY):
                clock.jump(seconds)
                tell(account, stay(2 * jump + 1000 * seconds))
                rounds_of_upkeep(service, 2)
                assert plain_rows(url, _ENDS_AHEAD.format(now=now())) == [(0,)]
            clock.jump(0)
            tell(account, stay(second))
            rounds_of_upkeep(service, 2)
            assert plain_rows(url, _OPEN) == [(4 * (jump + 1),)]
            assert "the clock jumped ahead" in service.said()
    proof.found(f"0 of {4 * jumps} stays ended")
