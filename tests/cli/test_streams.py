"""What commands are given and where they print: full, closed, of another encoding, no text at all."""

import json
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from cli.commands import ROLLBOOK, Cli, environment

DAYS = ("--from", "2024-01-15", "--to", "2024-01-20")
NO_TEXT = "\udcff"
"""What Python makes of an argument of the byte FF."""

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def key(sqlite_cli: Cli, school_file: Path) -> str:
    """The key of an organization whose name no ASCII has, with sessions."""
    made: str = sqlite_cli.json("org", "create", "École 王 😀")["orgId"]
    sqlite_cli.prints("import", str(school_file), "--org", made)
    return made


@pytest.fixture
def run(sqlite_cli: Cli) -> Run:
    """Run a line of the shell, as a process that may have an encoding of its own."""

    def run(line: str, encoding: str = "utf-8") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-c", line],
            env=environment(
                ROLLBOOK_DATABASE_URL=sqlite_cli.database_url, PYTHONIOENCODING=encoding
            ),
            capture_output=True,
            encoding=encoding,
            check=False,
        )

    return run


def report(key: str, *form: str) -> str:
    return shlex.join([str(ROLLBOOK), "report", "teacher-1", "--org", key, *DAYS, *form])


@pytest.mark.parametrize("form", ["", "--json", "--csv"])
def test_a_report_for_which_there_is_no_room_ends_in_one_line(
    run: Run, key: str, form: str
) -> None:
    done = run(f"{report(key, *form.split())} > /dev/full")
    assert (done.returncode, done.stderr) == (1, "rollbook: output: No space left on device\n")


@pytest.mark.usefixtures("key")  # or `org list` would say that it makes a ledger
@pytest.mark.parametrize("command", ["org list", "check", "--help", "report --help", "--version"])
def test_any_output_for_which_there_is_no_room_ends_in_one_line(run: Run, command: str) -> None:
    done = run(f"{ROLLBOOK} {command} > /dev/full")
    assert (done.returncode, done.stderr) == (1, "rollbook: output: No space left on device\n")


@pytest.mark.parametrize("form", ["", "--json", "--csv"])
def test_a_closed_output_is_no_trouble(run: Run, key: str, form: str) -> None:
    done = run(f"{report(key, *form.split())} >&-")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.usefixtures("key")  # as above
def test_a_closed_input_has_no_line(run: Run) -> None:
    done = run(f"{ROLLBOOK} report x --org - <&-")
    assert (done.returncode, done.stderr) == (1, "rollbook: --org must not be blank\n")


@pytest.mark.parametrize("form", ["", "--json", "--csv"])
def test_a_pipe_whose_reader_has_enough_ends_quietly(run: Run, key: str, form: str) -> None:
    assert run(f"{report(key, *form.split())} | true").stderr == ""


def test_names_are_shown_as_far_as_the_terminal_can(run: Run, key: str) -> None:
    assert "Am\\xe9lie Dupont" in run(report(key), "ascii").stdout
    listed = run(f"{ROLLBOOK} org list", "ascii")
    assert (listed.returncode, listed.stderr) == (0, "")
    assert r"\xc9cole \u738b \U0001f600" in listed.stdout


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_json_is_json_whatever_the_terminal_can_show(run: Run, key: str, encoding: str) -> None:
    line = f"PYTHONIOENCODING={encoding} {ROLLBOOK} org list --json"
    (school,) = json.loads(run(line).stdout)
    assert school["name"] == "École 王 😀"
    answer = json.loads(run(f"PYTHONIOENCODING={encoding} {report(key, '--json')}").stdout)
    assert answer["data"]["participant"]["name"] == "Amélie Dupont"


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("report x --org BAD", "--org"),
        ("report BAD --org KEY", "UID"),
        ("report x --org KEY --room BAD", "--room"),
        ("report x --org KEY --from BAD", "--from"),
        ("org create BAD", "NAME"),
        ("org rename BAD name", "ORG_ID"),
        ("org key add KEY --label BAD", "--label"),
        ("org key revoke KEY BAD", "KEY_ID"),
        ("source add zoom --org KEY --secret BAD", "--secret"),
        ("source add zoom --org KEY --secret x --name BAD", "--name"),
        ("source disable BAD --org KEY", "SOURCE_ID"),
        ("source configure SOURCE --org KEY default_role=ADMIN title_paths=BAD", "NAME=VALUE..."),
        ("ledger verify --org BAD", "--org"),
        ("serve --host BAD", "--host"),
    ],
)
def test_an_argument_that_is_no_text_is_told_by_its_name(
    sqlite_cli: Cli, key: str, line: str, named: str
) -> None:
    said = sqlite_cli.fails(*line.replace("BAD", NO_TEXT).replace("KEY", key).split())
    assert said == f"rollbook: {named} must be valid Unicode text"


@pytest.mark.parametrize("line", ["report x --org -", "source add zoom --org KEY --secret -"])
def test_an_input_that_is_no_text_is_told(sqlite_cli: Cli, key: str, line: str) -> None:
    said = sqlite_cli.fails(*line.replace("KEY", key).split(), stdin=b"\xff\n")
    assert said == "rollbook: standard input must be valid Unicode text"


def test_a_file_may_have_a_name_that_is_no_text(
    sqlite_cli: Cli, key: str, school_file: Path
) -> None:
    odd = school_file.rename(school_file.with_name(f"{NO_TEXT}.jsonl"))
    assert sqlite_cli.json("import", str(odd), "--org", key)["unchanged"] == 3
