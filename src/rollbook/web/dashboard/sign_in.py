"""Signing in with an organization's key, and out again."""

import secrets
from collections.abc import Mapping

from litestar import Response, post

from rollbook.domain.errors import Unauthorized
from rollbook.service.organizations.attempts import BY_HAND, TooManyAttempts
from rollbook.service.organizations.sign_in import SESSION_MS
from rollbook.web.dashboard.cookies import SignIn, same_text, set_cookie
from rollbook.web.dashboard.late_forms import late_form, send_again, sent_from_here, told_again
from rollbook.web.dashboard.notation import write_as_in
from rollbook.web.dashboard.pages import bare_page, redirect, url
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
from rollbook.web.http.clients import counted_as
from rollbook.web.http.errors import note_refusal, problem_of
from rollbook.web.http.rate_limits import count_request
from rollbook.web.http.services import AnyRequest, readable, services_of

SESSION_COOKIE = "rollbook_session"
FORM_COOKIE = "rollbook_form"
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
    return await _form(request, local_path(asked(request, "next", "/")))


@post("/sign-in", status_code=200, request_max_body_size=_MOST_BYTES)
async def sign_in(request: AnyRequest) -> Response[str]:
    """Take the key, and keep only its hash."""
    form = await form_of(request)
    onward = local_path(form.get("next", "/"))
    try:
        await _check_form(request, form, request.cookies.get(FORM_COOKIE, ""))
        made = await _signed_in(request, form.get("key", "").strip()[:_TOO_LONG_A_KEY])
    except FormRefused:
        return await _form(request, onward, _OLD_FORM, 403, form.get("sent", ""))
    except (TooManyAttempts, Unauthorized) as error:
        problem = problem_of(error)
        note_refusal(request, problem, error)
        message = _WRONG_KEY if isinstance(error, Unauthorized) else problem.message
        answer = await _form(request, onward, message, problem.status, form.get("sent", ""))
        answer.headers.update(problem.headers)
        return answer
    signer, late = page_services_of(request).signer, told_again(form.get("sent", ""))
    if late is None:
        answer = redirect(onward)
    else:
        token = await signer.form_token(made.nonce, made.since)
        answer = send_again(late, token, _SIGNED_IN_AGAIN, 200)
    set_cookie(request, answer, SESSION_COOKIE, await signer.cookie_of(made), SESSION_MS // 1000)
    return answer


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
    answer = redirect("/sign-in")
    set_cookie(request, answer, SESSION_COOKIE, "", 0)
    return answer


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
        return await _form(request, "/", _SIGNED_OUT, 403, late.text)
    if request.method != "POST":
        return None
    form = await form_of(request)
    try:
        await _check_form(request, form, nonce)
    except FormRefused:
        if not sent_from_here(request):
            raise
        late, token = late_form(request.url.path, form), signed_in_of(request).form_token
        return send_again(late, token, _OTHER_SIGN_IN, 403)
    return None


async def require_sign_in_with_file(request: AnyRequest) -> None:
    """The same of a form that brings a file, which is received for nobody else."""
    nonce, org_id = await _known(request), signed_in_of(request).organization.org_id
    async with page_services_of(request).files.receiving.turn(org_id):
        brought = await received(request)
    try:
        await _check_form(request, brought.fields, nonce)
    except FormRefused:
        await brought.close()
        raise
    request.state.brought = brought


async def _known(request: AnyRequest) -> str:
    """Note who is signed in; answers what their forms are bound to. Raises SignInNeeded."""
    pages, now = page_services_of(request), services_of(request).now()
    try:
        known = await pages.signer.sign_in_of(request.cookies.get(SESSION_COOKIE, ""), now)
        organization = await pages.sign_ins.organization(known.org_id, known.key_hash, now)
    except Unauthorized:
        raise SignInNeeded from None
    limits = services_of(request).request_limits
    await count_request(limits, request.scope, organization.org_id, now)
    token = await pages.signer.form_token(known.nonce, now)
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


async def _check_form(request: AnyRequest, form: Mapping[str, str], nonce: str) -> None:
    token = await page_services_of(request).signer.form_token(nonce, services_of(request).now())
    if not nonce or not same_text(form.get("token", ""), token):
        raise FormRefused


async def _form(
    request: AnyRequest, onward: str, problem: str = "", status: int = 200, sent: str = ""
) -> Response[str]:
    nonce = request.cookies.get(FORM_COOKIE, "")[:100] or secrets.token_urlsafe(16)
    token = await page_services_of(request).signer.form_token(nonce, services_of(request).now())
    answer = bare_page(
        "sign_in.html", status, onward=onward, token=token, problem=problem, sent=sent
    )
    set_cookie(request, answer, FORM_COOKIE, nonce, SESSION_MS // 1000)
    return answer
