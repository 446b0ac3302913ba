"""What reads for long: in turn, within its time, and for as long as somebody waits for it.

All pages that read whatever the range holds pass here, and so do reports too large for one look,
and downloads. At most two reads of an organization are at work at a time in each process; when the
reader leaves, what was begun for them is cancelled, and with it the database's statement.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import field

from litestar import Response
from litestar.types import Receive

from rollbook.domain.values import value
from rollbook.service.reports.ports import Reports, SessionBatch, SessionQuery, SessionReader
from rollbook.service.reports.turns import TookTooLong, Turns
from rollbook.web.http.exchange import BROKEN_OFF

PAGE_SECONDS = 50.0
"""How long a page may take, turn included: less than the minute after which proxies give up."""

EXPORT_SECONDS = 600.0
"""How long the reading for a download may take. How long it is sent is another matter: then it
holds a file, and no connection."""

_SHORTER = "That took too long: choose a shorter range of days"
_AT_A_TIME = 2
_WAITING = 20
_PATIENCE = 30.0
_FILES = 10
"""Downloads of an organization that are made or sent at a time: each may hold a file on disk."""


def _reads() -> Turns:
    refusal = "Too many long reads of this organization are under way: try again in a moment"
    return Turns(_AT_A_TIME, waiting=_WAITING, patience=_PATIENCE, refusal=refusal)


def _files() -> Turns:
    refusal = "Too many downloads of this organization are under way: wait for one of them to end"
    return Turns(_FILES, waiting=_WAITING, patience=_PATIENCE, refusal=refusal)


@value
class ReadLimits:
    """The turns of all organizations, in this process."""

    reads: Turns = field(default_factory=_reads)
    files: Turns = field(default_factory=_files)


class ReaderLeft(Exception):
    """Nobody waits for the answer any more."""


def for_nobody() -> Response[bytes]:
    """The answer that nobody gets, since its reader left."""
    return Response(b"", status_code=BROKEN_OFF)


@asynccontextmanager
async def attended(receive: Receive) -> AsyncIterator[None]:
    """Cancel what is done in this context when the reader leaves. Raises ReaderLeft then."""
    end = asyncio.timeout(None)
    try:
        async with end:
            watching = asyncio.create_task(_end_when_left(receive, end))
            try:
                yield
            finally:
                watching.cancel()
    except TimeoutError:
        if end.expired():
            raise ReaderLeft from None
        raise


async def _end_when_left(receive: Receive, end: asyncio.Timeout) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    end.reschedule(0)


@value
class LongReads:
    """The long reads of one organization."""

    org_id: str
    limits: ReadLimits

    @asynccontextmanager
    async def page(self, receive: Receive) -> AsyncIterator[None]:
        """For an answer that somebody waits for. Raises TooManyReads, TookTooLong, ReaderLeft."""
        async with attended(receive), self.shared():
            yield

    @asynccontextmanager
    async def shared(self) -> AsyncIterator[None]:
        """The same for what several wait for, each with a watch of their own."""
        async with within(PAGE_SECONDS, _SHORTER), self.limits.reads.turn(self.org_id):
            yield

    @asynccontextmanager
    async def export(self) -> AsyncIterator[None]:
        """For what a download reads. Raises TooManyReads and TookTooLong."""
        async with self.limits.reads.turn(self.org_id), within(EXPORT_SECONDS, _SHORTER):
            yield

    def file(self) -> AbstractAsyncContextManager[None]:
        """For a download, from its beginning until it was taken. Raises TooManyReads."""
        return self.limits.files.turn(self.org_id)


@asynccontextmanager
async def within(seconds: float, refusal: str) -> AsyncIterator[None]:
    """End what is done in this context after so long. Raises TookTooLong then, which says so."""
    end = asyncio.timeout(seconds)
    try:
        async with end:
            yield
    except TimeoutError:
        if end.expired():
            raise TookTooLong(refusal) from None
        raise


@value
class AttendedReports:
    """Reports for one reader: their long reads wait their turn, a single look costs no more."""

    reports: Reports
    reads: LongReads
    receive: Receive

    async def recent(self, query: SessionQuery, most: int) -> SessionBatch | None:
        return await self.reports.recent(query, most)

    async def room_title(self, org_id: str, room_id: str) -> str | None:
        return await self.reports.room_title(org_id, room_id)

    @asynccontextmanager
    async def snapshot(self, *, export: bool = False) -> AsyncIterator[SessionReader]:
        async with self.reads.page(self.receive), self.reports.snapshot(export=export) as reader:
            yield reader
