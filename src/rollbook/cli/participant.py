"""`rollbook participant`: all that is held about a person, and erasing them."""

import json
from contextlib import aclosing

import click

from rollbook.cli.opening import opened_stores
from rollbook.cli.options import json_option, org_option, really, yes_option
from rollbook.cli.output import print_json, printable
from rollbook.cli.running import command_body, find_organization
from rollbook.domain.fields import identifier
from rollbook.domain.instants import to_text
from rollbook.service.reports.dossier import Summary, dossier, summary_of
from rollbook.service.upkeep.erasing import Erasing, erase, look_on
from rollbook.settings import read_settings
from rollbook.sources.table import SOURCE_KINDS
from rollbook.stores import Stores, clock


@click.group()
def participant() -> None:
    """People: all that is held of one, and erasing them.

    \b
    Example:
      rollbook participant export student-123 --org gtjoozxa3j > student-123.json
    """


@participant.command()
@click.argument("uid")
@org_option
@command_body
async def export(uid: str, org_reference: str) -> None:
    """Print all that is held about participant UID, as JSON.

    Sessions with the events behind them, what applications told, rosters, names, and events that name
    the person anywhere else: for these the whole organization is read.

    \b
    Example:
      rollbook participant export student-123 --org gtjoozxa3j > student-123.json
    """
    known = identifier(uid, "UID")
    async with opened_stores(read_settings()) as stores:
        organization = await find_organization(stores.organizations, org_reference)
        chunks = dossier(stores.dossiers, organization.org_id, known, clock(), mentions=True)
        async with aclosing(chunks):
            async for chunk in chunks:
                click.echo(chunk.encode(), nl=False)


@participant.command("erase")
@click.argument("uid")
@org_option
@yes_option
@json_option
@command_body
async def erase_(uid: str, org_reference: str, *, yes: bool, as_json: bool) -> None:
    """Erase participant UID: a pseudonym takes the place of their ids, and of their name nothing.

    Sessions, times and credits stay, under the pseudonym, and no total changes. Names, addresses, user
    agents, the platforms' own words about them and notes on their sessions go for good. Whoever tells of
    them again, a platform or a file, brings nothing back. Backups of before hold all of it still.

    \b
    Example:
      rollbook participant erase student-123 --org gtjoozxa3j
      rollbook participant erase student-123 --org gtjoozxa3j --yes
    """
    known = identifier(uid, "UID")
    async with opened_stores(read_settings()) as stores:
        organization = await find_organization(stores.organizations, org_reference)
        org_id = organization.org_id
        summary = await summary_of(stores.dossiers, org_id, known)
        if not yes:
            _show(summary, known, as_json=as_json)
        if not really(yes, "erased"):
            return
        work = Erasing(stores.ledger, stores.organizations, SOURCE_KINDS)
        pseudonym = await erase(work, org_id, known, clock())
        await _look_through(work, stores, org_id)
    if as_json:
        print_json(json.dumps({"pseudonym": pseudonym, "sessions": summary.sessions}))
    else:
        click.echo(f"Erased. {summary.sessions} session(s) are {pseudonym}'s now.")


async def _look_through(work: Erasing, stores: Stores, org_id: str) -> None:
    while await look_on(work, org_id):
        pass
    await stores.database.shed_log()


def _show(summary: Summary, uid: str, *, as_json: bool) -> None:
    if as_json:
        print_json(json.dumps(_as_json(summary), ensure_ascii=False))
        return
    lines = [f"Of {uid} is held:", *(f"  {line}" for line in _lines(summary))]
    lines += [
        "Erased would be: names, addresses, user agents, payloads, notes on these sessions, and every",
        "id of this person. Sessions stay, under a pseudonym; times and credits do not change.",
    ]
    if summary.rooms_named_so:
        lines += [
            "Ids and titles of rooms stay as they are. These have the id or the name in them:",
            *(f"  {room_id}" for room_id in summary.rooms_named_so),
        ]
    for line in lines:
        click.echo(printable(line))


def _lines(summary: Summary) -> list[str]:
    first, last = summary.first_join, summary.last_join
    days = "" if first is None or last is None else f", {to_text(first)} to {to_text(last)}"
    return [
        f"{summary.sessions} session(s) in {summary.rooms} room(s){days}",
        f"names: {', '.join(summary.names) or 'none'}",
        f"known to platforms as: {', '.join(summary.identities) or 'nothing else'}",
        f"{summary.contexts} context(s), {summary.roster_entries} roster entries",
        f"{summary.imports} import(s) that told of them",
    ]


def _as_json(summary: Summary) -> dict[str, object]:
    first, last = summary.first_join, summary.last_join
    return {
        "sessions": summary.sessions,
        "rooms": summary.rooms,
        "firstJoinedAt": None if first is None else to_text(first),
        "lastJoinedAt": None if last is None else to_text(last),
        "names": list(summary.names),
        "identities": list(summary.identities),
        "contexts": summary.contexts,
        "rosterEntries": summary.roster_entries,
        "imports": summary.imports,
        "roomsNamedSo": list(summary.rooms_named_so),
    }
