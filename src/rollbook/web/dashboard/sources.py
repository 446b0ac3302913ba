"""Sources: how each is doing, what to paste, and new secrets."""

from litestar import Response, post

from rollbook.domain.errors import InvalidInput
from rollbook.service.sources import rotate_secret, source_named, source_states
from rollbook.web.dashboard.desk import asked, behind_tls, desk_of, form_of, visitor_of
from rollbook.web.dashboard.pages import page, redirect, url
from rollbook.web.services import AnyRequest, readable, services_of


@readable("/sources")
async def sources_page(request: AnyRequest) -> Response[str]:
    """Every source."""
    services, organization = services_of(request), visitor_of(request).organization
    scheme = "https" if behind_tls(request) else "http"
    return page(
        request,
        "sources.html",
        states=await source_states(services.organizations, organization.org_id),
        kinds=services.source_kinds,
        base=f"{scheme}://{request.headers.get('host', 'your-host')}",
        rotated=asked(request, "rotated"),
    )


@post("/sources/rotate", status_code=200)
async def rotate(request: AnyRequest) -> Response[str]:
    """Give a source a new secret; the one before works on, unless it is to end at once."""
    services, organization = services_of(request), visitor_of(request).organization
    form = await form_of(request)
    source = await source_named(services.organizations, organization.org_id, form.get("source", ""))
    kind = services.source_kinds.get(source.kind)
    if kind is None:
        raise InvalidInput("This source has no secret: an organization key proves its events.")
    missing = [part for part in kind.secret_fields if not form.get(part, "").strip()]
    if missing:
        raise InvalidInput(f"Fill in the new {missing[0].replace('_', ' ')}.")
    await rotate_secret(
        services.organizations, source, kind, form, drop_old=form.get("drop") == "yes"
    )
    desk_of(request).visitors.forget()
    return redirect(url("/sources", rotated=source.source_id))
