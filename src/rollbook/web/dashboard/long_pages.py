"""Pages whose reading ends when their reader leaves."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from functools import wraps
from typing import TypeVar

from litestar import Response
from litestar.handlers import HTTPRouteHandler

from rollbook.web.dashboard.requests import signed_in_of
from rollbook.web.http.long_reads import ReaderLeft, attended, for_nobody
from rollbook.web.http.services import AnyRequest, readable, services_of

Answer = TypeVar("Answer")
Handler = Callable[[AnyRequest], Awaitable[Answer]]


def long_page(path: str) -> Callable[[Handler[Answer]], HTTPRouteHandler]:
    """Makes a function the handler of a page whose reading is in turn, in time, and for somebody."""
    return _page(path, _in_turn)


def attended_page(path: str) -> Callable[[Handler[Answer]], HTTPRouteHandler]:
    """The same for a page that reads little, or shares with others what it reads."""
    return _page(path, lambda request: attended(request.receive))


def _in_turn(request: AnyRequest) -> AbstractAsyncContextManager[None]:
    org_id = signed_in_of(request).organization.org_id
    return services_of(request).long_reads(org_id).page(request.receive)


def _page(
    path: str, while_read: Callable[[AnyRequest], AbstractAsyncContextManager[None]]
) -> Callable[[Handler[Answer]], HTTPRouteHandler]:
    def made(handler: Handler[Answer]) -> HTTPRouteHandler:
        @wraps(handler)
        async def answered(request: AnyRequest) -> Answer | Response[bytes]:
            try:
                async with while_read(request):
                    return await handler(request)
            except ReaderLeft:
                return for_nobody()

        return readable(path)(answered)

    return made
