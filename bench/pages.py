"""One-day pages per second: Rollbook on SQLite and on PostgreSQL, and the reference."""

import json
import statistics
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field

from bench import client, load, school, services
from bench.client import Request
from bench.data import Ledger
from bench.figures import Figure
from bench.pgbench import pages_of_term, per_second, program
from bench.scale import Scale
from bench.services import Service

_LEAST_RATIO = 9.0
"""The limit: pages per second of Rollbook to those of the reference, both on PostgreSQL."""

_LEAST_OF_PGBENCH = 0.35
"""The same to how often pgbench is answered the statement behind them."""

_CONSTANT = "GET /healthz HTTP/1.1\r\nHost: bench\r\n\r\n", len(b'{"success":true}')


def measure(scale: Scale, ledger: Ledger) -> list[Figure]:
    """The pages of all, in turns. Raises RuntimeError where their answers differ."""
    with ExitStack() as running:
        started = [running.enter_context(service) for service in _services(scale, ledger)]
        answers = _same_answers(scale, ledger.key, started)
        requests = day_requests(scale, ledger.key)
        contenders = [contender(scale, service, requests, answers) for service in started]
        pgbench, statements = program(), list[float]()
        script = pages_of_term(scale, ledger.key)
        for number in range(scale.rounds):
            turn(contenders, number)
            if pgbench is not None:
                statements.append(per_second(pgbench, scale, ledger.postgres_url, script))
        constant = load.run(_constant(scale, started[0]))
    return [
        *_figures(contenders),
        *of_pgbench("Rollbook / pgbench of the same statement", contenders[1], statements),
        _load_figure(constant),
    ]


def _services(scale: Scale, ledger: Ledger) -> list[AbstractContextManager[Service]]:
    sqlite, postgres, workers = ledger.sqlite_url, ledger.postgres_url, scale.workers
    return [
        services.rollbook("Rollbook, SQLite", sqlite, workers),
        services.rollbook("Rollbook, PostgreSQL", postgres, workers),
        services.reference("reference, PostgreSQL", postgres, workers, tuned=False),
        services.reference("tuned reference, PostgreSQL", postgres, workers, tuned=True),
    ]


def day_requests(scale: Scale, key: str) -> list[Request]:
    """The questions about one person's day."""
    return [client.contract(key, question) for question in school.day_questions(scale)]


def contender(
    scale: Scale, service: Service, requests: Sequence[Request], answers: Sequence[bytes]
) -> "Contender":
    """A service that will be asked in turns, and has given these answers."""
    texts = [request.text for request in requests]
    return Contender(service, _plan(scale, service, texts, [len(answer) for answer in answers]))


def in_turns(contenders: Sequence["Contender"], rounds: int) -> None:
    """Ask all of them, round after round."""
    for number in range(rounds):
        turn(contenders, number)


def turn(contenders: Sequence["Contender"], number: int) -> None:
    """One round of all."""
    # Every other round backwards, so that no one always runs in another's wake.
    for one in contenders[:: 1 if number % 2 else -1]:
        one.run()


def _constant(scale: Scale, service: Service) -> load.Plan:
    """Answers that cost next to nothing: they show what the load itself can do."""
    request, length = _CONSTANT
    return _plan(scale, service, [request], [length])


def _plan(scale: Scale, service: Service, texts: list[str], lengths: list[int]) -> load.Plan:
    times = scale.warm_up, scale.seconds
    return load.Plan(service.port, texts, lengths, scale.connections, *times)


@dataclass(slots=True)
class Contender:
    """A service, what it is asked, and its rounds; `cpu_us` is processor time per page."""

    service: Service
    plan: load.Plan
    rounds: list[load.Result] = field(default_factory=list)
    cpu_us: list[float] = field(default_factory=list)

    def run(self) -> None:
        worked = self.service.cpu_seconds()
        result = load.run(self.plan)
        worked = self.service.cpu_seconds() - worked
        if result.wrong or not result.right:
            message = f"{self.service.name}: {result.wrong} answers were wrong"
            raise RuntimeError(message)
        self.rounds.append(result)
        self.cpu_us.append(1e6 * worked / result.all_right)

    @property
    def per_second(self) -> list[float]:
        return [result.per_second for result in self.rounds]


def _same_answers(scale: Scale, key: str, started: Sequence[Service]) -> list[bytes]:
    """The answers that will be asked for, once all services agree on them."""
    days = day_requests(scale, key)
    others = [client.contract(key, question) for question in school.other_questions()]
    expected, *given = [client.answers(service, [*days, *others]) for service in started]
    for service, answers in zip(started[1:], given, strict=True):
        require_same(service, map(json.loads, expected), map(json.loads, answers))
    return expected[: len(days)]


def require_same(service: Service, expected: Iterable[object], given: Iterable[object]) -> None:
    """Raise RuntimeError where a service answers otherwise than is expected."""
    for right, answer in zip(expected, given, strict=True):
        if right != answer:
            message = f"{service.name} answers otherwise: {answer!r}, not {right!r}"
            raise RuntimeError(message)


def _figures(contenders: Sequence[Contender]) -> list[Figure]:
    _, ours, reference, tuned = contenders
    return [
        *map(rate, contenders),
        ratio("Rollbook / reference, PostgreSQL", ours, reference, at_least=_LEAST_RATIO),
        ratio("Rollbook / tuned reference, PostgreSQL", ours, tuned),
    ]


def rate(contender: Contender) -> Figure:
    """How many pages a second one gave."""
    return Figure(
        f"one-day pages: {contender.service.name}",
        statistics.median(contender.per_second),
        "pages/s",
        note=_note(contender),
    )


def ratio(name: str, ours: Contender, theirs: Contender, at_least: float | None = None) -> Figure:
    """How the pages of one compare with those of another that took turns with it."""
    # Of each round by itself: a machine that slows down slows both sides of a ratio.
    pairs = zip(ours.per_second, theirs.per_second, strict=True)
    ratios = [mine / other for mine, other in pairs]
    cpu = statistics.median(theirs.cpu_us) / statistics.median(ours.cpu_us)
    note = f"rounds {min(ratios):.1f} to {max(ratios):.1f}; by processor time {cpu:.1f}"
    return Figure(name, statistics.median(ratios), "times", at_least=at_least, note=note)


def of_pgbench(name: str, ours: Contender, statements: Sequence[float]) -> list[Figure]:
    """How the pages of one compare with the statements of pgbench, where it was there."""
    if not statements:
        return []
    ratios = [pages / other for pages, other in zip(ours.per_second, statements, strict=True)]
    note = f"{statistics.median(statements):,.0f}/s; rounds {min(ratios):.2f} to {max(ratios):.2f}"
    return [Figure(name, statistics.median(ratios), "times", _LEAST_OF_PGBENCH, note=note)]


def _note(contender: Contender) -> str:
    rounds = contender.rounds
    p50 = statistics.median(result.p50_ms for result in rounds)
    p99 = statistics.median(result.p99_ms for result in rounds)
    low, high = min(contender.per_second), max(contender.per_second)
    cpu = statistics.median(contender.cpu_us)
    return (
        f"p50 {p50:.1f} ms, p99 {p99:.1f} ms, rounds {low:,.0f} to {high:,.0f}, "
        f"{cpu:,.0f} µs of its processor time each"
    )


def _load_figure(constant: load.Result) -> Figure:
    note = f"what the load can ask; it is busy {constant.busy:.0%} of one core then"
    return Figure("constant answers (/healthz)", constant.per_second, "answers/s", note=note)
