"""`rollbook source`: where an organization's events come from."""

import json
import sys

import click

from rollbook.app import clock, opened_stores
from rollbook.cli.org import json_option, print_rows
from rollbook.cli.running import command_body, find_organization, org_option
from rollbook.domain.instants import to_text
from rollbook.domain.organizations import Source
from rollbook.service import sources as use_cases
from rollbook.service.organizations import ensure_source
from rollbook.settings import read_settings
from rollbook.sources.table import SOURCE_KINDS

OWN_EVENTS = "events"

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
@click.option("--api-key", help="API key (livekit).")
@click.option("--api-secret", help="API secret (livekit); - reads it from standard input.")
@click.option("--secret", help="The platform's webhook secret; - reads it from standard input.")
@click.option("--public-key", help="PEM public key (realtimekit); - reads standard input.")
@click.option("--header", help="Name of the header that carries the secret (100ms).")
@click.option("--value", help="Value of that header (100ms); - reads standard input.")
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
    given = {part: _read(value) for part, value in secret.items() if value is not None}
    async with opened_stores(read_settings()) as stores:
        organization = await find_organization(stores.organizations, org_reference)
        if kind == OWN_EVENTS:
            added = await ensure_source(
                stores.organizations, organization.org_id, kind, name or "own events", clock()
            )
        else:
            added = await use_cases.add_platform_source(
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
        states = await use_cases.source_states(stores.organizations, organization.org_id)
    rows = [
        {
            "sourceId": state.source.source_id,
            "kind": state.source.kind,
            "name": state.source.name,
            "disabled": state.source.disabled_at is not None,
            "lastEvent": _instant(state.health.last_received_at),
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
    return sys.stdin.readline().strip() if value == "-" else value


def _instant(instant: int | None) -> str | None:
    return None if instant is None else to_text(instant)
