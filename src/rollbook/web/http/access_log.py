"""The access log: a line on standard output for every request, however it was answered.

As JSON, or in the combined form that web servers write (https://httpd.apache.org/docs/2.4/logs.html). It
has the path without its query, and no key: whoever asks may put one where none belongs.
"""

import re
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from urllib.parse import urlsplit

import msgspec
from litestar.types import Scope

from rollbook.domain.instants import to_text
from rollbook.domain.values import value
from rollbook.web.http.bare import header
from rollbook.web.http.clients import Proxies

_KEY = re.compile(r"rb_[a-zA-Z2-7]{10}_[a-zA-Z0-9]*")
_NO_KEY = "rb_..."
_LONGEST = 1_000
"""Letters of a path or header that are written; the rest says nothing more."""


@value
class Answered:
    """How a request was answered: the bytes of the body, and the seconds that it took."""

    request_id: str
    status: int
    sent: int
    seconds: float


NoteAccess = Callable[[Scope, Answered], None]


def access_log(form: str, proxies: Proxies, now: Callable[[], int]) -> NoteAccess:
    """What writes the lines, in the form `json` or `combined`."""
    line = _json if form == "json" else _combined

    def note(request: Scope, answered: Answered) -> None:
        told = line(_told(request, proxies), answered, now())
        # In one piece: several processes share the output.
        sys.stdout.write(told + "\n")
        sys.stdout.flush()

    return note


def _told(request: Scope, proxies: Proxies) -> Mapping[str, str]:
    """What the request tells of itself, without anything secret."""
    return {
        "client": proxies.client_of(request),
        "method": request["method"],  # type: ignore[typeddict-item]  # no websocket has a way here
        "path": _short(request["path"]),
        "protocol": "HTTP/" + request.get("http_version", "1.1"),
        "referrer": _short(_without_query(header(request, b"referer") or "")),
        "agent": _short(header(request, b"user-agent") or ""),
    }


def _json(told: Mapping[str, str], answered: Answered, now: int) -> str:
    line = {
        "event": "access",
        "request_id": answered.request_id,
        **told,
        "status": answered.status,
        "bytes": answered.sent,
        "seconds": round(answered.seconds, 6),
        "timestamp": to_text(now),
    }
    return msgspec.json.encode(line).decode()


def _combined(told: Mapping[str, str], answered: Answered, now: int) -> str:
    moment = datetime.fromtimestamp(now / 1000, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000")
    asked = _quoted(f"{told['method']} {told['path']} {told['protocol']}")
    ends = " ".join(_quoted(told[name] or "-") for name in ("referrer", "agent"))
    client = told["client"] or "-"
    return f"{client} - - [{moment}] {asked} {answered.status} {answered.sent} {ends}"


def _quoted(text: str) -> str:
    """As web servers write it: what could end a text or a line is its bytes, in hex."""
    return '"' + re.sub(r"[^ !#-\[\]-~]", lambda found: _escaped(found[0]), text) + '"'


def _escaped(letter: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in letter.encode(errors="replace"))


def _without_query(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}" if parts.netloc else ""


def _short(text: str) -> str:
    return _KEY.sub(_NO_KEY, text.encode(errors="replace").decode())[:_LONGEST]
