"""Running a use case from the command line: errors become messages and exit codes."""

import asyncio
import os
import sys
import unicodedata
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import wraps
from typing import ParamSpec, TypeVar

import click
from rich.console import Console

from rollbook.domain.errors import RollbookError
from rollbook.domain.fields import identifier
from rollbook.domain.organizations import Organization
from rollbook.service.organizations import organization_named
from rollbook.service.ports import Organizations

EXIT_FAILED = 1
EXIT_SOME_REJECTED = 3
EXIT_INTERRUPTED = 130

P = ParamSpec("P")
T = TypeVar("T")

org_option = click.option(
    "--org",
    "org_reference",
    required=True,
    metavar="ORG_ID",
    help="The organization: its VF-ORG-ID, its id from `rollbook org list`, or - to read it "
    "from standard input.",
)


def command_body(function: Callable[P, Coroutine[object, object, T]]) -> Callable[P, T]:
    """Run an async command; what went wrong is one line on standard error and an exit code."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            result = asyncio.run(function(*args, **kwargs))
            sys.stdout.flush()
        except RollbookError as error:
            click.echo(f"rollbook: {error.message}", err=True)
            raise SystemExit(EXIT_FAILED) from None
        except BrokenPipeError:
            raise  # click ends quietly: whoever read had enough
        except OSError as error:
            _let_go_of_output()
            what = error.filename or "output"
            click.echo(f"rollbook: {what}: {error.strerror or error}", err=True)
            raise SystemExit(EXIT_FAILED) from None
        except KeyboardInterrupt:
            click.echo("rollbook: interrupted", err=True)
            raise SystemExit(EXIT_INTERRUPTED) from None
        return result

    return run


def _let_go_of_output() -> None:
    """What could not be written is not tried again when Python ends: that would be a traceback."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


async def find_organization(organizations: Organizations, reference: str) -> Organization:
    """The organization that `--org` names. Raises NotFound."""
    if reference == "-":
        reference = sys.stdin.readline().strip()
    return await organization_named(organizations, identifier(reference, "--org"))


def console() -> Console:
    """Where tables are printed: as wide as they are, for a cell that is cut is of no use."""
    return Console(width=1000, soft_wrap=True, highlight=False)


def printable(text: object) -> str:
    """Text from outside, without the characters that would steer a terminal."""
    return "".join("\ufffd" if unicodedata.category(c) == "Cc" else c for c in str(text))
