"""Pages that read whatever their range holds."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import TypeVar

from litestar import Response
from litestar.handlers import HTTPRouteHandler

from rollbook.web.dashboard.requests import signed_in_of
from rollbook.web.http.exchange import BROKEN_OFF
from rollbook.web.http.long_reads import ReaderLeft
from rollbook.web.http.services import AnyRequest, readable, services_of

Answer = TypeVar("Answer")
Handler = Callable[[AnyRequest], Awaitable[Answer]]


def long_page(path: str) -> Callable[[Handler[Answer]], HTTPRouteHandler]:
    """Makes a function the handler of a page whose reading is in turn, in time, and for somebody."""

    def made(handler: Handler[Answer]) -> HTTPRouteHandler:
        @wraps(handler)
        async def answered(request: AnyRequest) -> Answer | Response[bytes]:
            org_id = signed_in_of(request).organization.org_id
            try:
                async with services_of(request).long_reads(org_id).page(request.receive):
                    return await handler(request)
            except ReaderLeft:
                return Response(b"", status_code=BROKEN_OFF)  # which nobody gets

        return readable(path)(answered)

    return made
