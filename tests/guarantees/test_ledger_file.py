"""The ledger is the file that its setting names.

Whatever is done to the file of an embedded ledger while it is in use, or after a crash.
"""

import asyncio
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import psutil  # type: ignore[import-untyped]  # it comes without types
import pytest
from guarantees.proof import Proof
from ingest.account import NO_UPKEEP, Account, opened_account, outcome, within_seconds
from ingest.load import Load, deliver
from ingest.streams import Told
from ingest.webhooks import term
from server.process import Service, serving

BEFORE, AFTER = term(seed=1, stays=60), term(seed=2, stays=60)


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


def url_of(ledger: Path) -> str:
    return f"sqlite:///{ledger}"


def told(account: Account, events: list[Told]) -> Load:
    """Deliver each of them once, by several clients; answers what became of them."""
    load = Load()
    asyncio.run(_deliver(account.webhook, events, load))
    return load


async def _deliver(url: str, events: list[Told], load: Load) -> None:
    await deliver([url], events, load)


def crash(service: Service) -> None:
    """Kill all of it, and wait until nothing of it is left."""
    processes = service.processes()
    os.killpg(service.process.pid, signal.SIGKILL)
    service.process.wait(10)
    psutil.wait_procs(processes, timeout=10)


# --- under a running service --------------------------------------------------------------------


def _deleted(ledger: Path, backup: Path) -> Path:
    del backup
    kept = ledger.with_name("deleted.db")
    kept.hardlink_to(ledger)  # so that the test can still look into it
    ledger.unlink()
    return kept


def _moved_away(ledger: Path, backup: Path) -> Path:
    del backup
    return ledger.rename(ledger.with_name("moved.db"))


def _renamed_over(ledger: Path, backup: Path) -> Path:
    kept = _deleted(ledger, backup)
    draft = ledger.with_name("draft")
    shutil.copy2(backup, draft)
    draft.rename(ledger)
    return kept


def _copied_over(ledger: Path, backup: Path) -> Path:
    shutil.copyfile(backup, ledger)
    return ledger


@pytest.mark.guarantee(
    "Nothing is acknowledged into a file that is not the ledger any more",
    "the ledger of a running service deleted, moved away, or a backup put in its place",
)
@pytest.mark.parametrize("harm", [_deleted, _moved_away, _renamed_over, _copied_over])
def test_nothing_is_acknowledged_into_a_file_that_is_not_the_ledger(
    harm: Callable[[Path, Path], Path], proof: Proof, ledger: Path, tmp_path: Path
) -> None:
    with serving(url_of(ledger), tmp_path, "--workers", "2", settings=NO_UPKEEP) as service:
        account = opened_account(service.url, url_of(ledger))
        backup = tmp_path / "backup.db"
        assert outcome(url_of(ledger), "db", "backup", str(backup)).exit_code == 0
        before = told(account, [*BEFORE, *term(seed=3, stays=proof.rounds(short=300, whole=2000))])
        assert set(before.statuses) == {200}
        harm(ledger, backup)
        after = told(account, AFTER)
        assert set(after.statuses) == {503}
        assert service.readiness() == 503
        assert account.report_status("student-1") == 503
        assert "was removed, or another file put in its place" in service.said()
        assert ledger.exists() == (harm not in {_deleted, _moved_away})
    proof.found(f"0 of {len(AFTER)} acknowledged, /readyz 503, no ledger made")


@pytest.mark.guarantee(
    "A ledger that comes back is taken up again, without a restart",
    "the ledger of a running service moved away and back",
)
def test_a_ledger_that_comes_back_is_taken_up_again(
    proof: Proof, ledger: Path, tmp_path: Path
) -> None:
    with serving(url_of(ledger), tmp_path, settings=NO_UPKEEP) as service:
        account = opened_account(service.url, url_of(ledger))
        first = told(account, BEFORE)
        away = ledger.rename(tmp_path / "away.db")
        assert set(told(account, AFTER).statuses) == {503}
        away.rename(ledger)
        assert service.readiness() == 200
        second = told(account, AFTER)
        assert set(second.statuses) == {200}
        assert account.event_ids() == first.acknowledged | second.acknowledged
    proof.found(f"0 lost of {len(first.acknowledged | second.acknowledged)} acknowledged")


# --- after a crash -------------------------------------------------------------------------------


@pytest.mark.guarantee(
    "A backup that was copied beside the log of another file is refused, and nothing is harmed",
    "the service killed, a backup copied over its ledger with the old `-wal` beside it",
)
@pytest.mark.parametrize("how", ["copied over", "renamed over"])
def test_a_backup_beside_the_log_of_another_file_is_refused(
    how: str, proof: Proof, ledger: Path, tmp_path: Path
) -> None:
    backup, url = tmp_path / "backup.db", url_of(ledger)
    with serving(url, tmp_path, settings=NO_UPKEEP) as service:
        account = opened_account(service.url, url)
        told(account, BEFORE)
        assert outcome(url, "db", "backup", str(backup)).exit_code == 0
        expected = account.kept()
        told(account, term(seed=4, stays=proof.rounds(short=500, whole=2000)))
        crash(service)
    assert (tmp_path / "ledger.db-wal").stat().st_size > 0
    shutil.copyfile(backup, ledger)
    if how == "renamed over":
        ledger.with_name("draft").write_bytes(backup.read_bytes())
        ledger.with_name("draft").rename(ledger)
    before = {file: file.read_bytes() for file in (ledger, tmp_path / "ledger.db-wal")}
    for command in (["check"], ["db", "check"], ["org", "list"], ["serve", "--port", "1"]):
        refused = outcome(url, *command)
        assert refused.exit_code == 1, command
        said = "Damaged: " if command == ["db", "check"] else "do not belong together"
        assert said in refused.output, refused.output
    assert {file: file.read_bytes() for file in before} == before
    restored = outcome(url, "db", "restore", str(backup))
    assert restored.exit_code == 0, restored.output
    assert account.kept() == expected
    assert outcome(url, "db", "check").exit_code == 0
    proof.found("`serve` and all commands refuse it; `db restore` gives what the backup had")


@pytest.mark.guarantee(
    "A crash alone never counts as such a mixture",
    "the service killed in the middle of a load, with a log left behind, and started again",
)
def test_a_crash_alone_is_no_mixture(proof: Proof, ledger: Path, tmp_path: Path) -> None:
    account: Account | None = None
    acknowledged: set[str] = set()
    for kill in range(proof.rounds(short=3, whole=30)):
        with serving(url_of(ledger), tmp_path, settings=NO_UPKEEP) as service:
            found = account or opened_account(service.url, url_of(ledger))
            account = Account(service.url, found.tenant, found.source_id)
            acknowledged |= told(account, term(seed=100 + kill, stays=40 + 40 * kill)).acknowledged
            crash(service)
        assert outcome(url_of(ledger), "check").exit_code == 0
        assert acknowledged <= account.event_ids()
    proof.found(f"0 lost of {len(acknowledged)} acknowledged")


# --- the write-ahead log -------------------------------------------------------------------------

MOST_LOG = 17 * 1024 * 1024


@pytest.mark.guarantee(
    "The write-ahead log becomes small again once a long reader is gone",
    "a reader that holds one state of the ledger while events come in",
)
def test_the_log_becomes_small_again(proof: Proof, ledger: Path, tmp_path: Path) -> None:
    import sqlite3  # noqa: PLC0415 - this test alone plays a reader

    log = tmp_path / "ledger.db-wal"
    with serving(url_of(ledger), tmp_path, settings=NO_UPKEEP) as service:
        account = opened_account(service.url, url_of(ledger))
        told(account, BEFORE)
        reader = sqlite3.connect(urlsplit(url_of(ledger)).path[1:], isolation_level=None)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM event").fetchone()
        seed = 1000
        while log.stat().st_size <= 2 * MOST_LOG:
            batch = [_own_event(f"{seed}-{number}") for number in range(400)]
            account.tell(*batch)
            seed += 1
        largest = log.stat().st_size
        reader.close()
        for number in range(5):
            account.tell(_own_event(f"after-{number}"))
        assert within_seconds(lambda: log.stat().st_size <= MOST_LOG)
    proof.rounds(short=1, whole=1)
    proof.found(f"{largest / 1e6:.0f} MB beside the reader, {log_size(log)} afterwards")


def log_size(log: Path) -> str:
    return f"{log.stat().st_size / 1e6:.0f} MB" if log.exists() else "none"


def _own_event(name: str) -> dict[str, object]:
    return {
        "id": name,
        "type": "participant.joined",
        "time": "2024-01-15T09:05:30Z",
        "roomId": "math-101",
        "sessionId": f"visit-{name}",
        "participant": {"uid": f"student-{name}", "name": "x" * 150},
    }
