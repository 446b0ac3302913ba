"""`rollbook db`: the database as a whole: its schema, its soundness, its copies."""

import json
from collections.abc import Sequence
from pathlib import Path

import click

from rollbook.cli.damage import tell_damage
from rollbook.cli.db_copy import copy
from rollbook.cli.db_distribute import distribute, tell_of_new
from rollbook.cli.opening import opened_stores, tell_if_made
from rollbook.cli.options import json_option
from rollbook.cli.program import EXIT_FAILED
from rollbook.cli.running import command_body
from rollbook.domain.errors import SchemaOutdated
from rollbook.service.upkeep.rebuild import verify
from rollbook.settings import read_settings
from rollbook.store.engine import schema
from rollbook.stores import back_up, clock, damage, schema_state, stores_for
from rollbook.stores import restore as put_back


@click.group()
def db() -> None:
    """The database: its schema, whether it is sound, its backups, and its way to another.

    \b
    Example:
      rollbook db status
      rollbook db upgrade
      rollbook db backup rollbook-monday.db
    """


db.add_command(copy)
db.add_command(distribute)


@db.command()
@command_body
async def upgrade() -> None:
    """Bring the schema to the newest version; safe to run again and beside a running service.

    \b
    Example:
      ROLLBOOK_DATABASE_URL=postgresql://rollbook@db/rollbook rollbook db upgrade
    """
    database = stores_for(read_settings()).database
    await database.open(make=True)
    tell_if_made(database)
    try:
        taken = await schema.upgrade(database, clock())
        reached = await schema.require_usable(database)
        # New tables of organizations belong where the others are.
        spread = await database.distribute() if await database.is_distributed() else None
    finally:
        await database.close()
    for migration in taken:
        click.echo(f"Applied {migration.version:04} {migration.name}.")
    if spread is not None:
        tell_of_new(spread)
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
    state = await schema_state(read_settings())
    standing = state.standing
    click.echo(f"Database: {state.place}", err=True)
    if as_json:
        click.echo(json.dumps(_as_json(standing)))
    else:
        click.echo(f"Applied: {_listed(standing.applied)}")
        click.echo(f"Pending: {_listed([migration.version for migration in standing.pending])}")
        if standing.newer and not standing.too_new:
            click.echo(f"The schema is {standing.usable_as}.")
    if standing.barred:
        raise SchemaOutdated(standing.barred)
    if standing.pending:
        raise SystemExit(EXIT_FAILED)


@db.command()
@click.argument("target", type=click.Path(path_type=Path))
@command_body
async def backup(target: Path) -> None:
    """Copy an embedded database into the new file TARGET, beside a running service.

    The copy is checked in full, on the disk, and readable by its owner alone. Nobody is kept
    waiting meanwhile, and a file that is there is never overwritten. PostgreSQL has its own way,
    pg_dump.

    \b
    Example:
      rollbook db backup rollbook-$(date +%F).db
    """
    place = await back_up(read_settings(), target)
    click.echo(f"{target} is a copy of {place}.")


@db.command()
@click.argument("source", type=click.Path(path_type=Path))
@command_body
async def restore(source: Path) -> None:
    """Put the backup SOURCE in the place of an embedded database, which nobody may have open.

    It is checked in full first. What was there is kept beside it, under a name that is told.

    \b
    Example:
      rollbook db restore rollbook-monday.db
    """
    place, kept = await put_back(read_settings(), source)
    click.echo(f"{place} is a copy of {source} now.")
    if kept is not None:
        click.echo(f"What was there is {kept} now.")


@db.command()
@command_body
async def check() -> None:
    """Look for damage in the whole database; exits with 1 if there is any. Takes its time.

    Reads every page and index of an embedded database, and compares the sessions of every
    organization with the events behind them. Changes nothing, and can run beside a service.

    \b
    Example:
      rollbook db check
    """
    # It loads all platforms, which the other commands here do without.
    from rollbook.cli.verifying import checked_sources  # noqa: PLC0415 - see above

    settings = read_settings()
    if findings := await damage(settings, thorough=True):
        tell_damage(findings)
    rooms = sessions = differing = 0
    async with opened_stores(settings) as stores:
        for organization in await stores.organizations.organizations():
            async for checked in checked_sources(stores, organization.org_id, verify):
                rooms, sessions = rooms + checked.rooms, sessions + checked.sessions
                differing += len(checked.differences)
    click.echo(
        f"{sessions} session(s) in {rooms} room(s) looked at, {differing} not as events tell."
    )
    if differing:
        click.echo("See `rollbook ledger verify` of each organization.", err=True)
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
