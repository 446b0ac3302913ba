"""What a service counts of itself, for Prometheus, right across its worker processes.

Counting is in the way of every request, so it is cheap: each worker adds to a file of its own that is
mapped into its memory, and whoever asks any worker gets the sum (docs/decisions/0034-metrics.md).
Nothing here has a label that grows with what the ledger holds.
"""

import asyncio
import os
from bisect import bisect_left
from collections import Counter as Count
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import get_args

import prometheus_client as prometheus
from prometheus_client import multiprocess
from prometheus_client.metrics_core import GaugeMetricFamily, Metric

from rollbook import __version__
from rollbook.domain.errors import RollbookError
from rollbook.service.ingest.group_commit import GroupMeter
from rollbook.service.ingest.record import Arrival, Outcome
from rollbook.service.upkeep.ports import RoundOutcome
from rollbook.store.engine.database import Database
from rollbook.store.engine.replica import Replica, Standing
from rollbook.store.upkeep.figures import HEARD_WITHIN, DatabaseFigures, Figures

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_LAG_SECONDS = (0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 21_600, 86_400)
_GROUP = (1, 2, 5, 10, 20, 50, 100, 200, 500)

_SAMPLE_SECONDS = 2.0
"""How often a worker says how many connections it uses, and how much waits."""

_PATIENCE = 3.0
"""Seconds for what is asked of the database: a scrape goes without it where that takes longer."""


class ManyAtOnce(prometheus.Histogram):
    """A histogram that is told many values together.

    To be told of each event of a batch by itself took a tenth of the time that the batch took.
    """

    def observe_all(self, amounts: Iterable[float]) -> None:
        """As `observe` for each of them."""
        bounds, total = self._upper_bounds, 0.0
        counts: Count[int] = Count()
        for amount in amounts:
            total += amount
            counts[bisect_left(bounds, amount)] += 1
        self._sum.inc(total)
        for place, count in counts.items():
            self._buckets[place].inc(count)


class Metrics(GroupMeter):
    """Counts for one worker, and tells for all of them. `folder` is what the workers share."""

    def __init__(
        self,
        database: Database,
        now: Callable[[], int],
        waiting: Callable[[], int],
        folder: Path | None = None,
        replica: Replica | None = None,
    ) -> None:
        """`waiting` tells how many events wait for a commit; `now` is in ms UTC.

        Without a folder a worker tells of itself alone.
        """
        self._database = database
        self._figures = DatabaseFigures(database)
        self._now = now
        self._waiting = waiting
        self._folder = folder
        self._replica = replica
        self._replica_reads: Count[str] = Count()
        self._registry = prometheus.CollectorRegistry()
        self._sampling: asyncio.Task[None] | None = None
        self._requests: dict[tuple[str, str, int], prometheus.Histogram] = {}
        self._make_counters()
        self._make_gauges()

    def _make_counters(self) -> None:
        counter = partial(prometheus.Counter, registry=self._registry)
        histogram = partial(prometheus.Histogram, registry=self._registry)
        # One instrument for both, how many and how long: each costs every request its time.
        self._request_seconds = histogram(
            "rollbook_http_request_duration_seconds",
            "From a request's arrival to its whole answer, by route and status.",
            ["route", "method", "status"],
            buckets=_SECONDS,
        )
        self._events = counter(
            "rollbook_events",
            "Events by the kind of their source, and what became of them.",
            ["kind", "outcome"],
        )
        self._lag = ManyAtOnce(
            "rollbook_event_lag_seconds",
            "From an event's own time to its commit, of new events.",
            ["kind"],
            buckets=_LAG_SECONDS,
            registry=self._registry,
        )
        self._commit_seconds = histogram(
            "rollbook_commit_duration_seconds", "Commits of groups of events.", buckets=_SECONDS
        )
        self._commit_events = histogram(
            "rollbook_commit_events", "Events in a group that was committed.", buckets=_GROUP
        )
        self._commit_failures = counter(
            "rollbook_commit_failures", "Groups of events that could not be committed."
        )
        self._rounds = counter(
            "rollbook_upkeep_rounds", "Rounds of upkeep: done, elsewhere or failed.", ["outcome"]
        )

    def _make_gauges(self) -> None:
        gauge = partial(prometheus.Gauge, registry=self._registry)
        self._round_at = gauge(
            "rollbook_upkeep_last_done_timestamp_seconds",
            "When a round of upkeep was last done.",
            multiprocess_mode="max",
        )
        self._connections = gauge(
            "rollbook_database_connections",
            "Connections to the database: those that are lent, and how many may be.",
            ["pool", "state"],
            multiprocess_mode="livesum",
        )
        self._waiting_events = gauge(
            "rollbook_events_waiting",
            "Events that wait for their commit.",
            multiprocess_mode="livesum",
        )
        self._workers = gauge("rollbook_workers", "Worker processes.", multiprocess_mode="livesum")
        self._make_those_of_the_replica()

    def _make_those_of_the_replica(self) -> None:
        if self._replica is None:
            return
        self._replica_standing = prometheus.Gauge(
            "rollbook_replica_workers",
            "Worker processes by how the replica stands to them: fresh, behind or away.",
            ["standing"],
            registry=self._registry,
            multiprocess_mode="livesum",
        )
        self._replica_behind = prometheus.Gauge(
            "rollbook_replica_behind_seconds",
            "How far behind the replica may be at most, of the workers that know.",
            registry=self._registry,
            multiprocess_mode="livemax",
        )
        self._reads = prometheus.Counter(
            "rollbook_replica_reads",
            "What may be read from a replica, by where it was: replica or ledger.",
            ["place"],
            registry=self._registry,
        )

    def request(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count a request that was answered."""
        key = (route, method, status)
        known = self._requests.get(key)
        if known is None:
            known = self._request_seconds.labels(_plain(route), method, status)
            self._requests[key] = known
        known.observe(seconds)

    def committed(
        self, arrivals: Sequence[Arrival], outcomes: Sequence[Sequence[Outcome]], seconds: float
    ) -> None:
        now = self._now()
        counts: Count[tuple[str, Outcome]] = Count()
        lags: defaultdict[str, list[float]] = defaultdict(list)
        for arrival, own in zip(arrivals, outcomes, strict=True):
            kind = arrival.source.kind
            for delivery, outcome in zip(arrival.deliveries, own, strict=True):
                counts[kind, outcome] += 1
                if outcome is Outcome.ACCEPTED:
                    lags[kind].append(max(0, now - delivery.occurred_at) / 1000)
        for kind, seconds_late in lags.items():
            self._lag.labels(kind).observe_all(seconds_late)
        for (kind, outcome), count in counts.items():
            self._events.labels(kind, outcome.value).inc(count)
        if events := counts.total():
            self._commit_events.observe(events)
            self._commit_seconds.observe(seconds)

    def failed(self) -> None:
        self._commit_failures.inc()

    def rejected(self, kind: str) -> None:
        self._events.labels(kind, "rejected").inc()

    def round_ended(self, outcome: RoundOutcome) -> None:
        """Count a round of upkeep."""
        self._rounds.labels(outcome).inc()
        if outcome == "done":
            self._round_at.set(self._now() / 1000)

    async def start(self) -> None:
        """Begin to tell how many connections are in use; for as long as the worker lives."""
        self._sampling = asyncio.create_task(self._sample_again_and_again())

    async def stop(self) -> None:
        """End that."""
        if self._sampling is not None:
            self._sampling.cancel()
            await asyncio.wait({self._sampling})

    async def exposition(self) -> bytes:
        """All of it, in Prometheus's text form (version 0.0.4)."""
        figures = await self._asked()
        return await asyncio.to_thread(self._text, figures)

    async def _asked(self) -> Figures | None:
        """What the database tells; None where it does not answer."""
        with suppress(RollbookError, TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                return await self._figures.now(self._now())
        return None

    def _text(self, figures: Figures | None) -> bytes:
        self._sample()
        registry = self._registry
        if self._folder is not None:
            _forget_the_dead(self._folder)
            registry = prometheus.CollectorRegistry()
            multiprocess.MultiProcessCollector(registry, str(self._folder))  # type: ignore[no-untyped-call]
        told = [prometheus.generate_latest(registry)]
        told.append(prometheus.generate_latest(_Once([*self._of_the_service(figures)])))
        return b"".join(told)

    def _of_the_service(self, figures: Figures | None) -> Iterator[Metric]:
        """What is the same whichever worker is asked."""
        build = GaugeMetricFamily("rollbook_build_info", "1.", labels=["version", "database"])
        build.add_metric([__version__, self._database.dialect], 1)
        yield build
        yield GaugeMetricFamily(
            "rollbook_database_up", "Whether the database answered.", value=figures is not None
        )
        footprint = self._database.footprint()
        sizes = GaugeMetricFamily(
            "rollbook_database_bytes",
            "The embedded ledger, and its write-ahead log.",
            labels=["file"],
        )
        for name, size in footprint.files.items():
            sizes.add_metric([name], size)
        yield sizes
        if footprint.free_bytes is not None:
            yield GaugeMetricFamily(
                "rollbook_disk_free_bytes", "Free where the ledger is.", value=footprint.free_bytes
            )
        if figures is not None:
            yield from _of_the_ledger(figures)

    async def _sample_again_and_again(self) -> None:
        while True:
            self._sample()
            await asyncio.sleep(_SAMPLE_SECONDS)

    def _sample(self) -> None:
        self._workers.set(1)
        self._waiting_events.set(self._waiting())
        self._sample_replica()
        for pool, (lent, most) in self._database.footprint().connections.items():
            self._connections.labels(pool, "lent").set(lent)
            self._connections.labels(pool, "most").set(most)

    def _sample_replica(self) -> None:
        if self._replica is None:
            return
        state = self._replica.state
        for standing in get_args(Standing):
            self._replica_standing.labels(standing).set(standing == state.standing)
        self._replica_behind.set(state.behind or 0)
        for place, reads in state.reads.items():
            self._reads.labels(place).inc(reads - self._replica_reads[place])
            self._replica_reads[place] = reads


class _Once(prometheus.CollectorRegistry):
    """A registry of what is told once."""

    def __init__(self, metrics: Sequence[Metric]) -> None:
        super().__init__()
        self._told = metrics

    def collect(self) -> Iterator[Metric]:
        yield from self._told


def _of_the_ledger(figures: Figures) -> Iterator[Metric]:
    yield GaugeMetricFamily(
        "rollbook_open_sessions", "Sessions that run.", value=figures.open_sessions
    )
    sources = GaugeMetricFamily(
        "rollbook_sources", "Sources of events that are not disabled.", labels=["kind"]
    )
    heard = GaugeMetricFamily(
        "rollbook_sources_heard",
        "Those of them that told something within this time.",
        labels=["kind", "within"],
    )
    for kind, count, within in figures.sources:
        sources.add_metric([kind], count)
        for name, heard_of in zip(HEARD_WITHIN, within, strict=True):
            heard.add_metric([kind, name], heard_of)
    yield sources
    yield heard


def _plain(route: str) -> str:
    """A route as documents write it: `{kind}`, not `{kind:str}`."""
    return "/".join(
        part.partition(":")[0] + "}" if part.startswith("{") and ":" in part else part
        for part in route.split("/")
    )


def _forget_the_dead(folder: Path) -> None:
    """Leave out what workers that have ended were doing; what they counted stays."""
    for file in folder.glob("gauge_live*_*.db"):
        pid = int(file.stem.rpartition("_")[2])
        if pid != os.getpid() and not Path("/proc", str(pid)).exists():
            multiprocess.mark_process_dead(pid, str(folder))  # type: ignore[no-untyped-call]
