"""The provider through which people of an organization sign in."""

from litestar import Response, post

from rollbook.domain.errors import InvalidInput, SecretKeyMissing
from rollbook.domain.providers import (
    Provider,
    RoleClaim,
    checked_provider,
    checked_role_claim,
)
from rollbook.domain.rights import UserRole
from rollbook.service.organizations.provider_ports import ProviderUnavailable
from rollbook.service.organizations.providers import drop_provider, set_provider
from rollbook.web.dashboard.pages import page, redirect
from rollbook.web.dashboard.provider_sign_in import BACK, OUT
from rollbook.web.dashboard.requests import asked, changed_by, form_of, signed_in_of
from rollbook.web.dashboard.services import page_services_of
from rollbook.web.http.address import public_base
from rollbook.web.http.errors import problem_of
from rollbook.web.http.services import AnyRequest, readable

_LONGEST = 500
"""Characters of a field that are looked at."""


@readable("/settings/provider")
async def provider_page(request: AnyRequest) -> Response[str]:
    """Which one there is, and what to enter there."""
    return _page(request, await _provider(request))


@post("/settings/provider", status_code=200)
async def change_provider(request: AnyRequest) -> Response[str]:
    """Another provider, or none; what was typed stays where it will not do."""
    org_id = signed_in_of(request).organization.org_id
    form, before = await form_of(request), await _provider(request)
    if form.get("what") == "none":
        await drop_provider(changed_by(request), org_id)
        return redirect("/settings/provider?saved=none")
    names = ("issuer", "client_id", "client_secret")
    issuer, client_id, secret = (form.get(name, "")[:_LONGEST] for name in names)
    # It is not shown again, so a form that only changes the rest leaves it out.
    secret = secret or (before.client_secret if before else "")
    values = {role: form.get(f"role_{role}", "")[:_LONGEST] for role in UserRole}
    typed = RoleClaim(form.get("role_claim", "")[:_LONGEST], values)
    try:
        claim = checked_role_claim(typed.name, typed.values)
        wanted = checked_provider(issuer, client_id, secret, claim)
        openid = await page_services_of(request).openid()
        await set_provider(changed_by(request), openid, org_id, wanted)
    except (InvalidInput, ProviderUnavailable) as error:
        shown = Provider(issuer, client_id, "", typed)
        return _page(request, shown, error.message, problem_of(error).status, kept=before)
    return redirect("/settings/provider?saved=yes")


async def _provider(request: AnyRequest) -> Provider | None:
    """The one there is; none where its secret cannot be read, so that it can be typed again."""
    try:
        org_id = signed_in_of(request).organization.org_id
        return await page_services_of(request).providers.provider(org_id)
    except SecretKeyMissing:
        return None


def _page(
    request: AnyRequest,
    shown: Provider | None,
    problem: str = "",
    status: int = 200,
    *,
    kept: Provider | None = None,
) -> Response[str]:
    return page(
        request,
        "provider.html",
        status,
        provider=shown,
        kept=kept if problem else shown,
        claim=(shown.role_claim if shown else None) or RoleClaim("", {}),
        roles=list(UserRole),
        back=public_base(request) + BACK,
        out=public_base(request) + OUT,
        saved="" if problem else asked(request, "saved"),
        problem=problem,
    )
