"""Who may try keys, and how often: asked over HTTP, from addresses that tests choose."""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

import httpx
import pytest
from litestar import Litestar
from support.settings import SECRET_KEY

import rollbook.app
from rollbook.domain.organizations import org_id_of_key
from rollbook.passwords import PasswordHashes
from rollbook.service.organizations import users
from rollbook.service.organizations.attempts import BY_HAND, OF_ACCOUNT
from rollbook.service.organizations.keys import KeyTerms, adopt_key
from rollbook.stores import Stores

STRANGER, ANOTHER, PROXY = "203.0.113.5", "203.0.113.6", "127.0.0.1"
NOON = 1_705_320_000_000
PASSWORD = "four lamps over a slow river"
NEXT_MS = 30_000
MOST = 10
"""Failures at the sign-in that a client may have at once, and after how long it may have one more."""

OPENED, WRONG_KEY, FOREIGN_FORM, WITHOUT_UID, TOO_MANY = 303, 401, 403, 400, 429


@dataclass
class Clock:
    at: int = NOON

    def __call__(self) -> int:
        return self.at


class Browser:
    """Somebody's browser, with cookies of its own."""

    def __init__(self, application: Litestar, address: str) -> None:
        transport = httpx.ASGITransport(cast("Any", application), client=(address, 4711))
        self.client = httpx.AsyncClient(transport=transport, base_url="http://rollbook.test")

    async def token(self, page: str = "/sign-in") -> str:
        """The token that the forms of a page carry."""
        found = re.search(r'name="token" value="(\w+)"', (await self.client.get(page)).text)
        assert found
        return found[1]

    async def tries(self, key: str, token: str = "", **headers: str) -> int:
        """Send the form of the sign-in; answers the status."""
        form = {"key": key, "token": token or await self.token()}
        return (await self.client.post("/sign-in", data=form, headers=headers)).status_code


async def asks(browser: Browser, key: str | None) -> int:
    """Ask the contract's question with a key."""
    headers = {} if key is None else {"VF-ORG-ID": key}
    answer = await browser.client.post("/v1/participant/sessions", json={}, headers=headers)
    if answer.status_code == TOO_MANY:
        assert int(answer.headers["Retry-After"]) in range(1, 31)
        assert answer.json()["error"] == "TOO_MANY_REQUESTS"
    return answer.status_code


Service = Callable[[], AbstractAsyncContextManager[Callable[[str], Browser]]]
"""Opens an application; then browsers in front of it, each at an address."""


@pytest.fixture
def engine() -> str:
    return "sqlite"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("rollbook.app.clock", clock)
    return clock


@pytest.fixture
def service(
    stores: Stores, database_url: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> Service:
    del stores, clock

    @asynccontextmanager
    async def opened() -> AsyncIterator[Callable[[str], Browser]]:
        monkeypatch.setenv("ROLLBOOK_DATABASE_URL", database_url)
        monkeypatch.setenv("ROLLBOOK_SECRET_KEY", SECRET_KEY)
        monkeypatch.setenv("ROLLBOOK_LOG_LEVEL", "error")
        monkeypatch.setenv("ROLLBOOK_UPKEEP_SECONDS", "0")
        application = rollbook.app.create_app()
        async with application.lifespan():
            yield lambda address: Browser(application, address)

    return opened


async def test_who_fails_too_often_is_slowed_and_a_right_key_goes_in(
    service: Service, clock: Clock, organization_key: str
) -> None:
    async with service() as browser:
        stranger = browser(STRANGER)
        assert [await stranger.tries("rb_wrong") for _ in range(MOST)] == [WRONG_KEY] * MOST
        assert await stranger.tries("rb_wrong") == TOO_MANY
        clock.at += NEXT_MS
        assert await stranger.tries("rb_wrong") == WRONG_KEY
        assert await stranger.tries("rb_wrong") == TOO_MANY
        assert await browser(ANOTHER).tries("rb_wrong") == WRONG_KEY
        # Nobody guesses a key of ours: who has one is let in from wherever others failed.
        assert await browser(STRANGER).tries(organization_key) == OPENED


async def test_a_key_that_can_be_guessed_is_not_looked_at_after_too_many_failures(
    service: Service, clock: Clock, stores: Stores, organization_key: str
) -> None:
    org_id = org_id_of_key(organization_key)
    assert org_id is not None
    await adopt_key(stores.organizations, org_id, ("riverside", KeyTerms()), NOON, weak=True)
    async with service() as browser:
        for guess in range(MOST):
            assert await browser(STRANGER).tries(f"river{guess}") == WRONG_KEY
        assert await browser(STRANGER).tries("riverside") == TOO_MANY
        assert await browser(ANOTHER).tries("riverside") == OPENED
        # Who has it guesses no more: from then on nobody's failures hold it up.
        assert await browser(STRANGER).tries("riverside") == OPENED
        assert await browser(STRANGER).tries("riversid") == TOO_MANY


async def test_keys_of_the_api_are_counted_with_those_of_the_sign_in(
    service: Service, organization_key: str
) -> None:
    async with service() as browser:
        stranger = browser(STRANGER)
        most = MOST * BY_HAND
        asked = [await asks(stranger, "rb_wrong") for _ in range(most + 1)]
        assert asked == [WRONG_KEY] * most + [TOO_MANY]
        assert await stranger.tries("rb_wrong") == TOO_MANY
        # Without any key nobody tries one.
        assert await asks(stranger, None) == WRONG_KEY
        assert await asks(stranger, organization_key) == WITHOUT_UID
        assert await asks(browser(ANOTHER), "rb_wrong") == WRONG_KEY


async def test_an_ipv6_network_is_one_client(service: Service) -> None:
    async with service() as browser:
        for number in range(MOST):
            assert await browser(f"2001:db8::{number:x}").tries("rb_wrong") == WRONG_KEY
        assert await browser("2001:db8::ffff").tries("rb_wrong") == TOO_MANY
        assert await browser("2001:db8:0:1::1").tries("rb_wrong") == WRONG_KEY


async def test_a_stranger_cannot_pass_for_others_by_a_header(service: Service) -> None:
    async with service() as browser:
        stranger = browser(STRANGER)
        for number in range(MOST):
            name = {"X-Forwarded-For": f"198.51.100.{number}"}
            assert await stranger.tries("rb_wrong", **name) == WRONG_KEY
        assert await stranger.tries("rb_wrong", **{"X-Forwarded-For": ANOTHER}) == TOO_MANY
        # Nor can they shut others out.
        assert await browser(ANOTHER).tries("rb_wrong") == WRONG_KEY


@pytest.mark.parametrize("proxy", [PROXY, "10.0.0.7"])
async def test_a_trusted_proxy_is_believed(
    service: Service, monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    monkeypatch.setenv("ROLLBOOK_TRUSTED_PROXIES", "10.0.0.0/8, 127.0.0.1")
    async with service() as browser:
        proxied = browser(proxy)
        for _ in range(MOST):
            assert await proxied.tries("rb_wrong", **{"X-Forwarded-For": STRANGER}) == WRONG_KEY
        assert await proxied.tries("rb_wrong", **{"X-Forwarded-For": STRANGER}) == TOO_MANY
        assert await proxied.tries("rb_wrong", **{"X-Forwarded-For": ANOTHER}) == WRONG_KEY


async def test_the_form_of_another_browser_is_refused(
    service: Service, organization_key: str
) -> None:
    async with service() as browser:
        mine, theirs = browser(STRANGER), browser(ANOTHER)
        await mine.token()
        assert await mine.tries(organization_key, await theirs.token()) == FOREIGN_FORM
        assert await mine.tries(organization_key) == OPENED


async def test_a_form_of_another_sign_in_is_refused(
    service: Service, organization_key: str
) -> None:
    async with service() as browser:
        mine, theirs = browser(STRANGER), browser(ANOTHER)
        for one in (mine, theirs):
            assert await one.tries(organization_key) == OPENED
        form = {"name": "Hillside", "token": await theirs.token("/settings")}
        assert (await mine.client.post("/settings", data=form)).status_code == FOREIGN_FORM
        assert (await theirs.client.post("/settings", data=form)).status_code != FOREIGN_FORM


async def test_passwords_of_one_user_are_slowed_and_who_was_in_there_before_is_not(
    service: Service, clock: Clock, stores: Stores, organization_key: str
) -> None:
    org_id = org_id_of_key(organization_key)
    assert org_id is not None
    named = ("Ada", "ada@school.example", "viewer")
    user, link = await users.invite(stores.organizations, org_id, named, NOON)
    hashed = await PasswordHashes().hashed(PASSWORD)
    await users.accept(stores.organizations, (org_id, user), link, hashed, NOON)

    async def tries(somebody: Browser, password: str) -> int:
        form = {"email": "ada@school.example", "password": password}
        form["token"] = await somebody.token()
        return (await somebody.client.post("/sign-in", data=form)).status_code

    async with service() as browser:
        assert await tries(browser(ANOTHER), PASSWORD) == OPENED
        for number in range(OF_ACCOUNT.most):
            assert await tries(browser(f"198.51.100.{number}"), "wrong") == WRONG_KEY
        # Not even the right one is looked at now, from where nobody was let in before.
        assert await tries(browser(STRANGER), PASSWORD) == TOO_MANY
        assert await tries(browser(ANOTHER), PASSWORD) == OPENED
        clock.at += 180_000
        assert await tries(browser(STRANGER), PASSWORD) == OPENED
