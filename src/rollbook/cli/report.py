"""`rollbook report`: a participant's sessions on the terminal."""

import sys
from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum

import click
from rich.console import Console
from rich.table import Table

from rollbook.app import clock, opened_stores
from rollbook.cli.running import command_body, find_organization, org_option
from rollbook.domain.csv_cells import CsvForm
from rollbook.domain.errors import InvalidInput
from rollbook.domain.fields import identifier
from rollbook.domain.instants import to_text
from rollbook.domain.organizations import Organization
from rollbook.domain.report import GroupedReport, RoomReport, SessionLine, Totals
from rollbook.service.export import csv_report
from rollbook.service.ports import Reports
from rollbook.service.report import ReportQuestion, participant_report
from rollbook.settings import read_settings
from rollbook.web import wire


class _Form(StrEnum):
    TABLE = "table"
    JSON = "json"
    CSV = "csv"


@click.command()
@click.argument("uid")
@org_option
@click.option("--room", metavar="ID", help="Only this room.")
@click.option("--from", "first", metavar="D", help="First day, like 2024-01-15; default today.")
@click.option("--to", "last", metavar="D", help="Last day; default the first one.")
@click.option("--page", type=click.IntRange(min=1), default=1, show_default=True)
@click.option("--csv", "form", flag_value=_Form.CSV.value, help="Print the whole CSV report.")
@click.option("--json", "form", flag_value=_Form.JSON.value, help="Print the API's JSON.")
@command_body
async def report(  # noqa: PLR0913 - one parameter for each option
    *,
    uid: str,
    org_reference: str,
    room: str | None,
    first: str | None,
    last: str | None,
    page: int,
    form: str | None,
) -> None:
    """Show the sessions of participant UID.

    \b
    Examples:
      rollbook report student-123 --org gtjoozxa3j --from 2024-01-01 --to 2024-01-31
      rollbook report student-123 --org gtjoozxa3j --room math-101 --csv > january.csv
    """
    question = ReportQuestion(
        identifier(uid, "UID"),
        None if room is None else identifier(room, "--room"),
        first,
        last,
        page=page,
    )
    async with opened_stores(read_settings()) as stores:
        organization = await find_organization(stores.organizations, org_reference)
        try:
            await _print(stores.reports, organization, question, _Form(form or _Form.TABLE))
        except InvalidInput as error:
            # The rule speaks of the API's fields; here they are options.
            said = error.message.replace("startDate", "--from").replace("endDate", "--to")
            raise InvalidInput(said, field=error.field) from None


async def _print(
    reports: Reports, organization: Organization, question: ReportQuestion, form: _Form
) -> None:
    if form is _Form.CSV:
        csv = csv_report(reports, organization, question, CsvForm(), clock())
        output = sys.stdout.buffer
        async for chunk in csv.chunks:
            output.write(chunk.encode())
        return
    answer = await participant_report(reports, organization, question, clock())
    if form is _Form.JSON:
        click.echo(wire.to_json(answer))
    else:
        _print_table(answer)


def _print_table(answer: GroupedReport | RoomReport) -> None:
    console = Console(soft_wrap=True, highlight=False)
    who, days = answer.participant, answer.period
    names = " · ".join(str(part) for part in (who.uid, who.name, who.role) if part)
    console.print(f"{names}  {days.first} to {days.last} ({days.time_zone})", markup=False)
    if isinstance(answer, GroupedReport):
        for group in answer.groups:
            _print_room(console, group.room_id, group.title, group.totals, group.newest)
    else:
        _print_room(console, answer.room_id, answer.room_title, answer.totals, answer.sessions)
    console.print(f"Total: {_sums(answer.totals)}", markup=False)
    if answer.page.has_more:
        console.print(f"More on --page {answer.page.number + 1}.", markup=False)


def _print_room(
    console: Console,
    room_id: str,
    title: str | None,
    totals: Totals,
    sessions: Sequence[SessionLine],
) -> None:
    console.print(f"\n{room_id}  {title or ''}  {_sums(totals)}", markup=False)
    table = Table("Joined", "Left", "Duration", "Credits", "IP address", box=None, padding=(0, 2))
    for session in sessions:
        table.add_row(
            to_text(session.joined_at),
            "running" if session.left_at is None else to_text(session.left_at),
            str(timedelta(seconds=session.seconds)),
            str(session.credits),
            session.ip_address or "",
        )
    console.print(table)


def _sums(totals: Totals) -> str:
    duration = timedelta(seconds=totals.seconds)
    return f"{totals.sessions} sessions, {duration}, {totals.credits} credits"
