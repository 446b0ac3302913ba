"""How soon `serve` is ready, beside what it takes to import the framework; and a worker's memory."""

import os
import statistics
import subprocess
import sys
import time

from bench import client, pages, services
from bench.data import Ledger
from bench.figures import Figure
from bench.scale import Scale
from bench.services import Service

_FRAMEWORK = [sys.executable, "-c", "import litestar"]
_MOST_MB = 110.0


def measure(scale: Scale, ledger: Ledger) -> list[Figure]:
    """Both on PostgreSQL, the memory after a round of pages."""
    ratios, ready, alone = [], [], []
    for _ in range(scale.rounds):
        alone.append(_seconds_to_import())
        begun = time.perf_counter()
        with services.rollbook("Rollbook, PostgreSQL", ledger.postgres_url, workers=1):
            ready.append(time.perf_counter() - begun)
        ratios.append(ready[-1] / alone[-1])
    note = f"{statistics.median(ready):.2f} s; the framework {statistics.median(alone):.2f} s"
    name = "serve is ready / importing the framework"
    return [
        Figure(name, statistics.median(ratios), "times", note=note),
        *[_memory(scale, ledger, engine, url) for engine, url in ledger.engines],
    ]


def _seconds_to_import() -> float:
    begun = time.perf_counter()
    subprocess.run(_FRAMEWORK, check=True, env=_as_installed())
    return time.perf_counter() - begun


def _as_installed() -> dict[str, str]:
    # With what Python has compiled of modules, as it lies beside those that are installed.
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def _memory(scale: Scale, ledger: Ledger, engine: str, url: str) -> Figure:
    """Of the largest process, which is the worker, after it has answered much."""
    with services.rollbook(f"Rollbook, {engine}", url, workers=1) as service:
        _ask(scale, ledger, service)
        most = service.largest_resident() / 1e6
    return Figure(f"resident memory of a worker, {engine}", most, "MB", at_most=_MOST_MB)


def _ask(scale: Scale, ledger: Ledger, service: Service) -> None:
    requests = pages.day_requests(scale, ledger.key)
    answers = client.answers(service, requests)
    pages.contender(scale, service, requests, answers).run()
