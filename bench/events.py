"""Durable events per second: in groups as Rollbook commits them, and each event alone.

64 senders post one event at a time and wait until it is acknowledged, which is after the commit.
Both services run on the same database in turns, so that its speed and the disk's are the same.
"""

import json
import statistics
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from bench import load, services
from bench.data import Ledger
from bench.figures import Figure
from bench.scale import Scale
from bench.services import Service

SENDERS = 64
_EACH = 1_500
"""Events that every sender has in store for a round: more than it gets rid of."""

_LEAST_RATIO = 8.0
_MOST_P99_MS = 100.0


def measure(scale: Scale, ledger: Ledger) -> list[Figure]:
    """The events of both ways on both databases."""
    return [
        *_on(scale, "SQLite", ledger.sqlite_url, ledger.key),
        *_on(scale, "PostgreSQL", ledger.postgres_url, ledger.key),
    ]


@dataclass(slots=True)
class _Way:
    """One way to commit, and what became of its rounds."""

    service: Service
    rounds: list[load.Result] = field(default_factory=list)

    @property
    def per_second(self) -> list[float]:
        return [result.per_second for result in self.rounds]


def _on(scale: Scale, engine: str, url: str, key: str) -> list[Figure]:
    with _both(url) as started:
        ways = [_Way(service) for service in started]
        for number in range(scale.rounds):
            for place, way in enumerate(ways):
                name = f"{engine[0]}{number:02}{place}"
                way.rounds.append(_round(scale, way.service, key, name))
    return _figures(engine, *ways)


@contextmanager
def _both(url: str) -> Iterator[Sequence[Service]]:
    with services.rollbook("groups", url, 1) as groups, services.alone("alone", url) as alone:
        yield groups, alone


def _round(scale: Scale, service: Service, key: str, name: str) -> load.Result:
    requests = [_request(key, f"{name}{number:06}") for number in range(SENDERS * _EACH)]
    answer = {"success": True, "data": {"results": [{"id": f"{name}000000", "status": "accepted"}]}}
    length = len(json.dumps(answer, separators=(",", ":")))
    lengths = [length] * len(requests)
    plan = load.Plan(service.port, requests, lengths, SENDERS, scale.warm_up, scale.seconds)
    result = load.run(plan)
    if result.wrong or not result.right:
        message = f"{service.name}: {result.wrong} events were not accepted"
        raise RuntimeError(message)
    return result


def _request(key: str, event_id: str) -> str:
    event = {
        "id": event_id,
        "type": "participant.joined",
        "time": "2026-01-15T09:05:30Z",
        "roomId": f"room-{event_id[-2:]}",
        "sessionId": event_id,
        "participant": {"uid": f"student-{event_id[-4:]}", "name": "Jane Doe", "role": "STUDENT"},
    }
    body = json.dumps({"events": [event]})
    return (
        f"POST /v1/events HTTP/1.1\r\nHost: bench\r\nVF-ORG-ID: {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    )


def _figures(engine: str, groups: _Way, alone: _Way) -> list[Figure]:
    ratios = [a / b for a, b in zip(groups.per_second, alone.per_second, strict=True)]
    p99 = statistics.median(result.p99_ms for result in groups.rounds)
    note = f"{SENDERS} senders; rounds {min(ratios):.2f} to {max(ratios):.2f}"
    return [
        _rate(f"durable events: in groups, {engine}", groups),
        _rate(f"durable events: each alone, {engine}", alone),
        Figure(
            f"ratio of events, {engine}",
            statistics.median(ratios),
            "times",
            _LEAST_RATIO,
            note=note,
        ),
        Figure(f"p99 of an event, {engine}", p99, "ms", at_most=_MOST_P99_MS),
    ]


def _rate(name: str, way: _Way) -> Figure:
    p50 = statistics.median(result.p50_ms for result in way.rounds)
    p99 = statistics.median(result.p99_ms for result in way.rounds)
    note = f"p50 {p50:.1f} ms, p99 {p99:.1f} ms"
    return Figure(name, statistics.median(way.per_second), "events/s", note=note)
