"""The pages are an application of their own, made beside the first answers of the API."""

import asyncio
import time
from collections.abc import Callable

import pytest
from litestar.types import ASGIApp, Receive, Scope, Send
from web.application import Running

from rollbook.server.serving import wait_for
from rollbook.web.http.later import MadeLater


async def nothing(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers nobody."""


def slowly(made: list[ASGIApp]) -> Callable[[], ASGIApp]:
    def make() -> ASGIApp:
        time.sleep(0.1)
        made.append(nothing)
        return nothing

    return make


async def test_it_is_made_once_for_all_who_ask_meanwhile() -> None:
    made: list[ASGIApp] = []
    later = MadeLater(slowly(made))
    assert await asyncio.gather(*(later.made() for _ in range(5))) == [nothing] * 5
    assert made == [nothing]


async def test_who_does_not_wait_any_longer_takes_it_from_nobody() -> None:
    made: list[ASGIApp] = []
    later = MadeLater(slowly(made))
    first, second = asyncio.create_task(later.made()), asyncio.create_task(later.made())
    await asyncio.sleep(0.01)
    first.cancel()
    assert await second is nothing
    assert made == [nothing]


async def test_a_service_ends_where_the_rest_of_it_cannot_be_loaded() -> None:
    async def serves() -> None:
        await asyncio.sleep(10)

    async def fails() -> None:
        raise ModuleNotFoundError

    serving = asyncio.create_task(serves())
    with pytest.raises(ModuleNotFoundError):
        await wait_for(serving, asyncio.create_task(fails()), asyncio.Event())


async def test_a_page_that_is_asked_for_first_waits_for_the_pages(running: Running) -> None:
    async with running() as application:
        assert (await application.client.get("/sign-in")).status_code == 200


@pytest.mark.parametrize(
    ("path", "accept", "form"),
    [
        ("/nowhere", "text/html", "text/html"),
        ("/docs/nowhere.js", "text/html", "text/html"),
        ("/docs/nowhere.js", "*/*", "application/json"),
        ("/v1/nowhere", "text/html", "application/json"),
        ("//v1/nowhere", "*/*", "application/json"),
        ("/nowhere", "*/*", "application/json"),
    ],
)
async def test_what_is_nowhere_is_told_in_the_form_of_who_asks(
    running: Running, path: str, accept: str, form: str
) -> None:
    async with running() as application:
        answer = await application.client.get(path, headers={"Accept": accept})
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith(form)
