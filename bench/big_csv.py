"""A CSV of a million sessions: how fast it streams, and what it costs the server in memory."""

import http.client
import time

from bench import client, services
from bench.data import Ledger
from bench.figures import Figure
from bench.scale import Scale
from bench.school import GUEST, Question
from bench.services import Service

_MOST_GROWTH_MB = 64.0
_BLOCK = 1 << 18
_LOOK_SECONDS = 0.1

_SMALL: Question = {"uid": GUEST, "startDate": "2024-01-01", "export": "csv"}
_BIG: Question = {**_SMALL, "endDate": "2030-12-31"}


def measure(scale: Scale, ledger: Ledger) -> list[Figure]:
    """The CSV of the guest account, on both engines, each in a fresh service."""
    figures = []
    for engine, url in (("SQLite", ledger.sqlite_url), ("PostgreSQL", ledger.postgres_url)):
        with services.rollbook(f"Rollbook, {engine}", url, workers=1) as service:
            figures += _measure(scale, ledger.key, engine, service)
    return figures


def _measure(scale: Scale, key: str, engine: str, service: Service) -> list[Figure]:
    connection = http.client.HTTPConnection("127.0.0.1", service.port)
    # What a first CSV loads and opens for good is no growth.
    client.ask(connection, client.contract(key, _SMALL)).read()
    before, begun = service.memory(), time.perf_counter()
    lines, most = _lines(client.ask(connection, client.contract(key, _BIG)), service)
    seconds = time.perf_counter() - begun
    connection.close()
    if lines < scale.guest_sessions:
        message = f"the CSV on {engine} has only {lines} lines"
        raise RuntimeError(message)
    growth = (most - before) / 1e6
    return [
        Figure(f"CSV, {engine}", lines / seconds, "rows/s", note=f"{lines:,} lines"),
        Figure(f"CSV, {engine}: memory growth", growth, "MB", at_most=_MOST_GROWTH_MB),
    ]


def _lines(response: http.client.HTTPResponse, service: Service) -> tuple[int, int]:
    """How many lines came, and the most memory (bytes) that the service had meanwhile."""
    lines, most, looked = 0, 0, 0.0
    while block := response.read(_BLOCK):
        lines += block.count(b"\n")
        if time.perf_counter() - looked > _LOOK_SECONDS:
            most, looked = max(most, service.memory()), time.perf_counter()
    return lines, most
