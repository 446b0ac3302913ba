"""`rollbook db` and `rollbook check`, and databases that are not what they should be."""

import json
import re
import socket
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from cli.commands import Cli

PASSWORD = "s3cret-of-the-database"
COMMANDS = (
    ["check"],
    ["db", "status"],
    ["db", "upgrade"],
    ["org", "list"],
    ["org", "create", "School"],
    ["report", "student-123", "--org", "aaaaaaaaaa"],
    ["serve", "--port", "{port}"],
)


@pytest.fixture
def bare(bare_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line with a database that has no schema."""
    monkeypatch.chdir(tmp_path)
    return Cli(bare_database_url)


def test_a_database_is_upgraded_once_and_then_left_alone(bare: Cli) -> None:
    first = bare.prints("db", "upgrade").splitlines()
    assert all(re.fullmatch(r"Applied \d{4} \w+\.", line) for line in first[:-1])
    assert len(first) > 1
    assert first[-1] == "The schema is up to date."
    assert bare.prints("db", "upgrade") == "The schema is up to date.\n"


def test_the_status_of_a_database_tells_a_script_whether_to_upgrade_it(bare: Cli) -> None:
    before = bare("db", "status", "--json")
    assert before.exit_code == 1
    pending = json.loads(before.stdout)["pending"]
    assert json.loads(before.stdout) == {"applied": [], "pending": pending}
    assert pending[0] == 1
    bare.prints("db", "upgrade")
    assert bare.json("db", "status") == {"applied": pending, "pending": []}


def test_the_status_of_a_database_is_told_to_people(bare: Cli) -> None:
    shown = bare("db", "status")
    assert shown.exit_code == 1
    assert shown.stdout.startswith("Applied: none\nPending: 0001")
    bare.prints("db", "upgrade")
    assert re.fullmatch(r"Applied: 0001(, \d{4})*\nPending: none\n", bare.prints("db", "status"))


def test_check_says_that_all_is_well(cli: Cli) -> None:
    engine = "sqlite" if cli.database_url.startswith("sqlite") else "postgres"
    assert cli.prints("check") == (
        f"Settings: ok\nDatabase ({engine}, {place(cli)}): reachable\nSchema: up to date\n"
        "Secrets: none yet\n"
    )


def place(cli: Cli) -> str:
    """Where the database of a test is, in the words of the commands."""
    parts = urlsplit(cli.database_url)
    if parts.scheme == "sqlite":
        return parts.path[1:]
    host = parts.netloc.rpartition("@")[2] or dict(parse_qsl(parts.query))["host"]
    return f"{parts.path[1:]} on {host}"


@pytest.mark.parametrize("form", [[], ["--json"]], ids=["text", "json"])
def test_the_status_names_the_database_beside_what_a_script_reads(
    cli: Cli, form: list[str]
) -> None:
    assert cli("db", "status", *form).stderr == f"Database: {place(cli)}\n"


def test_check_of_a_database_without_schema_says_what_will_happen_or_what_to_do(
    bare: Cli, engine: str
) -> None:
    checked = bare("check")
    if engine == "sqlite":
        assert checked.exit_code == 0
        assert checked.stdout.endswith("Schema: `rollbook serve` will upgrade it\n")
    else:
        assert checked.exit_code == 1
        assert checked.stderr == "Schema: not up to date, run `rollbook db upgrade`\n"
    assert bare("db", "status").stdout.startswith("Applied: none\n")


@pytest.mark.parametrize("command", COMMANDS[3:6], ids=" ".join)
def test_a_command_on_postgresql_without_schema_says_which_command_makes_it(
    request: pytest.FixtureRequest, command: list[str]
) -> None:
    bare = Cli(request.getfixturevalue("postgres_server").new_database())
    assert bare.fails(*command) == (
        "rollbook: the database schema is not up to date: run `rollbook db upgrade`"
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def with_port(command: list[str]) -> list[str]:
    return [word.replace("{port}", str(free_port())) for word in command]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize(
    ("url", "said"),
    [
        (f"postgresql://rollbook:{PASSWORD}@127.0.0.1:1/rollbook", "ConnectionRefusedError"),
        (f"postgresql://rollbook:{PASSWORD}@host.invalid/rollbook", "gaierror"),
        (f"postgresql://rollbook:{PASSWORD}@/rollbook?host=/no/such/socket", "FileNotFoundError"),
        (f"mysql://rollbook:{PASSWORD}@127.0.0.1/rollbook", "ROLLBOOK_DATABASE_URL must be"),
        (f"rollbook:{PASSWORD}", "ROLLBOOK_DATABASE_URL must be"),
        ("sqlite://ledger.db", "ROLLBOOK_DATABASE_URL must be"),
        ("sqlite:///", "ROLLBOOK_DATABASE_URL must be"),
        (f"postgresql://rollbook:{PASSWORD}@127.0.0.1:99999/x", "ROLLBOOK_DATABASE_URL"),
        ("sqlite:////no/such/folder/ledger.db", "/no/such/folder"),
        ("sqlite:////proc/ledger.db", "/proc"),
        ("sqlite:////proc/self/status", "/proc/self"),
        ("sqlite:////proc", "/proc"),
        ("sqlite:////", "The database is unavailable ("),
    ],
)
def test_a_database_that_cannot_be_reached_is_told_in_one_line_without_its_password(
    url: str, said: str, command: list[str]
) -> None:
    result = Cli(url)(*with_port(command))
    assert result.exit_code == 1
    (line,) = result.stderr.splitlines()
    assert line.startswith("rollbook: ")
    assert said in line
    assert PASSWORD not in result.output


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://rollbook:{PASSWORD}@127.0.0.1:port/rollbook",
        f"postgresql://rollbook:{PASSWORD}/x@127.0.0.1/rollbook",
        f"postgresql://rollbook:{PASSWORD}@[::1/rollbook",
        f"postgresql://rollbook:{PASSWORD}@127.0.0.1/rollbook?sslmode=perhaps",
    ],
)
def test_a_url_that_postgresql_cannot_read_is_told_by_the_name_of_its_setting(url: str) -> None:
    line = Cli(url).fails("check")
    assert "ROLLBOOK_DATABASE_URL" in line
    assert PASSWORD not in line


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/proc/ledger.db", "cannot write to /proc: "),
        ("/no/such/folder/ledger.db", "cannot write to /no/such/folder: "),
        ("/dev", "/dev is not a file"),
        ("/dev/null", "/dev/null is not a file"),
    ],
)
def test_check_names_what_it_cannot_write_to(path: str, said: str) -> None:
    line = Cli(f"sqlite:///{path}").fails("check")
    assert line.startswith(f"rollbook: The database is unavailable ({said}")


def test_check_tries_to_write_to_a_file_that_is_there(
    sqlite_cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sqlite_cli.prints("db", "upgrade")
    file, opened = tmp_path / "ledger.db", Path.open

    def read_only(path: Path, mode: str = "r", **more: Any) -> object:
        if path == file and "+" in mode:
            # As permissions would, were the tests never run by root.
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, mode, **more)

    monkeypatch.setattr(Path, "open", read_only)
    assert f"(cannot write to {file}: Permission denied)" in sqlite_cli.fails("check")


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/proc/ledger.db", "there is no ledger at /proc/ledger.db; `rollbook serve` makes one"),
        (
            "/proc/self/status",
            "(cannot write to /proc/self/status-lock: No such file or directory)",
        ),
        ("/dev", "(/dev is not a file)"),
    ],
)
def test_a_database_that_cannot_be_opened_is_told_by_its_file(path: str, said: str) -> None:
    assert Cli(f"sqlite:///{path}").fails("org", "list").endswith(said)


def test_a_file_that_is_no_database_is_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("Dear diary, " * 1000)
    line = Cli(f"sqlite:///{file}").fails("org", "list")
    assert f"file is not a database: {file}" in line
    assert file.read_text() == "Dear diary, " * 1000


@pytest.mark.parametrize("command", [["check"], ["db", "status"]], ids=" ".join)
def test_a_command_that_only_looks_makes_no_database(
    sqlite_cli: Cli, tmp_path: Path, command: list[str]
) -> None:
    sqlite_cli(*command)
    assert list(tmp_path.iterdir()) == []
