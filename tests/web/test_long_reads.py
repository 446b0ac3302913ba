"""Long reads: two of an organization at a time, within their time, and only for who waits."""

import asyncio
from typing import Any, cast

import pytest
from litestar.types import Receive
from web.application import Running

from rollbook.service.reports.turns import TookTooLong, TooManyReads, Turns
from rollbook.web.http import long_reads
from rollbook.web.http.long_reads import LongReads, ReaderLeft, ReadLimits


class Reader:
    """Somebody who waits for an answer, until they leave."""

    def __init__(self) -> None:
        self.left = asyncio.Event()
        self.told = 0

    async def receive(self) -> dict[str, Any]:
        self.told += 1
        if self.told == 1:
            return {"type": "http.request", "body": b"", "more_body": False}
        await self.left.wait()
        return {"type": "http.disconnect"}

    @property
    def way(self) -> Receive:
        return cast("Receive", self.receive)


def turns(at_a_time: int = 2, waiting: int = 1, patience: float = 5) -> Turns:
    return Turns(at_a_time, waiting=waiting, patience=patience, refusal="no more")


async def hold(turns: Turns, org_id: str, until: asyncio.Event) -> None:
    async with turns.turn(org_id):
        await until.wait()


async def begun(*work: Any) -> list[asyncio.Task[None]]:
    tasks = [asyncio.create_task(one) for one in work]
    await asyncio.sleep(0.01)
    return tasks


async def test_two_are_at_work_the_third_waits_and_the_fourth_is_refused() -> None:
    given, enough, third = turns(), asyncio.Event(), asyncio.Event()
    first = await begun(hold(given, "a", enough), hold(given, "a", enough))
    waiting = await begun(hold(given, "a", third))
    with pytest.raises(TooManyReads, match="no more"):
        async with given.turn("a"):
            pass
    async with given.turn("b"):  # another organization does not notice
        pass
    enough.set()
    await asyncio.gather(*first)
    third.set()
    await asyncio.gather(*waiting)
    assert given._queues == {}


async def test_who_waits_too_long_is_told_so_and_leaves_no_trace() -> None:
    given, enough = turns(1, patience=0.02), asyncio.Event()
    first = await begun(hold(given, "a", enough))
    with pytest.raises(TooManyReads):
        async with given.turn("a"):
            pass
    enough.set()
    await asyncio.gather(*first)
    assert given._queues == {}


async def test_who_leaves_while_waiting_gives_their_place_up() -> None:
    given, enough = turns(1, waiting=1), asyncio.Event()
    first = await begun(hold(given, "a", enough))
    second = await begun(hold(given, "a", enough))
    second[0].cancel()
    await asyncio.wait(second)
    third = await begun(hold(given, "a", enough))
    enough.set()
    await asyncio.gather(*first, *third)
    assert given._queues == {}


async def test_a_read_ends_when_its_reader_leaves() -> None:
    reader, reads, ended = Reader(), LongReads("a", ReadLimits()), asyncio.Event()

    async def read() -> None:
        async with reads.page(reader.way):
            try:
                await asyncio.sleep(3600)
            finally:
                ended.set()

    (reading,) = await begun(read())
    reader.left.set()
    await asyncio.wait_for(ended.wait(), 1)
    with pytest.raises(ReaderLeft):
        await reading
    assert reads.limits.reads._queues == {}


async def test_a_reader_who_leaves_in_the_queue_ends_the_waiting() -> None:
    reader, reads, enough = Reader(), LongReads("a", ReadLimits()), asyncio.Event()
    first = await begun(*[hold(reads.limits.reads, "a", enough) for _ in range(2)])

    async def read() -> None:
        async with reads.page(reader.way):
            raise AssertionError

    (reading,) = await begun(read())
    reader.left.set()
    with pytest.raises(ReaderLeft):
        await asyncio.wait_for(reading, 1)
    enough.set()
    await asyncio.gather(*first)


async def test_a_page_that_takes_too_long_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long_reads, "PAGE_SECONDS", 0.02)
    reads = LongReads("a", ReadLimits())
    with pytest.raises(TookTooLong, match="choose a shorter range"):
        async with reads.page(Reader().way):
            await asyncio.sleep(3600)


async def test_a_time_out_of_the_work_itself_stays_what_it_is() -> None:
    with pytest.raises(TimeoutError, match="mine"):
        async with LongReads("a", ReadLimits()).page(Reader().way):
            raise TimeoutError("mine")


async def test_the_contract_s_route_says_that_it_is_too_much_and_when_to_come_again(
    running: Running,
) -> None:
    async with running() as service:
        limits, enough = service.services.read_limits, asyncio.Event()
        held = [hold(limits.files, service.org_id, enough) for _ in range(30)]
        tasks = await begun(*held)
        headers = {"VF-ORG-ID": service.key}
        asked = {"uid": "u", "export": "csv"}
        answer = await service.client.post("/v1/participant/sessions", json=asked, headers=headers)
        assert answer.status_code == 429
        assert answer.json()["error"] == "TOO_MANY_READS"
        assert int(answer.headers["Retry-After"]) > 0
        page = await service.client.post(
            "/v1/participant/sessions", json={"uid": "u"}, headers=headers
        )
        assert page.status_code == 200
        enough.set()
        await asyncio.gather(*tasks)
