"""`rollbook report`: a participant's sessions on the terminal."""

from collections.abc import Iterable, Sequence
from contextlib import aclosing
from datetime import timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

import click
from rich.table import Column, Table

from rollbook.cli.options import org_option
from rollbook.cli.output import console, printable
from rollbook.cli.running import command_body, find_organization
from rollbook.domain.csv_cells import CsvForm
from rollbook.domain.errors import InvalidInput
from rollbook.domain.fields import identifier
from rollbook.domain.instants import to_datetime
from rollbook.domain.organizations import Organization
from rollbook.domain.period import Period, period, time_zone
from rollbook.domain.report import GroupedReport, Report, RoomReport, SessionLine, Totals
from rollbook.service.reports.csv_report import CsvReport, csv_report
from rollbook.service.reports.participant import (
    ReportQuestion,
    participant_in_room,
    rooms_of_participant,
)
from rollbook.service.reports.ports import Reports
from rollbook.settings import read_settings
from rollbook.stores import clock, opened_stores
from rollbook.web.api import participant_shapes as wire


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
@click.option(
    "--page",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Which ten rooms, or sessions of one room; --csv has all.",
)
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
    uid, room_id = identifier(uid, "UID"), None if room is None else identifier(room, "--room")
    async with opened_stores(read_settings()) as stores:
        organization = await find_organization(stores.organizations, org_reference)
        now = clock()
        days = _days(first, last, organization.time_zone, now)
        question = ReportQuestion(uid, days, room_id, page)
        await _print(stores.reports, organization, question, _Form(form or _Form.TABLE), now)


def _days(first: str | None, last: str | None, zone: str, now: int) -> Period:
    try:
        return period(first, last, zone, now)
    except InvalidInput as error:
        # The rule speaks of the API's fields; here they are options.
        message = error.message.replace("startDate", "--from").replace("endDate", "--to")
        raise InvalidInput(message, field=error.field) from None


async def _print(
    reports: Reports, organization: Organization, question: ReportQuestion, form: _Form, now: int
) -> None:
    as_json = form is _Form.JSON
    if form is _Form.CSV:
        await _print_csv(csv_report(reports, organization, question, CsvForm(), now))
    elif question.room_id is None:
        rooms = await rooms_of_participant(reports, organization, question, now)
        click.echo(wire.rooms_json(rooms)) if as_json else _print_rooms(rooms)
    else:
        room = await participant_in_room(reports, organization, question, question.room_id, now)
        click.echo(wire.room_json(room)) if as_json else _print_room(room)


async def _print_csv(report: CsvReport) -> None:
    # Closed here when the reader of a pipe, such as `head`, has what it wanted.
    async with aclosing(report.chunks) as chunks:
        async for chunk in chunks:
            click.echo(chunk.encode(), nl=False)


def _print_rooms(report: GroupedReport) -> None:
    tables = (
        (f"{group.room_id}  {group.title or ''}  {_sums(group.totals)}", group.newest)
        for group in report.groups
    )
    _print_tables(report, tables)


def _print_room(report: RoomReport) -> None:
    heading = f"{report.room_id}  {report.room_title or ''}"
    _print_tables(report, [(heading, report.sessions)])


def _print_tables(report: Report, tables: Iterable[tuple[str, Sequence[SessionLine]]]) -> None:
    page = console()
    who, days = report.participant, report.period
    names = " · ".join(printable(part) for part in (who.uid, who.name, who.role) if part)
    page.print(f"{names}  {days.first} to {days.last} ({days.time_zone})", markup=False)
    for heading, sessions in tables:
        page.print("\n" + printable(heading), markup=False)
        page.print(_table(sessions, time_zone(days.time_zone)))
    page.print(f"\nTotal: {_sums(report.totals)}", markup=False)
    if report.page.has_more:
        page.print(f"More on --page {report.page.number + 1}.", markup=False)


def _table(sessions: Sequence[SessionLine], zone: ZoneInfo) -> Table:
    columns = ("Joined", "Left", "Duration", "Credits", "IP address")
    table = Table(*(Column(name, no_wrap=True) for name in columns), box=None, padding=(0, 2))
    for session in sessions:
        table.add_row(
            _local(session.joined_at, zone),
            "running" if session.left_at is None else _local(session.left_at, zone),
            str(timedelta(seconds=session.seconds)),
            str(session.credits),
            session.ip_address or "",
        )
    return table


def _local(instant: int, zone: ZoneInfo) -> str:
    return to_datetime(instant).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def _sums(totals: Totals) -> str:
    duration = timedelta(seconds=totals.seconds)
    return f"{totals.sessions} sessions, {duration}, {totals.credits} credits"
