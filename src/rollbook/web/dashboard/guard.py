"""Before every page behind the sign-in: who asks, whether they may, and is a form they send their own."""

import secrets
from collections.abc import Mapping, Sequence

from litestar import Response

from rollbook.domain.errors import Unauthorized
from rollbook.domain.rights import Right
from rollbook.domain.values import value
from rollbook.service.organizations.sign_in import PROVED_MS, SESSION_MS
from rollbook.web.dashboard.cookies import given_cookie, set_cookie
from rollbook.web.dashboard.late_forms import late_form, send_again, sent_from_here
from rollbook.web.dashboard.notation import write_as_in
from rollbook.web.dashboard.own_rooms import require_own_room
from rollbook.web.dashboard.pages import bare_page, redirect, url
from rollbook.web.dashboard.refused_forms import note_form
from rollbook.web.dashboard.requests import (
    MY_ROOMS,
    SignedIn,
    form_of,
    place_of,
    received,
    signed_in_of,
)
from rollbook.web.dashboard.rights import PROVED, line_of, require_right
from rollbook.web.dashboard.sealed_addresses import opened_query, seal_addresses
from rollbook.web.dashboard.services import page_services_of
from rollbook.web.http.address import behind_tls
from rollbook.web.http.exchange import answer_with
from rollbook.web.http.rate_limits import count_request
from rollbook.web.http.services import AnyRequest, services_of

SESSION_COOKIE = "rollbook_session"
FORM_COOKIE = "rollbook_form"
TOKEN_COOKIE = "rollbook_provider"  # noqa: S105 - the name of a cookie
"""What a provider said of whoever signed in by it."""
OLD_FORM = "This form was open for too long, or cookies are switched off. Try again."
_ONLY_TLS = {"Strict-Transport-Security": "max-age=31536000"}
_SIGNED_OUT = "You were signed out meanwhile. Sign in, and what you typed goes on."
_OTHER_SIGN_IN = (
    "This form was opened before you signed in anew. What you had typed is here, and not yet sent."
)


class SignInNeeded(Exception):
    """Nobody is signed in who could see this page."""


class FormRefused(Exception):
    """A form came without the token that this browser was given."""


async def require_tls(request: AnyRequest) -> None:
    """Run before every page: who came over TLS once is to come so from then on."""
    if behind_tls(request):
        answer_with(request.scope, _ONLY_TLS)


async def require_sign_in(request: AnyRequest) -> Response[str] | None:
    """Run before every page behind the sign-in: who asks, and is a form they send their own.

    A form of ours that comes too late is answered here, with what was typed into it.
    """
    try:
        nonce = await _known(request)
    except SignInNeeded:
        if request.method != "POST" or not sent_from_here(request):
            raise
        late = late_form(request.url.path, await form_of(request))
        return sign_in_form(request, SignInForm(sent=late.text, problem=_SIGNED_OUT), 403)
    if request.method != "POST":
        return await _own_room_page(request)
    form = await form_of(request)
    try:
        check_form(request, form, nonce)
    except FormRefused:
        if not sent_from_here(request):
            raise
        late, token = late_form(request.url.path, form), signed_in_of(request).form_token
        return send_again(late, token, _OTHER_SIGN_IN, 403)
    await require_own_room(request, form)
    note_form(request, form)
    return _to_be_proved(request, form)


async def _own_room_page(request: AnyRequest) -> Response[str] | None:
    """Whoever has rooms of their own begins with them, and opens no others."""
    if line_of(request.url.path) == "/" and signed_in_of(request).may(Right.TEACH):
        return redirect(MY_ROOMS)
    await require_own_room(request, None)
    return None


def _to_be_proved(request: AnyRequest, form: Mapping[str, str]) -> Response[str] | None:
    """The page that asks for the password or key again, where that is due."""
    signed_in, path = signed_in_of(request), line_of(request.url.path)
    ago = services_of(request).now() - signed_in.known.proved_at
    if path not in PROVED or 0 <= ago < PROVED_MS:
        return None
    return confirm_form(request, late_form(path, form).text)


def confirm_form(
    request: AnyRequest, sent: str, problem: str = "", status: int = 403
) -> Response[str]:
    """Ask for the password or key again, and carry along what is to be done then."""
    signed_in, provided = signed_in_of(request), came_by_provider(request)
    return bare_page(
        "confirm.html",
        status,
        signed_in=signed_in,
        sent=sent,
        problem=problem,
        provided=provided,
    )


def came_by_provider(request: AnyRequest) -> bool:
    """Whether whoever is signed in came by their organization's provider."""
    signer, org_id = page_services_of(request).signer, signed_in_of(request).organization.org_id
    return signer.token_of(given_cookie(request, TOKEN_COOKIE), org_id) is not None


async def require_sign_in_with_file(request: AnyRequest) -> None:
    """The same of a form that brings a file, which is received for nobody else."""
    nonce, org_id = await _known(request), signed_in_of(request).organization.org_id
    async with page_services_of(request).files.receiving.turn(org_id):
        brought = await received(request)
    try:
        check_form(request, brought.fields, nonce)
    except FormRefused:
        await brought.close()
        raise
    request.state.brought = brought


async def _known(request: AnyRequest) -> str:
    """Note who is signed in; answers what their forms are bound to. Raises SignInNeeded."""
    await require_tls(request)
    pages, now = page_services_of(request), services_of(request).now()
    try:
        cookie = pages.signer.sign_in_of(given_cookie(request, SESSION_COOKIE))
        known = await pages.sign_ins.known(cookie.org_id, cookie.token, now)
    except Unauthorized:
        raise SignInNeeded from None
    organization = known.entered.organization
    limits = services_of(request).request_limits
    await count_request(limits, request.scope, organization.org_id, now)
    token = pages.signer.form_token(cookie.nonce)
    place = place_of(request) or organization.locale
    request.state.signed_in = SignedIn(known, token, place)
    write_as_in(place)
    _open_address(request)
    if line_of(request.url.path) != "/" or Right.TEACH not in known.rights:
        require_right(request.method, request.url.path, known.rights)
    return cookie.nonce


def _open_address(request: AnyRequest) -> None:
    """Let whatever reads the address find plain words in it, and seal what is written of it again.

    Raises InvalidInput for one that does not open here.
    """
    org_id = signed_in_of(request).organization.org_id
    seal = page_services_of(request).address_seal(org_id)
    seal_addresses(seal)
    # Nothing has read the query yet: the framework keeps what it once took apart.
    request.scope["query_string"] = opened_query(seal, request.scope["query_string"])


def sign_in_needed(request: AnyRequest, error: SignInNeeded) -> Response[str]:
    """Go to the form first, and come back afterwards."""
    del error
    query = f"?{request.url.query}" if request.url.query else ""
    onward = request.url.path + query if request.method in {"GET", "HEAD"} else "/"
    return redirect(url("/sign-in", next=None if onward == "/" else onward))


def form_refused(request: AnyRequest, error: FormRefused) -> Response[str]:
    """A form of another site, or one that outlived its sign-in."""
    del request, error
    return bare_page("problem.html", 403, title="This form is no longer valid", message=OLD_FORM)


def check_form(request: AnyRequest, form: Mapping[str, str], nonce: str) -> None:
    signer = page_services_of(request).signer
    if not nonce or not signer.is_form_token(form.get("token", ""), nonce):
        raise FormRefused


@value
class SignInForm:
    """What the page of the sign-in shows, and carries along: where to go then, and a form typed before."""

    onward: str = "/"
    sent: str = ""
    email: str = ""
    problem: str = ""
    note: str = ""
    organization: str = ""
    """The id of the one that somebody signs in to, where the address says so."""
    choices: Sequence[tuple[str, str]] = ()
    """Names and ids of organizations, where somebody has to choose one."""


def sign_in_form(request: AnyRequest, form: SignInForm, status: int = 200) -> Response[str]:
    """The page of the sign-in, with a token of its own."""
    nonce, token = form_nonce(request)
    answer = bare_page("sign_in.html", status, form=form, token=token)
    set_cookie(request, answer, FORM_COOKIE, nonce, SESSION_MS // 1000)
    return answer


def form_nonce(request: AnyRequest) -> tuple[str, str]:
    """What a form is bound to that is open to all, and its token."""
    nonce = given_cookie(request, FORM_COOKIE)[:100] or secrets.token_urlsafe(16)
    return nonce, page_services_of(request).signer.form_token(nonce)
