"""`rollbook db distribute`: the tables of a PostgreSQL database over several servers, by Citus."""

from collections.abc import Sequence

import click

from rollbook.cli.running import command_body
from rollbook.settings import read_settings
from rollbook.store.engine.database import Distribution
from rollbook.stores import distribute as spread


@click.command()
@click.option("--dry-run", is_flag=True, help="Only say what would be done; change nothing.")
@command_body
async def distribute(*, dry_run: bool) -> None:
    """Spread a PostgreSQL database with Citus over its nodes, by organization.

    All that is of an organization lies together on one node, and its questions are answered there.
    Nobody is answered while rows are moved, and nothing has changed where that is cut off. What is
    spread already stays as it is. Call it again after more nodes have come only for new
    tables; Citus itself moves the rows of old ones.

    \b
    Examples:
      rollbook db distribute --dry-run
      rollbook db distribute
    """
    done = await spread(read_settings(), only_look=dry_run)
    _tell("Nodes", done.nodes)
    _tell("Distributed before", done.before)
    _tell("To distribute" if dry_run else "Distributed now", done.newly)
    _tell("On this server alone", done.local)


def tell_of_new(done: Distribution) -> None:
    """Say which tables an upgrade has brought that are spread like the others."""
    if done.newly:
        _tell("Distributed now", done.newly)


def _tell(what: str, names: Sequence[str]) -> None:
    click.echo(f"{what}: {', '.join(names) or 'none'}")
