"""The sheet of a room: people down, classes across."""

from collections.abc import Sequence

from litestar import Response

from rollbook.domain.attendance import Verdict
from rollbook.domain.period import time_zone
from rollbook.domain.presets import Preset
from rollbook.domain.report import Page
from rollbook.domain.sheets import JudgedClass, sheet
from rollbook.service.reports.class_tables import sheet_table
from rollbook.service.reports.room import RoomClasses, judged_classes
from rollbook.web.dashboard.downloads import table_answer
from rollbook.web.dashboard.lists import back_to
from rollbook.web.dashboard.long_pages import long_page
from rollbook.web.dashboard.pages import page
from rollbook.web.dashboard.ranges import Range, asked_range
from rollbook.web.dashboard.requests import asked, asked_number, signed_in_of
from rollbook.web.dashboard.rooms import asked_rule, room_id_of, rule_in_links
from rollbook.web.http.services import AnyRequest, services_of
from rollbook.web.http.streaming import FileAnswer

CLASSES_ON_A_PAGE = 31
_MOST_PAGES = 10_000


@long_page("/room/sheet")
async def sheet_page(request: AnyRequest) -> Response[str]:
    """Everybody in the classes of a range, the latest classes first; the sums are of the page."""
    found, chosen = await asked_classes(request)
    number = asked_number(request, "page", 1, 1, _MOST_PAGES)
    part = Page(number, CLASSES_ON_A_PAGE, len(found.classes))
    shown = _part(found.classes, part)
    return page(
        request,
        "sheet.html",
        found=found,
        classes=[judged.held for judged in shown],
        rows=sheet(shown),
        verdicts=list(Verdict),
        range=chosen,
        asked_rule=rule_in_links(found.rule),
        page=part,
        trail=back_to(request, signed_in_of(request).rooms_page, chosen.query),
        list=asked(request, "list"),
    )


@long_page("/room/sheet.csv")
async def sheet_csv(request: AnyRequest) -> FileAnswer:
    """The same, all classes of the range."""
    return await _file(request, "csv")


@long_page("/room/sheet.xlsx")
async def sheet_xlsx(request: AnyRequest) -> FileAnswer:
    """The same as a workbook."""
    return await _file(request, "xlsx")


async def _file(request: AnyRequest, ending: str) -> FileAnswer:
    found, chosen = await asked_classes(request)
    zone = time_zone(signed_in_of(request).organization.time_zone)
    table = sheet_table(found, zone)
    name = f"sheet_{found.room_id}_{chosen.days.first}"
    return await table_answer(request, table, name, "classes of a room", ending)


async def asked_classes(request: AnyRequest) -> tuple[RoomClasses, Range]:
    """The room, range and rule that a sheet's query asks for. Raises InvalidInput."""
    services, organization = services_of(request), signed_in_of(request).organization
    room_id, now = room_id_of(request.query_params.get("id", "")), services.now()
    chosen = await asked_range(request, organization, Preset.MONTH, now)
    rule = asked_rule(request)
    found = await judged_classes(services.rooms, organization, chosen.days, room_id, rule, now)
    return found, chosen


def _part(classes: Sequence[JudgedClass], part: Page) -> Sequence[JudgedClass]:
    """A page of classes, in order of time; the first page has the latest."""
    end = max(0, len(classes) - (part.number - 1) * part.size)
    return classes[max(0, end - part.size) : end]
