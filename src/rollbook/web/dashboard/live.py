"""Live now: the first page, and the part of it that renews itself.

However many look at it, the database is asked once a second for each organization, and what came of
that is written once for all who see it alike. Whoever has it already is told so.
"""

from functools import partial

from litestar import Response

from rollbook.domain.organizations import Organization
from rollbook.domain.period import time_zone
from rollbook.service.reports.live import Live, found_in
from rollbook.web.dashboard import words
from rollbook.web.dashboard.long_pages import attended_page
from rollbook.web.dashboard.pages import HTML, SECURITY, page, part, url
from rollbook.web.dashboard.requests import LONGEST_SEARCH, asked, signed_in_of
from rollbook.web.dashboard.services import LivePart, LiveView, page_services_of
from rollbook.web.http.compression import holds_no_secret
from rollbook.web.http.conditional import has_already, tag_of
from rollbook.web.http.services import AnyRequest, services_of
from rollbook.web.http.threads import in_a_thread

_COMPACT = "compact"
_MOST_AWAITED = 50


@attended_page("/")
async def live_page(request: AnyRequest) -> Response[str]:
    """Who is in which room now, and what the day has brought so far."""
    compact, search = _asked_view(request)
    view = _COMPACT if compact else None
    return page(
        request,
        "live.html",
        part=await _part(request),
        compact=compact,
        search=search,
        refresh=url("/live", view=view, q=search),
    )


@attended_page("/live")
async def live_part(request: AnyRequest) -> Response[str]:
    """What of the page changes, for its script: nothing, where it has not."""
    holds_no_secret(request.scope)
    shown = await _part(request)
    headers = {**SECURITY, "ETag": shown.tag}
    if has_already(request.headers.get("if-none-match", ""), shown.tag):
        return Response("", status_code=304, media_type=HTML, headers=headers)
    return Response(shown.html, media_type=HTML, headers=headers)


def _asked_view(request: AnyRequest) -> tuple[bool, str]:
    """Whether many rooms are to be on one screen, and what is searched for."""
    return asked(request, "view") == _COMPACT, asked(request, "q")[:LONGEST_SEARCH]


async def _part(request: AnyRequest) -> LivePart:
    signed_in, now = signed_in_of(request), services_of(request).now()
    organization = signed_in.organization
    turn = services_of(request).long_reads(organization.org_id).shared()
    everything = await services_of(request).right_now.of(organization, now, turn)
    view = LiveView(organization.org_id, everything.at, signed_in.place, *_asked_view(request))
    parts = page_services_of(request).live_parts
    return await parts.answer(view, now, _made(request, organization, everything, view))


async def _made(
    request: AnyRequest, organization: Organization, everything: Live, view: LiveView
) -> LivePart:
    async with services_of(request).long_reads(organization.org_id).shared():
        day, sums = await page_services_of(request).day_so_far.of(organization, everything.at)
        awaited = await page_services_of(request).plans.awaited(organization, everything)
    zone = time_zone(organization.time_zone)
    html = await in_a_thread(
        part,
        "live_now.html",
        live=found_in(everything, view.search),
        rooms_in_all=len(everything.rooms),
        awaited=awaited[:_MOST_AWAITED],
        awaited_more=max(0, len(awaited) - _MOST_AWAITED),
        compact=view.compact,
        search=view.search,
        sums=sums,
        day=day,
        organization=organization,
        clock=partial(words.clock_time, zone=zone),
    )
    return LivePart(html, tag_of(html))
