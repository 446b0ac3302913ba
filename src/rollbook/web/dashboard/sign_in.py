"""Signing in, by an e-mail address and a password or with an organization's key, and out again."""

import secrets
from collections.abc import Mapping
from dataclasses import replace

from litestar import Response, post

from rollbook.domain import fields
from rollbook.domain.audit import WHOLE_SERVICE, Action, Entry
from rollbook.domain.errors import Forbidden, InvalidInput, RollbookError, Unauthorized
from rollbook.domain.passwords import LONGEST
from rollbook.domain.retention import address_kept
from rollbook.domain.tokens import token_hash
from rollbook.domain.users import email_hash, usual_email
from rollbook.service.organizations.attempts import BY_HAND, TooManyAttempts
from rollbook.service.organizations.sign_in import SESSION_MS, Entered
from rollbook.service.organizations.user_ports import SignInRow
from rollbook.web.dashboard.cookies import SignIn, given_cookie, set_cookie
from rollbook.web.dashboard.guard import (
    FORM_COOKIE,
    OLD_FORM,
    SESSION_COOKIE,
    FormRefused,
    SignInForm,
    check_form,
    confirm_form,
    sign_in_form,
)
from rollbook.web.dashboard.late_forms import send_again, told_again
from rollbook.web.dashboard.pages import redirect
from rollbook.web.dashboard.requests import asked, form_of, local_path, signed_in_of
from rollbook.web.dashboard.services import PageServices, page_services_of
from rollbook.web.http.clients import counted_as
from rollbook.web.http.doers import doer_of
from rollbook.web.http.errors import Problem, note_refusal, problem_of
from rollbook.web.http.services import AnyRequest, readable, services_of

_TOO_LONG_A_KEY = 200
_LONGEST_EMAIL = 254
_LONGEST_ID = 40
_SET = "Your password is set. Sign in with it."
_LONGEST_AGENT = 200
_SIGNED_IN_AGAIN = "You are signed in again. What you had typed is still here, and not yet sent."
_CONFIRMED = "It is you. Look at it once more: it is not yet sent."
_MOST_BYTES = 640 * 1024
"""Of a sign-in that carries a form along: the longest is a roster."""

_WRONG_KEY = "No organization has this key. Keys begin with rb_ and may have been revoked."
_NOBODY = "Nobody has this e-mail address and password here. Whoever invited you can send you another link."
_NOTHING = "Type your e-mail address and password, or a key."
_CHOOSE = "You are a user of several schools. Choose one, and type your password again."
_NOT_IT = "That is not it. Nothing was done yet."


@readable("/sign-in")
async def sign_in_page(request: AnyRequest) -> Response[str]:
    onward = local_path(asked(request, "next", "/"))
    note, organization = _SET if asked(request, "set") else "", asked(request, "organization")
    return sign_in_form(
        request, SignInForm(onward, note=note, organization=organization[:_LONGEST_ID])
    )


@post("/sign-in", status_code=200, request_max_body_size=_MOST_BYTES)
async def sign_in(request: AnyRequest) -> Response[str]:
    """Take the password or the key, and keep neither."""
    form = await form_of(request)
    shown = replace(typed_into(form), sent=form.get("sent", ""))
    try:
        check_form(request, form, given_cookie(request, FORM_COOKIE))
        entered = await _entered(request, form, shown)
    except FormRefused:
        return sign_in_form(request, replace(shown, problem=OLD_FORM), 403)
    except Unauthorized as error:
        return refused(request, error, replace(shown, problem=_wrong(form)))
    except (TooManyAttempts, Forbidden, InvalidInput) as error:
        return refused(request, error, shown)
    if len(entered) > 1:
        choices = sorted((one.organization.name, one.organization.org_id) for one in entered)
        return sign_in_form(request, replace(shown, note=_CHOOSE, choices=choices))
    return await let_in(request, entered[0], shown)


def typed_into(form: Mapping[str, str]) -> SignInForm:
    """What is shown again of a form that was sent: where to go then, and who somebody is."""
    return SignInForm(
        local_path(form.get("next", "/")),
        email=form.get("email", "").strip()[:_LONGEST_EMAIL],
        organization=form.get("organization", "")[:_LONGEST_ID],
    )


def refused(request: AnyRequest, error: RollbookError, shown: SignInForm) -> Response[str]:
    """The form again, with what was wrong: what it is shown with, else as the error says."""
    problem = _noted(request, error)
    shown = shown if shown.problem else replace(shown, problem=problem.message)
    answer = sign_in_form(request, shown, problem.status)
    answer.headers.update(problem.headers)
    return answer


def _noted(request: AnyRequest, error: RollbookError) -> Problem:
    """What is wrong, once the log has it."""
    problem = problem_of(error)
    note_refusal(request, problem, error)
    _tell_of_stranger(request, error)
    return problem


def _wrong(form: Mapping[str, str]) -> str:
    return _WRONG_KEY if form.get("key") else _NOBODY


async def _entered(
    request: AnyRequest, form: Mapping[str, str], typed: SignInForm
) -> list[Entered]:
    """Whom a key or a password lets in. Raises TooManyAttempts, Unauthorized, Forbidden, InvalidInput."""
    pages, now, client = asking(request)
    key, password = form.get("key", "").strip()[:_TOO_LONG_A_KEY], form.get("password", "")
    if key:
        with pages.attempts.attempt(client, key, now, BY_HAND):
            return [await pages.sign_ins.by_key(key, now)]
    if not (typed.email and password):
        raise InvalidInput(_NOTHING)
    with pages.attempts.guess(client, email_hash(usual_email(typed.email)), now):
        return await pages.sign_ins.by_password(
            typed.email, password[: LONGEST + 1], typed.organization
        )


def asking(request: AnyRequest) -> tuple[PageServices, int, str]:
    """What pages work with, the instant (ms UTC), and as which client failures are counted."""
    services = services_of(request)
    client = counted_as(services.proxies.client_of(request.scope))
    return page_services_of(request), services.now(), client


async def let_in(
    request: AnyRequest, entered: Entered, form: SignInForm, *, proved: bool = True
) -> Response[str]:
    """Begin a sign-in: with a new token, and new tokens of forms. `proved`: they showed who they are."""
    services, pages = services_of(request), page_services_of(request)
    org_id, now = entered.organization.org_id, services.now()
    made = SignIn(org_id, secrets.token_urlsafe(32))
    user_id = entered.user.user_id if entered.user else None
    address, agent = await _whence(request, org_id)
    row = SignInRow(token_hash(made.token), user_id, entered.key_hash, now, address, agent, proved)
    await pages.sign_ins.begin(row, org_id)
    doer = doer_of(request.scope, services.proxies, entered.who)
    await services.audit.add(Entry(org_id, now, Action.SIGNED_IN, doer))
    late = told_again(form.sent)
    if late is None:
        answer = redirect(form.onward)
    else:
        token = pages.signer.form_token(made.nonce)
        answer = send_again(late, token, _SIGNED_IN_AGAIN, 200)
    set_cookie(request, answer, SESSION_COOKIE, pages.signer.cookie_of(made), SESSION_MS // 1000)
    # The next who signs in here gets a form of their own.
    set_cookie(request, answer, FORM_COOKIE, "", 0)
    return answer


async def _whence(request: AnyRequest, org_id: str) -> tuple[str | None, str | None]:
    """The address and the browser of a sign-in, as far as the organization keeps such things."""
    services = services_of(request)
    try:
        address = fields.ip_address(services.proxies.client_of(request.scope))
    except InvalidInput:
        address = None  # a socket of this machine has none
    kept = address_kept(address, await services.organizations.addresses(org_id))
    agent = request.headers.get("user-agent", "").replace("\0", "")[:_LONGEST_AGENT]
    return kept, agent or None


def _tell_of_stranger(request: AnyRequest, error: Exception) -> None:
    """In the log alone: who is let in nowhere must not be able to fill the ledger."""
    services = services_of(request)
    action = Action.LOCKED_OUT if isinstance(error, TooManyAttempts) else Action.SIGN_IN_REFUSED
    doer = doer_of(request.scope, services.proxies, "somebody")
    services.tell(Entry(WHOLE_SERVICE, services.now(), action, doer))


@post("/confirm", status_code=200, request_max_body_size=_MOST_BYTES)
async def confirm(request: AnyRequest) -> Response[str]:
    """Take the password or key once more, and show what was to be done."""
    signed_in, form = signed_in_of(request), await form_of(request)
    pages, now, client = asking(request)
    shown, user = form.get("password", "")[: LONGEST + 1], signed_in.user
    late = told_again(form.get("sent", ""))
    if user is None:
        attempt = pages.attempts.attempt(client, shown, now, BY_HAND)
    else:
        attempt = pages.attempts.guess(client, email_hash(user.email), now)
    try:
        with attempt:
            await pages.sign_ins.prove(signed_in.known, shown, now)
    except (TooManyAttempts, Unauthorized) as error:
        problem = _noted(request, error)
        message = _NOT_IT if isinstance(error, Unauthorized) else problem.message
        answer = confirm_form(request, form.get("sent", ""), message, problem.status)
        answer.headers.update(problem.headers)
        return answer
    await _note(request, Action.CONFIRMED)
    return (
        redirect("/") if late is None else send_again(late, signed_in.form_token, _CONFIRMED, 200)
    )


async def end_sign_in(request: AnyRequest) -> Response[str]:
    """End the sign-in wherever its cookie was copied to, and take the cookie away."""
    await page_services_of(request).sign_ins.end(signed_in_of(request).known)
    await _note(request, Action.SIGNED_OUT)
    answer = redirect("/sign-in")
    set_cookie(request, answer, SESSION_COOKIE, "", 0)
    return answer


async def _note(request: AnyRequest, action: Action) -> None:
    services, signed_in = services_of(request), signed_in_of(request)
    doer = doer_of(request.scope, services.proxies, signed_in.who)
    org_id = signed_in.organization.org_id
    await services.audit.add(Entry(org_id, services.now(), action, doer))
