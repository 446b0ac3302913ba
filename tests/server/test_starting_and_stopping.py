"""How a service starts, says where it is, and stops without cutting anybody off."""

import signal
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import httpx
import psutil  # type: ignore[import-untyped]
import pytest
from server.process import (
    PLAIN,
    ROLLBOOK,
    SESSIONS,
    Service,
    environment,
    free_port,
    serving,
    start,
)
from server.tenants import HEAVY, heavy_tenant, new_tenant

from rollbook.server.door import kept_port

DOWNLOADED = 60_000
"""Sessions of the slow download: 6 MB, more than the buffers between server and client hold."""

WAYS_TO_STOP: dict[str, Callable[[Service], None]] = {
    "SIGTERM": lambda service: service.process.send_signal(signal.SIGTERM),
    "SIGINT": lambda service: service.process.send_signal(signal.SIGINT),
    "Ctrl-C": lambda service: service.interrupt(),
}


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'ledger.db'}"


def listening(service: Service) -> set[tuple[str, int]]:
    return {
        tuple(connection.laddr)
        for process in service.processes()
        for connection in process.net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN
    }


@pytest.mark.parametrize("way", WAYS_TO_STOP)
def test_a_download_in_flight_is_finished_before_the_service_ends(
    url: str, tmp_path: Path, way: str
) -> None:
    with serving(url, tmp_path) as service:
        tenant = heavy_tenant(url, DOWNLOADED)
        question = {**HEAVY, "export": "csv"}
        with (
            service.client(tenant.key) as client,
            client.stream("POST", SESSIONS, json=question, headers=PLAIN) as answer,
        ):
            chunks = answer.iter_raw()
            received = next(chunks)
            WAYS_TO_STOP[way](service)
            wait_until_nobody_listens(service)
            assert service.process.poll() is None
            received += b"".join(chunks)
        assert f"\r\nTotal Sessions,{DOWNLOADED}\r\n".encode() in received
        assert received.count(b",Completed,192.168.1.100\r\n") == DOWNLOADED
        assert service.process.wait(20) == 0
        said = [line for line in service.said().splitlines() if "action=exported" not in line]
        assert len(said) == 1, said


def wait_until_nobody_listens(service: Service) -> None:
    until = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", service.port), 1).close()
        except ConnectionRefusedError:
            return
        assert time.monotonic() < until, "the service still takes connections"
        time.sleep(0.05)


@pytest.mark.parametrize("way", WAYS_TO_STOP)
def test_an_idle_service_ends_at_once_and_well(url: str, tmp_path: Path, way: str) -> None:
    with serving(url, tmp_path) as service:
        with service.client() as client:  # a connection that is kept open and asks no more
            assert client.get("/healthz").status_code == 200
            workers = service.processes()
            told = time.monotonic()
            WAYS_TO_STOP[way](service)
            assert service.process.wait(20) == 0
            assert time.monotonic() - told < 10
        _, alive = psutil.wait_procs(workers, timeout=2)
        assert alive == []


def test_a_service_says_where_it_listens_and_listens_on_this_machine_only(
    url: str, tmp_path: Path
) -> None:
    with serving(url, tmp_path) as service:
        first_line = service.said().splitlines()[0]
        assert f" listens on http://127.0.0.1:{service.port} (1 worker); " in first_line
        assert f"http://127.0.0.1:{service.port}/docs" in first_line
        assert listening(service) == {("127.0.0.1", service.port)}


def test_a_service_names_its_ledger_and_says_when_it_made_it(url: str, tmp_path: Path) -> None:
    place = tmp_path / "ledger.db"
    with serving(url, tmp_path) as service:
        assert service.said().splitlines()[0].endswith(f"/docs; new ledger made: {place}")
    with serving(url, tmp_path) as service:
        assert service.said().splitlines()[0].endswith(f"/docs; ledger: {place}")


def test_a_service_listens_where_it_is_told_to(url: str, tmp_path: Path) -> None:
    with serving(url, tmp_path, "--host", "0.0.0.0") as service:  # noqa: S104 - what is tested
        assert f" listens on http://0.0.0.0:{service.port} " in service.said()
        assert listening(service) == {("0.0.0.0", service.port)}  # noqa: S104 - as above


def refused(url: str, folder: Path, *options: str) -> str:
    """The one line that a service says instead of starting; it must end with exit code 1."""
    ended = subprocess.run(
        [ROLLBOOK, "serve", *options],
        env=environment(url),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stdout == ""
    (line,) = ended.stderr.splitlines()
    assert line.startswith("rollbook: ")
    return line


def test_a_port_that_another_program_has_is_refused_in_one_line(url: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        line = refused(url, tmp_path, "--port", str(port))
    assert line == f"rollbook: cannot listen on 127.0.0.1:{port}: Address already in use"


def test_a_second_service_does_not_share_the_port_of_the_first(url: str, tmp_path: Path) -> None:
    with serving(url, tmp_path) as service:
        line = refused(url, tmp_path, "--port", str(service.port))
        assert line.endswith("Address already in use")
        assert httpx.get(f"{service.url}/readyz").status_code == 200


def test_of_two_services_that_start_at_once_on_one_port_one_does(url: str, tmp_path: Path) -> None:
    """Neither listens yet when the other looks: the port is kept from the look on."""
    port = free_port()
    both = [start(url, tmp_path, port=port) for _ in range(2)]
    try:
        ended, runs = sorted(both, key=_runs)
        assert ended.process.wait(60) == 1
        assert "Address already in use" in ended.said()
        runs.wait_until_ready()
        assert len(listening(runs)) == 1
    finally:
        for service in both:
            service.stop()


def _runs(service: Service) -> bool:
    with suppress(subprocess.TimeoutExpired):
        service.process.wait(15)
    return service.process.poll() is None


def test_the_next_service_may_have_the_port_while_one_still_finishes(
    url: str, tmp_path: Path
) -> None:
    with serving(url, tmp_path) as service:
        tenant = heavy_tenant(url, DOWNLOADED)
        with (
            service.client(tenant.key) as client,
            client.stream(
                "POST",
                SESSIONS,
                json={**HEAVY, "export": "csv"},
                headers={"Accept-Encoding": "identity"},
            ) as answer,
        ):
            chunks = answer.iter_raw()
            received = next(chunks)
            service.process.send_signal(signal.SIGTERM)
            wait_until_nobody_listens(service)
            following = start(url, tmp_path, port=service.port)
            try:
                received += b"".join(chunks)
                following.wait_until_ready()
            finally:
                following.stop()
        assert received.count(b",Completed,192.168.1.100\r\n") == DOWNLOADED


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "::1", "::"])  # noqa: S104 - of this test alone
def test_a_kept_port_lets_in_those_who_share_it_and_nobody_else(host: str) -> None:
    with kept_port(host, free_port()) as kept:
        where = kept.getsockname()[:2]
        with pytest.raises(OSError, match="in use"):
            kept_port(*where)
        with pytest.raises(OSError, match="in use"):
            socket.create_server(where, family=kept.family)
        # Nobody listens yet, so nobody waits for an answer.
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(where, 5)
        with socket.create_server(where, family=kept.family, reuse_port=True) as worker:
            takes_connections(worker)
            kept.close()
            takes_connections(worker)


def takes_connections(worker: socket.socket) -> None:
    with socket.create_connection(worker.getsockname()[:2], 5):
        worker.accept()[0].close()


@pytest.mark.parametrize("host", ["host.invalid", "203.0.113.7", "not a host"])
def test_an_address_that_is_not_here_is_refused_in_one_line(
    url: str, tmp_path: Path, host: str
) -> None:
    line = refused(url, tmp_path, "--host", host, "--port", str(free_port()))
    assert line.startswith(f"rollbook: cannot listen on {host}:")


def test_a_service_that_cannot_start_makes_no_database(url: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        refused(url, tmp_path, "--port", str(other.getsockname()[1]))
    assert list(tmp_path.iterdir()) == []


def test_an_embedded_database_is_made_and_upgraded_by_the_service_itself(
    url: str, tmp_path: Path
) -> None:
    with serving(url, tmp_path) as service:
        assert httpx.get(f"{service.url}/readyz").json() == {"success": True}
        assert service.ask(new_tenant(url).key, uid="u").status_code == 200


def test_an_old_schema_on_postgresql_is_refused_with_the_command_that_helps(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    bare = request.getfixturevalue("postgres_server").new_database()
    line = refused(bare, tmp_path, "--port", str(free_port()))
    assert line == ("rollbook: the database schema is not up to date: run `rollbook db upgrade`")


def test_a_service_told_to_stop_while_it_starts_ends(url: str, tmp_path: Path) -> None:
    service = start(url, tmp_path)
    time.sleep(0.2)
    assert service.stop() in {0, -signal.SIGTERM}
