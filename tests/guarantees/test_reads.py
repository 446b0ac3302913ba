"""Pages, reports and downloads stall nobody."""

import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest
from guarantees.neighbours import neighbour_of, shared_well
from guarantees.processors import server_apart
from guarantees.proof import Proof
from guarantees.readers import (
    all_asked,
    asked,
    download,
    heavy_page,
    is_whole,
    signed_in,
    whole_answer,
)
from ingest.account import NO_UPKEEP, opened_account
from ingest.conftest import new_database
from ingest.webhooks import term
from server.process import Service, serving
from server.tenants import Tenant, _fetch, heavy_tenant

SESSIONS = 250_000
"""Of the heavy participant: a CSV of 25 MB."""

FEW_SESSIONS = 60_000

SLOW_LINE = 25_000
"""Bytes a second."""


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    return new_database(request.param, request, tmp_path_factory)


@pytest.fixture(scope="module")
def service(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving(url, tmp_path_factory.mktemp("service"), settings=NO_UPKEEP) as running:
        yield running


@pytest.fixture(scope="module")
def heavy(service: Service, url: str, request: pytest.FixtureRequest) -> Tenant:
    """A tenant with a heavy participant, whose download and pages were asked for once."""
    sessions = SESSIONS if request.config.getoption("--whole") else FEW_SESSIONS
    tenant = heavy_tenant(url, sessions)
    for one in (download(tenant), signed_in(service, tenant).request(heavy_page())):
        with asked(service, one) as reader:
            assert whole_answer(reader)[0] == 200
    return tenant


@pytest.mark.guarantee(
    "Downloads that nobody takes keep nobody else waiting",
    "30 downloads of 25 MB of one organization, not a byte of which is read for 20 s; "
    "a database server has a processor of its own",
)
def test_downloads_that_nobody_takes(
    proof: Proof, service: Service, heavy: Tenant, url: str
) -> None:
    def attack() -> None:
        with all_asked(service, [download(heavy)] * (30 if proof.whole else 12)):
            time.sleep(20 if proof.whole else 1)

    # Where both share two processors, what is measured is the server's reading beside all others' work.
    with server_apart(url, service), neighbour_of(service, url) as neighbour:
        shared_well(proof, service, neighbour, attack)


@pytest.mark.guarantee(
    "Others look at their pages meanwhile",
    "eight downloads, then eight readers who left, while another organization opens its pages",
)
def test_pages_of_others_beside_downloads(
    proof: Proof, service: Service, heavy: Tenant, url: str
) -> None:
    other = heavy_tenant(url, 1000)
    page = signed_in(service, other).request(heavy_page("/people"))
    waits: list[float] = []
    for _ in range(proof.rounds(short=1, whole=5)):
        with all_asked(service, [download(heavy)] * 8):
            waits += [_seconds_of(service, page) for _ in range(5)]
        waits += [_seconds_of(service, page) for _ in range(5)]
    proof.at_most("the slowest of their pages", max(waits), 1, "s")


def _seconds_of(service: Service, request: bytes) -> float:
    began = time.monotonic()
    with asked(service, request) as reader:
        status, _ = whole_answer(reader)
    assert status == 200
    return time.monotonic() - began


@pytest.mark.guarantee(
    "A reader who leaves ends the read, before its first byte too",
    "downloads and pages of which the reader leaves within 0.1 s, ten a second",
)
def test_readers_who_leave(proof: Proof, service: Service, heavy: Tenant, url: str) -> None:
    page = signed_in(service, heavy).request(heavy_page())

    def attack() -> None:
        for _ in range(proof.rounds(short=5, whole=200)):
            with asked(service, page), asked(service, download(heavy)):
                time.sleep(0.1)

    with neighbour_of(service, url) as neighbour:
        shared_well(proof, service, neighbour, attack)
    began = time.monotonic()
    _wait_until_idle(service)
    proof.at_most("work goes on after the last one left for", time.monotonic() - began, 1, "s")
    assert _statements_under_way(url) == 0


def _wait_until_idle(service: Service) -> None:
    """Wait until the service does next to nothing for a fifth of a second."""
    until, used = time.monotonic() + 60, -1.0
    while (now_used := _cpu_seconds(service)) > used + 0.05:
        assert time.monotonic() < until, "the service never rests"
        used = now_used
        time.sleep(0.2)


def _cpu_seconds(service: Service) -> float:
    times = [process.cpu_times() for process in service.processes()]
    return float(sum(one.user + one.system for one in times))


def _statements_under_way(url: str) -> int:
    """How many transactions a service has open in PostgreSQL."""
    if url.startswith("sqlite:"):
        return 0
    rows = _fetch(
        url,
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'rollbook'"
        " AND datname = current_database() AND xact_start IS NOT NULL",
    )
    return int(rows[0][0])


@pytest.mark.guarantee(
    "Events are acknowledged as fast as else beside downloads",
    "ten honest downloads of 25 MB at a time, two of each of five organizations",
)
def test_acknowledgements_beside_downloads(
    proof: Proof, service: Service, heavy: Tenant, url: str
) -> None:
    tenants = [heavy, *(heavy_tenant(url, SESSIONS if proof.whole else 1000) for _ in range(4))]
    with _acknowledged_again_and_again(service, url) as waits:
        time.sleep(3 if proof.whole else 0.5)
        quiet = list(waits)
        waits.clear()
        requests = [download(tenant) for tenant in tenants * 2]
        with ThreadPoolExecutor(len(requests)) as pool:
            answers = list(pool.map(lambda one: _taken(service, one), requests))
        beside = list(waits)
    assert [status for status, _ in answers] == [200] * len(requests)
    assert all(is_whole(answer) for _, answer in answers)
    alone = statistics.median(quiet) * 1000
    proof.found(f"median alone {alone:.1f} ms")
    # A disk that takes long for a commit takes as long beside downloads.
    proof.at_most("median beside", statistics.median(beside) * 1000, max(50, 3 * alone), "ms")
    proof.at_most("slowest beside", max(beside) * 1000, 500, "ms")


def _taken(service: Service, request: bytes) -> tuple[int, bytes]:
    with asked(service, request) as reader:
        return whole_answer(reader)


@contextmanager
def _acknowledged_again_and_again(service: Service, url: str) -> Iterator[list[float]]:
    """Seconds that each of many deliveries waits, one after another, for its acknowledgement."""
    account, waits, enough = opened_account(service.url, url), [], Event()
    events = iter(term(seed=3, stays=3000))

    def deliver() -> None:
        while not enough.wait(0.01):
            began = time.monotonic()
            account.delivered(next(events))
            waits.append(time.monotonic() - began)

    thread = Thread(target=deliver)
    thread.start()
    try:
        yield waits
    finally:
        enough.set()
        thread.join()


@pytest.mark.guarantee(
    "A slow line gets its download whole; who takes nothing is cut off",
    "a download at 25 kB/s for six minutes, and one of which nothing is read",
)
def test_a_slow_line(proof: Proof, service: Service, heavy: Tenant, url: str) -> None:
    # A whole one takes longer than the patience with who takes nothing.
    sessions = 100_000 if proof.whole else 1_000
    slow = heavy_tenant(url, sessions)
    with asked(service, download(heavy), seconds=600) as idle:
        began = time.monotonic()
        with asked(service, download(slow)) as reader:
            status, answer = whole_answer(reader, per_second=SLOW_LINE)
        proof.found(f"{len(answer):,} bytes came whole in {time.monotonic() - began:.0f} s")
        assert status == 200
        assert is_whole(answer)
        if proof.whole:
            assert not is_whole(whole_answer(idle)[1])
            proof.found("what nobody took was broken off")


@pytest.mark.guarantee(
    "A download from a ledger that is gone is answered 503",
    "the file of the database removed under a running service",
)
def test_a_ledger_that_is_gone(proof: Proof, tmp_path: Path) -> None:
    file = tmp_path / "ledger.db"
    url = f"sqlite:///{file}"
    with serving(url, tmp_path, settings=NO_UPKEEP) as service:
        tenant = heavy_tenant(url, 1000)
        assert _taken(service, download(tenant))[0] == 200
        for left in tmp_path.glob("ledger.db*"):
            left.unlink()
        status, answer = _taken(service, download(tenant))
        assert status == 503
        assert b"SERVICE_UNAVAILABLE" in answer
        assert not file.exists()
        assert "Traceback" not in service.said()
    proof.found("503, and no new file is made")
