"""Signing in through an organization's provider: the way there, the way back, and out at both ends.

What an answer must fit lies in a cookie of the browser that asked, and serves for one answer
(docs/decisions/0055-signing-in-through-a-provider.md).
"""

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from litestar import Response, post

from rollbook.domain.errors import InvalidInput, NotFound, RollbookError, Unauthorized
from rollbook.domain.providers import Provider
from rollbook.domain.tokens import org_id_of_token
from rollbook.domain.users import email_hash, usual_email
from rollbook.loggers import structlog
from rollbook.service.organizations.attempts import TooManyAttempts
from rollbook.service.organizations.provider_ports import AnswerRefused, ProviderUnavailable
from rollbook.service.organizations.providers import user_who_came, with_provider
from rollbook.service.organizations.sign_in import SESSION_MS, Entered
from rollbook.web.dashboard.cookies import given_cookie, set_cookie
from rollbook.web.dashboard.guard import (
    FORM_COOKIE,
    OLD_FORM,
    TOKEN_COOKIE,
    FormRefused,
    SignInForm,
    check_form,
    sign_in_form,
)
from rollbook.web.dashboard.pages import bare_page
from rollbook.web.dashboard.requests import form_of, signed_in_of
from rollbook.web.dashboard.services import page_services_of
from rollbook.web.dashboard.sign_in import asking, end_sign_in, let_in, refused, typed_into
from rollbook.web.dashboard.ways import WAY_SECONDS, Way
from rollbook.web.http.address import public_base
from rollbook.web.http.doers import doer_of
from rollbook.web.http.services import AnyRequest, readable, services_of

WAY_COOKIE = "rollbook_way"
BACK = "/sign-in/answer"
OUT = "/sign-in"
_LONGEST_TOKEN = 3_000
"""Of what a cookie can carry; who has a longer one is asked by the provider whether to sign out."""

_NONE = (
    "No school with a sign-in of its own knows this e-mail address. Ask who runs Rollbook there."
)
_NO_EMAIL = "Type your e-mail address, then choose “Use my school account”."
_CHOOSE = "You are a user of several schools. Choose one, then “Use my school account”."
_LATE = (
    "That took too long, or was answered before, or began in another browser. Sign in once more."
)

log = structlog.get_logger()


@post("/sign-in/provider", status_code=200)
async def to_provider(request: AnyRequest) -> Response[str]:
    """Lead to the provider of whom an address or an invitation belongs to."""
    form = await form_of(request)
    shown = typed_into(form)
    try:
        check_form(request, form, given_cookie(request, FORM_COOKIE))
        found = await _providers(request, shown, form.get("link", ""))
    except FormRefused:
        return sign_in_form(request, replace(shown, problem=OLD_FORM), 403)
    except (TooManyAttempts, Unauthorized, InvalidInput) as error:
        return refused(request, error, shown)
    if len(found) > 1:
        choices = sorted([(await _name(request, org_id), org_id) for org_id in found])
        return sign_in_form(request, replace(shown, note=_CHOOSE, choices=choices))
    ((org_id, provider),) = found.items()
    invitation = form.get("link", "")[:100]
    return await _lead(request, (org_id, provider), shown, invitation=invitation)


@post("/confirm/provider", status_code=200)
async def confirm_at_provider(request: AnyRequest) -> Response[str]:
    """Lead to the provider of whoever is signed in, who has to show there who they are."""
    signed_in = signed_in_of(request)
    org_id = signed_in.organization.org_id
    provider = await page_services_of(request).providers.provider(org_id)
    if provider is None or signed_in.user is None:
        raise InvalidInput("You did not sign in through a provider.")
    shown = SignInForm(email=signed_in.user.email)
    return await _lead(request, (org_id, provider), shown, anew=True)


@readable(BACK)
async def from_provider(request: AnyRequest) -> Response[str]:
    """Let in who comes back, if the provider says that it is a user."""
    pages, now, _ = asking(request)
    way = pages.signer.way_of(given_cookie(request, WAY_COOKIE), now)
    shown = SignInForm(way.onward if way else "/")
    try:
        answer = await _came(request, way, shown)
    except (Unauthorized, ProviderUnavailable) as error:
        answer = refused(request, error, shown)
    # For one answer: the next one needs another.
    set_cookie(request, answer, WAY_COOKIE, "", 0)
    return answer


async def _came(request: AnyRequest, way: Way | None, shown: SignInForm) -> Response[str]:
    pages, now, _ = asking(request)
    services = services_of(request)
    if way is None:
        raise AnswerRefused(_LATE)
    provider = await pages.providers.provider(way.org_id)
    organization = await services.organizations.organization(way.org_id)
    if provider is None or organization is None:
        raise AnswerRefused(_LATE)
    told = {name: str(value) for name, value in request.query_params.items()}
    back = public_base(request) + BACK
    identity = await (await pages.openid()).identity(
        provider, way.challenge, back, told, anew=way.anew
    )
    by_provider = services.organizations.by(
        doer_of(request.scope, services.proxies, f"provider {provider.issuer}")
    )
    user = await user_who_came(by_provider, way.org_id, provider, identity, way.invitation, now)
    pages.sign_ins.forget()
    answer = await let_in(request, Entered(organization, user), shown, proved=way.anew)
    token = identity.token if len(identity.token) <= _LONGEST_TOKEN else ""
    cookie = pages.signer.provider_token(way.org_id, token)
    set_cookie(request, answer, TOKEN_COOKIE, cookie, SESSION_MS // 1000)
    return answer


@post("/sign-out", status_code=200)
async def sign_out(request: AnyRequest) -> Response[str]:
    """End the sign-in wherever its cookie was copied to; then the one at the provider it came by."""
    org_id = signed_in_of(request).organization.org_id
    answer = await end_sign_in(request)
    away = await _way_out(request, org_id)
    if away is not None:
        cookies, answer = answer.cookies, _onward(away)
        answer.cookies.extend(cookies)
        set_cookie(request, answer, TOKEN_COOKIE, "", 0)
    return answer


async def _way_out(request: AnyRequest, org_id: str) -> str | None:
    """Where to sign out of the provider; None for who did not come by it, and where it cannot be asked."""
    pages = page_services_of(request)
    token = pages.signer.token_of(given_cookie(request, TOKEN_COOKIE), org_id)
    try:
        provider = None if token is None else await pages.providers.provider(org_id)
        if provider is None:
            return None
        return await (await pages.openid()).way_out(
            provider, public_base(request) + OUT, token or ""
        )
    except RollbookError as error:
        log.warning("provider not asked to sign out", org_id=org_id, why=error.message)
        return None


async def _providers(request: AnyRequest, shown: SignInForm, link: str) -> Mapping[str, Provider]:
    """The providers that an invitation, an address or an organization lead to.

    Raises Unauthorized where there is none, InvalidInput where nothing leads anywhere, TooManyAttempts.
    """
    pages, now, client = asking(request)
    chosen = org_id_of_token(link) or ("" if shown.email else shown.organization)
    if not chosen and not shown.email:
        raise InvalidInput(_NO_EMAIL)
    known_as = chosen or email_hash(usual_email(shown.email))
    with pages.attempts.guess(client, known_as, now):
        org_ids = [str(chosen)] if chosen else await pages.users.organizations_of_email(known_as)
        wanted = [one for one in org_ids if chosen or shown.organization in {"", one}]
        found = await with_provider(pages.providers, wanted)
        if not found:
            raise Unauthorized(_NONE)
    return found


async def _lead(
    request: AnyRequest,
    to: tuple[str, Provider],
    shown: SignInForm,
    *,
    invitation: str = "",
    anew: bool = False,
) -> Response[str]:
    pages, now, _ = asking(request)
    (org_id, provider), openid = to, await pages.openid()
    challenge, back = openid.challenge(), public_base(request) + BACK
    try:
        away = await openid.way_in(provider, challenge, back, anew=anew, email=shown.email)
    except ProviderUnavailable as error:
        return refused(request, error, shown)
    way = Way(org_id, challenge, shown.onward, invitation, anew, now)
    answer = _onward(away)
    set_cookie(request, answer, WAY_COOKIE, pages.signer.way_cookie(way), WAY_SECONDS)
    return answer


async def _name(request: AnyRequest, org_id: str) -> str:
    organization = await services_of(request).organizations.organization(org_id)
    if organization is None:
        raise NotFound("there is no such organization any more")
    return organization.name


def _onward(address: str) -> Response[str]:
    """A page that goes on by itself: the answer to a form may lead to no other site."""
    return bare_page("onward.html", address=address, host=urlsplit(address).hostname)
