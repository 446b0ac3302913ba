"""Every answer tells the id of its request, whatever was asked and whatever became of it."""

import re
from typing import Any

import pytest
from web.application import Application, Running

from rollbook.domain.errors import RollbookError
from rollbook.web.dashboard import problems
from rollbook.web.http.exchange import Exchanges, exchanged

SESSIONS = "/v1/participant/sessions"
MADE = re.compile(r"[0-9a-f]{32}")

ASKED: dict[str, tuple[str, str, dict[str, Any]]] = {
    "the contract's JSON": ("POST", SESSIONS, {"json": {"uid": "u"}}),
    "a CSV that is streamed": ("POST", SESSIONS, {"json": {"uid": "u", "export": "csv"}}),
    "a body that breaks a rule": ("POST", SESSIONS, {"json": {}}),
    "the methods of the contract's route": ("OPTIONS", SESSIONS, {}),
    "a wrong method": ("GET", SESSIONS, {}),
    "events": ("POST", "/v1/events", {"json": {"events": [{}]}}),
    "sources": ("GET", "/v1/sources", {}),
    "no such session": ("GET", "/v1/sessions/x/events", {}),
    "no such route": ("GET", "/v1/nowhere", {}),
    "no such page": ("GET", "/nowhere", {"headers": {"Accept": "text/html"}}),
    "a page for which one has to sign in": ("GET", "/people", {}),
    "the page to sign in on": ("GET", "/sign-in", {}),
    "the reference": ("GET", "/docs", {}),
    "whether it lives": ("HEAD", "/healthz", {}),
}


async def ask(application: Application, asked: str, **headers: str) -> str:
    method, path, how = ASKED[asked]
    own = {"VF-ORG-ID": application.key, **how.get("headers", {}), **headers}
    answer = await application.client.request(method, path, **{**how, "headers": own})
    assert answer.headers.get_list("X-Content-Type-Options") == ["nosniff"], asked
    (told,) = answer.headers.get_list("X-Request-Id")
    return str(told)


async def test_every_answer_has_an_id_of_its_own_or_the_one_that_was_sent(running: Running) -> None:
    async with running() as application:
        for asked in ASKED:
            made = await ask(application, asked)
            assert MADE.fullmatch(made), asked
            assert await ask(application, asked) != made
            sent = {"X-Request-Id": "trace/7:{a}~!"}
            assert await ask(application, asked, **sent) == sent["X-Request-Id"], asked


@pytest.mark.parametrize(
    ("sent", "taken"),
    [
        ("x" * 128, True),
        ("x" * 129, False),
        ("", False),
        ("two words", False),
        ("tab\tbed", False),
        ("caf\xe9", False),
        ("\x7f", False),
    ],
)
async def test_an_id_is_taken_where_it_is_short_and_visible(
    running: Running, sent: str, *, taken: bool
) -> None:
    async with running() as application:
        headers: Any = {"X-Request-Id": sent.encode("latin-1")}
        told = await ask(application, "sources", **headers)
        assert (told == sent) is taken
        assert taken or MADE.fullmatch(told)


async def test_a_page_about_a_fault_tells_the_id_to_name_to_who_runs_the_service() -> None:
    told: list[str] = []

    async def failing(*_: object) -> None:
        fault: Any = problems.unknown_problem(request(), RollbookError("x"))
        told.append(fault.content)

    def request() -> Any:
        class Url:
            path = "/people"

        class Request:
            url = Url()

        return Request()

    scope: Any = {"type": "http", "method": "GET", "headers": [(b"x-request-id", b"trace-7")]}
    nothing: Any = None
    exchanging = exchanged(failing, lambda *_: None, Exchanges())
    await exchanging(scope, nothing, nothing)
    assert "the server&#39;s log as request trace-7." in told[0]
