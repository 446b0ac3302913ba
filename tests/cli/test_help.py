"""Every command explains itself, and every example that it gives works."""

import io
import re
import shlex
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import click
import pytest
from cli.commands import Cli, all_commands, environment
from support.visits import Visit

from rollbook import __version__
from rollbook.cli import main
from rollbook.settings import SETTINGS

COMMANDS = dict(all_commands())
_EXAMPLES = re.compile(r"^ *Examples?\b.*:\n((?:  .*\n?)+)", re.MULTILINE)

# What examples call things, and what a test has to put in its place.
_ORG, _KEY_ID, _IMPORT = "gtjoozxa3j", "3f2a9c51d07b", "5q3kz7mhwc"
_SESSION = "5f0c0ce1b7d94a3f8e2d6b1a09c7f354"
_SOURCE = f"{_ORG}k7d2m4q5ab"
_ONLY_READ = {
    "rollbook serve": "would not end by itself; tests/server is about it",
    "db distribute": "takes a cluster of Citus; tests/citus is about it",
    "db copy": "takes two databases; tests/moving is about it",
    "set-provider": "asks a provider; tests/dashboard has a real one",
    "--body": "needs a delivery that a platform signed; tests/ingest is about it",
}
_FILES = ("sessions.jsonl", "participants_85746065432.csv")
_ZOOM = Path(__file__).parents[1] / "fixtures" / "import" / "zoom_2024.csv"


def examples(command: click.Command) -> list[str]:
    text = (command.help or "").replace("\b", "").replace("\\\n", "")
    lines = [line.strip() for block in _EXAMPLES.findall(text) for line in block.splitlines()]
    return [line for line in lines if line]


def all_examples() -> Iterator[tuple[str, str]]:
    for name, command in COMMANDS.items():
        for example in examples(command):
            yield name, example


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_says_what_it_does_and_how_it_is_called(sqlite_cli: Cli, name: str) -> None:
    shown = sqlite_cli.prints(*name.split()[1:], "--help")
    assert shown.startswith(f"Usage: {name}")
    assert COMMANDS[name].get_short_help_str()
    assert shown == sqlite_cli.prints(*name.split()[1:], "-h")
    assert max(map(len, shown.splitlines())) <= 100


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "rollbook"])
def test_a_command_gives_an_example_of_itself(name: str) -> None:
    given = examples(COMMANDS[name])
    assert given
    assert any(f"{name} " in f"{example} " for example in given)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_of_a_command_is_explained(name: str) -> None:
    for parameter in COMMANDS[name].params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name


@pytest.mark.parametrize("example", sorted({example for _, example in all_examples()}))
def test_an_example_works(
    example: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    monkeypatch.chdir(tmp_path)
    for file in ("delivery.json", *_FILES):
        Path(file).touch()
    if needs := next((reason for word, reason in _ONLY_READ.items() if word in example), None):
        monkeypatch.setattr("sys.stdin", io.StringIO("the-secret\n"))
        assert parses(example[example.rindex("rollbook ") :]), needs
        return
    cli, line = prepared(example, tmp_path, request)
    if set(line) & set("&|><=;$"):
        assert in_a_shell(cli, line) == 0
    else:
        assert cli(*shlex.split(line)[1:], stdin="the-secret\n").exit_code == 0


def in_a_shell(cli: Cli, line: str) -> int:
    done = subprocess.run(
        ["bash", "-c", line],
        env=environment(ROLLBOOK_DATABASE_URL=cli.database_url),
        input=b"the-secret\n",
        check=False,
    )
    return done.returncode


def parses(line: str) -> bool:
    command: click.Command = main
    words = shlex.split(line)[1:]
    while isinstance(command, click.Group):
        command = command.commands[words.pop(0)]
    with command.make_context(line, words) as context:
        return bool(context.params)


def prepared(example: str, folder: Path, request: pytest.FixtureRequest) -> tuple[Cli, str]:
    """The example with an organization, a key, a source and files that are there."""
    if "postgresql://" in example:
        url: str = request.getfixturevalue("postgres_server").new_database()
        return Cli(url), re.sub(r"postgresql://\S+", shlex.quote(url), example)
    cli = Cli(f"sqlite:///{folder / 'ledger.db'}")
    org: str = cli.json("org", "create", "School")["id"]
    (first,) = cli.json("org", "key", "list", org)
    if "rollbook user " in example and "--email" not in example:
        cli.prints("user", "add", "--org", org, "--email", "ada@school.example", "--role", "owner")
    (folder / "former-key.txt").write_text("6567a1f09c2b4d0012ab34cd\n")
    (folder / _FILES[0]).write_text(Visit().line() + "\n")
    (folder / _FILES[1]).write_bytes(_ZOOM.read_bytes())
    if "restore" in example:
        cli.prints("db", "backup", str(folder / example.rpartition(" ")[2]))
    if _SESSION in example:
        cli.prints("import", str(folder / _FILES[0]), "--org", org)
        example = example.replace(_SESSION, the_only_session(cli, org))
    if _SOURCE in example:
        example = example.replace(_SOURCE, new_source(cli, org, example))
    if "participant " in example:
        cli.prints("import", str(folder / _FILES[0]), "--org", org)
    if _IMPORT in example:
        done = cli.json("import", str(folder / _FILES[0]), "--org", org)
        example = example.replace(_IMPORT, done["importId"])
    return cli, example.replace(_ORG, org).replace(_KEY_ID, first["id"])


def the_only_session(cli: Cli, org: str) -> str:
    """The id of the session that was imported, as the ledger names it."""
    path = cli.database_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as connection:
        query = "SELECT session_id FROM session WHERE org_id = ?"
        ((found,),) = connection.execute(query, (org,)).fetchall()
    return str(found)


SECRET = "that-only-the-tests-know"


def new_source(cli: Cli, org: str, example: str) -> str:
    """A source of a kind that takes what the example gives it."""
    zoom, livekit = (
        ["zoom", "--secret", SECRET],
        ["livekit", "--api-key", "k", "--api-secret", SECRET],
    )
    kind = zoom if "--secret" in example else livekit
    added: str = cli.json("source", "add", *kind, "--org", org)["sourceId"]
    return added


def test_the_help_lists_every_setting_with_its_default(sqlite_cli: Cli) -> None:
    shown = sqlite_cli.prints("--help")
    for setting in SETTINGS:
        assert f"{setting.name} (default {setting.default})" in shown


def test_the_help_lists_the_exit_codes(sqlite_cli: Cli) -> None:
    codes = re.findall(r"^ {2,}(\d+)  ", sqlite_cli.prints("--help"), re.MULTILINE)
    assert codes == ["0", "1", "2", "3", "130"]


def test_the_version_is_told(sqlite_cli: Cli) -> None:
    assert sqlite_cli.prints("--version") == f"rollbook, version {__version__}\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["nothing"],
        ["org", "nothing"],
        ["--nothing"],
        ["report"],
        ["report", "student-123"],
        ["report", "student-123", "--org", "o", "--page", "0"],
        ["import", "no-such-file.jsonl", "--org", "o"],
        ["import", ".", "--org", "o"],
        ["serve", "--port", "0"],
        ["serve", "--port", "65536"],
        ["serve", "--workers", "0"],
        ["org", "create"],
    ],
)
def test_a_command_that_is_called_wrongly_says_how_and_ends_with_2(
    sqlite_cli: Cli, arguments: list[str]
) -> None:
    result = sqlite_cli(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("Usage: ")
    assert "\nError: " in result.stderr
