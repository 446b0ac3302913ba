"""`rollbook session`: correcting what the evidence says of a session."""

import json

import click

from rollbook.cli.opening import opened_stores
from rollbook.cli.options import json_option, org_option
from rollbook.cli.output import print_json
from rollbook.cli.running import command_body, find_organization
from rollbook.domain import fields
from rollbook.domain.errors import InvalidInput
from rollbook.domain.instants import optional_text
from rollbook.domain.presences import Presence
from rollbook.service.corrections import Correction, Corrections
from rollbook.settings import read_settings
from rollbook.sources.table import SOURCE_KINDS
from rollbook.stores import Stores, clock

_BY = "command line"


@click.group()
def session() -> None:
    """Sessions: correct what the evidence says of one.

    \b
    Example:
      rollbook session correct 5f0c0ce1b7d94a3f8e2d6b1a09c7f354 --org gtjoozxa3j --void --note test
    """


@session.command()
@click.argument("session_id", metavar="ID")
@org_option
@click.option("--left", metavar="INSTANT", help="When it ended, such as 2024-01-15T10:00:00Z.")
@click.option("--void", is_flag=True, help="It never was: no report counts it.")
@click.option("--withdraw", is_flag=True, help="What was said before no longer counts.")
@click.option("--note", required=True, metavar="TEXT", help="Why: it stands in the explanation.")
@json_option
@command_body
async def correct(  # noqa: PLR0913 - one parameter for each option
    session_id: str,
    org_reference: str,
    left: str | None,
    note: str,
    *,
    void: bool,
    withdraw: bool,
    as_json: bool,
) -> None:
    """Say how a session ended, or that it never was, above all other evidence.

    Nothing that was told before is changed: the correction is an event of its own, and another takes
    it back. The id of a session stands in its explanation on the dashboard and by the API.

    \b
    Examples:
      rollbook session correct 5f0c0ce1b7d94a3f8e2d6b1a09c7f354 --org gtjoozxa3j \\
          --left 2024-01-15T09:30:00Z --note "hung up"
      rollbook session correct 5f0c0ce1b7d94a3f8e2d6b1a09c7f354 --org gtjoozxa3j \\
          --withdraw --note "was right"
    """
    if [left is not None, void, withdraw].count(True) != 1:
        raise InvalidInput("say one of --left, --void and --withdraw", field="--left")
    left_at = None if left is None else fields.instant(left, "--left")
    correction = Correction(note, _BY, left_at, void)
    async with opened_stores(read_settings()) as stores:
        organization = await find_organization(stores.organizations, org_reference)
        corrected = await _corrections(stores).correct(
            organization.org_id, session_id, correction, clock()
        )
    _show(corrected, as_json=as_json)


def _corrections(stores: Stores) -> Corrections:
    return Corrections(stores.ledger, stores.organizations, stores.history, SOURCE_KINDS)


def _show(presence: Presence, *, as_json: bool) -> None:
    void = presence.correction is not None and presence.correction.void
    joined_at, left_at = optional_text(presence.joined_at), optional_text(presence.left_at)
    if as_json:
        shown = {"id": presence.session_id, "joinedAt": joined_at, "leftAt": left_at, "void": void}
        print_json(json.dumps(shown))
    elif void:
        click.echo(f"Session {presence.session_id} counts no longer.")
    else:
        click.echo(f"Session {presence.session_id}: {joined_at} to {left_at or 'now'}.")
