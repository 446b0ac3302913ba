"""Live now: the first page."""

from litestar import Response

from rollbook.domain.period import period
from rollbook.service.dashboard.live import live
from rollbook.service.dashboard.rooms import rooms
from rollbook.web.dashboard.desk import desk_of, visitor_of
from rollbook.web.dashboard.pages import page
from rollbook.web.services import AnyRequest, readable, services_of


@readable("/")
async def live_page(request: AnyRequest) -> Response[str]:
    """Who is in which room now, and what the day has brought so far."""
    desk, organization = desk_of(request), visitor_of(request).organization
    now = services_of(request).now()
    today = period(None, None, organization.time_zone, now)
    used = await rooms(desk.browsing, organization, today, now)
    people = {uid for line in used.rooms for uid in line.tally.people}
    return page(
        request,
        "live.html",
        live=await live(desk.browsing, organization),
        today=used.totals,
        rooms_today=len(used.rooms),
        people_today=len(people),
        days=today,
    )
