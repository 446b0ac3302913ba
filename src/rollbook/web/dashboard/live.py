"""Live now: the first page."""

from litestar import Response

from rollbook.domain.period import day_around
from rollbook.service.reports.live import live
from rollbook.service.reports.usage import used
from rollbook.web.dashboard.long_pages import long_page
from rollbook.web.dashboard.pages import page
from rollbook.web.dashboard.requests import signed_in_of
from rollbook.web.dashboard.services import page_services_of
from rollbook.web.http.services import AnyRequest, services_of


@long_page("/")
async def live_page(request: AnyRequest) -> Response[str]:
    """Who is in which room now, and what the day has brought so far."""
    pages, organization = page_services_of(request), signed_in_of(request).organization
    now = services_of(request).now()
    day = day_around(now, organization.time_zone)
    today = await used(pages.overviews, organization, day, now)
    return page(
        request,
        "live.html",
        live=await live(pages.overviews, organization),
        today=today.totals,
        rooms_today=today.rooms,
        people_today=today.people,
        days=day,
    )
