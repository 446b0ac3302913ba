"""Several workers: one answer, whoever gives it."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from server.process import Service, serving
from server.tenants import new_tenant
from support.visits import Visit


@pytest.fixture(scope="module")
def two_workers(served_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder: Path = tmp_path_factory.mktemp("workers")
    with serving(served_url, folder, "--workers", "2") as running:
        yield running


def test_two_workers_give_the_same_answers_to_many_at_once(
    two_workers: Service, served_url: str
) -> None:
    assert "(2 workers)" in two_workers.said()
    assert len(two_workers.processes()) >= 3
    tenant = new_tenant(served_url)
    tenant.saw(Visit(), Visit(room="physics-101", title="Physics Intro"))
    question = {"uid": "student-123", "startDate": "2024-01-15"}
    before = two_workers.said()
    with ThreadPoolExecutor(8) as people:
        asked = [people.submit(two_workers.ask, tenant.key, **question) for _ in range(200)]
        answers = {(answer.result().status_code, answer.result().content) for answer in asked}
    ((status, body),) = answers
    assert status == 200
    assert body.count(b'"roomId"') == 2
    assert two_workers.said() == before


def test_two_workers_write_what_they_are_told_at_once(
    two_workers: Service, served_url: str
) -> None:
    tenant = new_tenant(served_url)

    def tell(number: int) -> int:
        event = {
            "id": f"e{number}",
            "type": "participant.joined",
            "time": f"2024-01-15T09:00:{number:02}Z",
            "roomId": "math-101",
            "sessionId": f"s{number}",
            "participant": {"uid": "student-123"},
        }
        with two_workers.client(tenant.key) as client:
            return client.post("/v1/events", json={"events": [event]}).status_code

    with ThreadPoolExecutor(8) as people:
        assert set(people.map(tell, range(40))) == {200}
    answer = two_workers.ask(tenant.key, uid="student-123", startDate="2024-01-15")
    assert answer.json()["data"]["summary"]["totalSessions"] == 40


ORPHAN = """
import multiprocessing, signal, socket, time
from rollbook.server import serving, worker

def not_told(door, announce):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(60)

def listens_for_nobody(door, announce):
    announce()

serving.serve = {serves}
fork = multiprocessing.get_context("fork")
gone, there = fork.Pipe(duplex=False)
hears, tells = fork.Pipe(duplex=False)
with socket.socket() as port:
    first = worker.First(port, gone, there)
    orphan = fork.Process(target=worker.work, args=(None, tells, first), daemon=True)
    hears.close()
    orphan.start()
orphan.join({before})
there.close()
orphan.join(20)
print(orphan.exitcode)
"""


@pytest.mark.parametrize(
    ("serves", "before", "ended"), [("not_told", 2, "1"), ("listens_for_nobody", 20, "0")]
)
def test_a_worker_that_does_not_listen_yet_ends_with_the_first_process_though_a_signal_is_lost(
    serves: str, before: int, ended: str
) -> None:
    script = ORPHAN.format(serves=serves, before=before)
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout.strip(), done.stderr) == (ended, "")
