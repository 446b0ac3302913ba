"""`rollbook source`: where an organization's events come from."""

import json
from collections.abc import Mapping
from typing import BinaryIO

import click

from rollbook.cli.opening import opened_stores
from rollbook.cli.options import json_option, org_option, really, yes_option
from rollbook.cli.output import print_json, print_rows, printable
from rollbook.cli.platform_options import (
    require_taken,
    secret_options,
    setting_options,
    settings_help,
    with_secret,
)
from rollbook.cli.running import command_body, find_organization
from rollbook.domain.audit import Action
from rollbook.domain.errors import InvalidInput
from rollbook.domain.instants import optional_text
from rollbook.domain.sources import OwnKind, Source
from rollbook.service.ingest.webhooks import verified
from rollbook.service.organizations import sources
from rollbook.service.organizations.ports import SourceHealth
from rollbook.service.organizations.sources import ensure_source
from rollbook.service.platforms import LEAVING_OUT_SETTINGS, SourceKind, WebhookRequest
from rollbook.service.upkeep.deleting import delete_source
from rollbook.settings import read_settings
from rollbook.sources.table import SOURCE_KINDS
from rollbook.stores import Stores, clock

_source_id = click.argument("source_id", metavar="SOURCE_ID")


@click.group()
def source() -> None:
    """Sources of events: platforms that deliver webhooks, and events of our own form.

    \b
    Example:
      rollbook source add livekit --org gtjoozxa3j --api-key APIk4v --api-secret -
    """


@source.command()
@click.argument("kind", type=click.Choice([*sorted(SOURCE_KINDS), OwnKind.EVENTS.value]))
@org_option
@click.option("--name", help="What to call it; default its kind.")
@secret_options
@setting_options
@json_option
@command_body
@with_secret
async def add(
    kind: str,
    org_reference: str,
    name: str | None,
    *,
    secret: Mapping[str, str],
    as_json: bool,
    **own: str | None,
) -> None:
    """Add a source and show the address for its webhooks.

    A secret given as - stands in no process list: at a terminal it is asked for and not shown,
    elsewhere it is read from standard input.

    \b
    Examples:
      rollbook source add livekit --org gtjoozxa3j --api-key APIk4v --api-secret -
      rollbook source add zoom --org gtjoozxa3j --secret - --json
    """
    given = {name: value for name, value in own.items() if value is not None}
    require_taken(kind, (*secret, *given))
    settings = read_settings()
    async with opened_stores(settings) as stores:
        organization = await find_organization(stores.organizations, org_reference)
        if kind == OwnKind.EVENTS:
            added = await ensure_source(
                stores.organizations, organization.org_id, OwnKind.EVENTS, name, clock()
            )
        else:
            added = await sources.add_platform_source(
                stores.organizations,
                Source(organization.org_id, "", kind, name or kind, clock(), settings=given),
                SOURCE_KINDS[kind],
                secret,
            )
    _show(added, settings.public_url, as_json=as_json)


@source.command("list")
@org_option
@json_option
@command_body
async def list_(org_reference: str, *, as_json: bool) -> None:
    """List the sources of an organization and how each is doing.

    \b
    Example:
      rollbook source list --org gtjoozxa3j
    """
    async with opened_stores(read_settings()) as stores:
        organization = await find_organization(stores.organizations, org_reference)
        states = await sources.source_states(stores.organizations, organization.org_id)
    rows = [
        {
            "sourceId": state.source.source_id,
            "kind": state.source.kind,
            "name": state.source.name,
            "disabled": state.source.disabled_at is not None,
            "lastEvent": optional_text(state.health.last_received_at),
            "lagMs": state.health.last_lag_ms,
            "accepted": state.health.accepted,
            "duplicate": state.health.duplicates,
            "ignored": state.health.ignored,
            "late": state.health.late,
            "rejected": state.health.rejected,
            "lastRejection": state.health.last_rejection,
        }
        for state in states
    ]
    print_rows(rows, as_json)


@source.command()
@_source_id
@org_option
@click.option("--drop-old", is_flag=True, help="Let only the new secret work from now on.")
@secret_options
@command_body
@with_secret
async def rotate(
    source_id: str, org_reference: str, *, secret: Mapping[str, str], drop_old: bool
) -> None:
    """Give a source a new secret; the ones before go on working until --drop-old.

    \b
    Example:
      rollbook source rotate gtjoozxa3jk7d2m4q5ab --org gtjoozxa3j --secret -
      rollbook source rotate gtjoozxa3jk7d2m4q5ab --org gtjoozxa3j --secret - --drop-old
    """
    async with opened_stores(read_settings()) as stores:
        found = await _find(stores, org_reference, source_id)
        kind = _kind_of(found)
        require_taken(found.kind, secret)
        rotated = await sources.rotate_secret(
            stores.organizations, found, kind, secret, drop_old=drop_old
        )
    click.echo(f"Source {source_id} now takes {len(rotated.secrets)} secret(s).")


@source.command()
@_source_id
@org_option
@click.option("--enable", is_flag=True, help="Take its events again.")
@command_body
async def disable(source_id: str, org_reference: str, *, enable: bool) -> None:
    """Stop taking events from a source; what it brought stays.

    \b
    Example:
      rollbook source disable gtjoozxa3jk7d2m4q5ab --org gtjoozxa3j
    """
    async with opened_stores(read_settings()) as stores:
        found = await _find(stores, org_reference, source_id)
        await sources.set_disabled(stores.organizations, found, None if enable else clock())
    click.echo(f"Source {source_id} is {'enabled' if enable else 'disabled'}.")


@source.command()
@_source_id
@org_option
@yes_option
@command_body
async def delete(source_id: str, org_reference: str, *, yes: bool) -> None:
    """Delete a source with all that it brought, for good: its sessions, and the credits for them.

    Names and roles that its events told stay with people who have sessions elsewhere; who has none goes
    too. It is disabled first; a few seconds later the rest goes, some rows at a time. Cut off, it is to be
    said again. To take a file back, `rollbook imports undo` is the way.

    \b
    Example:
      rollbook source delete gtjoozxa3jk7d2m4q5ab --org gtjoozxa3j
      rollbook source delete gtjoozxa3jk7d2m4q5ab --org gtjoozxa3j --yes
    """
    async with opened_stores(read_settings()) as stores:
        found = await _find(stores, org_reference, source_id)
        held = await stores.deletions.of_source(found.org_id, source_id)
        click.echo(
            f"Source {source_id} ({printable(found.name)}) brought {held.sessions} session(s)"
            f" and {held.events} event(s)."
        )
        if not really(yes, "deleted"):
            return
        if found.disabled_at is None:
            await sources.set_disabled(stores.organizations, found, clock())
        async with stores.organizations.changing(found.org_id) as change:
            await change.note(Action.SOURCE_DELETED, source_id)
        await delete_source(stores.deletions, found.org_id, source_id)
        await stores.database.shed_log()
    click.echo(f"Deleted source {source_id}.")


@source.command(epilog=settings_help())
@_source_id
@org_option
@click.argument("settings", nargs=-1, metavar="NAME=VALUE...")
@command_body
async def configure(source_id: str, org_reference: str, settings: tuple[str, ...]) -> None:
    """Set how a source reads its platform's payloads; NAME= takes a setting away.

    Imported files and own events have leave_out_names and leave_out_ids alone. Who is left out is
    so from now on; `rollbook ledger rebuild` makes it so for what is there already.

    \b
    Settings:
      default_role=STUDENT       role of people whose platform tells none
      uid_paths=metadata.user_id where the person's id is, in the platform's own object
      role_paths=a.b,c           where the role is
      ip_paths=attributes.ip     where the IP address is
      title_paths=metadata.name  where the room's title is
      role_names=host:TEACHER    your own words for roles
      leave_out_names=*notetaker who has no sessions, by name (* is any text, ? any character)
      leave_out_ids=bot-*,egress the same by id
    \b
    Example:
      rollbook source configure gtjoozxa3jk7d2m4q5ab --org gtjoozxa3j ip_paths=attributes.ip
    """
    changes = dict(_setting(text) for text in settings)
    async with opened_stores(read_settings()) as stores:
        found = await _find(stores, org_reference, source_id)
        kind = SOURCE_KINDS.get(found.kind)
        configured = await sources.configure(stores.organizations, found, kind, changes)
    print_json(json.dumps(configured.settings, ensure_ascii=False))


@source.command()
@_source_id
@org_option
@click.option("--body", type=click.File("rb"), help="The body of a delivery, as it was sent.")
@click.option("--header", "headers", multiple=True, help="A header of it, like 'Name: value'.")
@click.option("--url", default="", help="The address it was sent to (bigbluebutton).")
@command_body
async def test(
    source_id: str, org_reference: str, body: BinaryIO | None, headers: tuple[str, ...], url: str
) -> None:
    """Try a delivery on a source without recording it; without --body, say how the source does.

    \b
    Example:
      rollbook source test gtjoozxa3jk7d2m4q5ab --org gtjoozxa3j
      rollbook source test gtjoozxa3jk7d2m4q5ab --org gtjoozxa3j \\
        --body delivery.json --header "Authorization: eyJhbGciOi..."
    """
    async with opened_stores(read_settings()) as stores:
        found = await _find(stores, org_reference, source_id)
        if body is None:
            states = await sources.source_states(stores.organizations, found.org_id)
            _say_how_it_does(next(s.health for s in states if s.source.source_id == source_id))
            return
    split = (header.partition(":") for header in headers)
    lower = {name.strip().lower(): value.strip() for name, _, value in split}
    request = WebhookRequest(lower, body.read(), url)
    for delivery in verified(found, _kind_of(found), request, clock()):
        click.echo(f"{delivery.event_type} {delivery.event_id}: {len(delivery.facts)} fact(s)")
        for fact in delivery.facts:
            click.echo(f"  {fact}")


async def _find(stores: Stores, org_reference: str, source_id: str) -> Source:
    organization = await find_organization(stores.organizations, org_reference)
    return await sources.source_named(stores.organizations, organization.org_id, source_id)


def _kind_of(found: Source) -> SourceKind:
    kind = SOURCE_KINDS.get(found.kind)
    if kind is None:
        raise InvalidInput(f"a source of kind {found.kind} has no secret and no webhook")
    return kind


def _say_how_it_does(health: SourceHealth) -> None:
    if health.last_received_at is None and not health.rejected:
        click.echo("Nothing has arrived yet: check the address and that the platform reaches it.")
        return
    click.echo(f"Last event: {optional_text(health.last_received_at) or 'none'}")
    click.echo(f"Accepted {health.accepted}, duplicate {health.duplicates}, late {health.late}")
    if health.rejected:
        when = optional_text(health.last_rejected_at)
        click.echo(f"Rejected {health.rejected}, the last at {when}: {health.last_rejection}")


def _setting(text: str) -> tuple[str, object]:
    name, equals, value = text.partition("=")
    if not equals:
        raise InvalidInput("a setting is NAME=VALUE", field=name)
    if not value:
        return name, None
    if name == "role_names":
        return name, dict(pair.split(":", 1) for pair in value.split(",") if ":" in pair)
    listed = name.endswith("_paths") or name in LEAVING_OUT_SETTINGS
    return name, value.split(",") if listed else value


def _show(added: Source, public_url: str, *, as_json: bool) -> None:
    path = sources.webhook_path(added)
    if as_json:
        click.echo(json.dumps({"sourceId": added.source_id, "webhookUrl": path}))
        return
    click.echo(f"Added source {added.source_id} ({added.kind}).")
    click.echo(f"Its events go to: {public_url}{path}")
    if added.kind in SOURCE_KINDS:
        _show_next(added, SOURCE_KINDS[added.kind], public_url)


def _show_next(added: Source, kind: SourceKind, public_url: str) -> None:
    """What is left to do, here and at the platform; what is pasted there comes last."""
    click.echo(f"More about it: docs/sources/{kind.kind}.md")
    for setting in kind.settings:
        if setting.name not in added.settings:
            told = f"{setting.name}={setting.example}"
            click.echo(f"\nNot set: {setting.name}. {setting.help} To set it:\n")
            click.echo(f"rollbook source configure {added.source_id} --org {added.org_id} {told}")
    where = "" if public_url else " YOUR-HOST is where the platform reaches Rollbook."
    click.echo(f"\n{kind.steps}{where}\n")
    click.echo(sources.to_paste(kind, added, public_url or "https://YOUR-HOST"))
