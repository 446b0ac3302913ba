"""Files to take away: CSV, CSV for Excel and .xlsx, from the same use cases as the pages."""

from collections.abc import AsyncGenerator

from rollbook.domain.csv_cells import CsvForm
from rollbook.domain.organizations import Organization
from rollbook.domain.period import Period, time_zone
from rollbook.domain.presets import Preset
from rollbook.domain.table import Table
from rollbook.formats.csv_lines import csv_chunks
from rollbook.formats.xlsx import workbook_chunks
from rollbook.service.reports.class_tables import attendance_table
from rollbook.service.reports.csv_report import csv_report, file_stem, safe_part
from rollbook.service.reports.participant import ReportQuestion
from rollbook.service.reports.tables import people_tables, person_tables, rooms_tables, usage_tables
from rollbook.web.dashboard.long_pages import long_page
from rollbook.web.dashboard.people import people_question
from rollbook.web.dashboard.person import person_question
from rollbook.web.dashboard.ranges import asked_range
from rollbook.web.dashboard.requests import asked, note_export, signed_in_of
from rollbook.web.dashboard.rooms import asked_room, rooms_question
from rollbook.web.dashboard.services import page_services_of
from rollbook.web.http.services import AnyRequest, readable, services_of
from rollbook.web.http.streaming import GUARDED, CsvAnswer, FileAnswer, made_in_a_thread
from rollbook.web.http.tables import csv_of_parts, workbook_of_parts

_EXCEL = CsvForm(";", byte_order_mark=True)


@readable("/person.csv")
async def person_csv(request: AnyRequest) -> CsvAnswer:
    """A person's sessions: byte for byte what the API exports."""
    services, organization = services_of(request), signed_in_of(request).organization
    now = services.now()
    question = await _question(request, organization, now)
    await note_export(request, "sessions of a person, CSV")
    report = csv_report(services.reports, organization, question, asked_csv_form(request), now)
    return CsvAnswer(report, GUARDED, services.long_reads(organization.org_id))


@readable("/person.xlsx")
async def person_xlsx(request: AnyRequest) -> FileAnswer:
    """The same as a workbook, with real dates and numbers, in the organization's time zone."""
    services, organization = services_of(request), signed_in_of(request).organization
    now = services.now()
    question = await _question(request, organization, now)
    await note_export(request, "sessions of a person, .xlsx")
    tables = person_tables(services.reports, organization, question, now)
    chunks = workbook_of_parts(tables, time_zone(organization.time_zone))
    reads = services.long_reads(organization.org_id)
    return FileAnswer(f"{file_stem(question)}.xlsx", chunks, GUARDED, reads)


@readable("/people.csv")
async def people_csv(request: AnyRequest) -> FileAnswer:
    """Everybody whom the list finds, all its pages."""
    return await parts_answer(request, *await _people(request), "csv")


@readable("/people.xlsx")
async def people_xlsx(request: AnyRequest) -> FileAnswer:
    """The same as a workbook."""
    return await parts_answer(request, *await _people(request), "xlsx")


@readable("/rooms.csv")
async def rooms_csv(request: AnyRequest) -> FileAnswer:
    """The rooms that the list finds, all its pages."""
    return await parts_answer(request, *await _rooms(request), "csv")


@readable("/rooms.xlsx")
async def rooms_xlsx(request: AnyRequest) -> FileAnswer:
    """The same as a workbook."""
    return await parts_answer(request, *await _rooms(request), "xlsx")


@readable("/usage.csv")
async def usage_csv(request: AnyRequest) -> FileAnswer:
    """The usage of a range by day, room and role."""
    return await parts_answer(request, *await _usage(request), "csv")


@readable("/usage.xlsx")
async def usage_xlsx(request: AnyRequest) -> FileAnswer:
    """The same as a workbook."""
    return await parts_answer(request, *await _usage(request), "xlsx")


@long_page("/room.csv")
async def room_csv(request: AnyRequest) -> FileAnswer:
    """Who was in a class, as the page shows it."""
    return await table_answer(request, *await _room(request), "csv")


@long_page("/room.xlsx")
async def room_xlsx(request: AnyRequest) -> FileAnswer:
    """The same as a workbook."""
    return await table_answer(request, *await _room(request), "xlsx")


async def table_answer(
    request: AnyRequest, table: Table, name: str, what: str, ending: str
) -> FileAnswer:
    """A table as a file, with its instants in the organization's time zone; `what` is noted."""
    await note_export(request, f"{what}, {ending}")
    organization = signed_in_of(request).organization
    zone = time_zone(organization.time_zone)
    chunks = (
        made_in_a_thread(workbook_chunks([table], zone))
        if ending == "xlsx"
        else made_in_a_thread(csv_chunks(table, asked_csv_form(request), zone))
    )
    reads = services_of(request).long_reads(organization.org_id)
    return FileAnswer(f"{safe_part(name)}.{ending}", chunks, GUARDED, reads)


async def parts_answer(
    request: AnyRequest, tables: AsyncGenerator[Table, None], name: str, what: str, ending: str
) -> FileAnswer:
    """The same of a table that comes from the database in parts."""
    await note_export(request, f"{what}, {ending}")
    organization = signed_in_of(request).organization
    zone = time_zone(organization.time_zone)
    chunks = (
        workbook_of_parts(tables, zone)
        if ending == "xlsx"
        else csv_of_parts(tables, asked_csv_form(request), zone)
    )
    reads = services_of(request).long_reads(organization.org_id)
    return FileAnswer(f"{name}.{ending}", chunks, GUARDED, reads)


Parts = tuple[AsyncGenerator[Table, None], str, str]
"""Tables, what their file is called, and what is in it."""


async def _people(request: AnyRequest) -> Parts:
    organization, days, now = await _asked_days(request)
    overviews, question = page_services_of(request).overviews, people_question(request)
    tables = people_tables(overviews, organization, days, question, now)
    return tables, f"people_{days.first}_{days.last}", "people"


async def _rooms(request: AnyRequest) -> Parts:
    organization, days, now = await _asked_days(request)
    overviews, question = page_services_of(request).overviews, rooms_question(request)
    tables = rooms_tables(overviews, organization, days, question, now)
    return tables, f"rooms_{days.first}_{days.last}", "rooms"


async def _usage(request: AnyRequest) -> Parts:
    organization, days, now = await _asked_days(request)
    tables = usage_tables(page_services_of(request).overviews, organization, days, now)
    return tables, f"usage_{days.first}_{days.last}", "usage"


async def _asked_days(request: AnyRequest) -> tuple[Organization, Period, int]:
    organization, now = signed_in_of(request).organization, services_of(request).now()
    chosen = await asked_range(request, organization, Preset.MONTH, now)
    return organization, chosen.days, now


async def _room(request: AnyRequest) -> tuple[Table, str, str]:
    organization, now = signed_in_of(request).organization, services_of(request).now()
    view, chosen, _ = await asked_room(request, organization, now)
    table = attendance_table(view)
    return table, f"attendance_{view.room_id}_{chosen.days.first}", "attendance of a class"


async def _question(request: AnyRequest, organization: Organization, now: int) -> ReportQuestion:
    chosen = await asked_range(request, organization, Preset.MONTH, now)
    return person_question(request, chosen.days)


def asked_csv_form(request: AnyRequest) -> CsvForm:
    """The CSV that somebody wants: for programs, or for Excel."""
    return _EXCEL if asked(request, "for") == "excel" else CsvForm()
