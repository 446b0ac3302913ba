"""Files to take away: CSV, CSV for Excel and .xlsx, from the same use cases as the pages."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from rollbook.domain.csv_cells import CsvForm
from rollbook.domain.organizations import Organization
from rollbook.domain.period import time_zone
from rollbook.domain.presets import Preset
from rollbook.domain.table import Table
from rollbook.formats.csv_lines import csv_chunks, more_csv_chunks
from rollbook.formats.xlsx import WorkbookFile
from rollbook.service.reports.csv_report import csv_report, file_stem, safe_part
from rollbook.service.reports.participant import ReportQuestion
from rollbook.service.reports.tables import attendance_table, person_tables, usage_tables
from rollbook.web.dashboard.long_pages import long_page
from rollbook.web.dashboard.person import person_question
from rollbook.web.dashboard.ranges import asked_range
from rollbook.web.dashboard.requests import asked, signed_in_of
from rollbook.web.dashboard.rooms import asked_room
from rollbook.web.dashboard.services import page_services_of
from rollbook.web.http.services import AnyRequest, readable, services_of
from rollbook.web.http.spool import Chunk
from rollbook.web.http.streaming import GUARDED, CsvAnswer, FileAnswer, made_in_a_thread
from rollbook.web.http.threads import in_a_thread

_EXCEL = CsvForm(";", byte_order_mark=True)


@readable("/person.csv")
async def person_csv(request: AnyRequest) -> CsvAnswer:
    """A person's sessions: byte for byte what the API exports."""
    services, organization = services_of(request), signed_in_of(request).organization
    now = services.now()
    question = await _question(request, organization, now)
    report = csv_report(services.reports, organization, question, _form(request), now)
    return CsvAnswer(report, GUARDED, services.long_reads(organization.org_id))


@readable("/person.xlsx")
async def person_xlsx(request: AnyRequest) -> FileAnswer:
    """The same as a workbook, with real dates and numbers, in the organization's time zone."""
    services, organization = services_of(request), signed_in_of(request).organization
    now = services.now()
    question = await _question(request, organization, now)
    tables = person_tables(services.reports, organization, question, now)
    chunks = _workbook(tables, time_zone(organization.time_zone))
    reads = services.long_reads(organization.org_id)
    return FileAnswer(f"{file_stem(question)}.xlsx", chunks, GUARDED, reads)


async def _workbook(
    tables: AsyncGenerator[Table, None], zone: ZoneInfo
) -> AsyncGenerator[Chunk, None]:
    """A workbook of tables that come from the database while it is written, in a thread."""
    with TemporaryDirectory() as folder, WorkbookFile(Path(folder), zone) as book:
        async with aclosing(tables):
            async for table in tables:
                await in_a_thread(book.write, table)
        async for chunk in made_in_a_thread(book.chunks()):
            yield chunk


@long_page("/room.csv")
async def room_csv(request: AnyRequest) -> FileAnswer:
    """Who was in a class, as the page shows it."""
    organization, now = signed_in_of(request).organization, services_of(request).now()
    view, chosen, _ = await asked_room(request, organization, now)
    table = attendance_table(view)
    return table_answer(request, table, f"attendance_{view.room_id}_{chosen.days.first}")


@readable("/usage.csv")
async def usage_csv(request: AnyRequest) -> FileAnswer:
    """The usage of a range by day, room and role."""
    organization, now = signed_in_of(request).organization, services_of(request).now()
    chosen = await asked_range(request, organization, Preset.MONTH, now)
    tables = usage_tables(page_services_of(request).overviews, organization, chosen.days, now)
    name = f"usage_{chosen.days.first}_{chosen.days.last}.csv"
    reads = services_of(request).long_reads(organization.org_id)
    return FileAnswer(name, _csv_of_parts(tables, _form(request)), GUARDED, reads)


async def _csv_of_parts(
    tables: AsyncGenerator[Table, None], form: CsvForm
) -> AsyncGenerator[Chunk, None]:
    """One table that comes from the database in parts."""
    lines = csv_chunks
    async with aclosing(tables):
        async for table in tables:
            async for chunk in made_in_a_thread(lines(table, form)):
                yield chunk
            lines = more_csv_chunks


async def _question(request: AnyRequest, organization: Organization, now: int) -> ReportQuestion:
    chosen = await asked_range(request, organization, Preset.MONTH, now)
    return person_question(request, chosen.days)


def _form(request: AnyRequest) -> CsvForm:
    return _EXCEL if asked(request, "for") == "excel" else CsvForm()


def table_answer(request: AnyRequest, table: Table, name: str) -> FileAnswer:
    chunks = made_in_a_thread(csv_chunks(table, _form(request)))
    reads = services_of(request).long_reads(signed_in_of(request).organization.org_id)
    return FileAnswer(f"{safe_part(name)}.csv", chunks, GUARDED, reads)
