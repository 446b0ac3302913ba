"""Requests and answers as the server hands them over, without the framework's objects.

Those objects cost as much as the contract's answer itself (docs/decisions/0011), so its route,
the one that is asked all the time, does without them. Errors are raised as everywhere else and
meet the same table of statuses.
"""

from collections.abc import Mapping
from functools import lru_cache

from litestar.exceptions import MethodNotAllowedException
from litestar.types import Scope, Send

_BY_NAME = "rollbook_headers_by_name"


def headers_of(scope: Scope) -> Mapping[bytes, bytes]:
    """The headers of a request by their names in lower case; of a repeated one the first."""
    by_name: dict[bytes, bytes] | None = scope.get(_BY_NAME)  # type: ignore[assignment]  # a key of ours
    if by_name is None:
        # Every request is asked for several, and may have dozens.
        by_name = scope[_BY_NAME] = dict(reversed(scope["headers"]))  # type: ignore[literal-required, call-overload]  # as above
    return by_name


def header(scope: Scope, name: bytes) -> str | None:
    """A header of a request by its name in lower case."""
    value = headers_of(scope).get(name)
    return None if value is None else value.decode("latin-1")


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
    told = [_encoded(name, value) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": told})


@lru_cache(maxsize=1024)
def _encoded(name: str, value: str) -> tuple[bytes, bytes]:
    # Most are the same in answer after answer.
    return name.lower().encode(), value.encode("latin-1")


async def go_on(send: Send, part: bytes) -> None:
    """Send a part of a body."""
    await send({"type": "http.response.body", "body": part, "more_body": True})


async def end(send: Send, part: bytes = b"") -> None:
    """Send the last part of a body."""
    await send({"type": "http.response.body", "body": part, "more_body": False})
