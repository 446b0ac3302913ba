"""One's own page: where one is signed in, and one's password."""

from litestar import Response, post

from rollbook.domain.errors import InvalidInput, Unauthorized
from rollbook.domain.passwords import LONGEST, SHORTEST
from rollbook.domain.users import email_hash
from rollbook.service.organizations import users
from rollbook.service.organizations.sign_in import SESSION_MS
from rollbook.web.dashboard.cookies import set_cookie
from rollbook.web.dashboard.guard import SESSION_COOKIE
from rollbook.web.dashboard.notation import places
from rollbook.web.dashboard.pages import page, redirect
from rollbook.web.dashboard.requests import asked, changed_by, form_of, place_of, signed_in_of
from rollbook.web.dashboard.services import page_services_of
from rollbook.web.dashboard.sign_in import asking
from rollbook.web.http.services import AnyRequest, readable, services_of


@readable("/account")
async def account_page(request: AnyRequest) -> Response[str]:
    """Who one is here."""
    signed_in, pages = signed_in_of(request), page_services_of(request)
    org_id, user, now = signed_in.organization.org_id, signed_in.user, services_of(request).now()
    found = [] if user is None else await pages.users.sign_ins_of(org_id, user.user_id)
    return page(
        request,
        "account.html",
        sign_ins=[one for one in found if now - one.since < SESSION_MS],
        here_now=signed_in.known.token_hash,
        shortest=SHORTEST,
        longest=LONGEST,
        saved=asked(request, "saved"),
        places=places(),
        place=place_of(request),
    )


@post("/account/password", status_code=200)
async def change_password(request: AnyRequest) -> Response[str]:
    """Another password; every other sign-in ends."""
    signed_in, form = signed_in_of(request), await form_of(request)
    (pages, now, client), user = asking(request), signed_in.user
    if user is None:
        raise InvalidInput("You are signed in with a key, which has no password.")
    before, after = form.get("password_now", "")[: LONGEST + 1], form.get("password_new", "")
    if form.get("password_again", "") != after:
        raise InvalidInput("The two new passwords are not the same. Nothing was changed.")
    try:
        with pages.attempts.guess(client, email_hash(user.email), now):
            await users.change_password(
                changed_by(request),
                (pages.users, pages.passwords),
                (signed_in.organization.org_id, user, signed_in.known.token_hash),
                (before, after),
            )
    except Unauthorized as error:
        raise InvalidInput(error.message) from None
    pages.sign_ins.forget()
    return redirect("/account?saved=password")


@post("/account/sign-ins/end", status_code=200)
async def end_sign_in(request: AnyRequest) -> Response[str]:
    """End one sign-in of the user who asks."""
    signed_in, form = signed_in_of(request), await form_of(request)
    if signed_in.user is None:
        raise InvalidInput(
            "You are signed in with a key: whoever came with it is signed out at once."
        )
    org_id, user_id = signed_in.organization.org_id, signed_in.user.user_id
    await users.end_sign_in(changed_by(request), org_id, user_id, form.get("sign_in", ""))
    page_services_of(request).sign_ins.forget()
    return redirect("/account?saved=sign-in#sign-ins")


@post("/account/sign-out", status_code=200)
async def sign_out_everywhere(request: AnyRequest) -> Response[str]:
    """End every sign-in of whoever asks: of a user theirs, with a key all that came with it."""
    signed_in = signed_in_of(request)
    user_id = signed_in.user.user_id if signed_in.user else None
    await users.end_sign_ins(
        changed_by(request),
        signed_in.organization.org_id,
        user_id=user_id,
        key_hash=signed_in.key_hash,
    )
    page_services_of(request).sign_ins.forget()
    answer = redirect("/sign-in")
    set_cookie(request, answer, SESSION_COOKIE, "", 0)
    return answer
