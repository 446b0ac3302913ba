"""Running a use case from the command line: errors become messages and exit codes."""

import asyncio
import errno
import os
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from functools import partial, wraps
from getpass import getpass
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import click

from rollbook.domain.errors import InvalidInput, RollbookError
from rollbook.domain.fields import identifier
from rollbook.domain.organizations import Organization
from rollbook.service.organizations.keys import organization_named
from rollbook.service.organizations.ports import Organizations

EXIT_FAILED = 1


EXIT_SOME_REJECTED = 3


EXIT_INTERRUPTED = 130


_OF_OUTPUT = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}
"""What only the output can have, since trouble with a file comes with its name."""


P = ParamSpec("P")


T = TypeVar("T")


def command_body(function: Callable[P, Coroutine[object, object, T]]) -> Callable[P, T]:
    """Run an async command; what went wrong is one line on standard error and an exit code."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            _refuse_what_is_no_text(click.get_current_context())
            result = asyncio.run(function(*args, **kwargs))
            if sys.stdout is not None:
                sys.stdout.flush()
        except RollbookError as error:
            click.echo(f"rollbook: {error.message}", err=True)
            raise SystemExit(EXIT_FAILED) from None
        except KeyboardInterrupt:
            click.echo("rollbook: interrupted", err=True)
            raise SystemExit(EXIT_INTERRUPTED) from None
        return result

    return run


class Program(click.Group):
    """The whole command line: where output has no room, that is one line, of --help as well."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        try:
            # Where whoever reads a pipe had enough, click ends quietly.
            return super().main(*args, **kwargs)
        except OSError as error:
            _let_go_of_output()
            of_output = "output" if error.errno in _OF_OUTPUT else None
            parts = ("rollbook", error.filename or of_output, error.strerror or error)
            click.echo(": ".join(str(part) for part in parts if part is not None), err=True)
            raise SystemExit(EXIT_FAILED) from None


def _let_go_of_output() -> None:
    """What could not be written is not tried again when Python ends: that would be a traceback."""
    if sys.stdout is not None:
        with suppress(OSError, ValueError):
            output = sys.stdout.fileno()
            os.dup2(os.open(os.devnull, os.O_WRONLY), output)


def _refuse_what_is_no_text(context: click.Context) -> None:
    """Raises InvalidInput for an argument of other bytes than text: no database could keep it.

    Names of files may be of any bytes, and are no texts here but paths.
    """
    for parameter in context.command.params:
        given = context.params.get(parameter.name or "")
        for value in given if isinstance(given, tuple) else (given,):
            if isinstance(value, str) and not _is_text(value):
                option = isinstance(parameter, click.Option)
                name = parameter.opts[0] if option else parameter.human_readable_name
                raise InvalidInput(f"{name} must be valid Unicode text", field=name)


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


@contextmanager
def trouble_with(path: Path) -> Iterator[None]:
    """Where the system cannot read or write this file, raise InvalidInput with its name."""
    try:
        yield
    except OSError as error:
        raise InvalidInput(f"{path}: {error.strerror or error}") from None


async def find_organization(organizations: Organizations, reference: str) -> Organization:
    """The organization that `--org` names. Raises NotFound."""
    if reference == "-":
        reference = typed_line().strip()
    return await organization_named(organizations, identifier(reference, "--org"))


def typed_line() -> str:
    """A line of standard input, "" at its end. Raises InvalidInput where it is no text."""
    return "" if sys.stdin is None else _text(sys.stdin.readline)


def typed_unseen(prompt: str) -> str:
    """A line that is typed at a terminal, which does not show it; raises like `typed_line`."""
    try:
        return _text(partial(getpass, prompt))
    except EOFError:
        return ""


def _text(read: Callable[[], str]) -> str:
    with suppress(UnicodeDecodeError):
        line = read()
        if _is_text(line):
            return line
    raise InvalidInput("standard input must be valid Unicode text")
