"""Who may try keys, and how often: asked over HTTP, from addresses that tests choose."""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

import httpx
import pytest
from litestar import Litestar

import rollbook.app
from rollbook.stores import Stores

STRANGER, ANOTHER, PROXY = "203.0.113.5", "203.0.113.6", "127.0.0.1"
NOON = 1_705_320_000_000
WINDOW_MS = 5 * 60_000
BY_CLIENT, BY_ALL = 10, 500
"""Failed sign-ins within five minutes: of one client, and of all together."""

OPENED, WRONG_KEY, FOREIGN_FORM, TOO_MANY = 303, 401, 403, 429


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
        monkeypatch.setenv("ROLLBOOK_LOG_LEVEL", "error")
        monkeypatch.setenv("ROLLBOOK_UPKEEP_SECONDS", "0")
        application = rollbook.app.create_app()
        async with application.lifespan():
            yield lambda address: Browser(application, address)

    return opened


async def test_who_tries_too_often_is_stopped_and_nobody_else_is(
    service: Service, clock: Clock, organization_key: str
) -> None:
    async with service() as browser:
        stranger, another = browser(STRANGER), browser(ANOTHER)
        assert [await stranger.tries("rb_wrong") for _ in range(BY_CLIENT)] == [
            WRONG_KEY
        ] * BY_CLIENT
        assert await stranger.tries(organization_key) == TOO_MANY
        assert await another.tries(organization_key) == OPENED
        clock.at += WINDOW_MS
        assert await stranger.tries(organization_key) == OPENED


async def test_a_stranger_cannot_pass_for_others_by_a_header(
    service: Service, organization_key: str
) -> None:
    async with service() as browser:
        stranger = browser(STRANGER)
        for number in range(BY_CLIENT):
            name = {"X-Forwarded-For": f"198.51.100.{number}"}
            assert await stranger.tries("rb_wrong", **name) == WRONG_KEY
        assert await stranger.tries(organization_key, **{"X-Forwarded-For": ANOTHER}) == TOO_MANY
        # Nor can they shut others out.
        assert await browser(ANOTHER).tries(organization_key) == OPENED


async def test_a_proxy_on_this_machine_is_believed(service: Service, organization_key: str) -> None:
    async with service() as browser:
        proxy = browser(PROXY)
        for _ in range(BY_CLIENT):
            assert await proxy.tries("rb_wrong", **{"X-Forwarded-For": STRANGER}) == WRONG_KEY
        assert await proxy.tries(organization_key, **{"X-Forwarded-For": STRANGER}) == TOO_MANY
        assert await proxy.tries(organization_key, **{"X-Forwarded-For": ANOTHER}) == OPENED


async def test_all_together_may_fail_so_often_and_no_more(
    service: Service, clock: Clock, organization_key: str
) -> None:
    async with service() as browser:
        proxy = browser(PROXY)
        token = await proxy.token()
        for number in range(BY_ALL):
            name = {"X-Forwarded-For": f"2001:db8::{number:x}"}
            assert await proxy.tries("rb_wrong", token, **name) == WRONG_KEY
        assert await browser(ANOTHER).tries(organization_key) == TOO_MANY
        clock.at += WINDOW_MS
        assert await browser(ANOTHER).tries(organization_key) == OPENED


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
