"""Signing in with an organization's key, and out again."""

import secrets
from collections.abc import Mapping

from litestar import Response, post

from rollbook.domain.audit import WHOLE_SERVICE, Action, Entry, key_named
from rollbook.domain.errors import Unauthorized
from rollbook.domain.organizations import key_id
from rollbook.service.organizations.attempts import BY_HAND, TooManyAttempts
from rollbook.service.organizations.sign_in import SESSION_MS
from rollbook.web.dashboard.cookies import SignIn, given_cookie, set_cookie
from rollbook.web.dashboard.late_forms import late_form, send_again, sent_from_here, told_again
from rollbook.web.dashboard.notation import write_as_in
from rollbook.web.dashboard.pages import bare_page, redirect, url
from rollbook.web.dashboard.refused_forms import note_form
from rollbook.web.dashboard.requests import (
    SignedIn,
    asked,
    form_of,
    local_path,
    place_of,
    received,
    signed_in_of,
)
from rollbook.web.dashboard.services import page_services_of
from rollbook.web.http.address import behind_tls
from rollbook.web.http.clients import counted_as
from rollbook.web.http.doers import doer_of
from rollbook.web.http.errors import note_refusal, problem_of
from rollbook.web.http.exchange import answer_with
from rollbook.web.http.rate_limits import count_request
from rollbook.web.http.services import AnyRequest, readable, services_of

SESSION_COOKIE = "rollbook_session"
FORM_COOKIE = "rollbook_form"
_ONLY_TLS = {"Strict-Transport-Security": "max-age=31536000"}
_TOO_LONG_A_KEY = 200
_OLD_FORM = "This form was open for too long, or cookies are switched off. Try again."
_SIGNED_OUT = "You were signed out meanwhile. Sign in, and what you typed goes on."
_SIGNED_IN_AGAIN = "You are signed in again. What you had typed is still here, and not yet sent."
_OTHER_SIGN_IN = (
    "This form was opened before you signed in anew. What you had typed is here, and not yet sent."
)
_MOST_BYTES = 640 * 1024
"""Of a sign-in that carries a form along: the longest is a roster."""

_WRONG_KEY = "No organization has this key. Keys begin with rb_ and may have been revoked."


class SignInNeeded(Exception):
    """Nobody is signed in who could see this page."""


class FormRefused(Exception):
    """A form came without the token that this browser was given."""


@readable("/sign-in")
async def sign_in_page(request: AnyRequest) -> Response[str]:
    return _form(request, local_path(asked(request, "next", "/")))


@post("/sign-in", status_code=200, request_max_body_size=_MOST_BYTES)
async def sign_in(request: AnyRequest) -> Response[str]:
    """Take the key, and keep only its hash."""
    form = await form_of(request)
    onward = local_path(form.get("next", "/"))
    try:
        _check_form(request, form, given_cookie(request, FORM_COOKIE))
        made = await _signed_in(request, form.get("key", "").strip()[:_TOO_LONG_A_KEY])
    except FormRefused:
        return _form(request, onward, _OLD_FORM, 403, form.get("sent", ""))
    except (TooManyAttempts, Unauthorized) as error:
        problem = problem_of(error)
        note_refusal(request, problem, error)
        _tell_of_stranger(request, error)
        message = _WRONG_KEY if isinstance(error, Unauthorized) else problem.message
        answer = _form(request, onward, message, problem.status, form.get("sent", ""))
        answer.headers.update(problem.headers)
        return answer
    await _note(request, made, Action.SIGNED_IN)
    signer, late = page_services_of(request).signer, told_again(form.get("sent", ""))
    if late is None:
        answer = redirect(onward)
    else:
        answer = send_again(late, signer.form_token(made.nonce), _SIGNED_IN_AGAIN, 200)
    set_cookie(request, answer, SESSION_COOKIE, signer.cookie_of(made), SESSION_MS // 1000)
    # The next who signs in here gets a form of their own.
    set_cookie(request, answer, FORM_COOKIE, "", 0)
    return answer


def _tell_of_stranger(request: AnyRequest, error: Exception) -> None:
    """In the log alone: who is let in nowhere must not be able to fill the ledger."""
    services = services_of(request)
    action = Action.LOCKED_OUT if isinstance(error, TooManyAttempts) else Action.SIGN_IN_REFUSED
    doer = doer_of(request.scope, services.proxies, "somebody")
    services.tell(Entry(WHOLE_SERVICE, services.now(), action, doer))


async def _note(request: AnyRequest, known: SignIn, action: Action) -> None:
    services, who = services_of(request), key_named(key_id(known.key_hash))
    doer = doer_of(request.scope, services.proxies, who)
    await services.audit.add(Entry(known.org_id, services.now(), action, doer))


async def _signed_in(request: AnyRequest, key: str) -> SignIn:
    """Whom a key lets in. Raises TooManyAttempts and Unauthorized."""
    pages, services = page_services_of(request), services_of(request)
    now, client = services.now(), counted_as(services.proxies.client_of(request.scope))
    with pages.attempts.attempt(client, key, now, BY_HAND):
        organization, hashed = await pages.sign_ins.sign_in(key, now)
    return SignIn(organization.org_id, hashed, secrets.token_urlsafe(16), now)


@post("/sign-out", status_code=200)
async def sign_out(request: AnyRequest) -> Response[str]:
    """Take the cookie away."""
    signed_in, services = signed_in_of(request), services_of(request)
    entry = Entry(
        signed_in.organization.org_id,
        services.now(),
        Action.SIGNED_OUT,
        doer_of(request.scope, services.proxies, signed_in.who),
    )
    await services.audit.add(entry)
    answer = redirect("/sign-in")
    set_cookie(request, answer, SESSION_COOKIE, "", 0)
    return answer


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
        return _form(request, "/", _SIGNED_OUT, 403, late.text)
    if request.method != "POST":
        return None
    form = await form_of(request)
    try:
        _check_form(request, form, nonce)
    except FormRefused:
        if not sent_from_here(request):
            raise
        late, token = late_form(request.url.path, form), signed_in_of(request).form_token
        return send_again(late, token, _OTHER_SIGN_IN, 403)
    note_form(request, form)
    return None


async def require_sign_in_with_file(request: AnyRequest) -> None:
    """The same of a form that brings a file, which is received for nobody else."""
    nonce, org_id = await _known(request), signed_in_of(request).organization.org_id
    async with page_services_of(request).files.receiving.turn(org_id):
        brought = await received(request)
    try:
        _check_form(request, brought.fields, nonce)
    except FormRefused:
        await brought.close()
        raise
    request.state.brought = brought


async def _known(request: AnyRequest) -> str:
    """Note who is signed in; answers what their forms are bound to. Raises SignInNeeded."""
    await require_tls(request)
    pages, now = page_services_of(request), services_of(request).now()
    try:
        known = pages.signer.sign_in_of(given_cookie(request, SESSION_COOKIE), now)
        organization = await pages.sign_ins.organization(known.org_id, known.key_hash, now)
    except Unauthorized:
        raise SignInNeeded from None
    limits = services_of(request).request_limits
    await count_request(limits, request.scope, organization.org_id, now)
    token = pages.signer.form_token(known.nonce)
    place = place_of(request) or organization.locale
    request.state.signed_in = SignedIn(organization, known.key_hash, token, place)
    write_as_in(place)
    return known.nonce


def sign_in_needed(request: AnyRequest, error: SignInNeeded) -> Response[str]:
    """Go to the form first, and come back afterwards."""
    del error
    query = f"?{request.url.query}" if request.url.query else ""
    onward = request.url.path + query if request.method in {"GET", "HEAD"} else "/"
    return redirect(url("/sign-in", next=None if onward == "/" else onward))


def form_refused(request: AnyRequest, error: FormRefused) -> Response[str]:
    """A form of another site, or one that outlived its sign-in."""
    del request, error
    return bare_page("problem.html", 403, title="This form is no longer valid", message=_OLD_FORM)


def _check_form(request: AnyRequest, form: Mapping[str, str], nonce: str) -> None:
    signer = page_services_of(request).signer
    if not nonce or not signer.is_form_token(form.get("token", ""), nonce):
        raise FormRefused


def _form(
    request: AnyRequest, onward: str, problem: str = "", status: int = 200, sent: str = ""
) -> Response[str]:
    nonce = given_cookie(request, FORM_COOKIE)[:100] or secrets.token_urlsafe(16)
    token = page_services_of(request).signer.form_token(nonce)
    answer = bare_page(
        "sign_in.html", status, onward=onward, token=token, problem=problem, sent=sent
    )
    set_cookie(request, answer, FORM_COOKIE, nonce, SESSION_MS // 1000)
    return answer
