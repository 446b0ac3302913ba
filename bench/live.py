"""Open tabs of Live: what they cost the contract's pages.

They renew themselves every three seconds as the page's script does, while somebody joins each
second, so that there is something new for all of them.
"""

import asyncio
import json
import re
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import httpx

from bench import neighbour, services
from bench.data import Ledger
from bench.figures import Figure
from bench.scale import Scale
from bench.services import Service

TABS = 50
_EVERY = 3.0
_RUNNING = 200
"""People who are in rooms meanwhile."""

_MOST_TIMES = 1.5


def measure(scale: Scale, ledger: Ledger) -> list[Figure]:
    """The contract's pages beside open tabs, on both engines."""
    figures = []
    for engine, url in ledger.engines:
        with services.rollbook(f"Rollbook, {engine}", url, scale.workers) as service:
            figures.append(_measure(scale, ledger.key, engine, service))
    return figures


def _measure(scale: Scale, key: str, engine: str, service: Service) -> Figure:
    _join(service, key, range(_RUNNING))
    plan = neighbour.plan(scale, key, service, least_seconds=_EVERY)
    opened: list[_Tabs] = []
    busy = [lambda: _tabs(service, key, opened)]
    alone, [with_tabs] = neighbour.in_turns(plan, scale.rounds, busy)
    quiet, beside = ([result.p50_ms for result in found] for found in (alone, with_tabs))
    renewals = sum(tabs.renewals for tabs in opened)
    ratios = [ours / other for ours, other in zip(beside, quiet, strict=True)]
    note = (
        f"{statistics.median(quiet):.2f} ms quiet, {statistics.median(beside):.2f} ms beside; "
        f"rounds {min(ratios):.2f} to {max(ratios):.2f}; {renewals} renewals"
    )
    name = f"{TABS} open tabs of Live: a page's median / quiet, {engine}"
    return Figure(name, statistics.median(ratios), "times", at_most=_MOST_TIMES, note=note)


class _Tabs:
    """Somebody who looks at Live in many tabs, in a thread of their own."""

    def __init__(self, service: Service, key: str) -> None:
        self._service = service
        self._key = key
        self._over = threading.Event()
        self._open = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._look()))
        self.renewals = 0
        self._failure: BaseException | None = None

    def open(self) -> None:
        self._thread.start()
        self._open.wait()

    def close(self) -> None:
        self._over.set()
        self._thread.join()
        if self._failure is not None:
            raise self._failure

    async def _look(self) -> None:
        try:
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{self._service.port}") as http:
                await self._sign_in(http)
                tabs = [self._tab(http, number) for number in range(TABS)]
                self._open.set()
                await asyncio.gather(self._somebody_joins(), *tabs)
        except BaseException as failure:  # noqa: BLE001 - raised by whoever closes them
            self._failure = failure
            self._open.set()

    async def _sign_in(self, http: httpx.AsyncClient) -> None:
        token = re.search(r'name="token" value="(\w+)"', (await http.get("/sign-in")).text)
        form = {"token": token[1] if token else "", "key": self._key, "next": "/"}
        await http.post("/sign-in", data=form)

    async def _tab(self, http: httpx.AsyncClient, number: int) -> None:
        await asyncio.sleep(_EVERY * number / TABS)
        tag = ""
        while not self._over.is_set():
            answer = await http.get("/live", headers={"If-None-Match": tag} if tag else {})
            if answer.status_code not in {200, 304}:
                message = f"Live was answered {answer.status_code}"
                raise RuntimeError(message)
            tag = answer.headers["etag"]
            self.renewals += 1
            await asyncio.sleep(_EVERY)

    async def _somebody_joins(self) -> None:
        while not self._over.is_set():
            await asyncio.to_thread(_join, self._service, self._key, [time.time_ns()])
            await asyncio.sleep(1)


@contextmanager
def _tabs(service: Service, key: str, opened: list[_Tabs]) -> Iterator[None]:
    tabs = _Tabs(service, key)
    opened.append(tabs)
    tabs.open()
    try:
        yield
    finally:
        tabs.close()


def _join(service: Service, key: str, numbers: "range | list[int]") -> None:
    """Let people join rooms, who stay."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    events = [
        {
            "id": f"live-{number}",
            "type": "participant.joined",
            "time": now,
            "roomId": f"room-{number % 10}",
            "sessionId": f"live-{number}",
            "participant": {"uid": f"live-{number}", "name": f"Somebody {number}"},
        }
        for number in numbers
    ]
    answer = httpx.post(
        f"http://127.0.0.1:{service.port}/v1/events",
        content=json.dumps({"events": events}),
        headers={"VF-ORG-ID": key, "Content-Type": "application/json"},
    )
    answer.raise_for_status()
