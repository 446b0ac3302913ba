"""`rollbook db`: the schema of the database."""

import json
from collections.abc import Sequence

import click

from rollbook.cli.options import json_option
from rollbook.cli.running import EXIT_FAILED, command_body
from rollbook.domain.errors import SchemaOutdated
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
    try:
        taken = await schema.upgrade(database, clock())
        reached = await schema.require_usable(database)
    finally:
        await database.close()
    for migration in taken:
        click.echo(f"Applied {migration.version:04} {migration.name}.")
    click.echo(f"The schema is {reached.usable_as}.")


@db.command()
@json_option
@command_body
async def status(as_json: bool) -> None:
    """Show which migrations are applied; exits with 1 while any is pending, or one is too new.

    \b
    Example:
      rollbook db status --json
    """
    standing = (await schema_state(read_settings())).standing
    if as_json:
        click.echo(json.dumps(_as_json(standing)))
    else:
        click.echo(f"Applied: {_listed(standing.applied)}")
        click.echo(f"Pending: {_listed([migration.version for migration in standing.pending])}")
        if standing.newer and not standing.too_new:
            click.echo(f"The schema is {standing.usable_as}.")
    if standing.too_new:
        raise SchemaOutdated(standing.too_new)
    if standing.pending:
        raise SystemExit(EXIT_FAILED)


def _as_json(standing: schema.Standing) -> dict[str, object]:
    told: dict[str, object] = {
        "applied": list(standing.applied),
        "pending": [migration.version for migration in standing.pending],
    }
    if standing.newer:
        told["newer"] = [newer.version for newer in standing.newer]
        told["compatible"] = not standing.too_new
    return told


def _listed(versions: Sequence[int]) -> str:
    return ", ".join(f"{version:04}" for version in versions) or "none"
