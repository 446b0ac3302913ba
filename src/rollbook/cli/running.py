"""Running a use case from the command line: errors become messages and exit codes."""

import asyncio
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from functools import partial, wraps
from getpass import getpass
from pathlib import Path
from typing import ParamSpec, TypeVar

import click

from rollbook.cli.program import EXIT_FAILED, EXIT_INTERRUPTED
from rollbook.domain.errors import InvalidInput, RollbookError
from rollbook.domain.fields import identifier
from rollbook.domain.organizations import Organization
from rollbook.service.organizations.keys import organization_named
from rollbook.service.organizations.ports import Organizations

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


def typed_value(
    context: click.Context, parameter: click.Parameter, value: str | None
) -> str | None:
    """What an option tells; given as -, a line of standard input, typed unseen at a terminal."""
    if value != "-":
        return value
    try:
        seen = sys.stdin is None or not sys.stdin.isatty()
        return (typed_line() if seen else typed_unseen(f"{parameter.name}: ")).strip()
    except InvalidInput as error:
        raise click.BadParameter(error.message, context, parameter) from None


def _text(read: Callable[[], str]) -> str:
    with suppress(UnicodeDecodeError):
        line = read()
        if _is_text(line):
            return line
    raise InvalidInput("standard input must be valid Unicode text")
