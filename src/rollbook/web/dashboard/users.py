"""Users: who may sign in, and what they may do."""

from collections.abc import Mapping

from litestar import Response, post

from rollbook.domain.errors import InvalidInput
from rollbook.domain.rights import ROLE_WORDS
from rollbook.domain.users import User
from rollbook.service.organizations import users
from rollbook.service.organizations.sign_in import SESSION_MS
from rollbook.web.dashboard.pages import page, redirect, url
from rollbook.web.dashboard.requests import asked, changed_by, form_of, signed_in_of
from rollbook.web.dashboard.services import PageServices, page_services_of
from rollbook.web.dashboard.shown_once import ShownOnce
from rollbook.web.http.address import public_base
from rollbook.web.http.services import AnyRequest, Services, readable, services_of

_LINK = ShownOnce("rollbook_new_link", "/users")


@readable("/users")
async def users_page(request: AnyRequest) -> Response[str]:
    """All of them; after somebody was invited with their link, which is shown this once."""
    services, pages, org_id = _asked_of(request)
    answer = page(
        request,
        "users.html",
        users=await pages.users.users(org_id),
        participants=await pages.users.participants(org_id),
        signed_in_now=await pages.users.sign_ins_by_user(org_id, services.now() - SESSION_MS),
        roles=ROLE_WORDS,
        link=_LINK.secret(request),
        saved=asked(request, "saved"),
    )
    return _LINK.seen(request, answer)


@post("/users", status_code=200)
async def invite_user(request: AnyRequest) -> Response[str]:
    """Invite somebody; the page that follows is the only place where their link is shown."""
    services, _, org_id = _asked_of(request)
    form = await form_of(request)
    named = (form.get("name", ""), form.get("email", ""), form.get("role", ""))
    known_by = _participants_of(form)
    _, token = await users.invite(changed_by(request), org_id, named, services.now(), known_by)
    return _with_link(request, token)


@post("/users/change", status_code=200)
async def change_user(request: AnyRequest) -> Response[str]:
    """Do what was chosen for one user."""
    services, pages, org_id = _asked_of(request)
    form, organizations, now = await form_of(request), changed_by(request), services.now()
    user_id, what = form.get("user", ""), form.get("what", "")
    _require_other(signed_in_of(request).user, user_id, what)
    if what == "link":
        _, token = await users.invite_again(organizations, org_id, user_id, now)
        return _with_link(request, token)
    if what == "role":
        known_by = _participants_of(form)
        await users.set_role(organizations, org_id, user_id, form.get("role", ""), known_by)
    elif what == "withdraw":
        await users.withdraw_invitation(organizations, org_id, user_id)
    elif what == "disable":
        await users.disable(organizations, org_id, user_id, now)
    elif what == "enable":
        await users.enable(organizations, org_id, user_id)
    elif what == "end":
        await users.end_sign_ins(organizations, org_id, user_id=user_id)
    elif what == "delete":
        await users.delete(organizations, org_id, user_id)
    else:
        raise InvalidInput("Choose what is to be done with this user.")
    pages.sign_ins.forget()
    pages.own_rooms.forget()
    return redirect("/users?saved=yes")


def _participants_of(form: Mapping[str, str]) -> list[str]:
    """The ids by which the ledger knows a teacher, a line for each."""
    return form.get("participants", "").splitlines()


def _asked_of(request: AnyRequest) -> tuple[Services, PageServices, str]:
    org_id = signed_in_of(request).organization.org_id
    return services_of(request), page_services_of(request), org_id


def _require_other(me: User | None, user_id: str, what: str) -> None:
    """Nobody takes their own right to do so away by mistake."""
    if me is not None and me.user_id == user_id and what in {"role", "disable", "delete", "link"}:
        raise InvalidInput("This is you. Another owner can do that, or `rollbook user`.")


def _with_link(request: AnyRequest, token: str) -> Response[str]:
    return _LINK.led_to(request, public_base(request) + url("/invitation", token=token))
