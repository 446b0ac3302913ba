"""Events in batches of a thousand and files, which one sender gets into an empty ledger on SQLite, and pages of it.

`ROLLBOOK_BENCH_BEFORE` names the command of an earlier Rollbook; then both do the same in turns, each
on a ledger of its own, and the ratios are told. Beside the rates stands the processor time, which says
more than they do on a machine that others use too.
"""

import json
import os
import statistics
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from bench import client, load, pages, services
from bench.data import Ledger, import_lines, new_organization
from bench.figures import Figure
from bench.pages import Contender, rate, ratio
from bench.scale import Scale
from bench.school import term_lines
from bench.services import ROLLBOOK, Service

BEFORE_VARIABLE = "ROLLBOOK_BENCH_BEFORE"

_BATCH = 1_000
_BATCHES = 150
"""Batches in store for a round: more than any Rollbook gets rid of."""

_LEAST_RATIO = 3.0
_LEAST_OF_PAGES = 0.95


@dataclass(slots=True)
class _Way:
    """One Rollbook, and what became of its rounds: events, and rows of a file, a second."""

    name: str
    command: Path
    events: list[float] = field(default_factory=list)
    microseconds: list[float] = field(default_factory=list)
    rows: list[float] = field(default_factory=list)
    key: str = ""
    """Of the school in the last file."""


def measure(scale: Scale, ledger: Ledger) -> list[Figure]:
    """The rates of this Rollbook, and how they compare with those of the earlier one."""
    del ledger  # ledgers of their own: an earlier Rollbook need not know this one's schema
    ways = [_Way("now", ROLLBOOK)]
    if before := os.environ.get(BEFORE_VARIABLE):
        ways.append(_Way("before", Path(before)))
    with tempfile.TemporaryDirectory(prefix="rollbook-bench-") as folder:
        _send_batches(scale, ways, Path(folder))
        _import_files(scale, ways, Path(folder))
        asked = _ask_pages(scale, ways, Path(folder))
    return [figure for way in ways for figure in _rates(way)] + _ratios(*ways) + _of_pages(*asked)


def _send_batches(scale: Scale, ways: Sequence[_Way], folder: Path) -> None:
    with ExitStack() as running:
        served = [(way, *_served(running, way, folder)) for way in ways]
        for number in range(scale.rounds):
            for way, service, key in served:
                _round(scale, way, service, _Batches(key, f"{number:02}"))


def _served(running: ExitStack, way: _Way, folder: Path) -> tuple[Service, str]:
    url = f"sqlite:///{folder / way.name}.db"
    key = new_organization(url, "Bench School", way.command)
    return running.enter_context(services.rollbook(way.name, url, 1, way.command)), key


@dataclass(frozen=True, slots=True)
class _Batches:
    """The batches of a round: people come, and in the same batch they go."""

    key: str
    name: str

    def plan(self, service: Service, scale: Scale) -> load.Plan:
        batches = [list(self._events(number)) for number in range(_BATCHES)]
        requests = [_request(self.key, events) for events in batches]
        lengths = [_answer_length(events) for events in batches]
        return load.Plan(service.port, requests, lengths, 1, scale.warm_up, scale.seconds)

    def _events(self, batch: int) -> Iterator[Mapping[str, object]]:
        for number in range(_BATCH // 2):
            stay = f"{self.name}{batch:03}{number:03}"
            about = {"roomId": f"room-{number % 20}", "sessionId": stay}
            person = {"uid": f"student-{number}", "name": f"Student {number}", "role": "STUDENT"}
            yield {
                "id": f"{stay}-joined",
                "type": "participant.joined",
                "time": "2026-01-15T09:05:30Z",
                "participant": person,
                "ipAddress": f"192.0.2.{number % 200}",
                **about,
            }
            left = {"type": "participant.left", "time": "2026-01-15T10:02:15Z"}
            yield {"id": f"{stay}-left", **left, **about}


def _request(key: str, events: Sequence[Mapping[str, object]]) -> str:
    body = json.dumps({"events": events})
    return (
        f"POST /v1/events HTTP/1.1\r\nHost: bench\r\nVF-ORG-ID: {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    )


def _answer_length(events: Sequence[Mapping[str, object]]) -> int:
    results = [{"id": event["id"], "status": "accepted"} for event in events]
    answer = {"success": True, "data": {"results": results}}
    return len(json.dumps(answer, separators=(",", ":")))


def _round(scale: Scale, way: _Way, service: Service, batches: _Batches) -> None:
    begun = service.cpu_seconds()
    result = load.run(batches.plan(service, scale))
    used = service.cpu_seconds() - begun
    if result.wrong or not result.right:
        message = f"{service.name}: {result.right} batches were accepted, {result.wrong} were not"
        raise RuntimeError(message)
    way.events.append(_BATCH * result.per_second)
    way.microseconds.append(1e6 * used / (_BATCH * result.all_right))


def _import_files(scale: Scale, ways: Sequence[_Way], folder: Path) -> None:
    for number in range(scale.rounds):
        for way in ways:
            url = _ledger_of_file(way, number, folder)
            way.key = new_organization(url, "Bench School", way.command)
            lines = folder / "term.jsonl"
            way.rows.append(import_lines(url, way.key, lines, term_lines(scale), way.command).value)


def _ledger_of_file(way: _Way, number: int, folder: Path) -> str:
    return f"sqlite:///{folder / way.name}-{number}.db"


def _ask_pages(scale: Scale, ways: Sequence[_Way], folder: Path) -> list[Contender]:
    """One-day pages of the school in the last file, in turns."""
    with ExitStack() as running:
        asked: list[Contender] = []
        for way in ways:
            url = _ledger_of_file(way, scale.rounds - 1, folder)
            service = running.enter_context(
                services.rollbook(f"SQLite, {way.name}", url, 1, way.command)
            )
            requests = pages.day_requests(scale, way.key)
            answers = client.answers(service, requests)
            asked.append(pages.contender(scale, service, requests, answers))
        pages.in_turns(asked, 2 * scale.rounds)
    return asked


def _rates(way: _Way) -> list[Figure]:
    took = f"{statistics.median(way.microseconds):.0f} µs of processor time each"
    return [
        Figure(
            f"events in batches of {_BATCH:,}, SQLite, {way.name}",
            statistics.median(way.events),
            "events/s",
            note=f"one sender; {took}",
        ),
        Figure(f"import, SQLite, {way.name}", statistics.median(way.rows), "rows/s"),
    ]


def _ratios(now: _Way, before: _Way | None = None) -> list[Figure]:
    if before is None:
        return []
    return [
        _ratio("events in batches: now to before", now.events, before.events, _LEAST_RATIO),
        _ratio("processor time of batches: before to now", before.microseconds, now.microseconds),
        _ratio("import: now to before", now.rows, before.rows),
    ]


def _ratio(
    name: str, ours: Sequence[float], theirs: Sequence[float], least: float | None = None
) -> Figure:
    ratios = [one / other for one, other in zip(ours, theirs, strict=True)]
    note = f"rounds {min(ratios):.2f} to {max(ratios):.2f}"
    return Figure(name, statistics.median(ratios), "times", least, note=note)


def _of_pages(now: Contender, before: Contender | None = None) -> list[Figure]:
    if before is None:
        return [rate(now)]
    of_both = ratio("one-day pages: now to before", now, before, _LEAST_OF_PAGES)
    return [rate(now), rate(before), of_both]
