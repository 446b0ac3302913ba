"""`rollbook session correct`, as an operator calls it."""

import asyncio
import json
from pathlib import Path

import pytest
from cli.commands import Cli
from support.visits import Visit

from rollbook.domain.organizations import org_id_of_key
from rollbook.domain.presences import session_id_for
from rollbook.store.engine.opening import database_for

DAYS = ("--from", "2024-01-15", "--to", "2024-01-20")


@pytest.fixture
def running(cli: Cli, key: str, tmp_path: Path) -> str:
    """The id of a session in a file that has no end."""
    file = tmp_path / "sessions.jsonl"
    file.write_text(Visit(left=None, id="one").line() + "\n", encoding="utf-8")
    cli.prints("import", str(file), "--org", key)
    return session_id_for(f"{org_id_of_key(key)}import", "one")


def totals(cli: Cli, key: str) -> tuple[int, int]:
    summary = cli.json("report", "student-123", "--org", key, *DAYS)["data"]["summary"]
    return summary["totalSessions"], summary["totalDuration"]


def test_a_session_is_ended_taken_away_and_brought_back(cli: Cli, key: str, running: str) -> None:
    call = ("session", "correct", running, "--org", key, "--note", "hung up")
    shown = cli.prints(*call, "--left", "2024-01-15T09:30:00Z")
    assert shown == (f"Session {running}: 2024-01-15T09:00:00.000Z to 2024-01-15T09:30:00.000Z.\n")
    assert totals(cli, key) == (1, 1800)
    assert cli.prints(*call, "--void") == f"Session {running} counts no longer.\n"
    assert totals(cli, key) == (0, 0)
    assert cli.json(*call, "--withdraw") == {
        "id": running,
        "joinedAt": "2024-01-15T09:00:00.000Z",
        "leftAt": None,
        "void": False,
    }
    assert totals(cli, key)[0] == 1


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ((), "say one of --left, --void and --withdraw"),
        (("--void", "--withdraw"), "say one of --left, --void and --withdraw"),
        (("--left", "yesterday"), "--left must be an instant with its offset"),
        (("--left", "2024-01-15T08:59:59Z"), "leftAt must be from the join"),
        (("--left", "2999-01-01T00:00:00Z"), "leftAt must be from the join"),
    ],
)
def test_what_cannot_be_said_is_refused_in_a_line(
    cli: Cli, key: str, running: str, said: tuple[str, ...], line: str
) -> None:
    call = ("session", "correct", running, "--org", key, "--note", "hung up")
    assert cli.fails(*call, *said).startswith(f"rollbook: {line}")


def test_a_session_of_nobody_is_not_there(cli: Cli, key: str) -> None:
    call = ("session", "correct", "0" * 32, "--org", key, "--note", "hung up", "--void")
    assert cli.fails(*call) == "rollbook: There is no such session"


def test_the_ledger_is_verified_with_what_was_said(cli: Cli, key: str, running: str) -> None:
    cli.prints("session", "correct", running, "--org", key, "--note", "hung up", "--void")
    shown = cli.prints("ledger", "verify", "--org", key)
    assert shown == "Checked 1 session(s) in 1 room(s): as the events tell.\n"


def test_a_correction_that_was_lost_is_shown_and_mended(cli: Cli, key: str, running: str) -> None:
    call = ("session", "correct", running, "--org", key, "--note", "hung up")
    cli.prints(*call, "--left", "2024-01-15T09:30:00Z")
    asyncio.run(_lost(cli.database_url))
    found = cli("ledger", "verify", "--org", key, "--json")
    assert found.exit_code == 1
    (difference,) = json.loads(found.stdout)["differences"]
    told = {"stored": None, "told": "left 2024-01-15T09:30:00.000Z"}
    assert difference["fields"] == {"correction": told}
    shown = cli.prints("ledger", "rebuild", "--org", key)
    assert "correction None -> left 2024-01-15T09:30:00.000Z" in shown
    cli.prints("ledger", "verify", "--org", key)


async def _lost(database_url: str) -> None:
    database = database_for(database_url)
    await database.open()
    async with database.writing() as connection:
        await connection.run_script("UPDATE session SET corrected_at = NULL;")
    await database.close()
