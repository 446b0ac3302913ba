"""What `/metrics` tells: of all workers, to whoever may ask, and by the names that alerts go by."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import prometheus_client
import pytest
from ingest.account import NO_UPKEEP, Account, opened_account, within_seconds
from ingest.conftest import new_database
from prometheus_client.parser import text_string_to_metric_families
from repo.tree import ROOT, text_of
from server.process import Service, serving

from rollbook.metrics import ManyAtOnce

DEPLOY = ROOT / "docs" / "deploy"
_NAME = re.compile(r"\brollbook_\w+")
OF_ONE_ENGINE = {"rollbook_database_connections", "rollbook_disk_free_bytes"}
"""Told of PostgreSQL alone, and of an embedded ledger alone."""

_EVENT = {
    "type": "participant.joined",
    "time": "2024-01-15T09:05:30Z",
    "roomId": "math-101",
    "participant": {"uid": "student-1"},
}


def told(service: Service, name: str, **labels: str) -> float:
    """The sum of the samples of this name with these labels."""
    text = httpx.get(f"{service.url}/metrics").text
    return sum(
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    return new_database(str(request.param), request, tmp_path_factory)


@pytest.fixture(scope="module")
def service(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("metrics")
    with serving(url, folder, "--workers", "2", settings=NO_UPKEEP) as running:
        yield running


@pytest.fixture(scope="module")
def account(service: Service, url: str) -> Account:
    return opened_account(service.url, url)


def test_any_worker_tells_of_all(service: Service, account: Account) -> None:
    for number in range(40):
        account.tell({**_EVENT, "id": f"e-{number}", "sessionId": f"s-{number}"})
        assert httpx.get(f"{service.url}/v1/sessions").status_code == 401
    count = "rollbook_http_request_duration_seconds_count"
    for _ in range(8):
        assert told(service, "rollbook_events_total", kind="events", outcome="accepted") == 40
        assert told(service, "rollbook_event_lag_seconds_count", kind="events") == 40
        assert told(service, "rollbook_commit_events_sum") == 40
        assert told(service, count, route="/v1/events", status="200") == 40
        assert told(service, count, route="/v1/sessions", status="401") == 40
    assert told(service, "rollbook_open_sessions") == 40
    assert told(service, "rollbook_sources", kind="events") == 1
    assert told(service, "rollbook_sources_heard", kind="events", within="1h") == 1
    assert told(service, "rollbook_database_up") == 1
    assert within_seconds(lambda: told(service, "rollbook_workers") == 2)


def test_values_told_together_count_as_each_by_itself() -> None:
    registry = prometheus_client.CollectorRegistry()
    buckets = (0.1, 1, 10)
    each = ManyAtOnce("each", "Each.", ["kind"], buckets=buckets, registry=registry)
    together = ManyAtOnce("together", "All.", ["kind"], buckets=buckets, registry=registry)
    values = [0, 0.1, 0.25, 1, 1, 2.5, 10, 11, 500]
    for value in values:
        each.labels("x").observe(value)
    together.labels("x").observe_all(values)
    for what in ("_sum", "_count"):
        pair = [
            registry.get_sample_value(name + what, {"kind": "x"}) for name in ("each", "together")
        ]
        assert pair[0] == pair[1]
    for bound in ("0.1", "1.0", "10.0", "+Inf"):
        labels = {"kind": "x", "le": bound}
        counts = {registry.get_sample_value(f"{n}_bucket", labels) for n in ("each", "together")}
        assert len(counts) == 1


def test_nothing_that_the_ledger_holds_is_a_label(service: Service, account: Account) -> None:
    account.tell({**_EVENT, "id": "unheard-of", "sessionId": "unheard-of"})
    httpx.request("MADEUP", f"{service.url}/v1/sessions/unheard-of/events")
    text = httpx.get(f"{service.url}/metrics").text
    for name in (account.org_id, account.source_id, "student-1", "math-101", "unheard", "MADEUP"):
        assert name not in text


def test_nobody_is_told_through_a_proxy(service: Service) -> None:
    for header in ("X-Forwarded-For", "Forwarded", "Via"):
        answer = httpx.get(f"{service.url}/metrics", headers={header: "192.0.2.1"})
        assert answer.status_code == 403
        assert answer.json()["error"] == "FORBIDDEN"


def test_who_has_the_token_is_told_and_nobody_else(url: str, tmp_path: Path) -> None:
    token = {"ROLLBOOK_METRICS_TOKEN": "a-token-of-the-tests"}
    with serving(url, tmp_path, settings=NO_UPKEEP | token) as service:
        where = f"{service.url}/metrics"
        assert httpx.get(where).status_code == 403
        assert httpx.get(where, headers={"Authorization": "Bearer no"}).status_code == 403
        shown = {"Authorization": "Bearer a-token-of-the-tests", "X-Forwarded-For": "192.0.2.1"}
        assert httpx.get(where, headers=shown).status_code == 200


def test_every_metric_that_an_alert_or_the_dashboard_names_is_told(
    service: Service, account: Account
) -> None:
    account.tell({**_EVENT, "id": "one", "sessionId": "one"})
    page = httpx.get(f"{service.url}/metrics").text
    there = {line.split()[2] for line in page.splitlines() if line.startswith("# TYPE")}
    rules, board = text_of(DEPLOY / "alerts.yml"), text_of(DEPLOY / "grafana-dashboard.json")
    named = {re.sub(r"_(bucket|count|sum)$", "", name) for name in _NAME.findall(rules + board)}
    assert len(named) > 10
    assert named - there <= OF_ONE_ENGINE
    documented = set(_NAME.findall(text_of(ROOT / "docs" / "observability.md")))
    assert there - documented == set()
    assert len(json.loads(board)["panels"]) > 10
