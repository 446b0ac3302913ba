"""The page that a link of an invitation leads to, where somebody sets their password."""

from litestar import Response, post

from rollbook.domain.errors import InvalidInput, NotFound
from rollbook.domain.passwords import LONGEST, SHORTEST, require_good
from rollbook.service.organizations.sign_in import SESSION_MS
from rollbook.service.organizations.users import accept, invited
from rollbook.web.dashboard.cookies import given_cookie, set_cookie
from rollbook.web.dashboard.guard import FORM_COOKIE, check_form, form_nonce
from rollbook.web.dashboard.pages import bare_page, redirect, url
from rollbook.web.dashboard.requests import asked, form_of
from rollbook.web.dashboard.services import page_services_of
from rollbook.web.http.doers import doer_of
from rollbook.web.http.services import AnyRequest, readable, services_of

PATH = "/invitation"


@readable(PATH)
async def invitation_page(request: AnyRequest) -> Response[str]:
    """Who is invited, and a form for their password. Raises NotFound for a link that leads nowhere."""
    return await _page(request, asked(request, "token"))


@post(PATH, status_code=200)
async def accept_invitation(request: AnyRequest) -> Response[str]:
    """Set the password; the link is used up with it. Raises NotFound."""
    services, pages, form = services_of(request), page_services_of(request), await form_of(request)
    check_form(request, form, given_cookie(request, FORM_COOKIE))
    link, password = form.get("link", ""), form.get("password", "")
    org_id, user = await invited(pages.users, link, services.now())
    if form.get("password_again", "") != password:
        problem = "The two passwords are not the same. Type them once more."
        return await _page(request, link, problem, 400)
    try:
        require_good(password, name=user.name, email=user.email)
    except InvalidInput as error:
        return await _page(request, link, error.message, 400)
    organizations = services.organizations.by(
        doer_of(request.scope, services.proxies, user.known_as)
    )
    hashed = await pages.passwords.hashed(password)
    await accept(organizations, (org_id, user), link, hashed, services.now())
    pages.sign_ins.forget()
    return redirect(url("/sign-in", set="yes", organization=org_id))


async def _page(
    request: AnyRequest, link: str, problem: str = "", status: int = 200
) -> Response[str]:
    services, pages = services_of(request), page_services_of(request)
    org_id, user = await invited(pages.users, link, services.now())
    organization = await services.organizations.organization(org_id)
    if organization is None:
        raise NotFound("There is no such organization any more.")
    nonce, token = form_nonce(request)
    answer = bare_page(
        "invitation.html",
        status,
        organization=organization,
        user=user,
        link=link,
        token=token,
        problem=problem,
        provided=await pages.providers.provider(org_id) is not None,
        shortest=SHORTEST,
        longest=LONGEST,
    )
    set_cookie(request, answer, FORM_COOKIE, nonce, SESSION_MS // 1000)
    return answer
