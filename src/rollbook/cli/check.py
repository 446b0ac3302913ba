"""`rollbook check`: whether the service could start here."""

import click

from rollbook.cli.damage import tell_damage
from rollbook.cli.program import EXIT_FAILED
from rollbook.cli.running import command_body
from rollbook.settings import read_settings
from rollbook.stores import damage, schema_state


@click.command()
@command_body
async def check() -> None:
    """Check the settings and the database without changing anything.

    An embedded database is looked through quickly, `rollbook db check` does it in full.

    \b
    Example:
      rollbook check && rollbook serve
    """
    settings = read_settings()
    click.echo("Settings: ok")
    state = await schema_state(settings)
    found = "reachable" if state.exists else "not there yet, `rollbook serve` will make it"
    click.echo(f"Database ({state.dialect}, {state.place}): {found}")
    if findings := await damage(settings):
        tell_damage(findings)
    if state.standing.barred:
        click.echo(f"Schema: {state.standing.barred}", err=True)
        raise SystemExit(EXIT_FAILED)
    if not state.standing.pending:
        click.echo(f"Schema: {state.standing.usable_as}")
    elif settings.embedded:
        click.echo("Schema: `rollbook serve` will upgrade it")
    else:
        click.echo("Schema: not up to date, run `rollbook db upgrade`", err=True)
        raise SystemExit(EXIT_FAILED)
