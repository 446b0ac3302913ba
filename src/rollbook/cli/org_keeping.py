"""`rollbook org set-retention`, `set-addresses` and `delete`: what an organization keeps, and its end."""

import click

from rollbook.cli.opening import opened_stores, who_calls
from rollbook.cli.options import really, yes_option
from rollbook.cli.output import printable
from rollbook.cli.running import command_body, find_organization
from rollbook.domain.audit import WHOLE_SERVICE, Action, Entry
from rollbook.domain.retention import MOST_DAYS, Addresses, Retention
from rollbook.service.organizations import settings
from rollbook.service.upkeep.deleting import delete_organization
from rollbook.settings import read_settings
from rollbook.stores import clock

organization_argument = click.argument("org_reference", metavar="ORG_ID")

_days = click.IntRange(0, MOST_DAYS)


@click.command("set-retention")
@organization_argument
@click.option("--addresses", type=_days, metavar="DAYS", help="Days to keep IP addresses for.")
@click.option("--payloads", type=_days, metavar="DAYS", help="Days to keep events as sent for.")
@click.option("--agents", type=_days, metavar="DAYS", help="Days to keep user agents for.")
@click.option("--people", type=_days, metavar="DAYS", help="Days to keep who was not seen for.")
@command_body
async def set_retention(
    org_reference: str,
    addresses: int | None,
    payloads: int | None,
    agents: int | None,
    people: int | None,
) -> None:
    """Set for how many days what can be done without is kept; 0 is for ever.

    IP addresses, user agents, events as they were sent, and who people are that were not seen for so
    long: their sessions stay, under pseudonyms, and no total changes. What is older is forgotten for
    good, by the upkeep of a running service. What events meant is kept, so sessions, reports and
    explanations stay. Without options, says what is set.

    \b
    Example:
      rollbook org set-retention gtjoozxa3j --addresses 90 --agents 90 --payloads 400
      rollbook org set-retention gtjoozxa3j --people 1825
    """
    async with opened_stores(read_settings()) as stores:
        organization = await find_organization(stores.organizations, org_reference)
        before = await stores.organizations.retention(organization.org_id)
        retention = Retention(
            before.address_days if addresses is None else addresses,
            before.payload_days if payloads is None else payloads,
            before.agent_days if agents is None else agents,
            before.people_days if people is None else people,
        )
        if retention != before:
            await settings.set_retention(stores.organizations, organization.org_id, retention)
    click.echo(
        f"Organization {organization.org_id} keeps addresses {_for_days(retention.address_days)},"
        f" user agents {_for_days(retention.agent_days)}, events as they were sent"
        f" {_for_days(retention.payload_days)}, and who was not seen"
        f" {_for_days(retention.people_days)}."
    )


@click.command("set-addresses")
@organization_argument
@click.argument("kept", type=click.Choice([one.name.lower() for one in Addresses]))
@command_body
async def set_addresses(org_reference: str, kept: str) -> None:
    """Set what is kept of IP addresses from now on: whole, their network, or none.

    The network is the first 24 bits of 198.51.100.7, which is 198.51.100.0, and the first 48 of an IPv6
    address. What was kept before stays until its retention is over.

    \b
    Example:
      rollbook org set-addresses gtjoozxa3j network
    """
    async with opened_stores(read_settings()) as stores:
        organization = await find_organization(stores.organizations, org_reference)
        chosen = Addresses[kept.upper()]
        await settings.set_addresses(stores.organizations, organization.org_id, chosen)
    click.echo(f"Organization {organization.org_id} keeps of addresses: {kept}.")


@click.command()
@organization_argument
@yes_option
@command_body
async def delete(org_reference: str, *, yes: bool) -> None:
    """Delete an organization and all that it holds, for good.

    Its keys end and its sources are disabled first; a few seconds later the rest goes, some rows at a
    time, so that no other organization waits. Cut off, it is to be said again. Backups of before hold all.

    \b
    Example:
      rollbook org delete gtjoozxa3j --yes
    """
    async with opened_stores(read_settings()) as stores:
        organization = await find_organization(stores.organizations, org_reference)
        org_id = organization.org_id
        held = await stores.deletions.of_organization(org_id)
        click.echo(
            f"Organization {org_id} ({printable(organization.name)}) holds {held.sessions} session(s)"
            f" and {held.events} event(s)."
        )
        if not really(yes, "deleted"):
            return
        entry = Entry(WHOLE_SERVICE, clock(), Action.ORGANIZATION_DELETED, who_calls(), org_id)
        await stores.audit.add(entry)
        await delete_organization(stores.deletions, org_id, clock())
        await stores.database.shed_log()
    click.echo(f"Deleted organization {org_id}.")


def _for_days(days: int) -> str:
    if days == 0:
        return "for ever"
    return "for 1 day" if days == 1 else f"for {days} days"
