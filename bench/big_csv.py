"""A CSV of a million sessions: how fast it streams, beside the database's own, and its memory."""

import http.client
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

from bench import client, own_csv, services
from bench.data import Ledger
from bench.figures import Figure
from bench.scale import Scale
from bench.school import GUEST, Question
from bench.services import MemoryWatch, Service

_MOST_GROWTH_MB = 64.0
_LEAST_OF_OWN = 0.5
"""The limit: rows per second to those of the database's own export of the same rows."""

_MOST_BEFORE_FIRST = 5.0
"""The limit: what of the whole time passes before the first byte, in percent."""

_BLOCK = 1 << 18

_SMALL: Question = {"uid": GUEST, "startDate": "2024-01-01", "export": "csv"}
BIG: Question = {**_SMALL, "endDate": "2030-12-31"}


@dataclass(frozen=True, slots=True)
class _Taken:
    """A CSV that was read: its lines, and the seconds until its first byte and its last."""

    lines: int
    first: float
    last: float

    @property
    def per_second(self) -> float:
        return self.lines / self.last


def measure(scale: Scale, ledger: Ledger) -> list[Figure]:
    """The CSV of the guest account, on both engines, each in a fresh service."""
    figures = []
    for engine, url in ledger.engines:
        export = own_csv.export(url, ledger.key, GUEST)
        with services.rollbook(f"Rollbook, {engine}", url, workers=1) as service:
            figures += _measure(scale, ledger.key, engine, service, export)
    return figures


def _measure(
    scale: Scale, key: str, engine: str, service: Service, export: Callable[[], int] | None
) -> list[Figure]:
    connection = http.client.HTTPConnection("127.0.0.1", service.port)
    # What a first CSV loads and opens for good is no growth.
    client.ask(connection, client.contract(key, _SMALL)).read()
    before, watch = service.memory(), MemoryWatch(service)
    ours, own = [], []
    for _ in range(max(1, scale.rounds // 2)):
        ours.append(_read(connection, key, watch))
        if export is not None:
            own.append(_per_second(export, scale.guest_sessions))
    connection.close()
    if ours[0].lines < scale.guest_sessions:
        message = f"the CSV on {engine} has only {ours[0].lines} lines"
        raise RuntimeError(message)
    rate = statistics.median(taken.per_second for taken in ours)
    return [
        Figure(f"CSV, {engine}", rate, "rows/s", note=f"{ours[0].lines:,} lines"),
        _until_first(engine, ours),
        Figure(
            f"CSV, {engine}: memory growth",
            (watch.most - before) / 1e6,
            "MB",
            at_most=_MOST_GROWTH_MB,
        ),
        *_beside_own(engine, ours, own),
    ]


def _read(connection: http.client.HTTPConnection, key: str, watch: MemoryWatch) -> _Taken:
    begun = time.perf_counter()
    response = client.ask(connection, client.contract(key, BIG))
    block = response.read1(_BLOCK)
    first, lines = time.perf_counter() - begun, 0
    while block:
        lines += block.count(b"\n")
        watch.look()
        block = response.read(_BLOCK)
    return _Taken(lines, first, time.perf_counter() - begun)


def _per_second(export: Callable[[], int], sessions: int) -> float:
    begun = time.perf_counter()
    lines = export()
    seconds = time.perf_counter() - begun
    if lines != sessions:
        message = f"the database's own export has {lines} lines, not {sessions}"
        raise RuntimeError(message)
    return lines / seconds


def _until_first(engine: str, ours: list[_Taken]) -> Figure:
    shares = [100 * taken.first / taken.last for taken in ours]
    first = statistics.median(taken.first for taken in ours)
    return Figure(
        f"CSV, {engine}: before its first byte",
        statistics.median(shares),
        "% of its time",
        at_most=_MOST_BEFORE_FIRST,
        note=f"{first:.2f} s",
    )


def _beside_own(engine: str, ours: list[_Taken], own: list[float]) -> list[Figure]:
    if not own:
        return []
    ratios = [taken.per_second / other for taken, other in zip(ours, own, strict=True)]
    note = f"{statistics.median(own):,.0f} rows/s; rounds {min(ratios):.2f} to {max(ratios):.2f}"
    name = f"CSV / the database's own export, {engine}"
    return [Figure(name, statistics.median(ratios), "times", _LEAST_OF_OWN, note=note)]
