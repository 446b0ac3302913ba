"""What commands say of the database of a newer program, and that they keep to it."""

import asyncio
import json
import re
from pathlib import Path

import pytest
from cli.commands import Cli
from server.process import free_port
from support.migrations import NEWER_RELEASE, OWN, migration, upgrade_as_a_newer_program

TABLE = "CREATE TABLE thing (a integer);"
OWN_VERSIONS = list(range(1, OWN + 1))
COMPATIBLE = "newer than this program, and compatible with it"
REFUSED = (
    "the database was made by a newer Rollbook: upgrade the program to one of schema"
    f" {OWN + 1:04} or newer, such as Rollbook {NEWER_RELEASE}"
)


@pytest.fixture
def bare(bare_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line with a database that has no schema."""
    monkeypatch.chdir(tmp_path)
    return Cli(bare_database_url)


@pytest.fixture
def compatible(bare: Cli) -> Cli:
    """The command line with a database to which a newer program has added something."""
    step = migration(OWN + 1, TABLE, compatible_from=OWN)
    asyncio.run(upgrade_as_a_newer_program(bare.database_url, step))
    return bare


@pytest.fixture
def incompatible(bare: Cli) -> Cli:
    """The command line with a database that a newer program has changed."""
    asyncio.run(upgrade_as_a_newer_program(bare.database_url, migration(OWN + 1, TABLE)))
    return bare


def test_check_says_that_a_newer_schema_is_compatible(compatible: Cli) -> None:
    assert compatible.prints("check").endswith(f"\nSchema: {COMPATIBLE}\nSecrets: none yet\n")


def test_the_status_says_that_a_newer_schema_is_compatible(compatible: Cli) -> None:
    shown = compatible.prints("db", "status")
    assert re.search(rf"^Applied: 0001, .*{OWN + 1:04}$", shown, re.MULTILINE)
    assert shown.endswith(f"Pending: none\nThe schema is {COMPATIBLE}.\n")
    assert compatible.json("db", "status") == {
        "applied": [*OWN_VERSIONS, OWN + 1],
        "pending": [],
        "newer": [OWN + 1],
        "compatible": True,
    }


def test_an_upgrade_of_a_newer_schema_that_is_compatible_has_nothing_to_do(compatible: Cli) -> None:
    assert compatible.prints("db", "upgrade") == f"The schema is {COMPATIBLE}.\n"


def test_commands_work_on_a_newer_schema_that_is_compatible(compatible: Cli) -> None:
    compatible.prints("org", "create", "Riverside School")
    assert "Riverside School" in compatible.prints("org", "list")


def test_check_of_a_schema_that_is_too_new_says_which_program_is_needed(incompatible: Cli) -> None:
    checked = incompatible("check")
    assert checked.exit_code == 1
    assert checked.stderr == f"Schema: {REFUSED}\n"
    assert "Schema" not in checked.stdout


def test_the_status_of_a_schema_that_is_too_new_says_which_program_is_needed(
    incompatible: Cli,
) -> None:
    named, refusal = incompatible("db", "status").stderr.splitlines()
    assert named.startswith("Database: ")
    assert refusal == f"rollbook: {REFUSED}"
    shown = incompatible("db", "status", "--json")
    assert shown.exit_code == 1
    assert json.loads(shown.stdout) == {
        "applied": [*OWN_VERSIONS, OWN + 1],
        "pending": [],
        "newer": [OWN + 1],
        "compatible": False,
    }


@pytest.mark.parametrize(
    "command", [["db", "upgrade"], ["org", "list"], ["serve", "--port", "0"]], ids=" ".join
)
def test_a_schema_that_is_too_new_is_refused_with_the_program_that_is_needed(
    incompatible: Cli, command: list[str]
) -> None:
    words = [str(free_port()) if word == "0" else word for word in command]
    assert incompatible.fails(*words) == f"rollbook: {REFUSED}"
