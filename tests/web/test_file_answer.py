"""A file that is made while it is sent: in a thread, in pieces, under a name that says its type."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any, cast

import pytest

from rollbook.web.http.long_reads import LongReads, ReadLimits
from rollbook.web.http.spool import Chunk
from rollbook.web.http.streaming import FileAnswer, made_in_a_thread


async def answer(name: str, chunks: Iterator[Chunk]) -> tuple[dict[bytes, bytes], bytes]:
    """The headers and the body of an answer whose client takes all of it."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, str]:
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    reads = LongReads("o", ReadLimits())
    file = FileAnswer(name, made_in_a_thread(chunks), {"Cache-Control": "no-store"}, reads)
    await file(cast("Any", {}), cast("Any", receive), cast("Any", send))
    start, *parts = sent
    return dict(start["headers"]), b"".join(part["body"] for part in parts)


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("a.csv", b"text/csv; charset=utf-8"),
        ("a.b.xlsx", b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ],
)
async def test_a_file_has_the_type_of_its_name(name: str, media_type: bytes) -> None:
    headers, _ = await answer(name, iter(["a"]))
    assert headers[b"content-type"] == media_type
    assert headers[b"content-disposition"] == f'attachment; filename="{name}"'.encode()
    assert headers[b"cache-control"] == b"no-store"


@pytest.mark.parametrize("chunks", [["é", "b"], ["é".encode(), b"b"]])
async def test_text_and_bytes_are_sent_alike(chunks: list[Chunk]) -> None:
    _, body = await answer("a.csv", iter(chunks))
    assert body == "éb".encode()


async def test_no_chunk_is_made_by_the_thread_that_serves_others() -> None:
    makers: list[int] = []

    def chunks() -> Iterator[str]:
        for _ in range(3):
            makers.append(threading.get_ident())
            yield "x"

    _, body = await answer("a.csv", chunks())
    assert body == b"xxx"
    assert len(makers) == 3
    assert threading.get_ident() not in makers


async def test_a_file_that_nobody_takes_to_its_end_is_closed() -> None:
    closed: list[bool] = []

    def chunks() -> Iterator[bytes]:
        try:
            while True:
                yield b"x"
        finally:
            closed.append(True)

    sending = made_in_a_thread(chunks())
    assert await anext(sending) == b"x"
    await sending.aclose()
    del sending
    assert closed == [True]
