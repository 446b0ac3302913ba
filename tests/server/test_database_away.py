"""PostgreSQL is stopped under a running service, and started again."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from server.databases import PASSWORD, OwnPostgres
from server.process import PLAIN, SESSIONS, Service, run, serving
from server.tenants import HEAVY, Tenant, heavy_tenant
from support.visits import Visit

QUICK_SECONDS = 10


@pytest.fixture(scope="module")
def school(own_postgres: OwnPostgres) -> Tenant:
    run(own_postgres.url, "db", "upgrade")
    tenant = heavy_tenant(own_postgres.url, 100_000)
    tenant.saw(Visit())
    return tenant


@pytest.fixture
def service(own_postgres: OwnPostgres, school: Tenant, tmp_path: Path) -> Iterator[Service]:
    """A service with a database that is there again at the end of each test."""
    with serving(own_postgres.url, tmp_path, settings={"ROLLBOOK_LOG_LEVEL": "debug"}) as running:
        yield running
        own_postgres.start()


def ask_json(service: Service, tenant: Tenant) -> httpx.Response:
    return service.ask(tenant.key, uid="student-123", startDate="2024-01-15")


def ask_csv(service: Service, tenant: Tenant) -> httpx.Response:
    return service.ask(tenant.key, uid="student-123", startDate="2024-01-15", export="csv")


def ask_heavy(service: Service, tenant: Tenant) -> httpx.Response:
    return service.ask(tenant.key, **HEAVY)


def ask_readiness(service: Service, tenant: Tenant) -> httpx.Response:
    with service.client(tenant.key) as client:
        return client.get("/readyz")


def tell_events(service: Service, tenant: Tenant) -> httpx.Response:
    event = {
        "id": "e1",
        "type": "participant.joined",
        "time": "2024-01-15T09:00:00Z",
        "roomId": "math-101",
        "sessionId": "s1",
        "participant": {"uid": "student-1"},
    }
    with service.client(tenant.key) as client:
        return client.post("/v1/events", json={"events": [event]})


ASKING: tuple[Callable[[Service, Tenant], httpx.Response], ...] = (
    ask_json,
    ask_csv,
    ask_heavy,
    ask_readiness,
    tell_events,
)


def wait_until_it_answers(service: Service, tenant: Tenant) -> None:
    until = time.monotonic() + QUICK_SECONDS
    while {ask(service, tenant).status_code for ask in ASKING} != {200}:
        assert time.monotonic() < until, service.said()
        time.sleep(0.1)


def test_a_service_without_its_database_says_so_and_recovers_by_itself(
    service: Service, school: Tenant, own_postgres: OwnPostgres
) -> None:
    wait_until_it_answers(service, school)
    own_postgres.stop()
    for ask in ASKING * 2:
        started = time.monotonic()
        answer = ask(service, school)
        assert time.monotonic() - started < QUICK_SECONDS
        assert answer.status_code == 503, (ask.__name__, answer.text)
        assert int(answer.headers["Retry-After"]) >= 1
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.json() == {
            "success": False,
            "message": "The database is unavailable, try again",
            "error": "SERVICE_UNAVAILABLE",
        }
    with service.client() as client:
        assert client.get("/healthz").status_code == 200
    own_postgres.start()
    wait_until_it_answers(service, school)
    assert "store unavailable" in service.said()
    assert PASSWORD not in service.said()
    assert school.key not in service.said()


def test_an_unknown_key_is_not_refused_while_nobody_can_look_it_up(
    service: Service, school: Tenant, own_postgres: OwnPostgres
) -> None:
    unknown = f"rb_{school.org_id}_{'b' * 32}"
    assert service.ask(unknown, uid="u").status_code == 401
    own_postgres.stop()
    assert service.ask(unknown, uid="u").status_code == 503
    assert service.ask("not even the form of a key", uid="u").status_code == 401


def test_a_csv_that_loses_its_database_half_way_does_not_end_as_if_it_were_whole(
    service: Service, school: Tenant, own_postgres: OwnPostgres
) -> None:
    question = {**HEAVY, "export": "csv"}
    with (
        service.client(school.key) as client,
        client.stream("POST", SESSIONS, json=question, headers=PLAIN) as answer,
    ):
        chunks = answer.iter_raw()
        next(chunks)
        own_postgres.stop()
        with pytest.raises(httpx.RemoteProtocolError):
            for _ in chunks:
                pass
    own_postgres.start()
    wait_until_it_answers(service, school)


def test_a_service_stops_well_without_its_database(
    service: Service, own_postgres: OwnPostgres
) -> None:
    own_postgres.stop()
    assert service.stop() == 0


def test_a_log_for_machines_has_one_json_object_on_each_line_whoever_wrote_it(
    own_postgres: OwnPostgres, school: Tenant, tmp_path: Path
) -> None:
    form = {"ROLLBOOK_LOG_FORMAT": "json", "ROLLBOOK_LOG_LEVEL": "debug"}
    with serving(own_postgres.url, tmp_path, settings=form) as service:
        wait_until_it_answers(service, school)
        own_postgres.stop()
        assert ask_json(service, school).status_code == 503
        own_postgres.start()
        wait_until_it_answers(service, school)
        service.stop()
        _, *logged = service.said().splitlines()
        assert logged
        assert {"event", "level", "timestamp"} <= set.intersection(
            *({*json.loads(line)} for line in logged)
        )
        assert not any("exception" in json.loads(line) for line in logged)
