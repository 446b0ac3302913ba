"""`rollbook check`: whether the service could start here."""

import click

from rollbook.cli.damage import tell_damage
from rollbook.cli.program import EXIT_FAILED
from rollbook.cli.running import command_body
from rollbook.settings import read_settings
from rollbook.stores import (
    SecretsState,
    damage,
    files_open_to_others,
    schema_state,
    secrets_state,
)


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
    for path in files_open_to_others(settings):
        mode = f"{path.stat().st_mode & 0o777:04o}"
        click.echo(f"Every user here can read {path} (mode {mode}): chmod 600 {path}", err=True)
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
    if state.exists and not state.standing.pending:
        _tell_of_secrets(await secrets_state(settings))


def _tell_of_secrets(state: SecretsState) -> None:
    if state.missing:
        names = ", ".join(state.missing)
        click.echo(f"Secrets: sealed with a key that is not here ({names})", err=True)
        raise SystemExit(EXIT_FAILED)
    if state.not_sealed:
        message = f"Secrets: those of {state.not_sealed} source(s) are not sealed, run `rollbook secrets seal`"
        click.echo(message, err=True)
    else:
        click.echo("Secrets: sealed" if state.key else "Secrets: none yet")
