"""How commands tell that a database is damaged."""

from collections.abc import Sequence
from typing import NoReturn

import click

from rollbook.cli.output import printable
from rollbook.cli.program import EXIT_FAILED


def tell_damage(findings: Sequence[str]) -> NoReturn:
    """Say what is wrong, and what to do; ends the command."""
    for finding in findings:
        click.echo(f"Damaged: {printable(finding)}", err=True)
    click.echo("Stop the service, then see `rollbook db restore --help`.", err=True)
    raise SystemExit(EXIT_FAILED)
