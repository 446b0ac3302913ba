"""Traces: what a collector is told of requests and transactions, and what it is never told."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from ingest.account import NO_UPKEEP, opened_account, within_seconds
from ingest.webhooks import SECRET, term
from server.collector import Collector, collector, told_by
from server.process import SESSIONS, environment, free_port, serving

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
ASKED_IN = {
    "traceparent": f"00-{TRACE}-{PARENT}-01",
    "tracestate": "vendor=somebodys-secret",
    "baggage": "uid=somebodys-secret",
    "X-Request-Id": "the-id-of-this-test",
}


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'ledger.db'}"


def sent_to(collecting: Collector) -> dict[str, str]:
    return NO_UPKEEP | {
        "OTEL_EXPORTER_OTLP_ENDPOINT": collecting.url,
        "OTEL_BSP_SCHEDULE_DELAY": "100",
    }


def test_a_request_is_a_span_in_the_trace_of_who_asks_with_its_transactions_below(
    url: str, tmp_path: Path
) -> None:
    with collector() as told, serving(url, tmp_path, settings=sent_to(told)) as service:
        account = opened_account(service.url, url)
        with service.client(account.tenant.key) as client:
            client.post(SESSIONS, json={"uid": "ann"}, headers=ASKED_IN).raise_for_status()
        trace = bytes.fromhex(TRACE)
        assert within_seconds(lambda: told.span(f"POST {SESSIONS}", trace) is not None)
        span = told.span(f"POST {SESSIONS}", trace)
        assert span is not None
        assert span.parent_span_id.hex() == PARENT
        assert told_by(span) == {
            "http.request.method": "POST",
            "http.route": SESSIONS,
            "http.response.status_code": 200,
            "rollbook.request_id": "the-id-of-this-test",
        }
        assert within_seconds(lambda: told.span("reading", trace) is not None), told.spans
        below = told.span("reading", trace)
        assert below is not None
        assert below.parent_span_id == span.span_id
        assert told_by(below)["db.system.name"] == "sqlite"
        assert told.resource["service.name"] == "rollbook"


def test_nothing_that_somebody_told_is_in_a_trace(url: str, tmp_path: Path) -> None:
    with collector() as told:
        with serving(url, tmp_path, settings=sent_to(told)) as service:
            account = opened_account(service.url, url)
            account.delivered(*term(seed=1, stays=5))
            with service.client(account.tenant.key) as client:
                for path in (
                    "/v1/sessions?uid=somebodys-secret",
                    "/v1/sessions/somebodys-secret/events",
                    "/person?uid=somebodys-secret",
                    "/somebodys-secret",
                ):
                    headers = {**ASKED_IN, "User-Agent": "somebodys-secret"}
                    client.get(path, headers=headers)
                client.post(SESSIONS, content=b'{"uid": "somebodys-secret"', headers=ASKED_IN)
                client.request("SOMEBODYS-SECRET", "/", headers=ASKED_IN)
        # What was left was sent at the stop.
        everything = b"".join(told.bodies)
        names = {span.name for span in told.spans}
        assert {"POST /v1/webhooks/{kind}/{source_id}", "writing", "GET none"} <= names
        assert b"student-" not in everything
        assert b"203.0.113" not in everything
        assert b"127.0.0.1" not in everything
        for secret in ("somebodys-secret", "SOMEBODYS", account.tenant.key, account.org_id, SECRET):
            assert secret.encode() not in everything, secret


def test_a_collector_that_is_not_there_costs_nothing_but_its_traces(
    url: str, tmp_path: Path
) -> None:
    settings = NO_UPKEEP | {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{free_port()}"}
    with serving(url, tmp_path, settings=settings) as service:
        account = opened_account(service.url, url)
        assert account.report_status("ann") == 200
        begun = time.monotonic()
        assert service.stop() == 0
        assert time.monotonic() - begun < 20


_LOADED = """
import sys
{before}
from rollbook.app import create_app
create_app()
print(sorted(name for name in sys.modules if name.startswith("opentelemetry.sdk")))
"""


@pytest.mark.parametrize(
    ("settings", "before", "loads"),
    [
        ({}, "", False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"}, "", True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:1/v1/traces"}, "", True),
        (
            {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "OTEL_SDK_DISABLED": "true"},
            "",
            False,
        ),
        (
            {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "OTEL_TRACES_EXPORTER": "none"},
            "",
            False,
        ),
        (
            {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"},
            "sys.modules['opentelemetry'] = None  # as where the extra is not installed",
            False,
        ),
    ],
)
def test_nothing_is_loaded_where_no_traces_are_wanted(
    url: str, settings: dict[str, str], before: str, loads: bool
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _LOADED.format(before=before)],
        env=environment(url, **settings),
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout.splitlines()[-1] != "[]") == loads, done.stdout
    is_told = "rollbook[otel] is not installed" in done.stdout + done.stderr
    assert is_told == bool(before)
