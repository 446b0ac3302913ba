"""Around every request, whatever answers it: its id, patience with its client, the rest of its body.

The id is the header `X-Request-Id` of whoever asks, or made here. Every answer has it, and so has
every line that the request leaves in the log.

A body has to come. A client that sends nothing, or next to nothing, is answered 408, and where all
bodies together hold too much memory, who sends a large one is answered 503. Patience is a rate, so
that an honest upload over a slow line goes on for as long as it moves.

A refusal does not wait for the body, but a client may not look for an answer before its body is
sent, and one whose connection is closed meanwhile (Node's fetch) never sees it. So what is left is
read, up to a bound, and thrown away.
"""

import asyncio
import gc
import re
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from itertools import islice
from time import perf_counter
from typing import Any

from litestar.exceptions import HTTPException
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from rollbook.web.http.access_log import Answered, NoteAccess
from rollbook.web.http.bare import header, headers_of
from rollbook.web.http.request_ids import REQUEST_ID, answering

_HEADER = REQUEST_ID.lower().encode()
_GUARD = (b"x-content-type-options", b"nosniff")
"""Nobody is to take an answer for something else than it says it is."""

_HEADERS = "rollbook_headers"
_SANE = re.compile(r"[!-~]{1,128}")
"""Ids that are taken: what can stand in a header, a log line and a search field."""

_METHODS = {"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"}

_MOST_LEFT = 64 * 1024 * 1024
_PATIENCE = 10.0
"""Bytes and seconds of a body that are read, at most, after its request was refused."""

_MOST_WAITING = 500
"""Requests that were refused, and whose bodies are read: of a crowd of strangers the rest is told at once."""

_SLOWEST = 1000.0
"""Bytes a second with which a body may come for as long as it takes."""

_SILENCES = 3
"""How many times the silence that is allowed at first a body that came fast may then be silent."""

_MOST_DIGITS = 19
"""Of a length that is believed."""

_LOOK_SECONDS = 0.5
"""How often it is looked who has been silent for too long."""

_GIVEN_UP_AT_ONCE = 20
_GIVING_UP_SECONDS = 0.01
"""So many of them are given up, and the rest so much later: each takes a fraction of a millisecond to be
answered, and thousands at a time would keep all others waiting for seconds."""

_SMALL_BODY = 64 * 1024
_MOST_HELD = 256 * 1024 * 1024
"""Bytes: a body that is no larger is read in any case; all larger ones together may be so large."""


_CROWD = 500
"""After so many requests at a time Python keeps objects to use again, each in a piece of memory that was
theirs, and gives none of it back until it looks through all."""

CountRequest = Callable[[str, str, int, float], None]
"""Takes route, method, status and seconds. A route is told as it is declared, `none` where none is."""

BROKEN_OFF = 499
"""The status of a request that was given up before it was answered, as nginx writes it."""


class Exchanges:
    """The requests that this process is answering."""

    def __init__(self, silence_seconds: float = 20.0) -> None:
        self.silence_seconds = silence_seconds
        """How long a client may be silent that owes the rest of a body."""
        self.held = 0
        """Bytes of their bodies that have come."""
        self.waiting = 0
        """Refusals that wait for the body of their request."""
        self._going_on: set[_Exchange] = set()
        self._looks = False
        self._most = 0
        """At one time, since it was looked through all objects."""

    def __len__(self) -> int:
        return len(self._going_on)

    def begin(self, exchange: "_Exchange") -> None:
        self._going_on.add(exchange)
        self._most = max(self._most, len(self._going_on))
        if not self._looks:
            self._looks = True
            self._look_in(_LOOK_SECONDS)

    def end(self, exchange: "_Exchange") -> None:
        self._going_on.discard(exchange)
        self.held -= exchange.held

    def any_moves(self, within: float) -> bool:
        """Whether any is worked on here, or had a client who sent or took something lately.

        `within` is in seconds.
        """
        since = asyncio.get_running_loop().time() - within
        return any(exchange.moved_since(since) for exchange in self._going_on)

    def may_wait(self) -> bool:
        """Whether one more refusal may wait for the body of its request."""
        return self.waiting < _MOST_WAITING

    def _look_in(self, seconds: float) -> None:
        # One timer for all: one for each request made the contract's page a tenth slower.
        asyncio.get_running_loop().call_later(seconds, self._look)

    def _look(self) -> None:
        now = asyncio.get_running_loop().time()
        silent = (one for one in self._going_on if one.is_waited_for_in_vain(now))
        given_up = list(islice(silent, _GIVEN_UP_AT_ONCE))
        for exchange in given_up:
            exchange.give_up()
        if self._most > _CROWD and len(self._going_on) * 2 < _CROWD:
            gc.collect()
            self._most = 0
        self._looks = bool(self._going_on)
        if self._looks:
            self._look_in(
                _LOOK_SECONDS if len(given_up) < _GIVEN_UP_AT_ONCE else _GIVING_UP_SECONDS
            )


def exchanged(
    application: ASGIApp,
    count: CountRequest,
    exchanges: Exchanges,
    note: NoteAccess | None = None,
) -> ASGIApp:
    """The application, each of its requests with an id, with patience that has an end, and counted.

    `note` is told how each was answered.
    """

    async def answered(scope: Scope, receive: Receive, send: Send) -> None:
        request_id = _id_of(scope)
        exchange = _Exchange(exchanges, scope, receive, send, request_id.encode())
        begun = perf_counter()
        before = answering.set(request_id)
        exchanges.begin(exchange)
        try:
            await application(scope, exchange.receive, exchange.send)
            await exchange.send_what_waits()
        finally:
            exchange.end()
            exchanges.end(exchange)
            answering.reset(before)
            route, seconds = scope.get("path_template") or "none", perf_counter() - begun
            count(route, method_of(scope), exchange.status, seconds)
            if note is not None:
                note(scope, Answered(request_id, exchange.status, exchange.sent, seconds))

    return answered


def answer_with(request: Scope, headers: Mapping[str, str]) -> None:
    """Let the answer of a request have these headers too, whatever it will be."""
    told = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    request["state"][_HEADERS] = [*request["state"].get(_HEADERS, ()), *told]


def _id_of(scope: Scope) -> str:
    told = header(scope, _HEADER)
    return told if told and _SANE.fullmatch(told) else secrets.token_hex(16)


def method_of(scope: Scope) -> str:
    """Its method, or OTHER: whoever asks may call one anything, and each would be a row of its own."""
    method: str = scope["method"]  # type: ignore[typeddict-item]  # no websocket has a way here
    return method if method in _METHODS else "OTHER"


def _length_told(headers: Mapping[bytes, bytes]) -> int | None:
    """How many bytes the body of a request has, where its head says so: the server holds it to that."""
    told = headers.get(b"content-length", b"")
    # Where a body comes in chunks as well, it is they who tell.
    readable = told.isdigit() and len(told) <= _MOST_DIGITS and b"transfer-encoding" not in headers
    return int(told) if readable else None


def _has_body(headers: Mapping[bytes, bytes]) -> bool:
    """Whether a body comes with a request, by its head (RFC 9112, 6.3; served is HTTP/1 alone)."""
    return bool(headers.get(b"content-length", b"").strip(b"0")) or b"transfer-encoding" in headers


class _Exchange:
    """A request and its answer, as they pass between the server and the application."""

    __slots__ = (
        "_body_is_due",
        "_body_is_over",
        "_clock",
        "_exchanges",
        "_gave_up",
        "_last_message",
        "_moved",
        "_receive",
        "_request_id",
        "_scope",
        "_send",
        "_sends",
        "_told_length",
        "_waiting",
        "_waits",
        "_waits_until",
        "held",
        "sent",
        "status",
    )

    def __init__(
        self, exchanges: Exchanges, scope: Scope, receive: Receive, send: Send, request_id: bytes
    ) -> None:
        self._exchanges = exchanges
        self._scope = scope
        self._receive = receive
        self._send = send
        self._request_id = request_id
        headers = headers_of(scope)
        # Who asks first whether to send a body is answered best by the refusal alone.
        has_body = _has_body(headers)
        self._body_is_due = has_body and b"expect" not in headers
        self._told_length = _length_told(headers)
        self._body_is_over = not has_body
        self._last_message: asyncio.Task[Any] | None = None
        """Whoever waits for what comes after the body waits for this."""
        self._waits: asyncio.Task[Any] | None = None
        """Who waits for more of the body."""
        self._sends = False
        self._waiting: list[Message] | None = None
        """What is answered, where that waits for the rest of the body."""
        self._gave_up = False
        self._clock = asyncio.get_running_loop().time
        self._moved = self._clock()
        self._waits_until = self._moved + exchanges.silence_seconds
        self.held = 0
        self.sent = 0
        """Bytes of the answer's body."""
        self.status = BROKEN_OFF

    async def receive(self) -> Any:
        if self._body_is_over:
            return await self._receive_after_body()
        try:
            message = await self._receive_in_time()
        except TimeoutError:
            raise HTTPException(status_code=408, headers={"Connection": "close"}) from None
        self._note(len(message.get("body", b"")))
        if self.held == self._told_length:
            # The server says only with an empty message more that this was all of it, and each one
            # goes through its threads and back: a tenth of the contract's page.
            message["more_body"] = False
        self._body_is_due = message.get("more_body", False)
        self._body_is_over = not self._body_is_due
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            own = self._scope.get("state", {}).get(_HEADERS, ())
            message["headers"] = [*message["headers"], (_HEADER, self._request_id), _GUARD, *own]
            if message["status"] >= 400 and self._body_is_due and self._exchanges.may_wait():
                self._waiting = []
        elif message["type"] == "http.response.body":
            self.sent += len(message.get("body", b""))
        if self._waiting is None:
            await self._send_on(message)
        else:
            self._waiting.append(message)

    async def send_what_waits(self) -> None:
        """Send a refusal, once the body of its request was read to its end.

        What has made it is over by then: it held twice as much memory.
        """
        if self._waiting is not None:
            self._exchanges.waiting += 1
            try:
                await self._throw_body_away()
            finally:
                self._exchanges.waiting -= 1
            for message in self._waiting:
                await self._send_on(message)

    def end(self) -> None:
        """Wait for nothing more."""
        if self._last_message is not None:
            self._last_message.cancel()

    def moved_since(self, moment: float) -> bool:
        """Whether the client did something since then, or it is not the client who is waited for."""
        return self._moved > moment or not (self._sends or self._waits)

    def is_waited_for_in_vain(self, now: float) -> bool:
        """Whether the client owes the rest of a body, and was silent for too long."""
        return self._waits is not None and not self._gave_up and now > self._waits_until

    def give_up(self) -> None:
        """Wait no longer for the body of a client."""
        if self._waits:
            self._gave_up = True
            self._waits.cancel()

    async def _receive_after_body(self) -> Any:
        """That the client is gone, in the end: to wait for that is not to wait for a body.

        Several may look for it, one after the other or at a time, and most stop before it comes.
        What the server hands to somebody who has just stopped is lost, and the next one would wait
        for ever, or hear of a client that left who is still there: so this waits on behind them.
        """
        waited = self._last_message = self._last_message or asyncio.ensure_future(self._receive())
        message = await asyncio.shield(waited)
        if message["type"] != "http.disconnect" and self._last_message is waited:
            self._last_message = None
        return message

    async def _receive_in_time(self) -> Any:
        """What comes next. Raises TimeoutError when the client is given up."""
        self._waits = asyncio.current_task()
        try:
            return await self._receive()
        except asyncio.CancelledError:
            if not self._gave_up or (self._waits and self._waits.uncancel()):
                raise  # it is somebody else who ends this
            self._body_is_due = False
            raise TimeoutError from None
        finally:
            self._waits = None

    def _note(self, length: int) -> None:
        """So many bytes of the body came."""
        self._moved = self._clock()
        self._waits_until = min(
            self._waits_until + length / _SLOWEST,
            self._moved + _SILENCES * self._exchanges.silence_seconds,
        )
        self.held += length
        self._exchanges.held += length
        if self.held > _SMALL_BODY and self._exchanges.held > _MOST_HELD:
            raise HTTPException(status_code=503, headers={"Retry-After": "5"})

    async def _send_on(self, message: Message) -> None:
        self._sends = True
        await self._send(message)
        self._sends = False
        self._moved = self._clock()

    async def _throw_body_away(self) -> None:
        left = _MOST_LEFT
        self._waits_until = self._clock() + min(_PATIENCE, self._exchanges.silence_seconds)
        with suppress(TimeoutError):
            while self._body_is_due and left > 0:
                message = await self._receive_in_time()
                self._body_is_due = message.get("more_body", False)
                left -= len(message.get("body", b""))
