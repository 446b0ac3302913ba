"""A CSV that is being sent ends with its client, and lets go of the database each time."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any, cast

import pytest
from structlog.testing import capture_logs

from rollbook.domain.errors import StoreUnavailable
from rollbook.service.reports.csv_report import CsvReport
from rollbook.web.http import streaming as csv_answer
from rollbook.web.http.long_reads import LongReads, ReadLimits
from rollbook.web.http.streaming import CsvAnswer


class Sending:
    """A report of endless chunks, or of some and then an error, and a client who takes `takes`."""

    def __init__(self, takes: int, error: Exception | None = None, chunks: int = 10_000) -> None:
        self.takes = takes
        self.error = error
        self.chunks = chunks
        self.read = 0
        self.closed = False
        self.sent: list[dict[str, Any]] = []
        self.gone = asyncio.Event()

    async def report(self) -> AsyncGenerator[str, None]:
        try:
            while self.read < self.chunks:
                self.read += 1
                yield f"{self.read}\r\n"
            if self.error is not None:
                raise self.error
        finally:
            self.closed = True

    async def receive(self) -> dict[str, str]:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def answer(self, send: Any) -> None:
        told = CsvReport("王 x.csv", self.report())
        reads = LongReads("o", ReadLimits())
        await CsvAnswer(told, {}, reads)(cast("Any", {}), cast("Any", self.receive), send)


async def test_all_is_sent_with_the_name_of_the_file() -> None:
    sending = Sending(takes=99, chunks=3)

    async def send(message: dict[str, Any]) -> None:
        sending.sent.append(message)

    await sending.answer(send)
    start, *parts = sending.sent
    headers = dict(start["headers"])
    told = b"attachment; filename=\"-x.csv\"; filename*=UTF-8''%E7%8E%8B%20x.csv"
    assert headers[b"content-disposition"] == told
    assert b"".join(part["body"] for part in parts) == b"1\r\n2\r\n3\r\n"
    assert [part["more_body"] for part in parts] == [True, True, True, False]
    assert sending.closed


async def test_a_client_that_goes_away_ends_it() -> None:
    sending = Sending(takes=3)

    async def send(message: dict[str, Any]) -> None:
        # What is sent to somebody who is gone does not wait for anything.
        sending.sent.append(message)
        if len(sending.sent) == sending.takes:
            sending.gone.set()
            await asyncio.sleep(0)

    with capture_logs() as logs:
        await sending.answer(send)
    assert sending.closed
    assert sending.read < 10
    assert logs == []


async def test_a_client_that_takes_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_answer, "_PATIENCE", 0.05)
    sending = Sending(takes=3)

    async def send(message: dict[str, Any]) -> None:
        sending.sent.append(message)
        if len(sending.sent) == sending.takes:
            await asyncio.sleep(3600)

    with capture_logs() as logs, pytest.raises(TimeoutError):
        await sending.answer(send)
    assert sending.closed
    assert [log["event"] for log in logs] == ["a download broke off"]


@pytest.mark.parametrize(
    ("error", "level"), [(StoreUnavailable("away"), "warning"), (KeyError("fault"), "error")]
)
async def test_what_goes_wrong_half_way_is_told_and_does_not_look_whole(
    error: Exception, level: str
) -> None:
    sending = Sending(takes=99, error=error, chunks=3)

    async def send(message: dict[str, Any]) -> None:
        sending.sent.append(message)

    with capture_logs() as logs, pytest.raises(type(error)):
        await sending.answer(send)
    assert [log["log_level"] for log in logs] == [level]
    assert all(message.get("more_body", True) for message in sending.sent)


async def test_what_goes_wrong_before_the_first_chunk_is_answered_honestly() -> None:
    sending = Sending(takes=99, error=StoreUnavailable("away"), chunks=0)

    async def send(message: dict[str, Any]) -> None:
        sending.sent.append(message)

    with pytest.raises(StoreUnavailable):
        await sending.answer(send)
    assert sending.sent == []
