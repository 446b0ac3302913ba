"""Answers over a kilobyte, compressed where whoever asks takes that: the one place.

Left as they are: what is packed already, what is small, and pages. A page holds the token of its
forms beside names that anybody may have chosen, and how far both compress together tells of the
token to whoever sees its length (BREACH). What is HTML and holds no secret says so
(docs/decisions/0038).
"""

import re
import zlib
from collections.abc import Sequence
from typing import Any

from litestar.types import ASGIApp, Receive, Scope, Send

from rollbook.web.http.threads import in_a_thread

LEAST_BYTES = 1024

_LEVEL = 4
"""100 MB of CSV a second, to a quarter; the next one takes twice the time for a tenth less."""

_GZIP = 16 + zlib.MAX_WBITS
_LONG_BYTES = 32 * 1024
"""What is longer takes a third of a millisecond or more, and is compressed in a thread."""

_TYPES = {
    b"application/json",
    b"application/vnd.oai.openapi+json",
    b"image/svg+xml",
    b"text/css",
    b"text/csv",
    b"text/javascript",
    b"text/plain",
}
_HTML = b"text/html"
_HARMLESS = "rollbook_harmless"
_CODING = re.compile(
    r"([!#$%&'*+.^_`|~\w-]+)(?:[ \t]*;[ \t]*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?", re.ASCII
)

Headers = Sequence[tuple[bytes, bytes]]


def takes_gzip(accept_encoding: str) -> bool:
    """Whether a header Accept-Encoding prefers gzip to the plain answer (RFC 9110, 12.5.3).

    What cannot be read of it is as good as not there.
    """
    weights: dict[str, float] = {}
    for one in accept_encoding.lower().split(","):
        told = _CODING.fullmatch(one.strip(" \t"))
        if told:
            weights[told[1]] = float(told[2] or 1)
    wanted = weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0)))
    return wanted > 0 and wanted >= weights.get("identity", 0.0)


def holds_no_secret(request: Scope) -> None:
    """Say that the HTML which answers a request holds nothing that its length may not tell."""
    request["state"][_HARMLESS] = True


def compressed(application: ASGIApp) -> ASGIApp:
    """The application, whose long answers are compressed for those who take that."""

    async def answered(scope: Scope, receive: Receive, send: Send) -> None:
        told = [value for name, value in scope["headers"] if name == b"accept-encoding"]
        gzip = bool(told) and takes_gzip(b",".join(told).decode("latin-1"))
        await application(scope, receive, _Answer(scope, send, gzip=gzip).send)

    return answered


class _Answer:
    """An answer on its way."""

    __slots__ = ("_gzip", "_packer", "_scope", "_send", "_start")

    def __init__(self, scope: Scope, send: Send, *, gzip: bool) -> None:
        self._scope = scope
        self._send = send
        self._gzip = gzip
        self._start: Any = None
        """What it begins with, until it is known how long it is."""
        self._packer: Any = None

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            if self._may_be_compressed(message["status"], message["headers"]):
                self._start = message
                return
        elif self._start is not None:
            message = await self._begin(message)
        elif self._packer is not None:
            message = await self._piece(message)
        await self._send(message)

    def _may_be_compressed(self, status: int, headers: Headers) -> bool:
        if status < 200 or status in {204, 206, 304}:
            return False
        told = {name.lower(): value for name, value in headers}
        if int(told.get(b"content-length", LEAST_BYTES)) < LEAST_BYTES:
            return False
        kind = told.get(b"content-type", b"").partition(b";")[0].strip().lower()
        fits = kind in _TYPES or (kind == _HTML and self._scope["state"].get(_HARMLESS, False))
        return fits and b"content-encoding" not in told

    async def _begin(self, first: Any) -> Any:
        """Send the beginning, now that there is something of the body; answers that something."""
        start, self._start = self._start, None
        headers = start["headers"]
        goes_on = first.get("more_body", False)
        if goes_on or len(first.get("body", b"")) >= LEAST_BYTES:
            headers = _varying(headers)
            if self._gzip:
                self._packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
                first = await self._piece(first)
                headers = _of_gzip(headers, None if goes_on else len(first["body"]))
        start["headers"] = headers
        await self._send(start)
        return first

    async def _piece(self, message: Any) -> Any:
        """A piece of the body, compressed, with all of it that there is so far."""
        body, goes_on = message.get("body", b""), message.get("more_body", False)
        if len(body) >= _LONG_BYTES:
            packed = await in_a_thread(self._packed, body, goes_on=goes_on)
        else:
            packed = self._packed(body, goes_on=goes_on)
        return {**message, "body": packed}

    def _packed(self, body: bytes, *, goes_on: bool) -> bytes:
        packed: bytes = self._packer.compress(body)
        packed += self._packer.flush(zlib.Z_SYNC_FLUSH if goes_on else zlib.Z_FINISH)
        return packed


def _varying(headers: Headers) -> list[tuple[bytes, bytes]]:
    """Headers which tell caches that somebody else may be answered otherwise."""
    return [*headers, (b"vary", b"Accept-Encoding")]


def _of_gzip(headers: Headers, length: int | None) -> list[tuple[bytes, bytes]]:
    """The headers of an answer once it is compressed, to so many bytes if all of it is there."""
    kept = [
        (name, _weak(value) if name.lower() == b"etag" else value)
        for name, value in headers
        if name.lower() != b"content-length"
    ]
    told = [] if length is None else [(b"content-length", str(length).encode())]
    return [*kept, *told, (b"content-encoding", b"gzip")]


def _weak(tag: bytes) -> bytes:
    """A tag of the answer's meaning, since its bytes are others now."""
    return tag if tag.startswith(b"W/") else b"W/" + tag
