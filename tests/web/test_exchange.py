"""What is left of a body is read before its request is refused: so much of it, and so long."""

import asyncio
import gc
from collections.abc import Sequence
from functools import partial
from typing import Any

import pytest
from litestar.exceptions import HTTPException

from rollbook.web.http import exchange
from rollbook.web.http.exchange import exchanged

KIBIBYTE = b"x" * 1024


def _scope(method: str, headers: Sequence[tuple[bytes, bytes]]) -> Any:
    return {"type": "http", "method": method, "headers": headers}


_posted = partial(_scope, "POST")


OWES = _posted([(b"content-length", b"9")])


async def _never() -> Any:
    await asyncio.Event().wait()


class Upload:
    """A body that goes on and on, a piece every `pause` seconds, until the client is gone."""

    def __init__(self, pieces: int = 2**30, pause: float = 0.0, *, told: bool = True) -> None:
        self.told = told
        """Whether its head says that it has a body."""
        self.pieces = pieces
        self.pause = pause
        self.read = 0
        self.statuses: list[int] = []

    async def receive(self) -> Any:
        await asyncio.sleep(self.pause)
        self.read += 1
        if self.read > self.pieces:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": KIBIBYTE, "more_body": True}

    async def send(self, message: Any) -> None:
        self.statuses.append(message["status"])

    async def is_answered(self, status: int) -> None:
        async def answering(_: Any, __: Any, send: Any) -> None:
            await send({"type": "http.response.start", "status": status, "headers": []})

        headers = [(b"transfer-encoding", b"chunked")] if self.told else []
        exchanging = exchanged(answering, lambda *_: None, exchange.Exchanges())
        await exchanging(_posted(headers), self.receive, self.send)
        assert self.statuses == [status]


async def test_a_body_without_end_is_read_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "_MOST_LEFT", 10 * 1024)
    endless = Upload()
    await endless.is_answered(413)
    assert endless.read == 10


async def test_a_body_that_trickles_is_waited_for_so_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "_PATIENCE", 0.1)
    monkeypatch.setattr(exchange, "_LOOK_SECONDS", 0.01)
    slow = Upload(pause=0.04)
    await slow.is_answered(401)
    assert 1 <= slow.read <= 3


async def test_nobody_waits_for_the_rest_of_a_body_that_was_never_told_of() -> None:
    # Who looked whether the client has left may have taken the message that says it is over.
    asking = Upload(told=False)
    await asking.is_answered(404)
    assert asking.read == 0


async def test_a_client_that_goes_away_is_not_waited_for() -> None:
    gone = Upload(pieces=2)
    await gone.is_answered(413)
    assert gone.read == 3


async def test_what_is_no_refusal_is_answered_at_once() -> None:
    taken = Upload()
    await taken.is_answered(204)
    assert taken.read == 0


async def test_a_body_whose_length_is_told_is_over_when_all_of_it_is_there() -> None:
    received: list[Any] = []

    class Server:
        """One that would say only later that nothing more comes."""

        messages = iter(
            [
                {"type": "http.request", "body": KIBIBYTE, "more_body": True},
                {"type": "http.request", "body": KIBIBYTE, "more_body": True},
                {"type": "http.request", "body": b"", "more_body": False},
                {"type": "http.disconnect"},
            ]
        )

        async def receive(self) -> Any:
            return next(self.messages)

    async def answering(_: Any, receive: Any, __: Any) -> None:
        while not received or received[-1]["more_body"]:
            received.append(await receive())
        # And whoever waits for the client to leave does not wait for the rest of a body.
        while (await receive())["type"] != "http.disconnect":
            pass

    length = str(2 * len(KIBIBYTE)).encode()
    exchanging = exchanged(answering, lambda *_: None, exchange.Exchanges())
    await exchanging(_posted([(b"content-length", length)]), Server().receive, Upload().send)
    assert [message["more_body"] for message in received] == [True, False]


class Forgetful:
    """A server that hands a message to whoever asked first, though they have stopped waiting."""

    def __init__(self) -> None:
        self.messages: asyncio.Queue[Any] = asyncio.Queue()
        self.asked = 0

    async def receive(self) -> Any:
        self.asked += 1
        return await self.messages.get()


async def test_who_stops_looking_for_the_client_takes_no_message_from_the_next() -> None:
    server, told = Forgetful(), list[str]()

    async def look(receive: Any) -> None:
        told.append((await receive())["type"])

    async def answering(_: Any, receive: Any, __: Any) -> None:
        first = asyncio.create_task(look(receive))
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.wait([first])
        server.messages.put_nowait({"type": "http.request", "body": b"", "more_body": False})
        server.messages.put_nowait({"type": "http.disconnect"})
        await look(receive)
        await asyncio.gather(look(receive), look(receive))
        await look(receive)  # once gone, a client is gone

    exchanging = exchanged(answering, lambda *_: None, exchange.Exchanges())
    await exchanging(_scope("GET", []), server.receive, Upload().send)
    assert told == ["http.request", *["http.disconnect"] * 3]
    assert server.asked == 2


async def test_nothing_waits_for_the_client_once_it_is_answered() -> None:
    server, tasks = Forgetful(), asyncio.all_tasks()

    async def answering(_: Any, receive: Any, __: Any) -> None:
        looking = asyncio.create_task(receive())
        await asyncio.sleep(0)
        looking.cancel()

    exchanging = exchanged(answering, lambda *_: None, exchange.Exchanges())
    await exchanging(_scope("GET", []), server.receive, Upload().send)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == tasks


@pytest.mark.parametrize(
    "headers",
    [
        [(b"content-length", b"9" * 5000)],
        [(b"content-length", b"one")],
        [(b"content-length", b"1024"), (b"transfer-encoding", b"chunked")],
        [],
    ],
)
async def test_a_length_that_cannot_be_believed_is_not_waited_for(
    headers: list[tuple[bytes, bytes]],
) -> None:
    received: list[Any] = []

    async def answering(_: Any, receive: Any, __: Any) -> None:
        received.append(await receive())

    upload = Upload()
    exchanging = exchanged(answering, lambda *_: None, exchange.Exchanges())
    await exchanging(_posted(headers), upload.receive, upload.send)
    assert received == [{"type": "http.request", "body": KIBIBYTE, "more_body": True}]


@pytest.mark.parametrize("reads", [True, False], ids=["a body that is read", "the rest of one"])
async def test_thousands_are_given_up_a_few_at_a_time(
    monkeypatch: pytest.MonkeyPatch, reads: bool
) -> None:
    monkeypatch.setattr(exchange, "_LOOK_SECONDS", 0.01)
    statuses: list[int] = []

    async def send(message: Any) -> None:
        statuses.append(message["status"])

    async def answering(_: Any, receive: Any, send: Any) -> None:
        status = 401
        try:
            if reads:
                await receive()
        except HTTPException as error:
            status = error.status_code
        await send({"type": "http.response.start", "status": status, "headers": []})

    ask = exchanged(answering, lambda *_: None, exchange.Exchanges(silence_seconds=0.05))
    owing = asyncio.gather(*(ask(OWES, _never, send) for _ in range(200)))
    most, before = 0, 0
    while not owing.done():
        await asyncio.sleep(0)
        most, before = max(most, len(statuses) - before), len(statuses)
    assert most <= 20
    assert statuses == [408 if reads else 401] * 200


@pytest.mark.parametrize("people", [100, 600])
async def test_what_a_crowd_took_is_given_back_when_it_has_gone(
    monkeypatch: pytest.MonkeyPatch, people: int
) -> None:
    monkeypatch.setattr(exchange, "_LOOK_SECONDS", 0.01)
    looked: list[str] = []
    monkeypatch.setattr(gc, "collect", lambda: looked.append("through all"))
    gone = asyncio.Event()

    async def answering(*_: Any) -> Any:
        await gone.wait()

    ask = exchanged(answering, lambda *_: None, exchange.Exchanges())
    crowd = asyncio.gather(*(ask(_posted([]), answering, answering) for _ in range(people)))
    await asyncio.sleep(0.05)
    assert looked == []
    gone.set()
    await crowd
    await asyncio.sleep(0.05)
    assert looked == ["through all"] * (people > 500)


async def test_of_a_crowd_that_is_refused_most_are_told_at_once() -> None:
    statuses: list[int] = []

    async def send(message: Any) -> None:
        statuses.append(message["status"])

    async def refusing(_: Any, __: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 401, "headers": []})

    ask = exchanged(refusing, lambda *_: None, exchange.Exchanges())
    crowd = asyncio.gather(*(ask(OWES, _never, send) for _ in range(700)))
    await asyncio.sleep(0.05)
    assert statuses == [401] * 200
    crowd.cancel()
