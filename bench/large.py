"""One-day pages of organizations of 200 thousand to 10 million sessions in PostgreSQL, and sums of the largest.

Each has a database and a Rollbook of its own, as one that has grown would have. The pages of the largest
are held against those of the smallest, pgbench's statements and the peer. `--large` asks for it.
"""

import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

from bench import client, data, many_sessions, overviews, pages, peer, pgbench, services
from bench.client import Request
from bench.data import Ledger
from bench.figures import Figure, table
from bench.pages import Contender
from bench.postgres import fresh_database
from bench.scale import Scale, Size
from bench.services import Service

_MOST_TIMES = 1.3
"""The limit: how much longer a page of the largest takes than one of the smallest."""

_LOADS = 2
"""How often each page of sums is loaded again, as that takes seconds."""

_QUESTIONS = 10
"""Times as many as elsewhere: so many that not all their sessions stay in PostgreSQL's own cache."""


@dataclass(frozen=True, slots=True)
class _Grown:
    """An organization, and who answers for it."""

    size: Size
    url: str
    key: str
    service: Service
    requests: Sequence[Request]
    answers: Sequence[bytes]
    contender: Contender


def measure(scale: Scale, ledger: Ledger) -> list[Figure]:
    """What is measured of all sizes; nothing where a scale has none."""
    del ledger  # databases of their own
    if not scale.large:
        return []
    with ExitStack() as running:
        grown = [running.enter_context(_grown(scale, size)) for size in scale.large]
        of_pages = _pages(scale, grown)
        # The sums take minutes; whatever befalls them, what is measured is told.
        print(table(of_pages), flush=True)
        return [*of_pages, *_sums(scale, grown[-1])]


@contextmanager
def _grown(scale: Scale, size: Size) -> Iterator[_Grown]:
    with fresh_database() as url:
        begun = time.perf_counter()
        data.rollbook_says(url, "db", "upgrade")
        key = many_sessions.made_in(url, size)
        print(f"{size.name} are written after {time.perf_counter() - begun:.0f} s", flush=True)
        questions = many_sessions.day_questions(url, key, size, _QUESTIONS * scale.questions)
        with services.rollbook(f"PostgreSQL, {size.name}", url, 1) as service:
            requests = [client.contract(key, question) for question in questions]
            answers = client.answers(service, requests)
            asked = pages.contender(scale, service, requests, answers)
            yield _Grown(size, url, key, service, requests, answers, asked)


def _pages(scale: Scale, grown: Sequence[_Grown]) -> list[Figure]:
    smallest, largest = grown[0], grown[-1]
    ours, program, statements = largest.contender, pgbench.program(), list[float]()
    script = many_sessions.pgbench_script(largest.key, largest.size)
    with ExitStack() as running:
        others = [running.enter_context(_peer(scale, largest))] if peer.is_named() else []
        for number in range(scale.rounds):
            pages.turn([*(one.contender for one in grown), *others], number)
            if program is not None:
                statements.append(pgbench.per_second(program, scale, largest.url, script))
    name = largest.size.name
    return [
        *(pages.rate(one.contender) for one in grown),
        *map(pages.rate, others),
        _times(smallest, largest),
        *pages.of_pgbench(f"Rollbook / pgbench of the same statement, {name}", ours, statements),
        *(peer.ratio(f"Rollbook / PostGraphile, {name}", ours, other) for other in others),
    ]


@contextmanager
def _peer(scale: Scale, grown: _Grown) -> Iterator[Contender]:
    with peer.running(scale, grown.url) as service:
        yield peer.contender(scale, service, grown.key, grown.requests, grown.answers)


def _times(smallest: _Grown, largest: _Grown) -> Figure:
    few, many = smallest.contender.per_second, largest.contender.per_second
    ratios = [one / other for one, other in zip(few, many, strict=True)]
    sizes = (statistics.mean(map(len, one.answers)) for one in (largest, smallest))
    note = "answers of {:.0f} and {:.0f} bytes; ".format(*sizes)
    return Figure(
        f"a page of {largest.size.name} / of {smallest.size.name}",
        statistics.median(ratios),
        "times",
        at_most=_MOST_TIMES,
        note=f"{note}rounds {min(ratios):.2f} to {max(ratios):.2f}",
    )


def _sums(scale: Scale, grown: _Grown) -> Iterator[Figure]:
    few = replace(scale, rounds=min(scale.rounds, _LOADS))
    return overviews.pages_of(few, "PostgreSQL", grown.size, grown.service, grown.key)
