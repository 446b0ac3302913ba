"""`rollbook db`: the schema of the database."""

import json
from collections.abc import Sequence

import click

from rollbook.cli.opening import tell_if_made
from rollbook.cli.options import json_option
from rollbook.cli.program import EXIT_FAILED
from rollbook.cli.running import command_body
from rollbook.settings import read_settings
from rollbook.store.engine import schema
from rollbook.stores import clock, schema_state, stores_for


@click.group()
def db() -> None:
    """The database: which schema it has, and the way to the newest.

    \b
    Example:
      rollbook db status
      rollbook db upgrade
    """


@db.command()
@command_body
async def upgrade() -> None:
    """Bring the schema to the newest version; safe to run again and beside a running service.

    \b
    Example:
      ROLLBOOK_DATABASE_URL=postgresql://rollbook@db/rollbook rollbook db upgrade
    """
    database = stores_for(read_settings()).database
    await database.open()
    tell_if_made(database)
    try:
        taken = await schema.upgrade(database, clock())
    finally:
        await database.close()
    for migration in taken:
        click.echo(f"Applied {migration.version:04} {migration.name}.")
    click.echo("The schema is up to date.")


@db.command()
@json_option
@command_body
async def status(as_json: bool) -> None:
    """Show which migrations are applied; exits with 1 while any is pending.

    \b
    Example:
      rollbook db status --json
    """
    state = await schema_state(read_settings())
    click.echo(f"Database: {state.place}", err=True)
    if as_json:
        click.echo(json.dumps({"applied": list(state.applied), "pending": list(state.pending)}))
    else:
        click.echo(f"Applied: {_listed(state.applied)}")
        click.echo(f"Pending: {_listed(state.pending)}")
    if state.pending:
        raise SystemExit(EXIT_FAILED)


def _listed(versions: Sequence[int]) -> str:
    return ", ".join(f"{version:04}" for version in versions) or "none"
