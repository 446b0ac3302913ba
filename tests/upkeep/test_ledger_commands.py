"""`rollbook ledger` and `rollbook org set-timeout`, as an operator calls them."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from support.settings import SECRET_KEY, settings_of
from support.visits import Visit
from upkeep.world import HOUR, NOON, joined, left, opened_world

from rollbook.cli import main
from rollbook.service.ingest.importing import import_rows, new_import
from rollbook.stores import Stores, opened_stores

Run = Callable[..., Result]


@pytest.fixture
def run(database_url: str) -> Run:
    def one(*arguments: str) -> Result:
        return CliRunner().invoke(
            main,
            arguments,
            env={"ROLLBOOK_DATABASE_URL": database_url, "ROLLBOOK_SECRET_KEY": SECRET_KEY},
        )

    return one


@pytest.fixture
def org_id(database_url: str) -> str:
    """An organization with a session from LiveKit and one from a file."""

    async def filled(stores: Stores) -> str:
        world = await opened_world(stores)
        await world.told(joined("PA_1"), left("PA_1", NOON + HOUR))
        files = await world.another_source("import", kind="import")
        file, rows = new_import(files, "file.jsonl", "jsonl", NOON), [[joined("from a file")]]
        async for _ in import_rows(stores.ledger, files, rows, file):
            pass
        return world.source.org_id

    return str(asyncio.run(_with_stores(database_url, filled)))


def test_a_ledger_that_is_right(run: Run, org_id: str) -> None:
    done = run("ledger", "verify", "--org", org_id)
    assert done.exit_code == 0
    assert done.stdout == "Checked 2 session(s) in 2 room(s): as the events tell.\n"
    as_json = run("ledger", "verify", "--org", org_id, "--json")
    assert as_json.exit_code == 0
    assert json.loads(as_json.stdout) == {"rooms": 2, "sessions": 2, "differences": []}


def test_a_ledger_that_is_wrong(run: Run, org_id: str, database_url: str) -> None:
    asyncio.run(_with_stores(database_url, _damage))
    for _ in range(2):
        done = run("ledger", "verify", "--org", org_id)
        assert done.exit_code == 1
        line, summary = done.stdout.splitlines()
        assert line.startswith("different: session ")
        assert line.endswith(
            "left_at 2024-01-15T12:00:00.000Z -> 2024-01-15T13:00:00.000Z, left_by timed_out -> leave"
        )
        assert summary == "Checked 2 session(s) in 2 room(s): 0 missing, 0 extra, 1 different."
    told = run("ledger", "verify", "--org", org_id, "--json")
    assert told.exit_code == 1
    (difference,) = json.loads(told.stdout)["differences"]
    assert difference["kind"] == "different"
    assert difference["roomId"] == "math-101"
    assert difference["fields"] == {
        "leftAt": {"stored": "2024-01-15T12:00:00.000Z", "told": "2024-01-15T13:00:00.000Z"},
        "leftBy": {"stored": "timed_out", "told": "leave"},
    }


def test_a_rebuild_says_what_it_changed_and_then_finds_nothing(
    run: Run, org_id: str, database_url: str
) -> None:
    asyncio.run(_with_stores(database_url, _damage))
    first = run("ledger", "rebuild", "--org", org_id)
    assert first.exit_code == 0
    assert first.stdout.startswith("corrected: session ")
    assert first.stdout.endswith("0 added, 0 removed, 1 corrected.\n")
    again = run("ledger", "rebuild", "--org", org_id)
    assert again.stdout == "Checked 2 session(s) in 2 room(s): as the events tell.\n"
    assert run("ledger", "verify", "--org", org_id).exit_code == 0


def test_what_was_imported_from_a_file_is_checked_like_all_else_and_not_changed(
    run: Run, tmp_path: Path
) -> None:
    made = run("org", "create", "Riverside", "--json")
    org_id = json.loads(made.stdout)["id"]
    file = tmp_path / "sessions.jsonl"
    file.write_text(Visit().line() + "\n" + Visit(room="physics-101").line() + "\n")
    assert run("import", str(file), "--org", org_id).stdout.startswith("2 rows: 2 added")
    (source,) = json.loads(run("source", "list", "--org", org_id, "--json").stdout)
    assert source["kind"] == "import"
    days = ("--from", "2024-01-15", "--to", "2024-01-15", "--json")
    told = run("report", "student-123", "--org", org_id, *days).stdout
    assert len(json.loads(told)["data"]["roomGroups"]) == 2
    for command in ("verify", "rebuild"):
        done = run("ledger", command, "--org", org_id)
        assert done.stdout == "Checked 2 session(s) in 2 room(s): as the events tell.\n"
        assert done.exit_code == 0
        assert run("report", "student-123", "--org", org_id, *days).stdout == told


@pytest.mark.parametrize("command", ["verify", "rebuild"])
def test_an_unknown_organization(run: Run, command: str) -> None:
    done = run("ledger", command, "--org", "aaaaaaaaaa")
    assert done.exit_code == 1
    assert "no organization has this id" in done.stderr


@pytest.mark.parametrize(
    ("hours", "said", "seconds"),
    [
        ("12", "at most 12 hours", 43_200),
        ("1.5", "at most 1.5 hours", 5400),
        ("0", "for ever", 0),
    ],
)
def test_the_time_a_session_may_be_open(
    run: Run, org_id: str, database_url: str, hours: str, said: str, seconds: int
) -> None:
    done = run("org", "set-timeout", org_id, hours)
    assert done.stdout == f"Sessions of organization {org_id} are open {said}.\n"

    async def timeouts(stores: Stores) -> Any:
        return await stores.organizations.session_timeouts()

    assert asyncio.run(_with_stores(database_url, timeouts))[org_id] == seconds


@pytest.mark.parametrize("hours", ["nan", "1e9", "inf", "-1", "-0.5"])
def test_hours_that_are_none(run: Run, org_id: str, hours: str) -> None:
    done = run("org", "set-timeout", org_id, hours)
    assert (done.exit_code, done.stderr) == (1, "rollbook: hours must be from 0 to 87600\n")


async def _damage(stores: Stores) -> None:
    async with stores.database.writing() as connection:
        await connection.run_script(
            "UPDATE session SET left_at = joined_at, left_by = 1 WHERE presence_id = 'PA_1';"
        )


async def _with_stores(database_url: str, work: Callable[[Stores], Any]) -> Any:
    settings = settings_of(database_url)
    async with opened_stores(settings) as stores:
        return await work(stores)
