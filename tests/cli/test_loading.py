"""A command loads what it needs and no more: that is what makes it start fast."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from cli.commands import Cli, environment
from support.visits import Visit

from rollbook.cli import main

_PROBE = """
import atexit, json, sys
before = set(sys.modules)
atexit.register(lambda: print(json.dumps([*set(sys.modules) - before]), file=sys.stderr))
from rollbook.cli import main
main(sys.argv[1:])
"""
_SERVER = {"litestar", "granian", "uvloop", "jinja2", "itsdangerous", "xlsxwriter", "structlog"}
_PLATFORMS = {"livekit", "aiohttp", "google"}
_FOR_PEOPLE = {"rich", "pygments", "markdown_it"}


def loaded_by(database_url: str, *arguments: str) -> set[str]:
    """Every module that a process of its own loads to run a command."""
    done = subprocess.run(
        [sys.executable, "-c", _PROBE, *arguments],
        env=environment(ROLLBOOK_DATABASE_URL=database_url),
        capture_output=True,
        text=True,
        check=False,
    )
    return set(json.loads(done.stderr.splitlines()[-1]))


def packages(modules: set[str]) -> set[str]:
    """The packages of others among modules."""
    first = {module.partition(".")[0] for module in modules}
    return {name for name in first - sys.stdlib_module_names if not name.startswith("_")}


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_what_concerns_no_command_loads_none(sqlite_cli: Cli, option: str) -> None:
    loaded = loaded_by(sqlite_cli.database_url, option)
    assert packages(loaded) == {"click", "rollbook"}
    assert {module for module in loaded if module.startswith("rollbook")} == {
        "rollbook",
        "rollbook.cli",
        "rollbook.cli.program",
        "rollbook.domain",
        "rollbook.domain.errors",
        "rollbook.domain.instants",
        "rollbook.domain.limits",
        "rollbook.domain.rates",
        "rollbook.domain.values",
        "rollbook.settings",
    }
    assert "asyncio" not in loaded


@pytest.mark.parametrize("command", main.commands)
def test_a_command_loads_no_other_command_and_no_server(sqlite_cli: Cli, command: str) -> None:
    loaded = loaded_by(sqlite_cli.database_url, command, "--help")
    modules = {f"rollbook.cli.{entry.module}" for entry in main.commands.entries.values()}
    assert loaded & modules == {f"rollbook.cli.{main.commands.entries[command].module}"}
    heavy = (
        _PLATFORMS | {"asyncpg"} | _FOR_PEOPLE | ({"litestar"} if command == "serve" else _SERVER)
    )
    assert packages(loaded) & heavy == set()
    assert "rollbook.app" not in loaded


@pytest.mark.parametrize(
    "line", ["org list --json", "report student-123 --org {key} --csv", "db status", "check"]
)
def test_a_command_on_sqlite_loads_little_beside_its_driver(sqlite_cli: Cli, line: str) -> None:
    key = sqlite_cli.json("org", "create", "School")["orgId"]
    loaded = loaded_by(sqlite_cli.database_url, *line.format(key=key).split())
    assert packages(loaded) <= {"click", "msgspec", "rollbook", "typing_extensions", "tzdata"}
    assert "rollbook.store.engine.sqlite" in loaded


def test_a_command_loads_the_driver_of_its_database_alone(cli: Cli, engine: str) -> None:
    loaded = loaded_by(cli.database_url, "org", "list", "--json")
    drivers = {"rollbook.store.engine.sqlite", "rollbook.store.engine.postgres"}
    assert loaded & drivers == {f"rollbook.store.engine.{engine}"}
    assert ("asyncpg" in loaded) == (engine == "postgres")


@pytest.mark.parametrize("line", ["org list", "report student-123 --org {key}"])
def test_what_prints_tables_is_loaded_to_print_one(sqlite_cli: Cli, line: str) -> None:
    key = sqlite_cli.json("org", "create", "School")["orgId"]
    assert "rich" in loaded_by(sqlite_cli.database_url, *line.format(key=key).split())


def test_an_import_that_no_terminal_watches_draws_no_bar(sqlite_cli: Cli) -> None:
    key = sqlite_cli.json("org", "create", "School")["orgId"]
    Path("sessions.jsonl").write_text(Visit().line() + "\n", encoding="utf-8")
    loaded = loaded_by(sqlite_cli.database_url, "import", "sessions.jsonl", "--org", key)
    assert packages(loaded) & (_SERVER | _PLATFORMS | _FOR_PEOPLE) == set()


def test_the_service_loads_no_library_that_only_happens_to_be_there(sqlite_cli: Cli) -> None:
    made = "import json, sys, rollbook.app; rollbook.app.create_app(); print(json.dumps([*sys.modules]))"
    done = subprocess.run(
        [sys.executable, "-c", made],
        env=environment(ROLLBOOK_DATABASE_URL=sqlite_cli.database_url),
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = packages(set(json.loads(done.stdout)))
    assert "litestar" in loaded
    # Those who test the API bring the first; the others are for tables on a terminal.
    assert loaded & {"pydantic", *_FOR_PEOPLE} == set()
    # For pages, and for the signatures of some platforms: both come later.
    assert loaded & {"jinja2", "itsdangerous", "jwt", "cryptography"} == set()


@pytest.mark.parametrize("command", main.commands)
def test_the_summary_of_a_command_is_the_first_sentence_of_its_help(command: str) -> None:
    own = main.commands[command].get_short_help_str(limit=1000)
    assert main.commands.entries[command].summary == own
