"""What a page of the contract waits while somebody else looks at large pages, or takes a large CSV.

A neighbour asks for one-day pages. One reader of a big school makes one page again and again, and one
takes the CSV of an account with a million sessions. The 99th percentile of the neighbour's waits is held
against that of a quiet service, in turns.
"""

import http.client
import statistics
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import httpx

from bench import big_csv, big_school, client, data, load, neighbour, services
from bench.dashboard import signed_in
from bench.data import Ledger
from bench.every_page import PAGES
from bench.figures import Figure
from bench.scale import Scale
from bench.school import term_lines
from bench.services import MemoryWatch, Service

_LARGE = (
    *("usage, half a year", "people, half a year, searched", "rooms, half a year", "months"),
    "absences, a month",
)
_MOST_TIMES = 3.0
_MOST_GROWTH_MB = 64.0
_BLOCK = 1 << 18


def measure(scale: Scale, ledger: Ledger) -> list[Figure]:
    """The neighbour's waits beside each of them, and the memory that is needed, on both engines."""
    figures: list[Figure] = []
    for engine, url in ledger.engines:
        school_key = big_school.made_in(url, scale.school)
        few = replace(scale, participants=20, sessions_each=20)
        key = _neighbour(url, few)
        with (
            services.rollbook(f"Rollbook, {engine}", url, 1) as service,
            signed_in(service, school_key) as pages,
        ):
            work = {name: _page(pages, PAGES[name]) for name in _LARGE}
            work["a CSV"] = _csv(service, ledger.key)
            figures += _measure(scale, engine, service, neighbour.plan(few, key, service), work)
    return figures


def _neighbour(url: str, scale: Scale) -> str:
    key = data.new_organization(url, "Neighbour")
    with tempfile.TemporaryDirectory() as folder:
        data.import_lines(url, key, Path(folder) / "term.jsonl", term_lines(scale))
    return key


Work = Callable[[], Iterator[object]]
"""What a reader takes, part by part."""


def _page(pages: httpx.Client, path: str) -> Work:
    def made() -> Iterator[object]:
        yield pages.get(path).raise_for_status()

    return made


def _csv(service: Service, key: str) -> Work:
    def taken() -> Iterator[object]:
        connection = http.client.HTTPConnection("127.0.0.1", service.port)
        try:
            response = client.ask(connection, client.contract(key, big_csv.BIG))
            while block := response.read(_BLOCK):
                yield block
        finally:
            connection.close()

    return taken


def _measure(
    scale: Scale, engine: str, service: Service, plan: load.Plan, work: dict[str, Work]
) -> Iterator[Figure]:
    for once in work.values():
        next(once())  # whatever is loaded once
    before, watch = service.memory(), MemoryWatch(service)
    readers = [_Reader(one, watch) for one in work.values()]
    busy = [partial(_reading, reader) for reader in readers]
    quiet, beside = neighbour.in_turns(plan, scale.rounds, busy)
    for name, reader, found in zip(work, readers, beside, strict=True):
        yield _figure(f"{name}, {engine}", quiet, found, reader.parts)
    title = f"memory for large pages and CSVs again and again, {engine}"
    yield Figure(title, (watch.most - before) / 1e6, "MB", at_most=_MOST_GROWTH_MB)


def _figure(
    name: str, quiet: Sequence[load.Result], beside: Sequence[load.Result], parts: int
) -> Figure:
    alone, waits = ([result.p99_ms for result in found] for found in (quiet, beside))
    ratios = [ours / other for ours, other in zip(waits, alone, strict=True)]
    note = (
        f"{statistics.median(alone):.1f} ms quiet, {statistics.median(waits):.1f} ms beside; "
        f"rounds {min(ratios):.1f} to {max(ratios):.1f}; {parts} parts of it were made"
    )
    title = f"a neighbour's p99 beside {name} / quiet"
    return Figure(title, statistics.median(ratios), "times", at_most=_MOST_TIMES, note=note)


@dataclass(slots=True)
class _Reader:
    """Who takes the same again and again, in a thread of their own."""

    work: Work
    watch: MemoryWatch
    parts: int = 0
    over: threading.Event = field(default_factory=threading.Event)
    failure: Exception | None = None

    def read(self) -> None:
        try:
            while not self.over.is_set():
                self._once()
        except Exception as failure:  # noqa: BLE001 - raised by whoever stops them
            self.failure = failure

    def _once(self) -> None:
        for _ in self.work():
            self.parts += 1
            self.watch.look()
            if self.over.is_set():
                return


@contextmanager
def _reading(reader: _Reader) -> Iterator[None]:
    reader.over.clear()
    thread = threading.Thread(target=reader.read)
    thread.start()
    try:
        yield
    finally:
        reader.over.set()
        thread.join()
    if reader.failure is not None:
        raise reader.failure
