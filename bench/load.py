"""The load: N connections that always wait for one answer each, for a fixed time.

A process of its own, `python -m bench.load`: a plan as JSON comes in, a result as JSON goes out.
It sends prebuilt bytes and reads no more of an answer than its status and length, so that on a
machine with few cores the service gets nearly all of the time that is there.
"""

import asyncio
import re
import subprocess
import sys
import time
from array import array
from dataclasses import dataclass, field
from typing import cast

import msgspec
import uvloop

from bench import ROOT

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_HEAD_END = b"\r\n\r\n"
_OK = b"HTTP/1.1 200"


@dataclass(frozen=True, slots=True)
class Plan:
    """What to send where. `lengths` are the right answers' bodies in bytes; times in seconds."""

    port: int
    requests: list[str]
    lengths: list[int]
    connections: int
    warm_up: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Result:
    """What came back after the warm-up. `busy` is the load's own share of one core, from 0 to 1.

    `all_right` counts the right answers of the warm-up too.
    """

    right: int
    all_right: int
    wrong: int
    seconds: float
    p50_ms: float
    p99_ms: float
    busy: float

    @property
    def per_second(self) -> float:
        return self.right / self.seconds


def run(plan: Plan) -> Result:
    """Put the load of a plan on, from a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.load"],
        cwd=ROOT,
        input=msgspec.json.encode(plan),
        stdout=subprocess.PIPE,
        check=True,
    )
    return msgspec.json.decode(done.stdout, type=Result)


@dataclass(slots=True)
class _Tally:
    counting: bool = False
    over: bool = False
    all_right: int = 0
    wrong: int = 0
    latencies: "array[float]" = field(default_factory=lambda: array("d"))

    def count(self, latency: float, *, right: bool) -> None:
        if not right:
            self.wrong += 1
            return
        self.all_right += 1
        if self.counting:
            self.latencies.append(latency)


class _Client(asyncio.Protocol):
    """One connection, which asks again as soon as it is answered."""

    def __init__(self, plan: Plan, requests: list[bytes], first: int, tally: _Tally) -> None:
        self._requests = requests
        self._lengths = plan.lengths
        self._number = first
        self._tally = tally
        self._kept = b""
        self._asked_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._ask()

    def data_received(self, data: bytes) -> None:
        data = self._kept + data
        length = _body_length(data)
        if length is None:
            self._kept = data
            return
        self._kept = b""
        right = data.startswith(_OK) and length == self._lengths[self._number]
        self._tally.count(time.perf_counter() - self._asked_at, right=right)
        self._number = (self._number + 1) % len(self._requests)
        self._ask()

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        # Nobody told the service to close; a round with fewer connections would be another one.
        self._tally.wrong += not self._tally.over

    def close(self) -> None:
        self._transport.abort()

    def _ask(self) -> None:
        self._asked_at = time.perf_counter()
        self._transport.write(self._requests[self._number])


def _body_length(data: bytes) -> int | None:
    """The length of the body in bytes; None until the whole answer is there."""
    head = data.find(_HEAD_END)
    if head < 0:
        return None
    told = _LENGTH.search(data, 0, head)
    length = int(told[1]) if told else 0
    return length if len(data) >= head + len(_HEAD_END) + length else None


async def _run(plan: Plan) -> Result:
    loop, tally = asyncio.get_running_loop(), _Tally()
    requests = [request.encode() for request in plan.requests]
    clients = [
        _Client(plan, requests, number * len(requests) // plan.connections, tally)
        for number in range(plan.connections)
    ]
    for client in clients:
        await loop.create_connection(lambda made=client: made, "127.0.0.1", plan.port)  # type: ignore[misc]
    await asyncio.sleep(plan.warm_up)
    tally.counting, begun, worked = True, time.perf_counter(), time.process_time()
    await asyncio.sleep(plan.seconds)
    tally.counting, tally.over = False, True
    seconds, busy = time.perf_counter() - begun, time.process_time() - worked
    for client in clients:
        client.close()
    return _result(tally, seconds, busy / seconds)


def _result(tally: _Tally, seconds: float, busy: float) -> Result:
    latencies = sorted(tally.latencies) or [0.0]
    return Result(
        len(tally.latencies),
        tally.all_right,
        tally.wrong,
        seconds,
        1000 * latencies[len(latencies) // 2],
        1000 * latencies[len(latencies) * 99 // 100],
        busy,
    )


def main() -> None:
    plan = msgspec.json.decode(sys.stdin.buffer.read(), type=Plan)
    sys.stdout.buffer.write(msgspec.json.encode(uvloop.run(_run(plan))))


if __name__ == "__main__":
    main()
