"""Bodies of requests: their type, their size, their whole."""

from litestar.exceptions import ClientException, HTTPException
from litestar.types import Receive, Scope

from rollbook.web.http.bare import header


def require_json(content_type: str | None) -> None:
    """Raise 415 unless a request says that its body is JSON."""
    if (content_type or "").partition(";")[0].strip().lower() != "application/json":
        raise HTTPException(status_code=415)


async def whole_body(scope: Scope, receive: Receive, most: int) -> bytes:
    """The body of a request. Raises 413 where it is larger than `most` bytes."""
    told = header(scope, b"content-length") or ""
    if told.isascii() and told.isdigit() and int(told) > most:
        raise HTTPException(status_code=413)
    parts, length, more = list[bytes](), 0, True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise ClientException("The client went away before its request was complete")
        parts.append(message.get("body", b""))
        length += len(parts[-1])
        if length > most:
            raise HTTPException(status_code=413)
        more = message.get("more_body", False)
    return b"".join(parts)


MAX_BODY_BYTES = 64 * 1024
