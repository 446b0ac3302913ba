"""A person's sessions as an .xlsx workbook."""

from datetime import datetime
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

from xlsxwriter import Workbook  # type: ignore[import-untyped]

from rollbook.domain.credits import rounded_quotient
from rollbook.domain.organizations import Organization
from rollbook.domain.period import time_zone
from rollbook.domain.report import GroupedReport, session_line
from rollbook.service.reports.person import PersonView
from rollbook.web.dashboard import words

_TEXT_IS_TEXT = {
    "in_memory": True,
    # A name such as =1+1 or http://... stays a name.
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def person_workbook(
    view: PersonView,
    grouped: GroupedReport,
    organization: Organization,
    room_id: str | None,
    now: int,
) -> bytes:
    """Three sheets: the sums, the rooms, the sessions; the latter oldest first."""
    output = BytesIO()
    with Workbook(output, _TEXT_IS_TEXT) as book:
        bold = book.add_format({"bold": True})
        date = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss", "align": "left"})
        _summary(book.add_worksheet("Summary"), view, organization, bold)
        _rooms(book.add_worksheet("Rooms"), grouped, room_id, bold)
        _sessions(book.add_worksheet("Sessions"), view, organization, (bold, date, room_id), now)
    return output.getvalue()


def _summary(sheet: Any, view: PersonView, organization: Organization, bold: Any) -> None:
    report, totals = view.report, view.report.totals
    rows: list[tuple[str, str | int]] = [
        ("Participant UID", report.participant.uid),
        ("Participant name", report.participant.name or ""),
        ("Role", report.participant.role or ""),
        ("Days", words.day_range(report.period)),
        ("Time zone", report.period.time_zone),
        ("Credit rule", str(organization.credit_rule)),
        ("Sessions", totals.sessions),
        ("Total time (min)", _minutes(totals.seconds)),
        ("Credits", totals.credits),
        ("Average session (min)", _minutes(totals.average_seconds)),
    ]
    sheet.set_column(0, 0, 24, bold)
    sheet.set_column(1, 1, 48)
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)


def _rooms(sheet: Any, grouped: GroupedReport, room_id: str | None, bold: Any) -> None:
    heads = ("Room ID", "Title", "Sessions", "Total time (min)", "Credits", "Average (min)")
    sheet.write_row(0, 0, heads, bold)
    sheet.set_column(0, 1, 28)
    sheet.set_column(2, 5, 16)
    groups = [group for group in grouped.groups if room_id in {None, group.room_id}]
    for number, group in enumerate(groups, 1):
        totals = group.totals
        sums = (_minutes(totals.seconds), totals.credits, _minutes(totals.average_seconds))
        sheet.write_row(number, 0, (group.room_id, group.title or "", totals.sessions, *sums))


def _sessions(
    sheet: Any,
    view: PersonView,
    organization: Organization,
    how: tuple[Any, Any, str | None],
    now: int,
) -> None:
    (bold, date, room_id), zone = how, time_zone(organization.time_zone)
    joined, left = f"Joined ({zone.key})", f"Left ({zone.key})"
    heads = ("Room ID", "Title", joined, left, "Seconds", "Credits", "Status", "IP address")
    sheet.write_row(0, 0, heads, bold)
    sheet.set_column(0, 3, 26)
    sheet.set_column(4, 7, 16)
    sheet.freeze_panes(1, 0)
    stays = [stay for stay in reversed(view.stays) if room_id in {None, stay.room_id}]
    for number, stay in enumerate(stays, 1):
        line = session_line(
            stay.joined_at, stay.left_at, stay.ip_address, organization.credit_rule, now
        )
        sheet.write_row(number, 0, (stay.room_id, stay.room_title or ""))
        sheet.write_datetime(number, 2, _wall(stay.joined_at, zone), date)
        if stay.left_at is not None:
            sheet.write_datetime(number, 3, _wall(stay.left_at, zone), date)
        status = "Active" if stay.left_at is None else "Completed"
        told = (line.seconds, line.credits, status, stay.ip_address or "")
        sheet.write_row(number, 4, told)


def _wall(instant: int, zone: ZoneInfo) -> datetime:
    """Excel knows no zones: the time on the wall, and the zone in the column's head."""
    return words.local(instant, zone).replace(tzinfo=None)


def _minutes(seconds: int) -> int:
    return rounded_quotient(seconds, 60)
