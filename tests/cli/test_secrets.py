"""`rollbook secrets`, and what other commands do where the key is, or is not."""

import json
import os
import stat
import subprocess
from pathlib import Path

import pytest
from cli.commands import ROLLBOOK, Cli, environment
from support.settings import SECRET_KEY

from rollbook.secret_keys import SecretKey

NEXT_KEY = "the-next-secret-key-of-the-tests-0000"
OLD, NEW = SecretKey(SECRET_KEY).name, SecretKey(NEXT_KEY).name
BOTH = {"ROLLBOOK_SECRET_KEY": f"{NEXT_KEY},{SECRET_KEY}"}
NONE = {"ROLLBOOK_SECRET_KEY": ""}
WEBHOOK_SECRET = "whsec_that-only-the-tests-know"


@pytest.fixture
def org_id(cli: Cli) -> str:
    made: str = cli.json("org", "create", "School")["id"]
    return made


def add_source(cli: Cli, org_id: str, **settings: str) -> str:
    done = cli(
        *("source", "add", "whereby", "--org", org_id, "--secret", "-", "--json"),
        stdin=WEBHOOK_SECRET + "\n",
        settings=settings,
    )
    assert done.exit_code == 0, done.output
    added: str = json.loads(done.stdout)["sourceId"]
    return added


def test_the_status_names_keys_and_never_shows_them(cli: Cli, org_id: str) -> None:
    assert cli.json("secrets", "status")["sealsWith"] is None
    add_source(cli, org_id)
    told = cli.json("secrets", "status")
    assert told == {
        "sealsWith": OLD, "here": [OLD], "missing": [], "sealed": {OLD: 1}, "notSealed": 0
    }  # fmt: skip
    said = cli.prints("secrets", "status")
    assert OLD in said
    assert SECRET_KEY not in said


def test_another_key_seals_after_a_rotation_and_the_old_one_is_needed_no_more(
    cli: Cli, org_id: str
) -> None:
    add_source(cli, org_id)
    refused = cli.fails("secrets", "rotate")
    assert "new,old" in refused
    # With both, the old one seals until it is said otherwise.
    add_source(cli, org_id, **BOTH)
    assert cli.json("secrets", "status")["sealed"] == {OLD: 2}
    done = cli("secrets", "rotate", settings=BOTH)
    assert done.exit_code == 0, done.stderr
    assert f"2 source(s) sealed anew; the key {NEW} seals." in done.stdout
    after = cli("secrets", "status", "--json", settings={"ROLLBOOK_SECRET_KEY": NEXT_KEY})
    assert json.loads(after.stdout)["sealed"] == {NEW: 2}
    assert after.exit_code == 0
    # Again, nothing is left to do.
    again = cli("secrets", "seal", settings=BOTH)
    assert "0 source(s) sealed anew" in again.stdout


def test_a_missing_key_is_told_of_by_every_command_that_needs_it(cli: Cli, org_id: str) -> None:
    source_id = add_source(cli, org_id)
    other = {"ROLLBOOK_SECRET_KEY": NEXT_KEY}
    status = cli("secrets", "status", settings=other)
    assert (status.exit_code, status.stderr) == (1, f"Missing: {OLD}\n")
    check = cli("check", settings=other)
    assert check.exit_code == 1
    assert f"sealed with a key that is not here ({OLD})" in check.stderr
    for command in (("secrets", "seal"), ("secrets", "rotate")):
        assert OLD in cli.fails(*command, settings=other)
    body = cli(
        "source", "test", source_id, "--org", org_id, "--body", "-", stdin="{}", settings=other
    )
    assert body.exit_code == 1
    assert "cannot be read" in body.stderr
    assert cli("source", "list", "--org", org_id, settings=other).exit_code == 0
    assert "Secrets: sealed" in cli.prints("check")


def test_a_lost_key_is_gone_on_without(cli: Cli, org_id: str) -> None:
    source_id = add_source(cli, org_id)
    other = {"ROLLBOOK_SECRET_KEY": NEXT_KEY}
    done = cli("secrets", "rotate", "--lost", settings=other)
    assert done.exit_code == 1
    assert source_id in done.stderr
    add_source(cli, org_id, **other)
    rotate = ("source", "rotate", source_id, "--org", org_id, "--secret", "-")
    kept = cli(*rotate, stdin="another-secret\n", settings=other)
    assert (kept.exit_code, "cannot be read" in kept.stderr) == (1, True)
    dropped = cli(*rotate, "--drop-old", stdin="another-secret\n", settings=other)
    assert dropped.exit_code == 0, dropped.stderr
    assert cli("secrets", "status", settings=other).exit_code == 0


def test_a_new_key_is_printed_and_changes_nothing(cli: Cli) -> None:
    one, other = cli.prints("secrets", "new"), cli.prints("secrets", "new")
    assert one != other
    assert len(one.strip()) >= 32
    assert cli.json("secrets", "status")["sealsWith"] is None


def test_keys_of_an_embedded_ledger_are_in_a_file_beside_it(
    sqlite_cli: Cli, tmp_path: Path
) -> None:
    org_id = sqlite_cli.json("org", "create", "School")["id"]
    add_source(sqlite_cli, org_id, **NONE)
    (file,) = [path for path in tmp_path.rglob("*-key") if path.is_file()]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    before = json.loads(sqlite_cli("secrets", "status", "--json", settings=NONE).stdout)
    done = sqlite_cli("secrets", "rotate", settings=NONE)
    assert done.exit_code == 0, done.stderr
    after = json.loads(sqlite_cli("secrets", "status", "--json", settings=NONE).stdout)
    assert after["here"] == [after["sealsWith"], before["sealsWith"]]
    assert after["sealed"] == {after["sealsWith"]: 1}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    # Where it is gone, no other one is made.
    file.rename(file.with_name("elsewhere"))
    done = sqlite_cli("source", "add", "events", "--org", org_id, settings=NONE)
    assert done.exit_code == 0
    done = sqlite_cli("secrets", "seal", settings=NONE)
    assert done.exit_code == 1
    assert after["sealsWith"] in done.stderr
    assert not file.exists()


@pytest.mark.parametrize("engine", ["postgres"])
def test_postgresql_wants_a_key_to_be_told(cli: Cli, org_id: str) -> None:
    done = cli(
        *("source", "add", "whereby", "--org", org_id, "--secret", "-"),
        stdin=WEBHOOK_SECRET + "\n",
        settings=NONE,
    )
    assert done.exit_code == 1
    assert "ROLLBOOK_SECRET_KEY" in done.stderr
    assert WEBHOOK_SECRET not in done.output
    for command in (("serve", "--port", "18099"), ("secrets", "seal")):
        done = cli(*command, settings=NONE)
        assert done.exit_code == 1
        assert "needs a secret key" in done.stderr


def test_what_commands_make_is_for_its_owner_alone_under_a_lax_umask(tmp_path: Path) -> None:
    ledger, backup, bad = (tmp_path / name for name in ("ledger.db", "backup.db", "bad.jsonl"))
    own = environment(ROLLBOOK_DATABASE_URL=f"sqlite:///{ledger}", ROLLBOOK_SECRET_KEY="")

    def rollbook(*arguments: str, stdin: str = "", exits: int = 0) -> str:
        done = subprocess.run(
            [ROLLBOOK, *arguments], env=own, input=stdin, capture_output=True, text=True,
            check=False, umask=0,
        )  # fmt: skip
        assert done.returncode == exits, done.stderr
        return done.stdout + done.stderr

    made = json.loads(rollbook("org", "create", "School", "--json").splitlines()[0])
    add = ("source", "add", "whereby", "--org", made["id"], "--secret", "-")
    rollbook(*add, stdin=WEBHOOK_SECRET)
    bad.write_text("{\n")
    rejects = tmp_path / "bad.jsonl.rejects.jsonl"
    rejects.write_text("of before")
    rejects.chmod(0o644)
    rollbook("import", str(bad), "--org", made["id"], exits=3)
    rollbook("db", "backup", str(backup))
    private = [path for path in tmp_path.iterdir() if path != bad and path.is_file()]
    assert {ledger, backup, rejects, ledger.with_name("ledger.db-key")} <= set(private)
    for path in private:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    assert "can read" not in rollbook("check")
    # A file that somebody put there, or let others read, is told of.
    for path in (ledger, ledger.with_name("ledger.db-key")):
        path.chmod(0o644)
        said = rollbook("check")
        assert f"Every user here can read {path} (mode 0644): chmod 600 {path}" in said
        path.chmod(0o600)


def test_the_ledgers_own_log_is_for_its_owner_too_while_it_is_open(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.db"
    script = (
        "import asyncio, os, sys\n"
        "os.umask(0)\n"
        "from rollbook.store.engine.opening import database_for\n"
        "from rollbook.store.engine import schema\n"
        "async def main():\n"
        "    database = database_for(sys.argv[1])\n"
        "    await database.open(make=True)\n"
        "    await schema.upgrade(database, 0)\n"
        "    for name in sorted(os.listdir(sys.argv[2])):\n"
        "        print(name, oct(os.stat(os.path.join(sys.argv[2], name)).st_mode & 0o777))\n"
        "    await database.close()\n"
        "asyncio.run(main())\n"
    )
    python = Path(os.path.realpath(ROLLBOOK)).with_name("python")
    done = subprocess.run(
        [python, "-c", script, f"sqlite:///{ledger}", tmp_path],
        env=environment(), capture_output=True, text=True, check=True,
    )  # fmt: skip
    names = dict(line.split() for line in done.stdout.splitlines())
    assert names.keys() >= {"ledger.db", "ledger.db-wal", "ledger.db-shm"}
    assert set(names.values()) == {"0o600"}
