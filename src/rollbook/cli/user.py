"""`rollbook user`: people who sign in to an organization's pages."""

import json
from urllib.parse import urlencode

import click

from rollbook.cli.opening import opened_stores
from rollbook.cli.options import json_option, org_option, really, yes_option
from rollbook.cli.output import print_rows
from rollbook.cli.running import command_body, find_organization
from rollbook.domain.ids import OrgId
from rollbook.domain.instants import optional_text, to_text
from rollbook.domain.rights import UserRole
from rollbook.domain.users import INVITED_MS, User
from rollbook.service.organizations import users
from rollbook.settings import read_settings
from rollbook.stores import Stores, clock

_DAYS = INVITED_MS // 86_400_000
_user = click.argument("user_reference", metavar="USER")
_participants = click.option(
    "--participant",
    "participants",
    multiple=True,
    metavar="UID",
    help="Who a teacher is in the ledger: the id of a person there; may be repeated.",
)
_role = click.Choice([role.value for role in UserRole])


@click.group()
def user() -> None:
    """People who sign in to an organization's pages, each with a role.

    USER is an e-mail address, or an id from `rollbook user list`.

    \b
    Example:
      rollbook user add --org gtjoozxa3j --email ada@school.example --role owner
    """


@user.command()
@org_option
@click.option("--email", required=True, help="By which they sign in.")
@click.option("--role", required=True, type=_role, help="What they may do.")
@click.option("--name", default="", help="What they are called; else as their address begins.")
@_participants
@json_option
@command_body
async def add(
    org_reference: str,
    email: str,
    role: str,
    name: str,
    participants: tuple[str, ...],
    as_json: bool,
) -> None:
    """Invite somebody: the link by which they set their password is shown this once.

    It leads there for seven days, and once. Rollbook sends no e-mail.

    \b
    Example:
      rollbook user add --org gtjoozxa3j --email ada@school.example --role owner --name "Ada King"
      rollbook user add --org gtjoozxa3j --email ann@school.example --role teacher --participant t-17
    """
    settings = read_settings()
    async with opened_stores(settings) as stores:
        organization = await find_organization(stores.organizations, org_reference)
        named = (name or email.partition("@")[0], email, role)
        made, token = await users.invite(
            stores.organizations, organization.org_id, named, clock(), participants
        )
    _show_link(made.user_id, settings.public_url, token, as_json=as_json)


@user.command()
@org_option
@_user
@json_option
@command_body
async def invite(org_reference: str, user_reference: str, as_json: bool) -> None:
    """Make another link for a user, who sets another password by it; the one before ends.

    \b
    Example:
      rollbook user invite --org gtjoozxa3j ada@school.example
    """
    settings = read_settings()
    async with opened_stores(settings) as stores:
        org_id, known = await _found(stores, org_reference, user_reference)
        _, token = await users.invite_again(stores.organizations, org_id, known.user_id, clock())
    _show_link(known.user_id, settings.public_url, token, as_json=as_json)


@user.command("list")
@org_option
@json_option
@command_body
async def list_(org_reference: str, as_json: bool) -> None:
    """List the users of an organization.

    \b
    Example:
      rollbook user list --org gtjoozxa3j
    """
    async with opened_stores(read_settings()) as stores:
        organization = await find_organization(stores.organizations, org_reference)
        found = await stores.users.users(organization.org_id)
        in_ledger = await stores.users.participants(organization.org_id)
    rows = [
        {
            "id": one.user_id,
            "name": one.name,
            "email": one.email,
            "role": one.role.value,
            "participants": list(in_ledger.get(one.user_id, ())),
            "hasPassword": one.has_password,
            "invitedUntil": optional_text(one.invited_until),
            "signedInAt": optional_text(one.signed_in_at),
            "disabledAt": optional_text(one.disabled_at),
            "createdAt": to_text(one.created_at),
        }
        for one in found
    ]
    print_rows(rows, as_json)


@user.command()
@org_option
@_user
@click.argument("role", type=_role)
@_participants
@command_body
async def role(
    org_reference: str, user_reference: str, role: str, participants: tuple[str, ...]
) -> None:
    """Say what a user may do; pages follow within seconds.

    \b
    Example:
      rollbook user role --org gtjoozxa3j ada@school.example office
    """
    async with opened_stores(read_settings()) as stores:
        org_id, known = await _found(stores, org_reference, user_reference)
        await users.set_role(stores.organizations, org_id, known.user_id, role, participants)
    click.echo(f"User {known.user_id} is {role} now.")


@user.command()
@org_option
@_user
@click.option("--undo", is_flag=True, help="Let them sign in again.")
@command_body
async def disable(org_reference: str, user_reference: str, undo: bool) -> None:
    """Let a user sign in no more, and sign them out everywhere within seconds.

    \b
    Example:
      rollbook user disable --org gtjoozxa3j ada@school.example
    """
    async with opened_stores(read_settings()) as stores:
        org_id, known = await _found(stores, org_reference, user_reference)
        if undo:
            await users.enable(stores.organizations, org_id, known.user_id)
        else:
            await users.disable(stores.organizations, org_id, known.user_id, clock())
    click.echo(f"User {known.user_id} {'may sign in again' if undo else 'is disabled'}.")


@user.command()
@org_option
@_user
@yes_option
@command_body
async def delete(org_reference: str, user_reference: str, yes: bool) -> None:
    """Forget a user, their name and their e-mail address; what they did stays under their id.

    \b
    Example:
      rollbook user delete --org gtjoozxa3j ada@school.example --yes
    """
    async with opened_stores(read_settings()) as stores:
        org_id, known = await _found(stores, org_reference, user_reference)
        click.echo(f"User {known.user_id} is {known.role}.")
        if not really(yes, "deleted"):
            return
        await users.delete(stores.organizations, org_id, known.user_id)
    click.echo(f"Deleted user {known.user_id}.")


async def _found(stores: Stores, org_reference: str, user_reference: str) -> tuple[OrgId, User]:
    """The organization and its user that a command names."""
    organization = await find_organization(stores.organizations, org_reference)
    org_id = organization.org_id
    return org_id, await users.find_user(stores.users, org_id, user_reference)


def _show_link(user_id: str, base: str, token: str, *, as_json: bool) -> None:
    link = f"{base}/invitation?{urlencode({'token': token})}"
    if as_json:
        click.echo(json.dumps({"id": user_id, "link": link}))
        return
    click.echo(f"Invited user {user_id}. The link leads there for {_DAYS} days:")
    click.echo(link)
    if not base:
        click.echo(
            "Put the address of the service before it, or set ROLLBOOK_PUBLIC_URL.", err=True
        )
    click.echo("Send it to them alone: who opens it sets the password.", err=True)
