"""Processes that die are replaced, and a stop is a matter of seconds."""

import json
import random
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from http.client import HTTPResponse
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
import pytest
from guarantees.neighbours import Neighbour, neighbour_of
from guarantees.proof import Proof
from guarantees.readers import is_whole
from guarantees.strangers import HALF_A_HEAD, connected, half_a_body
from server.process import SESSIONS, Service, serving, start
from server.tenants import HEAVY, Tenant, heavy_tenant

JSON_LOG = {"ROLLBOOK_LOG_FORMAT": "json"}
SECONDS = 8
"""More than any of these takes on a machine that does nothing else, and less than a stop's limit."""


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'ledger.db'}"


def workers_of(service: Service) -> list[psutil.Process]:
    return service.processes()[1:]


def logged(service: Service, event: str) -> list[dict[str, Any]]:
    """The lines of the log that tell of this."""
    lines = [json.loads(line) for line in service.said().splitlines()]
    return [line for line in lines if line["event"] == event]


def wait_until_logged(service: Service, event: str, times: int) -> None:
    until = time.monotonic() + 60
    while len(logged(service, event)) < times:
        assert time.monotonic() < until, service.said()
        time.sleep(0.02)


@pytest.mark.guarantee(
    "A worker that dies is replaced, while the others answer",
    "`kill -9` of one of two workers, with a neighbour who asks 50 times a second",
)
def test_a_worker_that_dies_is_replaced(proof: Proof, url: str, tmp_path: Path) -> None:
    with (
        serving(url, tmp_path, "--workers", "2", settings=JSON_LOG) as service,
        neighbour_of(service, url) as neighbour,
    ):
        while len(workers_of(service)) < 2:
            time.sleep(0.05)
        unanswered = 0
        for kill in range(1, proof.rounds(short=1, whole=20) + 1):
            unanswered += _after_a_kill(service, neighbour, kill)
        assert len(workers_of(service)) == 2
        (listens,) = [line for line in service.said().splitlines() if " listens on " in line]
        assert json.loads(listens)["level"] == "info"
        assert logged(service, "a worker died")[0]["exit_code"] == -signal.SIGKILL
    proof.found(f"{unanswered} requests that the dead workers had in hand were not answered")


def _after_a_kill(service: Service, neighbour: Neighbour, kill: int) -> int:
    """Kill a worker; answers how many requests failed until there was another."""
    with neighbour.meanwhile() as during:
        workers_of(service)[kill % 2].kill()
        wait_until_logged(service, "a worker was replaced", kill)
    assert set(during.statuses) <= {200, 0}
    return during.statuses[0]


@pytest.mark.guarantee(
    "A service whose only worker dies answers again by itself",
    "`kill -9` of the only worker",
)
def test_the_only_worker_dies(proof: Proof, url: str, tmp_path: Path) -> None:
    with serving(url, tmp_path, settings=JSON_LOG) as service:
        for kill in range(1, proof.rounds(short=1, whole=5) + 1):
            began = time.monotonic()
            workers_of(service)[0].kill()
            wait_until_logged(service, "a worker was replaced", kill)
            service.wait_until_ready()
            # Who dies again and again is started after pauses that double: up to 8 s here.
            proof.at_most(f"death {kill}: answers after", time.monotonic() - began, 15, "s")


@pytest.mark.guarantee(
    "Workers do not outlive the process that keeps them, so the next service has the port",
    "`kill -9` of the first process alone, at any moment of its start and after",
)
def test_no_worker_outlives_the_first_process(proof: Proof, url: str, tmp_path: Path) -> None:
    moments = random.Random(5)  # noqa: S311 - no secret
    with serving(url, tmp_path) as service:
        _the_first_process_dies(service, proof)
    for _ in range(proof.rounds(short=1, whole=20)):
        starting = start(url, tmp_path, "--workers", "2", port=service.port)
        time.sleep(moments.uniform(0.5, 4))
        _the_first_process_dies(starting, proof)
    again = start(url, tmp_path, port=service.port)
    again.wait_until_ready()
    assert again.stop() == 0


def _the_first_process_dies(service: Service, proof: Proof) -> None:
    processes = service.processes()
    began = time.monotonic()
    service.process.kill()
    service.process.wait()
    _, alive = psutil.wait_procs(processes, timeout=SECONDS)
    assert alive == []
    proof.at_most("the last worker ended after", time.monotonic() - began, 5, "s")


@pytest.mark.guarantee(
    "A service that is told to stop while it starts ends within seconds",
    "SIGTERM or Ctrl-C at any moment of the first four seconds",
)
def test_told_to_stop_while_it_starts(proof: Proof, url: str, tmp_path: Path) -> None:
    moments = random.Random(7)  # noqa: S311 - no secret
    for number in range(proof.rounds(short=4, whole=60)):
        service = start(url, tmp_path, "--workers", "2")
        time.sleep(moments.uniform(0, 4))
        processes = service.processes() if service.process.poll() is None else []
        began = time.monotonic()
        if number % 2:
            service.interrupt()
        assert service.stop() in {0, 1, -signal.SIGTERM, -signal.SIGINT}
        proof.at_most("ended after", time.monotonic() - began, 5, "s")
        _, alive = psutil.wait_procs(processes, timeout=SECONDS)
        assert alive == []
        assert "Traceback" not in service.said(), service.said()


@pytest.mark.guarantee(
    "An idle service stops in about a second",
    "SIGTERM with 100 connections that are kept open",
)
def test_an_idle_service_stops_quickly(proof: Proof, url: str, tmp_path: Path) -> None:
    for _ in range(proof.rounds(short=1, whole=5)):
        with serving(url, tmp_path) as service, ExitStack() as stack:
            for _ in range(100):
                one = stack.enter_context(connected(service))
                one.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
                assert one.recv(1000)
            began = time.monotonic()
            assert service.stop() == 0
            proof.at_most("ended after", time.monotonic() - began, 2, "s")


@pytest.fixture
def told(tmp_path: Path, url: str) -> Iterator[tuple[Service, Tenant]]:
    with serving(url, tmp_path) as service:
        yield service, heavy_tenant(url, 60_000)


@pytest.mark.guarantee(
    "Who does not end a request, or does not read an answer, does not hold a stop",
    "half a head, half a body and a download that nobody reads",
)
@pytest.mark.parametrize("stuck", ["half a head", "half a body", "an unread download"])
def test_stuck_clients_do_not_hold_a_stop(
    stuck: str, proof: Proof, told: tuple[Service, Tenant]
) -> None:
    service, tenant = told
    says = {
        "half a head": HALF_A_HEAD,
        "half a body": half_a_body(SESSIONS, tenant.key),
        "an unread download": _asks_for_a_download(tenant),
    }
    with connected(service) as client:
        client.sendall(says[stuck])
        time.sleep(1)
        began = time.monotonic()
        assert service.stop() == 0
        proof.at_most("ended after", time.monotonic() - began, 6, "s")
        received = _rest(client)
    # What was cut off does not look whole.
    assert not is_whole(received)
    assert "Traceback" not in service.said(), service.said()


@pytest.mark.guarantee(
    "A download that is being read is finished before the service stops",
    "6 MB read over 8 s (20 s in full), with SIGTERM in the first second",
)
def test_a_moving_download_is_finished(proof: Proof, told: tuple[Service, Tenant]) -> None:
    service, tenant = told
    seconds = proof.rounds(short=8, whole=20)
    with connected(service) as client:
        client.sendall(_asks_for_a_download(tenant))
        # A part of the answer may end within a line, so the lines are counted without its frame.
        answer = HTTPResponse(client)
        answer.begin()
        received = answer.read1(65536)
        threading.Timer(0.5, service.process.terminate).start()
        began = time.monotonic()
        # Raises IncompleteRead where the last part is not told to be the last.
        while part := answer.read1(65536):
            received += part
            ahead = began + seconds * len(received) / 6_000_000 - time.monotonic()
            time.sleep(max(0.0, ahead))
        assert answer.isclosed()
    assert received.count(b",Completed,192.168.1.100\r\n") == 60_000
    assert service.process.wait(SECONDS) == 0


def _asks_for_a_download(tenant: Tenant) -> bytes:
    question = json.dumps({**HEAVY, "export": "csv"})
    head = half_a_body(SESSIONS, tenant.key).partition(b"\r\n\r\n")[0]
    head = head.replace(b"Content-Length: 1000", f"Content-Length: {len(question)}".encode())
    return head + b"\r\n\r\n" + question.encode()


def _rest(client: socket.socket) -> bytes:
    rest = b""
    client.settimeout(SECONDS)
    with suppress(ConnectionError):
        while part := client.recv(1 << 20):
            rest += part
    return rest
