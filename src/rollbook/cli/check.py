"""`rollbook check`: whether the service could start here."""

import click

from rollbook.app import stores_for
from rollbook.cli.running import EXIT_FAILED, command_body
from rollbook.settings import read_settings
from rollbook.store import schema


@click.command()
@command_body
async def check() -> None:
    """Check the settings and the database without changing anything.

    \b
    Example:
      rollbook check && rollbook serve
    """
    settings = read_settings()
    click.echo("Settings: ok")
    database = stores_for(settings).database
    await database.open()
    try:
        pending = await schema.pending(database)
    finally:
        await database.close()
    click.echo(f"Database ({database.dialect}): reachable")
    if not pending:
        click.echo("Schema: up to date")
    elif settings.embedded:
        click.echo("Schema: `rollbook serve` will upgrade it")
    else:
        click.echo("Schema: not up to date, run `rollbook db upgrade`", err=True)
        raise SystemExit(EXIT_FAILED)
