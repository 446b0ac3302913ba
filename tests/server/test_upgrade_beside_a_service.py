"""The database of a running service is upgraded by a newer program, and nobody notices."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from server.newer import newer_program
from server.process import SESSIONS, Service, free_port, run, serving, start
from server.tenants import Tenant, heavy_tenant, new_tenant
from support.migrations import NEWER_RELEASE, OWN, file_name, file_text
from support.visits import Visit

log = logging.getLogger(__name__)

TABLE = "CREATE TABLE thing (a integer);"
COLUMN = "ALTER TABLE session ADD COLUMN note text NOT NULL DEFAULT '';"
INDEX = "CREATE INDEX {{concurrently}} IF NOT EXISTS session_by_end ON session (org_id, left_at);"
ADDED = {
    file_name(OWN + 1): file_text(OWN + 1, INDEX, OWN, alone=True),
    file_name(OWN + 2): file_text(OWN + 2, COLUMN, OWN),
}
CHANGED = {file_name(OWN + 1): file_text(OWN + 1, TABLE)}


@pytest.fixture
def url(request: pytest.FixtureRequest) -> str:
    """The URL of a PostgreSQL database with our schema, for one test alone."""
    made = str(request.getfixturevalue("postgres_server").new_database())
    run(made, "db", "upgrade")
    return made


def ask_readiness(client: httpx.Client, number: int) -> httpx.Response:
    del number
    return client.get("/readyz")


def ask_for_a_day(client: httpx.Client, number: int) -> httpx.Response:
    del number
    return client.post(SESSIONS, json={"uid": "student-123", "startDate": "2024-01-15"})


def tell_an_event(client: httpx.Client, number: int) -> httpx.Response:
    event = {
        "id": f"{client.base_url.port}-{number}",
        "type": "participant.joined",
        "time": "2024-01-15T09:00:00Z",
        "roomId": "math-101",
        "sessionId": f"{client.base_url.port}-{number}",
        "participant": {"uid": "student-1"},
    }
    return client.post("/v1/events", json={"events": [event]})


ASKING: tuple[Callable[[httpx.Client, int], httpx.Response], ...] = (
    ask_readiness,
    ask_for_a_day,
    tell_an_event,
)


class Crowd:
    """Asks a service all the time, each question on a connection of its own."""

    def __init__(self, service: Service, key: str) -> None:
        self._service, self._key = service, key
        self._over = threading.Event()
        self.answers: dict[str, list[tuple[int, float]]] = {ask.__name__: [] for ask in ASKING}
        """Of each question the statuses, and how many seconds each answer took."""
        self.troubles: list[Exception] = []

    @contextmanager
    def asking(self) -> Iterator[None]:
        threads = [threading.Thread(target=self._ask, args=(ask,)) for ask in ASKING]
        for thread in threads:
            thread.start()
        try:
            self._wait_for_more()
            yield
            self._wait_for_more()
        finally:
            self._over.set()
            for thread in threads:
                thread.join()

    def _wait_for_more(self) -> None:
        """Until every question was answered again."""
        before = {name: len(answers) for name, answers in self.answers.items()}
        while not self.troubles and any(len(self.answers[n]) == before[n] for n in before):
            time.sleep(0.01)

    def _ask(self, ask: Callable[[httpx.Client, int], httpx.Response]) -> None:
        number = 0
        with self._service.client(self._key) as client:
            while not self._over.is_set():
                begun = time.monotonic()
                try:
                    status = ask(client, number).status_code
                except httpx.HTTPError as trouble:
                    self.troubles.append(trouble)
                    return
                self.answers[ask.__name__].append((status, time.monotonic() - begun))
                number += 1


def test_while_a_newer_program_adds_to_the_schema_no_answer_of_the_old_one_fails(
    url: str, tmp_path: Path, sessions_while_upgrading: int
) -> None:
    tenant = heavy_tenant(url, sessions_while_upgrading)
    tenant.saw(Visit())
    newer = newer_program(tmp_path / "newer", ADDED)
    with serving(url, tmp_path) as old:
        crowd = Crowd(old, tenant.key)
        with crowd.asking():
            begun = time.monotonic()
            said = run(url, "db", "upgrade", settings=newer)
            spent = time.monotonic() - begun
            log.info("%d sessions, upgraded in %.1f s", sessions_while_upgrading, spent)
            with serving(url, tmp_path, settings=newer) as beside:
                everybody_answers(beside, tenant)
        everybody_answers(old, tenant)
    assert said.splitlines()[:-1] == [f"Applied {OWN + n:04} of_a_test." for n in (1, 2)]
    assert crowd.troubles == []
    for name, answers in crowd.answers.items():
        assert {status for status, _ in answers} == {200}, name
        slowest = max(seconds for _, seconds in answers)
        log.info("%s: %d answers, the slowest after %.2f s", name, len(answers), slowest)
    assert "compatible with it" in run(url, "db", "status")


def everybody_answers(service: Service, tenant: Tenant) -> None:
    with service.client(tenant.key) as client:
        assert [ask(client, -1).status_code for ask in ASKING] == [200] * len(ASKING)


def test_an_old_program_starts_on_a_schema_to_which_a_newer_one_has_added(
    url: str, tmp_path: Path
) -> None:
    run(url, "db", "upgrade", settings=newer_program(tmp_path / "newer", ADDED))
    with serving(url, tmp_path) as old:
        everybody_answers(old, new_tenant(url))
        assert "newer than this program, and compatible with it" in old.said()


def test_an_old_service_is_not_ready_on_a_schema_that_a_newer_program_has_changed(
    url: str, tmp_path: Path
) -> None:
    newer = newer_program(tmp_path / "newer", CHANGED)
    with serving(url, tmp_path) as old:
        run(url, "db", "upgrade", settings=newer)
        answer = httpx.get(f"{old.url}/readyz")
        assert answer.status_code == 503
        needed = f"one of schema {OWN + 1:04} or newer, such as Rollbook {NEWER_RELEASE}"
        assert needed in message_of(answer.json())
    again = start(url, tmp_path, port=free_port())
    assert again.process.wait(60) == 1
    assert needed in again.said()


def message_of(envelope: dict[str, Any]) -> str:
    return str(envelope["message"])
