"""`rollbook db copy`: a ledger moves to another database."""

import click

from rollbook.cli.progress import RowProgress
from rollbook.cli.running import command_body, typed_value
from rollbook.domain.errors import InvalidInput
from rollbook.settings import read_settings, whole_url
from rollbook.stores import copy_to
from rollbook.stores import release as release_ledger


@click.command()
@click.option(
    "--to",
    "url",
    metavar="URL",
    callback=typed_value,
    help="The database that it moves to, as in ROLLBOOK_DATABASE_URL; - reads it from standard input.",
)
@click.option(
    "--release", is_flag=True, help="Give a move up: the ledger takes writes again where it was."
)
@command_body
async def copy(url: str | None, *, release: bool) -> None:
    """Move the ledger to another database, from SQLite to PostgreSQL or back.

    From the beginning on the ledger takes no writes where it was: services that work on it go on
    answering readers, and tell senders to come again. What is there already is copied, read back
    and compared, and services may work on the copy. Cut off anywhere, it goes on when called again.

    \b
    Examples:
      rollbook db copy --to postgresql://rollbook@db/rollbook
      rollbook db copy --release
    """
    if release == (url is not None):
        raise click.UsageError("give either --to or --release")
    if url is None:
        await _release()
    else:
        await _copy(url)


async def _copy(url: str) -> None:
    settings = read_settings()
    with RowProgress() as tell:
        try:
            copied = await copy_to(settings, whole_url(url), tell)
        except InvalidInput as error:
            # It speaks of the setting, which names the source here.
            message = error.message.replace("ROLLBOOK_DATABASE_URL", "--to")
            raise InvalidInput(message, field="--to") from None
    before = f" ({copied.there_before} were there before)" if copied.there_before else ""
    click.echo(f"{copied.rows} rows of {copied.tables} tables copied{before}, and compared.")
    click.echo("Set ROLLBOOK_DATABASE_URL to the new database and start the services with it.")


async def _release() -> None:
    move = await release_ledger(read_settings())
    click.echo(f"The ledger takes writes again. What {move.other} holds is no longer a part of it.")
