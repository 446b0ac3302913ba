"""Live now: the first page, and the part of it that renews itself.

However many look at it, the database is asked once a second for each organization, and what came of
that is written once. Whoever has it already is told so.
"""

from functools import partial

from litestar import Response

from rollbook.domain.organizations import Organization
from rollbook.domain.period import time_zone
from rollbook.service.reports.live import live
from rollbook.web.dashboard import words
from rollbook.web.dashboard.long_pages import attended_page
from rollbook.web.dashboard.pages import HTML, SECURITY, page, part
from rollbook.web.dashboard.requests import signed_in_of
from rollbook.web.dashboard.services import LivePart, page_services_of
from rollbook.web.http.compression import holds_no_secret
from rollbook.web.http.conditional import has_already, tag_of
from rollbook.web.http.services import AnyRequest, services_of
from rollbook.web.http.threads import in_a_thread


@attended_page("/")
async def live_page(request: AnyRequest) -> Response[str]:
    """Who is in which room now, and what the day has brought so far."""
    return page(request, "live.html", part=await _part(request))


@attended_page("/live")
async def live_part(request: AnyRequest) -> Response[str]:
    """What of the page changes, for its script: nothing, where it has not."""
    holds_no_secret(request.scope)
    shown = await _part(request)
    headers = {**SECURITY, "ETag": shown.tag}
    if has_already(request.headers.get("if-none-match", ""), shown.tag):
        return Response("", status_code=304, media_type=HTML, headers=headers)
    return Response(shown.html, media_type=HTML, headers=headers)


async def _part(request: AnyRequest) -> LivePart:
    signed_in, now = signed_in_of(request), services_of(request).now()
    parts, organization = page_services_of(request).live_parts, signed_in.organization
    key = organization.org_id, signed_in.place
    known = parts.known(key, now)
    return known or await parts.answer(key, now, _made(request, organization, now))


async def _made(request: AnyRequest, organization: Organization, now: int) -> LivePart:
    pages = page_services_of(request)
    async with services_of(request).long_reads(organization.org_id).shared():
        shown = await live(pages.overviews, organization)
        day, sums = await pages.day_so_far.of(organization, now)
    zone = time_zone(organization.time_zone)
    html = await in_a_thread(
        part,
        "live_now.html",
        live=shown,
        sums=sums,
        day=day,
        organization=organization,
        clock=partial(words.clock_time, zone=zone),
    )
    return LivePart(html, tag_of(html))
