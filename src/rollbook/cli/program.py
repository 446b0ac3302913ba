"""The whole command line as one program, whose commands are loaded when they are called."""

import errno
import gc
import os
import sys
from collections import UserDict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from importlib import import_module
from typing import Any, NamedTuple

import click

EXIT_FAILED = 1
EXIT_SOME_REJECTED = 3
EXIT_INTERRUPTED = 130

_OF_OUTPUT = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}
"""What only the output can have, since trouble with a file comes with its name."""


class Entry(NamedTuple):
    """Where a command is, and what it does: the first sentence of its own help.

    It stands twice, so that listing the commands needs to load none; a test compares.
    """

    module: str
    summary: str


class Commands(UserDict[str, click.Command]):
    """Commands by name. Each is loaded when it is first asked for: a module may be heavy."""

    def __init__(self, entries: Mapping[str, Entry]) -> None:
        super().__init__()
        self.entries = entries

    def __getitem__(self, name: str) -> click.Command:
        if name not in self.data:
            module = self.entries[name].module
            # What is loaded stays: to look through it for what can be let go of takes a tenth of the time.
            gc.disable()
            self.data[name] = getattr(import_module(f"rollbook.cli.{module}"), module)
            gc.enable()
        return self.data[name]

    def __contains__(self, name: object) -> bool:
        return name in self.entries

    def __iter__(self) -> Iterator[str]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)


class Program(click.Group):
    """The whole command line: where output has no room, that is one line, of --help as well."""

    commands: Commands

    def main(self, *args: Any, **kwargs: Any) -> Any:
        # Whatever a command makes is of people: for its owner alone, whatever else the system is set to.
        before = os.umask(0o077)
        try:
            # Where whoever reads a pipe had enough, click ends quietly.
            return super().main(*args, **kwargs)
        except OSError as error:
            _let_go_of_output()
            of_output = "output" if error.errno in _OF_OUTPUT else None
            parts = ("rollbook", error.filename or of_output, error.strerror or error)
            click.echo(": ".join(str(part) for part in parts if part is not None), err=True)
            raise SystemExit(EXIT_FAILED) from None
        finally:
            os.umask(before)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands as click does, without loading them."""
        entries = self.commands.entries
        with formatter.section("Commands"):
            formatter.write_dl([(name, entries[name].summary) for name in self.list_commands(ctx)])


def _let_go_of_output() -> None:
    """What could not be written is not tried again when Python ends: that would be a traceback."""
    if sys.stdout is not None:
        with suppress(OSError, ValueError):
            output = sys.stdout.fileno()
            os.dup2(os.open(os.devnull, os.O_WRONLY), output)
