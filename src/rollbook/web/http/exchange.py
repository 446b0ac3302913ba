"""Around every request, whatever answers it: its id, and what is left of its body.

The id is the header `X-Request-Id` of whoever asks, or made here. Every answer has it, and so has
every line that the request leaves in the log.

A refusal does not wait for the body, but a client may not look for an answer before its body is
sent, and one whose connection is closed meanwhile (Node's fetch) never sees it. So what is left is
read, up to a bound, and thrown away.
"""

import re
import secrets
from collections.abc import Callable, Mapping
from time import perf_counter
from typing import Any

import structlog
from anyio import move_on_after
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from rollbook.web.http.bare import header

REQUEST_ID = "X-Request-Id"

_HEADER = REQUEST_ID.lower().encode()
_HEADERS = "rollbook_headers"
_SANE = re.compile(r"[!-~]{1,128}")
"""Ids that are taken: what can stand in a header, a log line and a search field."""

_METHODS = {"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"}

_MOST_LEFT = 64 * 1024 * 1024
_PATIENCE = 10.0
"""Bytes and seconds of a body that are read after its request was refused."""


CountRequest = Callable[[str, str, int, float], None]
"""Takes route, method, status and seconds. A route is told as it is declared, `none` where none is."""

_BROKEN_OFF = 499
"""The status of a request that was given up before it was answered, as nginx writes it."""


def exchanged(application: ASGIApp, count: CountRequest) -> ASGIApp:
    """The application, each of its requests with an id, and counted."""

    async def answered(scope: Scope, receive: Receive, send: Send) -> None:
        request_id = _id_of(scope)
        exchange = _Exchange(scope, receive, send, request_id.encode())
        begun = perf_counter()
        bound = structlog.contextvars.bind_contextvars(request_id=request_id)
        try:
            await application(scope, exchange.receive, exchange.send)
        finally:
            structlog.contextvars.reset_contextvars(**bound)
            route = scope.get("path_template") or "none"
            count(route, _method_of(scope), exchange.status, perf_counter() - begun)

    return answered


def answer_with(request: Scope, headers: Mapping[str, str]) -> None:
    """Let the answer of a request have these headers too, whatever it will be."""
    told = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    request["state"][_HEADERS] = told


def current_request_id() -> str | None:
    """The id of the request that is being answered."""
    return structlog.contextvars.get_contextvars().get("request_id")


def _id_of(scope: Scope) -> str:
    told = header(scope, _HEADER)
    return told if told and _SANE.fullmatch(told) else secrets.token_hex(16)


def _method_of(scope: Scope) -> str:
    """Its method, or OTHER: whoever asks may call one anything, and each would be a row of its own."""
    method: str = scope["method"]  # type: ignore[typeddict-item]  # no websocket has a way here
    return method if method in _METHODS else "OTHER"


class _Exchange:
    """A request and its answer, as they pass between the server and the application."""

    __slots__ = ("_body_is_due", "_receive", "_request_id", "_scope", "_send", "status")

    def __init__(self, scope: Scope, receive: Receive, send: Send, request_id: bytes) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._request_id = request_id
        self.status = _BROKEN_OFF
        # Who asks first whether to send a body is answered best by the refusal alone.
        self._body_is_due = header(scope, b"expect") is None

    async def receive(self) -> Any:
        message: Any = await self._receive()
        self._body_is_due = message.get("more_body", False)
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            own = self._scope.get("state", {}).get(_HEADERS, ())
            message["headers"] = [*message["headers"], (_HEADER, self._request_id), *own]
            if self._body_is_due and message["status"] >= 400:
                await self._throw_body_away()
        await self._send(message)

    async def _throw_body_away(self) -> None:
        left = _MOST_LEFT
        with move_on_after(_PATIENCE):
            while self._body_is_due and left > 0:
                left -= len((await self.receive()).get("body", b""))
