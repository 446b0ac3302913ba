"""`rollbook audit`: who did what."""

import json
from collections.abc import AsyncGenerator, Sequence

import click

from rollbook.cli.opening import opened_stores
from rollbook.cli.output import print_json
from rollbook.cli.running import command_body, find_organization
from rollbook.domain.audit import WHOLE_SERVICE, Kept
from rollbook.domain.errors import InvalidInput
from rollbook.domain.instants import from_text, to_text
from rollbook.domain.period import parse_day, start_of_day, time_zone
from rollbook.service.organizations.ports import Audit
from rollbook.settings import read_settings

_AT_A_TIME = 500


@click.command()
@click.option(
    "--org",
    "org_reference",
    metavar="ORG_ID",
    help="Of this organization alone; else of all, and of the service.",
)
@click.option("--since", default="", help="From this day (UTC) or instant on, as in ISO 8601.")
@command_body
async def audit(org_reference: str | None, since: str) -> None:
    """Show who did what, as JSON lines.

    Of each organization in the order in which it was done: keys made and ended, secrets rotated, settings changed, sign-ins, files taken away. It never holds
    a value. What does not belong to one organization comes first, with organization null.

    \b
    Examples:
      rollbook audit --since 2026-01-01
      rollbook audit --org gtjoozxa3j | jq .action
    """
    begins = _instant(since)
    async with opened_stores(read_settings()) as stores:
        if org_reference is not None:
            organization = await find_organization(stores.organizations, org_reference)
            org_ids: Sequence[str] = [organization.org_id]
        else:
            known = await stores.organizations.organizations()
            org_ids = [WHOLE_SERVICE, *(one.org_id for one in known)]
        for org_id in org_ids:
            async for kept in _entries(stores.audit, org_id, begins):
                print_json(json.dumps(_shown(kept), ensure_ascii=False))


async def _entries(store: Audit, org_id: str, since: int) -> AsyncGenerator[Kept, None]:
    after = (since - 1, "\U0010ffff")
    while part := await store.since(org_id, after, _AT_A_TIME):
        for kept in part:
            yield kept
        after = (part[-1].entry.at, part[-1].entry_id)


def _shown(kept: Kept) -> dict[str, object]:
    entry = kept.entry
    return {
        "at": to_text(entry.at),
        "organization": entry.org_id or None,
        "action": entry.action.value,
        "who": entry.doer.who,
        "from": entry.doer.whence or None,
        "what": entry.what or None,
        "requestId": entry.doer.request_id or None,
    }


def _instant(text: str) -> int:
    """The instant from which on, in ms UTC. Raises InvalidInput."""
    if not text:
        return 0
    utc = time_zone("UTC")
    try:
        return (
            from_text(text)
            if "T" in text.upper()
            else start_of_day(parse_day(text, utc, "--since"), utc)
        )
    except ValueError:
        message = (
            "--since must be a day such as 2026-01-31, or an instant such as 2026-01-31T08:00:00Z"
        )
        raise InvalidInput(message, field="--since") from None
