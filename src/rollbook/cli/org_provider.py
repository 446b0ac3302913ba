"""`rollbook org set-provider`: the provider through which people of an organization sign in."""

import click

from rollbook.cli.opening import opened_stores
from rollbook.cli.running import command_body, find_organization, typed_value
from rollbook.domain.errors import InvalidInput
from rollbook.domain.providers import (
    Provider,
    RoleClaim,
    checked_provider,
    checked_role_claim,
)
from rollbook.domain.rights import UserRole
from rollbook.service.organizations import providers
from rollbook.settings import Settings, read_settings
from rollbook.stores import Stores, clock


@click.command("set-provider")
@click.argument("org_reference", metavar="ORG_ID")
@click.option("--issuer", help="The address of the provider, as it calls itself.")
@click.option("--client-id", help="As the provider shows it.")
@click.option(
    "--client-secret",
    callback=typed_value,
    help="As the provider shows it; - reads it from standard input.",
)
@click.option("--role-claim", default="", help="The claim that tells roles; without, set by hand.")
@click.option("--owner", default="", metavar="VALUE", help="Its value for owners.")
@click.option("--office", default="", metavar="VALUE", help="Its value for the office.")
@click.option("--viewer", default="", metavar="VALUE", help="Its value for viewers.")
@click.option("--teacher", default="", metavar="VALUE", help="Its value for teachers.")
@click.option("--none", "drop", is_flag=True, help="Nobody signs in through a provider any more.")
@command_body
async def set_provider(
    org_reference: str,
    issuer: str | None,
    client_id: str | None,
    client_secret: str | None,
    role_claim: str,
    drop: bool,
    **values: str,
) -> None:
    """Let people sign in through a provider of OpenID Connect: Google, Microsoft, a Keycloak.

    The provider is asked before it is kept, its secret is sealed. Without options, says what is set.

    \b
    Example:
      rollbook org set-provider gtjoozxa3j --issuer https://accounts.google.com \\
        --client-id ID --client-secret -
    """
    settings = read_settings()
    async with opened_stores(settings) as stores:
        org_id = (await find_organization(stores.organizations, org_reference)).org_id
        if drop:
            await providers.drop_provider(stores.organizations, org_id)
        elif issuer and client_id and client_secret:
            by_role = {UserRole(role): value for role, value in values.items()}
            claim = checked_role_claim(role_claim, by_role)
            wanted = checked_provider(issuer, client_id, client_secret, claim)
            await _set(settings, stores, org_id, wanted)
        elif issuer or client_id or client_secret:
            raise InvalidInput(
                "--issuer, --client-id and --client-secret belong together", field="issuer"
            )
        found = await stores.providers.provider(org_id)
    click.echo(_said(org_id, found))


async def _set(settings: Settings, stores: Stores, org_id: str, wanted: Provider) -> None:
    # They take long to load, and no other command needs them.
    from rollbook.identity.asking import Asking  # noqa: PLC0415 - see above
    from rollbook.identity.openid import OpenId  # noqa: PLC0415 - see above

    openid = OpenId(Asking(settings.providers_within), clock)
    await providers.set_provider(stores.organizations, openid, org_id, wanted)


def _said(org_id: str, found: Provider | None) -> str:
    if found is None:
        return f"Organization {org_id} has no provider."
    return (
        f"People of organization {org_id} sign in through {found.issuer}, where it is"
        f" {found.client_id}; roles {_roles(found.role_claim)}."
    )


def _roles(claim: RoleClaim | None) -> str:
    if claim is None:
        return "are set by hand"
    given = ", ".join(f"{role} for {value}" for role, value in claim.values.items())
    return f"come of {claim.name}: {given}"
