"""Pages of the dashboard: heavy people and rooms beside small ones."""

import re
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from bench import data, services
from bench.data import Ledger
from bench.figures import Figure
from bench.scale import Scale
from bench.school import BUSY_FIRST, BUSY_LAST, busy_lines
from bench.services import Service

_RANGE = f"from={BUSY_FIRST.date()}&to={BUSY_LAST.date()}"
_DAY = f"from={BUSY_FIRST.date()}&to={BUSY_FIRST.date()}"
_PAGES = {
    "a person with 10,000 sessions": (f"/person?uid=one&{_RANGE}", f"/person?uid=busy&{_RANGE}"),
    "one room of theirs": (
        f"/person?uid=one&{_RANGE}",
        f"/person?uid=busy&{_RANGE}&room=room-1&page=3",
    ),
    "a class of 2,000": (f"/room?id=room--1&{_DAY}", f"/room?id=room--2&{_DAY}"),
    "people over 70 days": (f"/people?{_DAY}&q=one", f"/people?{_RANGE}"),
}
_TIMES, _MORE_MS = 1.5, 300.0
_MOST_BYTES = 500_000


def measure(scale: Scale, ledger: Ledger) -> list[Figure]:
    """The server's time for each page on both engines, the small one of its kind as the limit."""
    figures = []
    for engine, url in ledger.engines:
        key = _busy_school(url)
        with services.rollbook(f"Rollbook, {engine}", url, scale.workers) as service:
            figures += _measure(scale, engine, service, key)
    return figures


def _busy_school(url: str) -> str:
    key = data.new_organization(url, "Busy School")
    with tempfile.TemporaryDirectory() as folder:
        data.import_lines(url, key, Path(folder) / "busy.jsonl", busy_lines())
    return key


@contextmanager
def signed_in(service: Service, key: str) -> Iterator[httpx.Client]:
    """A client in front of the pages of an organization."""
    with httpx.Client(base_url=f"http://127.0.0.1:{service.port}", timeout=60) as client:
        token = re.search(r'name="token" value="(\w+)"', client.get("/sign-in").text)
        client.post("/sign-in", data={"token": token[1] if token else "", "key": key, "next": "/"})
        yield client


def _measure(scale: Scale, engine: str, service: Service, key: str) -> list[Figure]:
    with signed_in(service, key) as client:
        return [
            _figure(f"{name}, {engine}", client, scale.rounds, pages)
            for name, pages in _PAGES.items()
        ]


def _figure(name: str, client: httpx.Client, rounds: int, pages: Sequence[str]) -> Figure:
    small, heavy = (_milliseconds(client, path, rounds) for path in pages)
    note = f"the small one takes {small:.0f} ms"
    limit = _TIMES * small + _MORE_MS
    return Figure(f"page: {name}", heavy, "ms", at_most=limit, note=note)


def _milliseconds(client: httpx.Client, path: str, rounds: int) -> float:
    """The shortest of some times. Raises RuntimeError where the page is not as it should be."""
    took = []
    for _ in range(1 + rounds):
        begun = time.perf_counter()
        answer = client.get(path)
        took.append(1000 * (time.perf_counter() - begun))
        if answer.status_code != 200 or len(answer.content) > _MOST_BYTES:
            message = f"{path} was answered {answer.status_code}, {len(answer.content)} bytes"
            raise RuntimeError(message)
    return min(took)
