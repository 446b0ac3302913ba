"""Every page and every form, asked for as everybody: who may do what, and nobody else."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import httpx
import pytest
from litestar import Router
from web.application import Application, Running
from web.visitor import Visitor, visitor

from rollbook.domain.rights import Right
from rollbook.domain.scopes import Scope
from rollbook.domain.users import User
from rollbook.service.organizations import users
from rollbook.service.organizations.keys import KeyTerms, add_key
from rollbook.web.dashboard.rights import NEEDS
from rollbook.web.dashboard.routes import DASHBOARD

PASSWORD = "four lamps over a slow river"
OPEN = {
    "/sign-in",
    "/sign-in/provider",
    "/sign-in/answer",
    "/invitation",
    "/shared",
    "/static/{name:str}",
}
"""Pages that nobody has to be signed in for."""

OWNERS = {Right.SECRETS, Right.KEYS, Right.USERS, Right.RETENTION, Right.ERASE, Right.CHANGES}
LOOKS = {Right.OWN, Right.LOOK, Right.ROOM}
OFFICES = {Right.CLASS, Right.KEEP, Right.SHARE, Right.BRING, Right.SOURCES, Right.SET}
MAY: Mapping[str, set[Right]] = {
    "owner": OWNERS | OFFICES | LOOKS,
    "office": OFFICES | LOOKS,
    "viewer": LOOKS,
    "key that may read": LOOKS,
    "key that may administrate": OWNERS | OFFICES | LOOKS,
}
"""What the page docs/access.md says, written once more; of teachers tests/web/test_own_rooms.py has it."""

ENDS = {"/sign-out", "/account/sign-out"}


def asked_for() -> list[tuple[str, str]]:
    """Method and path of every page and form behind the sign-in."""
    found = set()
    for router in DASHBOARD:
        assert isinstance(router, Router)
        for route in router.routes:
            if route.path not in OPEN:
                found |= {(method, route.path) for method in route.methods - {"OPTIONS"}}
    return sorted(found)


async def invited(application: Application, role: str) -> User:
    """A user of this role, who has set their password."""
    services, pages = application.services, application.services.pages()
    named = (f"Ada {role}", f"{role}@school.example", role)
    org_id, now = application.org_id, services.now()
    user, token = await users.invite(services.organizations, org_id, named, now)
    hashed = await pages.passwords.hashed(PASSWORD)  # type: ignore[attr-defined]
    await users.accept(services.organizations, (org_id, user), token, hashed, now)
    return user


@asynccontextmanager
async def signed_in(application: Application, who: str) -> AsyncIterator[Visitor]:
    if who.startswith("key"):
        services = application.services
        scope = Scope.READ if who.endswith("read") else Scope.ADMIN
        terms = KeyTerms(who, frozenset({scope}))
        key = await add_key(services.organizations, application.org_id, terms, services.now())
        async with visitor(application, key) as somebody:
            yield somebody
        return
    user = await invited(application, who)
    async with visitor(application, email=user.email, password=PASSWORD) as somebody:
        yield somebody


async def ask(somebody: Visitor, method: str, path: str, token: str) -> httpx.Response:
    if method == "POST" and path == "/import":
        files = {"file": ("a.csv", b"x")}
        return await somebody.client.post(path, data={"token": token}, files=files)
    if method == "POST":
        return await somebody.client.post(path, data={"token": token})
    return await somebody.client.request(method, path)


def test_every_page_and_form_has_a_line_in_the_table_and_every_line_is_one() -> None:
    assert {("GET" if method == "HEAD" else method, path) for method, path in asked_for()} == set(
        NEEDS
    )


@pytest.mark.parametrize("who", MAY)
async def test_pages_and_forms_are_for_those_whom_the_table_names(
    running: Running, who: str
) -> None:
    async with running() as application, signed_in(application, who) as somebody:
        found = re.search(r'name="token" value="(\w+)"', await somebody.open("/account"))
        assert found
        # What signs out comes last.
        for method, path in sorted(asked_for(), key=lambda one: one[1] in ENDS):
            right = NEEDS["GET" if method == "HEAD" else method, path]
            answer = await ask(somebody, method, path, found[1])
            allowed = right in MAY[who]
            assert (answer.status_code != 403) is allowed, (method, path, answer.text[-600:])
            assert answer.status_code < 500, (method, path)
            if not allowed and method != "HEAD":
                assert f"Who may: {'teacher' if right is Right.TEACH else 'owner'}" in answer.text
            if path in ENDS:
                break


async def test_the_pages_of_a_role_lead_nowhere_that_is_not_for_it(running: Running) -> None:
    async with running() as application:
        for who in ("viewer", "office"):
            async with signed_in(application, who) as somebody:
                for path in ("/", "/account", "/people", "/rooms", "/overview", "/usage"):
                    page = await somebody.open(path)
                    for link in set(re.findall(r'href="(/[^"#?]*)', page)):
                        if not link.startswith(("/static/", "/docs")):
                            assert NEEDS["GET", link] in MAY[who], (who, path, link)


async def test_what_nobody_listed_is_for_nobody(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rollbook.web.dashboard.rights.NEEDS", {})
    async with running() as application, visitor(application) as somebody:
        assert "stands in no line" in await somebody.open("/people", 403)
