"""The office's page: how this week goes, and what is worth a look; and the lists behind that."""

from litestar import Response

from rollbook.domain.absences import AT_RISK_SHARE
from rollbook.domain.errors import InvalidInput
from rollbook.domain.presets import Preset
from rollbook.service.reports.findings import (
    MOST_FOUND,
    WEEKS,
    Finding,
    finding_in,
    overview,
)
from rollbook.web.dashboard.long_pages import long_page
from rollbook.web.dashboard.notation import first_weekday
from rollbook.web.dashboard.pages import page
from rollbook.web.dashboard.ranges import Range, asked_range
from rollbook.web.dashboard.requests import signed_in_of
from rollbook.web.dashboard.services import page_services_of
from rollbook.web.http.services import AnyRequest, services_of

_MOST_DAYS = 62


@long_page("/overview")
async def overview_page(request: AnyRequest) -> Response[str]:
    """This week against last, and what is worth a look."""
    organization, now = signed_in_of(request).organization, services_of(request).now()
    pages = page_services_of(request)
    begins = first_weekday(organization.locale)
    shown = await overview(pages.overviews, pages.findings, organization, now, begins)
    return page(request, "overview.html", shown=shown, most=MOST_FOUND)


@long_page("/overview/missing")
async def missing_page(request: AnyRequest) -> Response[str]:
    """What takes longer to count: asked for when somebody gets to see its place."""
    organization, now = signed_in_of(request).organization, services_of(request).now()
    begins = first_weekday(organization.locale)
    shown = await page_services_of(request).longer_counts.of(organization, now, begins)
    return page(
        request,
        "overview_missing.html",
        shown=shown,
        weeks=WEEKS,
        share=AT_RISK_SHARE,
        most=MOST_FOUND,
    )


@long_page("/overview/two-places")
async def two_places_page(request: AnyRequest) -> Response[str]:
    """Who was in two rooms at once."""
    finding, chosen = await _asked(request)
    found = await page_services_of(request).findings.two_places(finding)
    return page(request, "two_places.html", found=found[:MOST_FOUND], all=len(found), range=chosen)


@long_page("/overview/addresses")
async def addresses_page(request: AnyRequest) -> Response[str]:
    """Several people from one address at the same time."""
    finding, chosen = await _asked(request)
    found = await page_services_of(request).findings.shared_addresses(finding)
    return page(request, "addresses.html", found=found[:MOST_FOUND], all=len(found), range=chosen)


@long_page("/overview/without-teacher")
async def without_teacher_page(request: AnyRequest) -> Response[str]:
    """Rooms in which nobody taught."""
    finding, chosen = await _asked(request)
    found = await page_services_of(request).findings.without_teacher(finding)
    return page(request, "untaught.html", found=found[:MOST_FOUND], all=len(found), range=chosen)


async def _asked(request: AnyRequest) -> tuple[Finding, Range]:
    organization, now = signed_in_of(request).organization, services_of(request).now()
    chosen = await asked_range(request, organization, Preset.WEEK, now)
    if (chosen.days.last - chosen.days.first).days >= _MOST_DAYS:
        raise InvalidInput(f"Choose {_MOST_DAYS} days at most: every session of them is compared.")
    return finding_in(organization, chosen.days, now), chosen
