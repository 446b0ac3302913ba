"""A participant with a million sessions: little memory, and nobody else waits for it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest
from server.process import SESSIONS, Service, run, serving
from server.tenants import HEAVY, Tenant, heavy_tenant

MIB = 1024 * 1024
ALLOWED_GROWTH = 64 * MIB
SESSIONS_IN_ALL = 400_000
OF_A_DAY = 43_200
LINES_ABOVE_THE_SESSIONS = 12 + 50 + 2
"""The summary, its 50 rooms, and the heading of the sessions."""


class Neighbour(Thread):
    """Asks small questions on the same worker, one after another, and notes how long each took."""

    def __init__(self, service: Service, tenant: Tenant) -> None:
        super().__init__()
        self.waits: list[float] = []
        self.failures: list[str] = []
        self._service, self._tenant, self._enough = service, tenant, Event()

    def run(self) -> None:
        with self._service.client(self._tenant.key) as client:
            while not self._enough.wait(0.02):
                started = time.monotonic()
                answer = client.post(SESSIONS, json={"uid": "somebody-else"})
                self.waits.append(time.monotonic() - started)
                if answer.status_code != 200:
                    self.failures.append(answer.text)

    def __enter__(self) -> "Neighbour":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._enough.set()
        self.join()


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def tenant(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Tenant:
    """Whose participant has so many sessions, from the first day of 2024 on; `make bench` has a million."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('heavy') / 'heavy.db'}"
    else:
        url = request.getfixturevalue("postgres_server").new_database()
    run(url, "db", "upgrade")
    return heavy_tenant(url, SESSIONS_IN_ALL)


@contextmanager
def csv(
    service: Service, tenant: Tenant, accepts: str = "identity", **range_of_days: str
) -> Iterator[Iterator[bytes]]:
    """The chunks of the CSV of all sessions, as they come."""
    question = {**HEAVY, **range_of_days, "export": "csv"}
    headers = {"Accept-Encoding": accepts}
    with (
        service.client(tenant.key) as client,
        client.stream("POST", SESSIONS, json=question, headers=headers) as answer,
    ):
        assert answer.status_code == 200
        assert answer.headers.get("content-encoding", "identity") == accepts
        yield answer.iter_bytes()


def warm_up(service: Service, tenant: Tenant) -> None:
    """What a service holds in any case: its modules, its caches, its connections."""
    assert service.ask(tenant.key, **HEAVY | {"endDate": "2024-01-01"}).status_code == 200
    with csv(service, tenant, endDate="2024-01-01") as chunks:
        assert sum(chunk.count(b"\n") for chunk in chunks) > OF_A_DAY


@pytest.mark.parametrize("accepts", ["identity", "gzip"])
def test_the_csv_of_very_many_sessions_takes_little_memory_and_stalls_nobody(
    tenant: Tenant, tmp_path: Path, accepts: str
) -> None:
    # To hold them would take twice the limit.
    sessions = 5 * OF_A_DAY
    with serving(tenant.database_url, tmp_path) as service:
        warm_up(service, tenant)
        before = peak = service.memory()
        lines, first, last = 0, b"", b""
        with (
            Neighbour(service, tenant) as neighbour,
            csv(service, tenant, accepts, endDate="2024-01-05") as chunks,
        ):
            for number, chunk in enumerate(chunks):
                # Not of both characters: a chunk may end between them.
                lines += chunk.count(b"\n")
                first, last = first + chunk[: 1000 - len(first)], last[-200:] + chunk
                if number % 50 == 0:
                    peak = max(peak, service.memory())
        assert lines == sessions + LINES_ABOVE_THE_SESSIONS
        assert f"\r\nTotal Sessions,{sessions}\r\n".encode() in first
        assert last.endswith(b",57,57,Completed,192.168.1.100\r\n")
        assert peak - before < ALLOWED_GROWTH
        assert neighbour.failures == []
        assert len(neighbour.waits) > 20
        assert max(neighbour.waits) < 2


def test_a_client_that_reads_slowly_makes_the_service_wait_and_not_hold_the_csv(
    tenant: Tenant, tmp_path: Path
) -> None:
    with serving(tenant.database_url, tmp_path) as service:
        warm_up(service, tenant)
        before = service.memory()
        with csv(service, tenant) as chunks:
            next(chunks)
            wait_until_idle(service)
            # The whole CSV is 39 MB. SQLite may fill its cache, of 16 MiB, on the way.
            assert service.memory() - before < 24 * MIB
            assert service.ask(tenant.key, uid="somebody-else").status_code == 200


def test_clients_that_go_away_in_the_middle_of_a_csv_leave_nothing_behind(
    tenant: Tenant, tmp_path: Path
) -> None:
    with serving(tenant.database_url, tmp_path) as service:
        before = service.said()
        # More often than there are connections for long reads.
        for _ in range(5):
            with csv(service, tenant) as chunks:
                next(chunks)
        with csv(service, tenant, endDate="2024-01-02") as chunks:
            assert sum(chunk.count(b"\n") for chunk in chunks) > 2 * OF_A_DAY
        said = service.said().removeprefix(before).splitlines()
        assert [line for line in said if "action=exported" not in line] == []


def test_a_client_that_went_away_costs_no_more_work(tenant: Tenant, tmp_path: Path) -> None:
    with serving(tenant.database_url, tmp_path) as service:
        warm_up(service, tenant)
        before = cpu_seconds(service)
        with csv(service, tenant, endDate="2024-01-03") as chunks:
            assert sum(chunk.count(b"\n") for chunk in chunks) > 3 * OF_A_DAY
        whole = cpu_seconds(service) - before
        before = cpu_seconds(service)
        with csv(service, tenant, endDate="2024-01-03") as chunks:
            next(chunks)
        wait_until_idle(service)
        # The sums, which come first, are half of the work; the other half was left.
        assert cpu_seconds(service) - before < 0.75 * whole


def wait_until_idle(service: Service) -> None:
    """Wait until the service does nothing for half a second."""
    until, used = time.monotonic() + 30, -1.0
    while (now_used := cpu_seconds(service)) > used:
        assert time.monotonic() < until, "the service never waits"
        used = now_used
        time.sleep(0.5)


def cpu_seconds(service: Service) -> float:
    used = 0.0
    for process in service.processes():
        times = process.cpu_times()
        used += times.user + times.system
    return used
