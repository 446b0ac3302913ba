"""Requests and answers as the server hands them over, without the framework's objects.

Those objects cost as much as the contract's answer itself (docs/decisions/0011), so its route,
the one that is asked all the time, does without them. Errors are raised as everywhere else and
meet the same table of statuses.
"""

from collections.abc import Mapping

from litestar.exceptions import ClientException, HTTPException, MethodNotAllowedException
from litestar.types import Receive, Scope, Send


def header(scope: Scope, name: bytes) -> str | None:
    """A header of a request by its name in lower case; of a repeated one the first."""
    for key, value in scope["headers"]:
        if key == name:
            return value.decode("latin-1")
    return None


def require_json(content_type: str | None) -> None:
    """Raise 415 unless a request says that its body is JSON."""
    if (content_type or "").partition(";")[0].strip().lower() != "application/json":
        raise HTTPException(status_code=415)


async def whole_body(scope: Scope, receive: Receive, most: int) -> bytes:
    """The body of a request. Raises 413 where it is larger than `most` bytes."""
    told = header(scope, b"content-length") or ""
    if told.isascii() and told.isdigit() and int(told) > most:
        raise HTTPException(status_code=413)
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise ClientException("The client went away before its request was complete")
        body += message.get("body", b"")
        if len(body) > most:
            raise HTTPException(status_code=413)
        more = message.get("more_body", False)
    return body


async def answered_for_its_method(scope: Scope, send: Send, method: str) -> bool:
    """Whether that was OPTIONS, which is answered now. Raises 405 for all but it and `method`."""
    asked = scope["method"]  # type: ignore[typeddict-item]  # a websocket has none and no way here
    if asked == method:
        return False
    allow = {"Allow": f"{method}, OPTIONS"}
    if asked != "OPTIONS":
        raise MethodNotAllowedException(headers=allow)
    await begin(send, allow, 204)
    await end(send)
    return True


async def answer(send: Send, headers: Mapping[str, str], body: bytes) -> None:
    """Answer 200."""
    await begin(send, {**headers, "Content-Length": str(len(body))})
    await end(send, body)


async def begin(send: Send, headers: Mapping[str, str], status: int = 200) -> None:
    """Begin an answer whose body follows in parts."""
    told = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": told})


async def go_on(send: Send, part: bytes) -> None:
    """Send a part of a body."""
    await send({"type": "http.response.body", "body": part, "more_body": True})


async def end(send: Send, part: bytes = b"") -> None:
    """Send the last part of a body."""
    await send({"type": "http.response.body", "body": part, "more_body": False})
