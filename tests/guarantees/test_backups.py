"""A backup can be made at any time, and put back.

What was put back is compared with the reports of the ledger that was backed up.
"""

import asyncio
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from guarantees.proof import Proof
from ingest.account import NO_UPKEEP, Account, command, opened_account, outcome
from ingest.load import Load, deliver
from ingest.webhooks import finished, term
from server.process import Service, run, serving

PEOPLE = [f"student-{number}" for number in range(8)]


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def url(ledger: Path) -> str:
    return f"sqlite:///{ledger}"


@pytest.fixture
def service(url: str, tmp_path: Path) -> Iterator[Service]:
    with serving(url, tmp_path, settings=NO_UPKEEP) as running:
        yield running


def reports(account: Account) -> dict[str, Any]:
    return {uid: account.report(uid) for uid in PEOPLE}


def told(account: Account, seed: int, stays: int) -> Load:
    load = Load()
    asyncio.run(deliver([account.webhook], finished(term(seed, stays)), load, persistent=True))
    return load


async def _backed_up_beside(account: Account, url: str, target: Path, stays: int) -> list[Load]:
    """Load without a backup, then with one at the same time; answers what became of both."""
    quiet, beside = Load(), Load()
    await deliver([account.webhook], finished(term(1, stays)), quiet, persistent=True)
    delivering = asyncio.create_task(
        deliver([account.webhook], finished(term(2, stays)), beside, persistent=True)
    )
    backup = await asyncio.to_thread(outcome, url, "db", "backup", str(target))
    await delivering
    assert backup.exit_code == 0, backup.output
    return [quiet, beside]


@pytest.mark.guarantee(
    "A backup of a ledger in use is whole, and keeps no sender waiting",
    "`rollbook db backup` in the middle of a load",
)
def test_a_backup_beside_a_load_is_whole(
    proof: Proof, service: Service, url: str, tmp_path: Path
) -> None:
    account, target = opened_account(service.url, url), tmp_path / "backup.db"
    stays = proof.rounds(short=150, whole=3000)
    quiet, beside = asyncio.run(_backed_up_beside(account, url, target, stays))
    assert {*quiet.statuses, *beside.statuses} == {200}
    assert target.stat().st_mode & 0o777 == 0o600
    assert sorted(file.name for file in tmp_path.glob("*backup.db*")) == ["backup.db"]
    copy = Account(account.base_url, account.tenant, account.source_id)
    in_copy = {str(row[0]) for row in _rows(f"sqlite:///{target}", account.org_id)}
    assert quiet.acknowledged <= in_copy <= copy.event_ids()
    assert outcome(f"sqlite:///{target}", "db", "check").exit_code == 0
    proof.found(f"{len(in_copy):,} events, all {len(quiet.acknowledged):,} of before it")
    proof.at_most("slowest answer", beside.slowest * 1000, 1000 + quiet.slowest * 3000, "ms")


def _rows(url: str, org_id: str) -> list[tuple[object, ...]]:
    from ingest.account import plain_rows  # noqa: PLC0415 - for a file that no account is of

    return plain_rows(url, f"SELECT event_id FROM event WHERE org_id = '{org_id}'")


@pytest.mark.guarantee(
    "A backup that is put back tells what the ledger told when it was made",
    "the ledger damaged in its middle, found by `db check`, and the backup put in its place",
)
def test_a_backup_put_back_tells_the_same(
    proof: Proof, ledger: Path, url: str, tmp_path: Path
) -> None:
    backup = tmp_path / "backup.db"
    with serving(url, tmp_path, settings=NO_UPKEEP) as service:
        account = opened_account(service.url, url)
        told(account, 1, proof.rounds(short=200, whole=3000))
        expected = reports(account)
        run(url, "db", "backup", str(backup))
        told(account, 2, 50)
    _damage(ledger)
    found = outcome(url, "db", "check")
    assert found.exit_code == 1
    assert "Damaged: " in found.output
    said = run(url, "db", "restore", str(backup))
    kept = next(tmp_path.glob("ledger.db.before-restore-*"))
    assert str(kept) in said
    assert ledger.stat().st_mode & 0o777 == 0o600
    assert "0 not as events tell" in run(url, "db", "check")
    with serving(url, tmp_path, settings=NO_UPKEEP) as service:
        again = Account(service.url, account.tenant, account.source_id)
        assert reports(again) == expected
        assert set(told(again, 3, 20).statuses) == {200}
    proof.found(f"reports of {len(PEOPLE)} people as they were")


def _damage(ledger: Path) -> None:
    """Overwrite a tenth of the pages, as a failing disk does."""
    chance, pages = random.Random(5), ledger.stat().st_size // 4096  # noqa: S311 - no secret
    with ledger.open("r+b") as file:
        for page in chance.sample(range(2, pages), pages // 10):
            file.seek(page * 4096)
            file.write(chance.randbytes(4096))


@pytest.mark.guarantee(
    "Nothing is restored over a ledger in use",
    "`rollbook db restore` beside a running service, and after it was killed",
)
def test_nothing_is_restored_over_a_ledger_in_use(proof: Proof, url: str, tmp_path: Path) -> None:
    backup = tmp_path / "backup.db"
    with serving(url, tmp_path, "--workers", "2", settings=NO_UPKEEP) as service:
        account = opened_account(service.url, url)
        told(account, 1, 30)
        command(url, "db", "backup", str(backup))
        refused = outcome(url, "db", "restore", str(backup))
        assert refused.exit_code == 1
        assert "is in use: stop the service first" in refused.output
        acknowledged = told(account, 2, 30).acknowledged
        assert acknowledged <= account.event_ids()
        processes = service.processes()
        for process in processes:
            process.kill()
        service.process.wait(10)
    until = time.monotonic() + 10
    while outcome(url, "db", "restore", str(backup)).exit_code and time.monotonic() < until:
        time.sleep(0.1)
    assert not acknowledged & account.event_ids()
    proof.found("refused while it runs, done once it is killed")


# --- what backups and restores refuse ---------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("missing.db", "no such file"),
        ("notes.txt", "file is not a database"),
        ("empty.db", "that holds no ledger"),
    ],
)
def test_what_is_no_backup_changes_nothing(source: str, said: str, url: str, ledger: Path) -> None:
    command(url, "db", "upgrade")
    ledger.with_name("notes.txt").write_text("Dear diary, " * 1000)
    ledger.with_name("empty.db").touch()
    before = ledger.read_bytes()
    refused = outcome(url, "db", "restore", str(ledger.with_name(source)))
    assert refused.exit_code == 1
    assert said in refused.output
    assert ledger.read_bytes() == before
    assert not list(ledger.parent.glob(".ledger.db.*"))


def test_a_backup_overwrites_nothing(url: str, tmp_path: Path) -> None:
    command(url, "db", "upgrade")
    target = tmp_path / "kept.db"
    target.write_text("kept")
    refused = outcome(url, "db", "backup", str(target))
    assert refused.exit_code == 1
    assert "never overwrites" in refused.output
    assert target.read_text() == "kept"
    nowhere = outcome(url, "db", "backup", str(tmp_path / "no" / "folder.db"))
    assert nowhere.exit_code == 1
    assert "No such file or directory" in nowhere.output


def test_a_damaged_backup_is_not_put_back(url: str, ledger: Path) -> None:
    command(url, "org", "create", "School")
    backup = ledger.with_name("backup.db")
    command(url, "db", "backup", str(backup))
    _damage(backup)
    before = ledger.read_bytes()
    refused = outcome(url, "db", "restore", str(backup))
    assert refused.exit_code == 1
    assert ledger.read_bytes() == before


def test_a_ledger_that_is_gone_is_restored_where_it_was(url: str, ledger: Path) -> None:
    command(url, "org", "create", "School")
    backup = ledger.with_name("backup.db")
    command(url, "db", "backup", str(backup))
    ledger.unlink()
    assert "What was there" not in command(url, "db", "restore", str(backup))
    assert "School" in command(url, "org", "list")
