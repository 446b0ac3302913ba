"""Sharing a page by a link, and the list of all links, where they are ended."""

from urllib.parse import parse_qsl, urlencode

from litestar import Response, post

from rollbook.domain.sharing import MOST_DAYS, USUAL_DAYS, checked_view
from rollbook.service.organizations.sharing import end_link, share, usual_until
from rollbook.web.dashboard.pages import page, redirect, url
from rollbook.web.dashboard.requests import asked, changed_by, form_of, signed_in_of
from rollbook.web.dashboard.services import page_services_of
from rollbook.web.dashboard.shared import PATH
from rollbook.web.dashboard.shown_once import ShownOnce
from rollbook.web.http.address import public_base
from rollbook.web.http.services import AnyRequest, readable, services_of

_LINK = ShownOnce("rollbook_shared_link", "/shared-links")


@readable("/share")
async def share_page(request: AnyRequest) -> Response[str]:
    """What would be shared, and a form that says until when. Raises InvalidInput."""
    view = checked_view(asked(request, "of"), request.query_params)
    organization, now = signed_in_of(request).organization, services_of(request).now()
    return page(
        request,
        "share.html",
        view=view,
        query=urlencode(view.query),
        until=usual_until(organization, now, USUAL_DAYS),
        today=usual_until(organization, now, 0),
        latest=usual_until(organization, now, MOST_DAYS),
        most_days=MOST_DAYS,
    )


@post("/share", status_code=200)
async def share_by_link(request: AnyRequest) -> Response[str]:
    """Make a link; the page that follows is the only place where it is shown."""
    form, entered = await form_of(request), signed_in_of(request).known.entered
    view = checked_view(form.get("of", ""), dict(parse_qsl(form.get("query", ""))))
    pages, now = page_services_of(request), services_of(request).now()
    token = await share(changed_by(request), entered, view, form.get("until", ""), now)
    link = public_base(request) + url(PATH, link=pages.signer.shared_link(token))
    return _LINK.led_to(request, link)


@readable("/shared-links")
async def shared_links_page(request: AnyRequest) -> Response[str]:
    """All links that lead somewhere; after one was made, with its address, which is shown this once."""
    pages, org_id = page_services_of(request), signed_in_of(request).organization.org_id
    answer = page(
        request,
        "shared_links.html",
        links=await pages.shared_links.links(org_id, services_of(request).now()),
        names={user.known_as: user.name for user in await pages.users.users(org_id)},
        link=_LINK.secret(request),
        saved=asked(request, "saved"),
    )
    return _LINK.seen(request, answer)


@post("/shared-links/end", status_code=200)
async def end_shared_link(request: AnyRequest) -> Response[str]:
    """Let a link lead nowhere."""
    org_id = signed_in_of(request).organization.org_id
    form = await form_of(request)
    await end_link(changed_by(request), org_id, form.get("link", ""))
    return redirect("/shared-links?saved=yes")
