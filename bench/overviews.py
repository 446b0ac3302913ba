"""Usage, People and Rooms over six months, and what memory the service needs to make them."""

import statistics
import time
from collections.abc import Iterator
from datetime import timedelta

import httpx

from bench import services
from bench.dashboard import signed_in
from bench.data import Ledger
from bench.figures import Figure
from bench.scale import Scale, Size
from bench.services import Service
from bench.term import DAYS, FIRST_DAY, made_in

_LAST_DAY = FIRST_DAY + timedelta(days=DAYS - 1)
_RANGE = f"from={FIRST_DAY.date()}&to={_LAST_DAY.date()}"
_TODAY = f"from={_LAST_DAY.date()}&to={_LAST_DAY.date()}"
_MOST_MEMORY_MB = 64.0

_PAGES = {
    "usage, six months": f"/usage?{_RANGE}",
    "usage by room, six months": f"/usage/rooms?{_RANGE}",
    "usage, one day": f"/usage?{_TODAY}",
    "months": "/usage/months",
    "people, searched and sorted": f"/people?{_RANGE}&q=%C3%96MER&sort=time",
    "people, by name": f"/people?{_RANGE}&sort=name&page=3",
    "rooms, searched": f"/rooms?{_RANGE}&q=%D0%9A%D0%9B%D0%90%D0%A1%D0%A1",
}


def measure(scale: Scale, ledger: Ledger) -> list[Figure]:
    """Median seconds of each page on both engines, for organizations of some sizes."""
    figures: list[Figure] = []
    for engine, url in ledger.engines:
        keys = {size: made_in(url, size) for size in scale.terms}
        with services.rollbook(f"Rollbook, {engine}", url, 1) as service:
            for size, key in keys.items():
                figures += pages_of(scale, engine, size, service, key)
    return figures


def pages_of(scale: Scale, engine: str, size: Size, service: Service, key: str) -> Iterator[Figure]:
    """The figures of one organization."""
    with signed_in(service, key) as client:
        client.get("/people?range=today")  # whatever is loaded once
        before = most = service.memory()
        for name, path in _PAGES.items():
            took = []
            for _ in range(1 + scale.rounds):
                took.append(_seconds(client, path))
                most = max(most, service.memory())
            note = f"spread {min(took[1:]):.2f} to {max(took[1:]):.2f}"
            limit = _limit(engine, size, name)
            title = f"{name}, {size.name}, {engine}"
            yield Figure(title, statistics.median(took[1:]), "s", at_most=limit, note=note)
    grown = (most - before) / 1e6
    title = f"memory for these pages, {size.name}, {engine}"
    yield Figure(title, grown, "MB", at_most=_MOST_MEMORY_MB)


def _limit(engine: str, size: Size, name: str) -> float | None:
    """Seconds at most; the table of months is asked for apart, and has no limit."""
    few, many = size.sessions <= 200_000, size.sessions > 2_000_000
    if name == "usage, one day":
        return 0.1
    if name == "usage, six months":
        return 0.25 if few else 8.0 if many else 2.0 if engine == "SQLite" else 1.5
    return None if name == "months" or many else 0.2 if few else 1.5


def _seconds(client: httpx.Client, path: str) -> float:
    begun = time.perf_counter()
    answer = client.get(path)
    took = time.perf_counter() - begun
    if answer.status_code != 200:
        message = f"{path} was answered {answer.status_code}"
        raise RuntimeError(message)
    return took
