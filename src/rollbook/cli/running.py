"""Running a use case from the command line: errors become messages and exit codes."""

import asyncio
import sys
import unicodedata
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import ParamSpec, TypeVar

import click
from rich.console import Console

from rollbook.domain.errors import RollbookError
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
            return asyncio.run(function(*args, **kwargs))
        except RollbookError as error:
            click.echo(f"rollbook: {error.message}", err=True)
            raise SystemExit(EXIT_FAILED) from None
        except KeyboardInterrupt:
            click.echo("rollbook: interrupted", err=True)
            raise SystemExit(EXIT_INTERRUPTED) from None

    return run


async def find_organization(organizations: Organizations, reference: str) -> Organization:
    """The organization that `--org` names. Raises NotFound."""
    if reference == "-":
        reference = sys.stdin.readline().strip()
    return await organization_named(organizations, reference)


def console() -> Console:
    """Where tables are printed: as wide as they are, for a cell that is cut is of no use."""
    return Console(width=1000, soft_wrap=True, highlight=False)


def printable(text: object) -> str:
    """Text from outside, without the characters that would steer a terminal."""
    return "".join("\ufffd" if unicodedata.category(c) == "Cc" else c for c in str(text))
