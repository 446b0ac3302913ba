"""The command line as tests use it: called in this process, or as a process of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from click.testing import CliRunner, Result
from support.settings import SECRET_KEY

from rollbook.cli import main

ROLLBOOK = Path(sys.executable).with_name("rollbook")


def environment(**settings: str) -> dict[str, str]:
    """The environment of a process, with these settings of Rollbook and no others."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("ROLLBOOK_")}
    path = f"{ROLLBOOK.parent}{os.pathsep}{own['PATH']}"
    return {**own, "PATH": path, "ROLLBOOK_SECRET_KEY": SECRET_KEY, **settings}


@dataclass(frozen=True)
class Cli:
    """`rollbook` with one database."""

    database_url: str

    def __call__(
        self,
        *arguments: str,
        stdin: str | bytes | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> Result:
        """Run a command in this process."""
        variables = {
            "ROLLBOOK_DATABASE_URL": self.database_url,
            "ROLLBOOK_SECRET_KEY": SECRET_KEY,
            **(settings or {}),
        }
        result = CliRunner().invoke(
            main, arguments, input=stdin, env=variables, prog_name="rollbook"
        )
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    def prints(self, *arguments: str, stdin: str | None = None) -> str:
        """What a command prints that ends well."""
        result = self(*arguments, stdin=stdin)
        assert result.exit_code == 0, result.stderr
        return result.stdout

    def json(self, *arguments: str) -> Any:
        return json.loads(self.prints(*arguments, "--json"))

    def fails(
        self,
        *arguments: str,
        stdin: str | bytes | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> str:
        """The one line that a command says that cannot be done."""
        result = self(*arguments, stdin=stdin, settings=settings)
        assert result.exit_code == 1, result.output
        (line,) = result.stderr.splitlines()
        assert line.startswith("rollbook: ")
        return line

    def start(
        self, *arguments: str | Path, program: Sequence[str | Path] = (ROLLBOOK,)
    ) -> subprocess.Popen[str]:
        """Start a command as a process of its own."""
        return subprocess.Popen(
            [*program, *arguments],
            env=environment(ROLLBOOK_DATABASE_URL=self.database_url),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )


def all_commands() -> Iterator[tuple[str, click.Command]]:
    """Every command and group, by what is typed to call it."""
    yield from _commands_of("rollbook", main)


def _commands_of(name: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    yield name, command
    if isinstance(command, click.Group):
        for part, inner in command.commands.items():
            yield from _commands_of(f"{name} {part}", inner)
