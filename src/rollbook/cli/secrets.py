"""`rollbook secrets`: the secret key, and what is sealed with it."""

import json

import click

from rollbook.cli.opening import opened_stores
from rollbook.cli.options import json_option
from rollbook.cli.program import EXIT_FAILED
from rollbook.cli.running import command_body
from rollbook.domain.errors import SecretKeyMissing
from rollbook.secret_keys import fresh_key
from rollbook.service.organizations.ports import Resealed
from rollbook.service.organizations.secrets import reseal, seals
from rollbook.settings import read_settings
from rollbook.stores import Stores


@click.group()
def secrets() -> None:
    """The secret key of the installation, and what is sealed with it.

    Secrets of sources are sealed with a key that is not in the database. Where it is kept, and what to
    keep with backups: docs/operations.md.

    \b
    Example:
      rollbook secrets status
      rollbook secrets rotate
    """


@secrets.command()
def new() -> None:
    """Print a new key, for ROLLBOOK_SECRET_KEY or a file of keys; changes nothing.

    \b
    Example:
      (umask 077 && rollbook secrets new > secret.key)
    """
    click.echo(fresh_key())


@secrets.command()
@json_option
@command_body
async def status(*, as_json: bool) -> None:
    """Show which key seals, which keys are here, and of how many sources secrets are sealed with each.

    Keys are shown by their names, never as they are. Exits with 1 while a key is missing.

    \b
    Example:
      rollbook secrets status
    """
    async with opened_stores(read_settings()) as stores:
        name = await stores.organizations.sealing_key()
        count = await seals(stores.organizations)
    here = _names(stores)
    missing = sorted({key for key in (name, *count) if key is not None and key not in here})
    if as_json:
        sealed = {key: many for key, many in count.items() if key is not None}
        shown = {"sealsWith": name, "here": here, "missing": missing, "sealed": sealed}
        click.echo(json.dumps(shown | {"notSealed": count.get(None, 0)}))
    else:
        click.echo(f"Seals with: {name or 'no key yet'}")
        click.echo(f"Keys here: {', '.join(here) or 'none'}")
        for key in sorted(key for key in count if key is not None):
            click.echo(f"Sealed with {key}: {count[key]} source(s)")
        if count.get(None):
            click.echo(f"Not sealed: {count[None]} source(s); run `rollbook secrets seal`")
    if missing:
        click.echo(f"Missing: {', '.join(missing)}", err=True)
        raise SystemExit(EXIT_FAILED)


@secrets.command()
@command_body
async def seal() -> None:
    """Seal what is not sealed yet, or with a key of before; can be run again at any time.

    `serve` does this by itself for an embedded ledger. On PostgreSQL run it once no service of an older
    release is left: those cannot read what is sealed.

    \b
    Example:
      rollbook secrets seal
    """
    async with opened_stores(read_settings()) as stores:
        _tell(await reseal(stores.organizations), await stores.organizations.settle_key())


@secrets.command()
@click.option("--lost", is_flag=True, help="The key of before is lost: go on without it.")
@command_body
async def rotate(*, lost: bool) -> None:
    """Seal everything with a new key; what is sealed already goes on being read meanwhile.

    Where keys are in a file, a new one is put on top, and services find it by themselves. Where
    ROLLBOOK_SECRET_KEY has them, put the new one before the others, with a comma between, and restart
    every service first. Old keys can be taken away afterwards, but for those that backups need.

    With --lost, sources whose secrets nobody can read are named: give each a new one.

    \b
    Example:
      rollbook secrets rotate
    """
    async with opened_stores(read_settings()) as stores:
        organizations = stores.organizations
        before = await organizations.sealing_key()
        if not lost:
            await organizations.settle_key()
        stores.keys.look_again()
        name = _next_key(stores, before)
        await organizations.seal_with(name)
        done = await reseal(organizations)
    _tell(done, name)


def _next_key(stores: Stores, before: str | None) -> str:
    """The first key that is here, or a new one where that seals already. Raises InvalidInput."""
    here = _names(stores)
    if here and here[0] != before:
        return here[0]
    return stores.keys.renew().name


def _names(stores: Stores) -> list[str]:
    """The names of the keys that are here, the newest first."""
    try:
        return [key.name for key in stores.keys.all()]
    except SecretKeyMissing:
        return []


def _tell(done: Resealed, name: str) -> None:
    click.echo(f"{done.sources} source(s) sealed anew; the key {name} seals.")
    if done.unreadable:
        click.echo(
            "Secrets that cannot be read: give each of these sources a new one"
            " (`rollbook source rotate SOURCE_ID --drop-old`):",
            err=True,
        )
        for source_id in done.unreadable:
            click.echo(f"  {source_id}", err=True)
        raise SystemExit(EXIT_FAILED)
