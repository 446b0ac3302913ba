"""Files to take away: CSV, CSV for Excel and .xlsx, from the same use cases as the pages."""

from collections.abc import Mapping

from litestar import Response

from rollbook.domain.csv_cells import CsvForm
from rollbook.domain.presets import Preset
from rollbook.service.reports.csv_report import csv_report, file_name, safe_part
from rollbook.service.reports.person import person, rooms_of_person
from rollbook.service.reports.tables import room_lines, usage_lines
from rollbook.service.reports.usage import usage
from rollbook.web.dashboard.person import person_question
from rollbook.web.dashboard.ranges import asked_range
from rollbook.web.dashboard.requests import asked, signed_in_of
from rollbook.web.dashboard.rooms import asked_room
from rollbook.web.dashboard.services import page_services_of
from rollbook.web.dashboard.workbook import person_workbook
from rollbook.web.http.attachments import content_disposition
from rollbook.web.http.services import AnyRequest, readable, services_of
from rollbook.web.http.streaming import CsvAnswer

_EXCEL = CsvForm(";", byte_order_mark=True)
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_GUARDED = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


@readable("/person.csv")
async def person_csv(request: AnyRequest) -> CsvAnswer:
    """A person's sessions: byte for byte what the API exports."""
    services, organization = services_of(request), signed_in_of(request).organization
    now = services.now()
    chosen = await asked_range(request, organization, Preset.MONTH, now)
    question = person_question(request, chosen)
    report = csv_report(services.reports, organization, question, _form(request), now)
    return CsvAnswer(report, _GUARDED)


@readable("/person.xlsx")
async def person_xlsx(request: AnyRequest) -> Response[bytes]:
    """The same as a workbook, with real dates and numbers, in the organization's time zone."""
    services, organization = services_of(request), signed_in_of(request).organization
    now = services.now()
    chosen = await asked_range(request, organization, Preset.MONTH, now)
    question = person_question(request, chosen)
    overviews = page_services_of(request).overviews
    view = await person(services.reports, overviews, organization, question, now)
    grouped = await rooms_of_person(services.reports, organization, question, now)
    body = person_workbook(view, grouped, organization, question.room_id, now)
    name = file_name(question.uid, question.room_id, chosen.days).removesuffix(".csv") + ".xlsx"
    return Response(body, media_type=_XLSX, headers=_attachment(name))


@readable("/room.csv")
async def room_csv(request: AnyRequest) -> Response[str]:
    """Who was in a class, as the page shows it."""
    organization, now = signed_in_of(request).organization, services_of(request).now()
    view, chosen, rule = await asked_room(request, organization, now)
    text = "".join(room_lines(view, rule, _form(request)))
    return _csv(text, f"attendance_{view.room_id}_{chosen.days.first}")


@readable("/usage.csv")
async def usage_csv(request: AnyRequest) -> Response[str]:
    """The usage of a range by day, room and role."""
    organization, now = signed_in_of(request).organization, services_of(request).now()
    chosen = await asked_range(request, organization, Preset.MONTH, now)
    found = await usage(page_services_of(request).overviews, organization, chosen.days, now)
    text = "".join(usage_lines(found, _form(request)))
    return _csv(text, f"usage_{chosen.days.first}_{chosen.days.last}")


def _form(request: AnyRequest) -> CsvForm:
    return _EXCEL if asked(request, "for") == "excel" else CsvForm()


def _csv(text: str, name: str) -> Response[str]:
    return Response(text, media_type="text/csv", headers=_attachment(f"{safe_part(name)}.csv"))


def _attachment(name: str) -> Mapping[str, str]:
    return {**_GUARDED, "Content-Disposition": content_disposition(name)}
