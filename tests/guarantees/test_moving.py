"""A ledger that moves to another database loses nothing on the way.

Who writes while it moves is refused by the database that it leaves, and told to come again.
"""

import asyncio
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from guarantees import halting_copy
from guarantees.proof import Proof
from ingest.account import NO_UPKEEP, Account, opened_account, outcome
from ingest.conftest import new_database
from ingest.load import Load, deliver
from ingest.streams import Told
from ingest.webhooks import shuffled, term
from server.process import Service, environment, run, serving

DIRECTIONS = [("sqlite", "postgres"), ("postgres", "sqlite")]


def _bare_database(engine: str, request: pytest.FixtureRequest, folder: Path) -> str:
    if engine == "sqlite":
        return f"sqlite:///{folder / 'moved.db'}"
    url: str = request.getfixturevalue("postgres_server").new_database()
    return url


def _copy_until_killed(source: str, target: str) -> None:
    """Copy a part, and kill the copying process."""
    process = subprocess.Popen(
        [sys.executable, halting_copy.__file__, "db", "copy", "--to", target],
        env=environment(source),
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout is not None
    with process.stdout:
        assert process.stdout.readline() == b"halted\n"
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


async def _load_while_it_begins(
    account: Account, events: list[Told], source: str, target: str
) -> Load:
    """Deliver each event once, and begin to move the ledger in the middle of that.

    The last of them wait for it to have begun: how soon it does, the machine says.
    """
    load, held_back = Load(), len(events) // 8
    delivering = asyncio.create_task(deliver([account.webhook], events[held_back:], load))
    while len(load.acknowledged) < len(events) // 8:
        assert not delivering.done()
        await asyncio.sleep(0.001)
    await asyncio.to_thread(_copy_until_killed, source, target)
    await delivering
    await deliver([account.webhook], events[:held_back], load)
    return load


def _nothing_is_taken_by_either(service: Service, account: Account, target: str) -> None:
    refused = account.deliver(term(seed=9, stays=1)[0])
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
    assert service.readiness() == 503
    assert account.report_status("nobody") == 200
    told = outcome(target, "serve", "--port", "1")
    assert (told.exit_code, "holds a part of the ledger" in told.output) == (1, True)


@pytest.mark.guarantee(
    "What was acknowledged until a ledger moves is at its new place; nothing is acknowledged after",
    "moved under load, the copying killed with `kill -9` in the middle and called again",
)
@pytest.mark.parametrize(("one", "other"), DIRECTIONS, ids=["to postgres", "to sqlite"])
def test_a_move_under_load(
    one: str,
    other: str,
    proof: Proof,
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    tmp_path: Path,
) -> None:
    source = new_database(one, request, tmp_path_factory)
    target = _bare_database(other, request, tmp_path)
    with serving(source, tmp_path, settings=NO_UPKEEP) as service:
        account = opened_account(service.url, source)
        # Told in any order, each event may be the first of a new organization, room or person.
        events = shuffled(term(seed=7, stays=1500 if proof.whole else 500), seed=7, again=0)
        load = asyncio.run(_load_while_it_begins(account, events, source, target))
        assert set(load.statuses) == {200, 503}
        _nothing_is_taken_by_either(service, account, target)
        said = run(source, "db", "copy", "--to", target)
        assert "were there before" in said
        before = account.kept()
    moved = replace(account, tenant=replace(account.tenant, database_url=target))
    assert moved.event_ids() == load.acknowledged
    assert {table: len(rows) for table, rows in moved.kept().items()} == {
        table: len(rows) for table, rows in before.items()
    }
    with serving(target, tmp_path, settings=NO_UPKEEP) as service:
        replace(moved, base_url=service.url).delivered(*events[-20:])
    run(target, "ledger", "verify", "--org", account.tenant.key)
    proof.found(
        f"0 lost of {len(load.acknowledged):,} acknowledged, 0 of {load.statuses[503]:,} refused kept"
    )
