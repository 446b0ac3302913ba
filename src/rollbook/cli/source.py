"""`rollbook source`: where an organization's events come from."""

import json
from collections.abc import Callable, Mapping
from typing import BinaryIO

import click

from rollbook.cli.opening import opened_stores
from rollbook.cli.options import json_option, org_option
from rollbook.cli.output import print_json, print_rows
from rollbook.cli.running import command_body, find_organization, typed_line
from rollbook.domain.errors import InvalidInput
from rollbook.domain.instants import optional_text
from rollbook.domain.sources import OWN_EVENTS, Source
from rollbook.service.ingest.webhooks import verified
from rollbook.service.organizations import sources
from rollbook.service.organizations.ports import SourceHealth
from rollbook.service.organizations.sources import ensure_source
from rollbook.service.platforms import SourceKind, WebhookRequest
from rollbook.settings import read_settings
from rollbook.sources.table import SOURCE_KINDS
from rollbook.stores import Stores, clock

_SETTINGS = (
    "default_role",
    "role_paths",
    "ip_paths",
    "title_paths",
    "role_names",
    "server_url",
)

_LIVEKIT_YAML = """\
Paste this into the configuration of your LiveKit server, with your own host:

webhook:
  api_key: {api_key}
  urls:
    - https://YOUR-HOST{url}
  filter_params:
    include_events:
      - room_started
      - room_finished
      - participant_joined
      - participant_left
      - participant_connection_aborted"""


def secret_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that hold the parts of a secret."""
    for option in reversed(_SECRET_OPTIONS):
        command = option(command)
    return command


_SECRET_OPTIONS = (
    click.option("--api-key", help="API key (livekit)."),
    click.option("--api-secret", help="API secret (livekit); - reads it from standard input."),
    click.option("--secret", help="The platform's webhook secret; - reads standard input."),
    click.option("--public-key", help="PEM public key (realtimekit); - reads standard input."),
    click.option("--header", help="Name of the header that carries the secret (100ms)."),
    click.option("--value", help="Value of that header (100ms); - reads standard input."),
)
_source_id = click.argument("source_id", metavar="SOURCE_ID")


@click.group()
def source() -> None:
    """Sources of events: platforms that deliver webhooks, and events of our own form.

    \b
    Example:
      rollbook source add livekit --org gtjoozxa3j --api-key APIk4v --api-secret -
    """


@source.command()
@click.argument("kind", type=click.Choice([*sorted(SOURCE_KINDS), OWN_EVENTS]))
@org_option
@click.option("--name", help="What to call it; default its kind.")
@secret_options
@json_option
@command_body
async def add(
    kind: str, org_reference: str, name: str | None, *, as_json: bool, **secret: str | None
) -> None:
    """Add a source and show the address for its webhooks.

    A secret given as - is read from standard input, so that it stands in no process list.

    \b
    Examples:
      rollbook source add livekit --org gtjoozxa3j --api-key APIk4v --api-secret -
      rollbook source add zoom --org gtjoozxa3j --secret - --json
    """
    given = _given(secret)
    async with opened_stores(read_settings()) as stores:
        organization = await find_organization(stores.organizations, org_reference)
        if kind == OWN_EVENTS:
            added = await ensure_source(
                stores.organizations, organization.org_id, kind, name or "own events", clock()
            )
        else:
            added = await sources.add_platform_source(
                stores.organizations,
                Source(organization.org_id, "", kind, name or kind, clock()),
                SOURCE_KINDS[kind],
                given,
            )
    _show(added, given, as_json=as_json)


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
async def rotate(
    source_id: str, org_reference: str, *, drop_old: bool, **secret: str | None
) -> None:
    """Give a source a new secret; the ones before go on working until --drop-old.

    \b
    Example:
      rollbook source rotate gtjoozxa3jk7d2m4q5ab --org gtjoozxa3j --secret -
      rollbook source rotate gtjoozxa3jk7d2m4q5ab --org gtjoozxa3j --secret - --drop-old
    """
    given = _given(secret)
    async with opened_stores(read_settings()) as stores:
        found = await _find(stores, org_reference, source_id)
        rotated = await sources.rotate_secret(
            stores.organizations, found, _kind_of(found), given, drop_old=drop_old
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
@click.argument("settings", nargs=-1, metavar="NAME=VALUE...")
@command_body
async def configure(source_id: str, org_reference: str, settings: tuple[str, ...]) -> None:
    """Set how a source reads its platform's payloads; NAME= takes a setting away.

    \b
    Settings:
      default_role=STUDENT       role of people whose platform tells none
      role_paths=a.b,c           where the role is, in the platform's own object
      ip_paths=attributes.ip     where the IP address is
      title_paths=metadata.name  where the room's title is
      role_names=host:TEACHER    your own words for roles
      server_url=https://...     the LiveKit server to reconcile with
    \b
    Example:
      rollbook source configure gtjoozxa3jk7d2m4q5ab --org gtjoozxa3j ip_paths=attributes.ip
    """
    changes = dict(_setting(text) for text in settings)
    async with opened_stores(read_settings()) as stores:
        found = await _find(stores, org_reference, source_id)
        configured = await sources.configure(stores.organizations, found, changes)
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
    if not equals or name not in _SETTINGS:
        expected = ", ".join(_SETTINGS)
        raise InvalidInput(f"a setting is NAME=VALUE, NAME one of {expected}", field=name)
    if not value:
        return name, None
    if name == "role_names":
        return name, dict(pair.split(":", 1) for pair in value.split(",") if ":" in pair)
    return name, value.split(",") if name.endswith("_paths") else value


def _given(secret: Mapping[str, str | None]) -> dict[str, str]:
    return {part: _read(value) for part, value in secret.items() if value is not None}


def webhook_path(of: Source) -> str:
    """Where the platform delivers to."""
    return "/v1/events" if of.kind == OWN_EVENTS else f"/v1/webhooks/{of.kind}/{of.source_id}"


def _show(added: Source, secret: dict[str, str], *, as_json: bool) -> None:
    path = webhook_path(added)
    if as_json:
        click.echo(json.dumps({"sourceId": added.source_id, "webhookUrl": path}))
        return
    click.echo(f"Added source {added.source_id} ({added.kind}).")
    click.echo(f"Its events go to: {path}")
    if added.kind == "livekit":
        click.echo("\n" + _LIVEKIT_YAML.format(api_key=secret["api_key"], url=path))


def _read(value: str) -> str:
    if value != "-":
        return value
    text = line = typed_line()
    if line.startswith("-----BEGIN"):
        while line and not line.startswith("-----END"):
            line = typed_line()
            text += line
    return text.strip()
