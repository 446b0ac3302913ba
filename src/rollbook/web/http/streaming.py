"""A file as an answer: sent as it is made, for as long as somebody takes it."""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import suppress

from litestar.types import Receive, Scope, Send

from rollbook.domain.errors import RollbookError
from rollbook.loggers import structlog
from rollbook.service.reports.csv_report import CsvReport
from rollbook.web.http import bare
from rollbook.web.http.attachments import content_disposition
from rollbook.web.http.long_reads import LongReads, ReaderLeft, attended
from rollbook.web.http.spool import Chunk, Spool, spooled
from rollbook.web.http.threads import in_a_thread

log = structlog.get_logger()

_LEAST_BYTES = 300_000
_PATIENCE = 300.0
"""So many bytes have to be taken in so many seconds of sending: 60 kB a minute. Over minutes, since
the buffers on the way to a slow line take megabytes at once and then nothing for a while."""

GUARDED = {"Cache-Control": "no-store"}
"""What the headers of a file say besides its type and name."""

_MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "jsonl": "application/x-ndjson; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def media_type_of(form: str) -> str:
    """The type of files that end in `form`, without parameters."""
    return _MEDIA_TYPES[form].partition(";")[0]


class FileAnswer:
    """Answers with a file, as an ASGI application of its own.

    It is read from the database in turn with the other long reads of its organization, and ends
    when its reader leaves. A database that is away shows with the first chunk: in time for an
    honest status. What goes wrong later breaks the answer off, so that it does not look whole, and
    is told to the log.
    """

    def __init__(
        self,
        name: str,
        chunks: AsyncGenerator[Chunk, None],
        headers: Mapping[str, str],
        reads: LongReads,
    ) -> None:
        self._chunks = chunks
        self._reads = reads
        self._headers = {
            **headers,
            "Content-Type": _MEDIA_TYPES[name.rpartition(".")[2]],
            "Content-Disposition": content_disposition(name),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope
        with suppress(ReaderLeft):
            async with (
                attended(receive),
                self._reads.file(),
                spooled(self._chunks, self._reads.export()) as spool,
            ):
                await self._send(spool, send)

    async def _send(self, spool: Spool, send: Send) -> None:
        part = await spool.take()
        await bare.begin(send, self._headers)
        pace = _Pace()
        try:
            while part is not None:
                await pace.send(send, part)
                part = await spool.take()
        except Exception as failure:
            _say_broken_off(failure)
            raise
        await bare.end(send)


class CsvAnswer(FileAnswer):
    """Answers with a report of a participant."""

    def __init__(self, report: CsvReport, headers: Mapping[str, str], reads: LongReads) -> None:
        super().__init__(report.file_name, report.chunks, headers, reads)


async def made_in_a_thread(chunks: Iterator[Chunk]) -> AsyncGenerator[Chunk, None]:
    """The chunks of a file, while the event loop serves others.

    They are not closed here, but when nobody holds them.
    """
    while (chunk := await in_a_thread(next, chunks, None)) is not None:
        yield chunk


class _Pace:
    """How fast somebody takes a file."""

    def __init__(self) -> None:
        self._left = _PATIENCE
        self._taken = 0

    async def send(self, send: Send, part: bytes) -> None:
        """Send a part. Raises TimeoutError for a reader who takes too little."""
        clock = asyncio.get_running_loop().time
        began = clock()
        async with asyncio.timeout(self._left):
            await bare.go_on(send, part)
        # Only the time of sending counts: a file that is slow to be made is not their fault.
        self._left -= clock() - began
        self._taken += len(part)
        if self._taken >= _LEAST_BYTES:
            self._left, self._taken = _PATIENCE, 0


def _say_broken_off(failure: Exception) -> None:
    if isinstance(failure, TimeoutError):
        reason = f"less than {_LEAST_BYTES:,} bytes were taken in {_PATIENCE:.0f} seconds"
        log.warning("a download broke off", reason=reason)
    elif isinstance(failure, RollbookError):
        log.warning("a download broke off", reason=failure.message)
    else:
        log.error("a download broke off", exc_info=failure)
