"""`rollbook session`: what an operator says of a session."""

import click

from rollbook.cli.opening import opened_stores
from rollbook.cli.options import json_option, org_option
from rollbook.cli.output import print_json, printable
from rollbook.cli.running import command_body, find_organization
from rollbook.domain import fields
from rollbook.domain.errors import InvalidInput
from rollbook.domain.instants import to_text
from rollbook.domain.presences import Presence
from rollbook.service.corrections import Corrections, Said, correct, said
from rollbook.service.reports.explain import explain
from rollbook.settings import read_settings
from rollbook.sources.table import SOURCE_KINDS
from rollbook.stores import Stores, clock
from rollbook.web.api.explain import explanation_json

_BY = "command line"

# The rules speak of the API's fields; here they are options.
_OPTIONS = {"leftAt": "--left", "withdrawn": "--withdraw", "void": "--void", "note": "--note"}


@click.group()
def session() -> None:
    """Sessions: correct one that the ledger cannot know better.

    \b
    Example:
      rollbook session correct 5f0e... --left 2024-01-15T10:02:15Z \\
          --note "The tablet stayed on until the evening" --org gtjoozxa3j
    """


@session.command("correct")
@click.argument("session_id", metavar="ID")
@click.option("--left", metavar="INSTANT", help="It ended then, like 2024-01-15T10:02:15Z.")
@click.option("--void", is_flag=True, help="It never was: no report counts it.")
@click.option("--withdraw", is_flag=True, help="Take back what was said of it before.")
@click.option("--note", required=True, metavar="TEXT", help="Why; it is kept with the correction.")
@org_option
@json_option
@command_body
async def correct_(  # noqa: PLR0913 - one parameter for each option
    *,
    session_id: str,
    left: str | None,
    void: bool,
    withdraw: bool,
    note: str,
    org_reference: str,
    as_json: bool,
) -> None:
    """Say when the session ID ended, that it never was, or take that back.

    It counts above all other evidence, and is kept and explained as an event like any other: nothing
    is edited in place. The id of a session is where the dashboard explains it.

    \b
    Examples:
      rollbook session correct 5f0e... --void --note "A test of the camera" --org gtjoozxa3j
      rollbook session correct 5f0e... --withdraw --note "It was the lesson" --org gtjoozxa3j
    """
    async with opened_stores(read_settings()) as stores:
        organization = await find_organization(stores.organizations, org_reference)
        try:
            what = _said(left, note, void=void, withdraw=withdraw)
            await correct(_corrections(stores), organization.org_id, session_id, what, clock())
        except InvalidInput as error:
            raise InvalidInput(_in_options(error.message), field=error.field) from None
        explanation = await explain(stores.history, organization.org_id, session_id)
    if as_json:
        print_json(explanation_json(explanation).decode())
    else:
        click.echo(printable(_line(explanation.presence)))


def _said(left: str | None, note: str, *, void: bool, withdraw: bool) -> Said:
    left_at = None if left is None else fields.instant(left, "leftAt")
    return said(note, _BY, left_at=left_at, void=void, withdrawn=withdraw)


def _corrections(stores: Stores) -> Corrections:
    return Corrections(stores.ledger, stores.organizations, stores.history, SOURCE_KINDS)


def _in_options(message: str) -> str:
    return " ".join(_in_option(word) for word in message.split(" "))


def _in_option(word: str) -> str:
    name = word.rstrip(",:")
    return _OPTIONS.get(name, name) + word[len(name) :]


def _line(presence: Presence) -> str:
    who = f"Session {presence.session_id} of {presence.participant_id} in {presence.room_id}"
    if presence.correction is not None and presence.correction.void:
        return f"{who} never was."
    if presence.left_at is None:
        return f"{who} is running."
    return f"{who} ended {to_text(presence.left_at)}."
