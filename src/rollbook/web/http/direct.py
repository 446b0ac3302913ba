"""Routes that are asked all the time, past the framework's routing.

To find a route, and to be ready for its failure, costs the framework as much time as the contract's
page costs its database (docs/decisions/0038). So these are found here by their plain path. The
framework has them too: it answers what is not plain, and it answers for each error.
"""

import re
from collections.abc import Awaitable, Callable, Mapping

from litestar.types import ASGIApp, Message, Receive, Scope, Send

from rollbook.web.http.bare import header

Route = Callable[[Scope, Receive, Send], Awaitable[None]]

_FAILED = "rollbook_failed"
_PLAIN_HOST = re.compile(r"[\w.:\[\]-]*", re.ASCII)
"""Of others the framework refuses some."""


def direct(framework: ASGIApp, routes: Mapping[str, Route]) -> ASGIApp:
    """The application, which answers these paths by itself.

    Each of the routes has to begin with `raise_what_failed`.
    """

    async def answered(scope: Scope, receive: Receive, send: Send) -> None:
        route = routes.get(scope["path"])
        if route is None or not _is_plain(scope):
            await framework(scope, receive, send)
            return
        begun = False

        async def noted(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        scope["path_template"] = scope["path"]
        try:
            await route(scope, receive, noted)
        except Exception as error:
            if begun:
                raise  # so that what is there of the answer does not look whole
            scope["state"][_FAILED] = error
            await framework(scope, receive, send)

    return answered


def raise_what_failed(scope: Scope) -> None:
    """Raise what a request has failed with already: the framework has an answer for it."""
    failed: Exception | None = scope["state"].pop(_FAILED, None)
    if failed is not None:
        try:
            raise failed
        finally:
            # Or it holds itself by the frame it was raised from, and with it the connection.
            del failed


def _is_plain(scope: Scope) -> bool:
    host = header(scope, b"host")
    return not scope["root_path"] and (host is None or _PLAIN_HOST.fullmatch(host) is not None)
