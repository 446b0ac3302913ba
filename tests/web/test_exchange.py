"""What is left of a body is read before its request is refused: so much of it, and so long."""

import asyncio
from typing import Any

import pytest

from rollbook.web.http import exchange
from rollbook.web.http.exchange import exchanged

KIBIBYTE = b"x" * 1024


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
        scope: Any = {"type": "http", "method": "POST", "headers": headers}
        exchanging = exchanged(answering, lambda *_: None, exchange.Exchanges())
        await exchanging(scope, self.receive, self.send)
        assert self.statuses == [status]


async def test_a_body_without_end_is_read_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "_MOST_LEFT", 10 * 1024)
    endless = Upload()
    await endless.is_answered(413)
    assert endless.read == 10


async def test_a_body_that_trickles_is_waited_for_so_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "_PATIENCE", 0.1)
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
    scope: Any = {"type": "http", "method": "POST", "headers": [(b"content-length", length)]}
    exchanging = exchanged(answering, lambda *_: None, exchange.Exchanges())
    await exchanging(scope, Server().receive, Upload().send)
    assert [message["more_body"] for message in received] == [True, False]


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

    scope: Any = {"type": "http", "method": "POST", "headers": headers}
    upload = Upload()
    exchanging = exchanged(answering, lambda *_: None, exchange.Exchanges())
    await exchanging(scope, upload.receive, upload.send)
    assert received == [{"type": "http.request", "body": KIBIBYTE, "more_body": True}]
