"""A file as an answer: sent as it is made, for as long as somebody takes it."""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing

import structlog
from anyio import CancelScope, create_task_group, fail_after
from anyio.lowlevel import checkpoint_if_cancelled
from litestar.types import Receive, Scope, Send

from rollbook.domain.errors import RollbookError
from rollbook.service.reports.csv_report import CsvReport
from rollbook.web.http import bare
from rollbook.web.http.attachments import content_disposition

log = structlog.get_logger()

_PATIENCE = 20.0
"""Seconds for which nothing may be taken: a report that is being sent holds a connection to the
database, and a computer that went to sleep must not hold it for ever."""


_MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

Chunk = str | bytes


class FileAnswer:
    """Answers with a file, as an ASGI application of its own.

    A database that is away shows with the first chunk: in time for an honest status. What goes
    wrong later breaks the answer off, so that it does not look whole, and is told to the log.
    """

    def __init__(
        self, name: str, chunks: AsyncGenerator[Chunk, None], headers: Mapping[str, str]
    ) -> None:
        self._chunks = chunks
        self._headers = {
            **headers,
            "Content-Type": _MEDIA_TYPES[name.rpartition(".")[2]],
            "Content-Disposition": content_disposition(name),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope
        # Closed here and now, whatever happens, or its connection stays taken for a while.
        async with aclosing(self._chunks) as chunks:
            first = await anext(chunks)
            await bare.begin(send, self._headers)
            failure = await _sent(first, chunks, receive, send)
        if failure is not None:
            _say_broken_off(failure)
            raise failure


class CsvAnswer(FileAnswer):
    """Answers with a report of a participant."""

    def __init__(self, report: CsvReport, headers: Mapping[str, str]) -> None:
        super().__init__(report.file_name, report.chunks, headers)


async def made_in_a_thread(chunks: Iterator[Chunk]) -> AsyncGenerator[Chunk, None]:
    """The chunks of a file, while the event loop serves others.

    They are not closed here, where the thread may still be at work, but when nobody holds them.
    """
    while (chunk := await asyncio.to_thread(next, chunks, None)) is not None:
        yield chunk


async def _sent(
    first: Chunk, rest: AsyncGenerator[Chunk, None], receive: Receive, send: Send
) -> Exception | None:
    """Send all chunks, or as many as are wanted; answers what went wrong."""
    failure = None
    async with create_task_group() as group:
        group.start_soon(_end_when_nobody_listens, receive, group.cancel_scope)
        try:
            await _send(first, rest, send)
        except Exception as error:  # noqa: BLE001 - told and raised again outside the group
            failure = error
        group.cancel_scope.cancel()
    return failure


async def _send(first: Chunk, rest: AsyncGenerator[Chunk, None], send: Send) -> None:
    chunk: Chunk | None = first
    while chunk is not None:
        with fail_after(_PATIENCE):
            if chunk:
                await bare.go_on(send, chunk if isinstance(chunk, bytes) else chunk.encode())
        # Sending to a client who is gone does not wait, and so would never be interrupted.
        await checkpoint_if_cancelled()
        # A client that goes away interrupts the sending, but never a reading of the database.
        with CancelScope(shield=True):
            chunk = await anext(rest, None)
    await bare.end(send)


async def _end_when_nobody_listens(receive: Receive, sending: CancelScope) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    sending.cancel()


def _say_broken_off(failure: Exception) -> None:
    if isinstance(failure, TimeoutError):
        log.warning("a download broke off", reason=f"nothing was taken for {_PATIENCE:.0f} seconds")
    elif isinstance(failure, RollbookError):
        log.warning("a download broke off", reason=failure.message)
    else:
        log.error("a download broke off", exc_info=failure)
