"""Who was missed in the classes of all rooms, and who misses too many of them."""

from collections.abc import AsyncGenerator

from litestar import Response

from rollbook.domain.absences import AT_RISK_SHARE
from rollbook.domain.attendance import Verdict
from rollbook.domain.errors import InvalidInput
from rollbook.domain.fields import identifier
from rollbook.domain.period import time_zone
from rollbook.domain.presets import Preset
from rollbook.domain.table import Table
from rollbook.service.reports.absence_tables import absence_tables, at_risk_tables
from rollbook.service.reports.absences import (
    MOST_DAYS,
    AbsencesQuestion,
    absences,
    people_at_risk,
)
from rollbook.web.dashboard.downloads import asked_csv_form
from rollbook.web.dashboard.long_pages import long_page
from rollbook.web.dashboard.pages import page
from rollbook.web.dashboard.ranges import Range, asked_range
from rollbook.web.dashboard.requests import asked, asked_number, signed_in_of
from rollbook.web.dashboard.rooms import asked_rule
from rollbook.web.http.cursors import cursor_of, place_of
from rollbook.web.http.services import AnyRequest, readable, services_of
from rollbook.web.http.streaming import GUARDED, FileAnswer
from rollbook.web.http.tables import csv_of_parts, workbook_of_parts

_ON_A_PAGE = 200
_MISSING = [verdict for verdict in Verdict if verdict is not Verdict.PRESENT]


@long_page("/absences")
async def absences_page(request: AnyRequest) -> Response[str]:
    """Who belongs to a room and was not present in a class of it."""
    services, organization = services_of(request), signed_in_of(request).organization
    now = services.now()
    question, chosen = await _asked(request, Preset.TODAY, now)
    verdict = _asked_verdict(request)
    found = await absences(services.rooms, organization, question, now, verdict)
    return page(
        request,
        "absences.html",
        found=found,
        following=cursor_of(found.after),
        question=question,
        range=chosen,
        verdict=verdict,
        verdicts=_MISSING,
    )


@long_page("/at-risk")
async def at_risk_page(request: AnyRequest) -> Response[str]:
    """Who belongs to a room and was present in too few of its classes."""
    services, organization = services_of(request), signed_in_of(request).organization
    now = services.now()
    question, chosen = await _asked(request, Preset.MONTH, now)
    below = _asked_share(request)
    found = await people_at_risk(services.rooms, organization, question, now, below)
    return page(
        request,
        "at_risk.html",
        found=found,
        following=cursor_of(found.after),
        question=question,
        range=chosen,
        below=below,
        verdicts=list(Verdict),
    )


@readable(["/absences.csv", "/absences.xlsx"])
async def absences_file(request: AnyRequest) -> FileAnswer:
    """All of it, as a file."""
    services, organization = services_of(request), signed_in_of(request).organization
    now = services.now()
    question, chosen = await _asked(request, Preset.TODAY, now)
    verdict = _asked_verdict(request)
    tables = absence_tables(services.rooms, organization, question, now, verdict)
    return _file(request, f"absences_{chosen.days.first}_{chosen.days.last}", tables)


@readable(["/at-risk.csv", "/at-risk.xlsx"])
async def at_risk_file(request: AnyRequest) -> FileAnswer:
    """All of it, as a file."""
    services, organization = services_of(request), signed_in_of(request).organization
    now = services.now()
    question, chosen = await _asked(request, Preset.MONTH, now)
    tables = at_risk_tables(services.rooms, organization, question, now, _asked_share(request))
    return _file(request, f"at-risk_{chosen.days.first}_{chosen.days.last}", tables)


async def _asked(request: AnyRequest, usual: Preset, now: int) -> tuple[AbsencesQuestion, Range]:
    chosen = await asked_range(request, signed_in_of(request).organization, usual, now)
    if (chosen.days.last - chosen.days.first).days >= MOST_DAYS:
        raise InvalidInput(f"Choose {MOST_DAYS} days at most: classes are looked at one by one.")
    room_id = asked(request, "room")
    question = AbsencesQuestion(
        chosen.days,
        asked_rule(request),
        identifier(room_id, "room") if room_id else None,
        place_of(asked(request, "page")),
        _ON_A_PAGE,
    )
    return question, chosen


def _asked_verdict(request: AnyRequest) -> Verdict | None:
    told = asked(request, "verdict")
    return next((verdict for verdict in _MISSING if verdict == told), None)


def _asked_share(request: AnyRequest) -> int:
    return asked_number(request, "below", AT_RISK_SHARE, 1, 100)


def _file(request: AnyRequest, name: str, tables: AsyncGenerator[Table, None]) -> FileAnswer:
    organization = signed_in_of(request).organization
    reads, zone = (
        services_of(request).long_reads(organization.org_id),
        time_zone(organization.time_zone),
    )
    if request.url.path.endswith(".csv"):
        chunks = csv_of_parts(tables, asked_csv_form(request), zone)
        return FileAnswer(f"{name}.csv", chunks, GUARDED, reads)
    return FileAnswer(f"{name}.xlsx", workbook_of_parts(tables, zone), GUARDED, reads)
