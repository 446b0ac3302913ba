"""Who may ask how often, and what is refused at the door.

Each test has a service of its own with two workers, in front of which strangers stand.
"""

import json
import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import jwt
import pytest
from guarantees.proof import Proof
from ingest.account import NO_UPKEEP
from ingest.conftest import new_database
from server.process import SESSIONS, Service, run, serving
from server.tenants import Tenant, new_tenant
from support.signing import LIVEKIT, secret_for, signed

from rollbook.domain.limits import BURST_SECONDS

WORKERS = 2
DAY = {"uid": "nobody", "startDate": "2024-01-15"}


@dataclass(frozen=True)
class School:
    """A service, and an organization of it."""

    service: Service
    tenant: Tenant

    def source(self, kind: str) -> str:
        """A new source; answers its address."""
        parts = secret_for(kind).items()
        options = [text for name, value in parts for text in (f"--{name.replace('_', '-')}", value)]
        added = run(
            self.tenant.database_url, "source", "add", kind, "--org", self.tenant.org_id,
            *options, "--json",
        )  # fmt: skip
        path: str = json.loads(added)["webhookUrl"]
        return self.service.url + path

    def count(self, table: str) -> int:
        statement = f"SELECT count(*) FROM {table} WHERE org_id = '{self.tenant.org_id}'"
        return int(self.tenant.rows(statement)[0][0])

    def refused(self) -> list[dict[str, Any]]:
        """What the log says was refused."""
        lines = self.service.said().splitlines()
        told = [json.loads(line) for line in lines if line.startswith("{")]
        return [line for line in told if line.get("event") == "refused"]


@pytest.fixture(params=["sqlite"])
def school(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    tmp_path: Path,
) -> Iterator[School]:
    url = new_database(request.param, request, tmp_path_factory)
    settings = {**NO_UPKEEP, "ROLLBOOK_LOG_FORMAT": "json"}
    with serving(url, tmp_path, "--workers", str(WORKERS), settings=settings) as service:
        yield School(service, new_tenant(url))


both_databases = pytest.mark.parametrize("school", ["sqlite", "postgres"], indirect=True)


def sign_in(client: httpx.Client, key: str, client_address: str) -> int:
    headers = {"X-Forwarded-For": client_address}
    form = client.get("/sign-in", headers=headers)
    token = re.search(r'name="token" value="(\w+)"', form.text)
    assert token
    said = {"key": key, "token": token[1], "next": "/"}
    return client.post("/sign-in", data=said, headers=headers).status_code


# --- keys ------------------------------------------------------------------------------------


@pytest.mark.guarantee(
    "A right key always goes in, and who tries wrong ones is slowed",
    "wrong keys at the sign-in and the API, from many addresses and from the one of the right key",
)
def test_wrong_keys_shut_nobody_out(proof: Proof, school: School) -> None:
    statuses: Counter[int] = Counter()
    times, began = proof.rounds(short=600, whole=3_000), time.monotonic()
    with school.service.client() as client:
        for number in range(times):
            address = "203.0.113.9" if number % 2 else f"198.51.{number % 250}.{number // 250}"
            key = {"VF-ORG-ID": f"rb_{'a' * 10}_{number:032d}", "X-Forwarded-For": address}
            statuses[client.post(SESSIONS, json=DAY, headers=key).status_code] += 1
            if number % 50 == 49:
                right = {"VF-ORG-ID": school.tenant.key, "X-Forwarded-For": "203.0.113.9"}
                assert client.post(SESSIONS, json=DAY, headers=right).status_code == 200
                assert sign_in(client, school.tenant.key, "203.0.113.9") == 303
                client.cookies.clear()
    assert set(statuses) == {401, 429}
    # The one address: a hundred, and then one each three seconds, in each worker.
    lasted = time.monotonic() - began
    assert statuses[429] >= times // 2 - WORKERS * (100 + lasted // 3 + 1)
    proof.found(f"{statuses[429]:,} of {times:,} slowed (429), the right key let in each time")


@pytest.mark.guarantee(
    "The log has a line a second for each kind of refusal, with a count, and never a key",
    "requests with wrong keys and deliveries with wrong signatures, as fast as they go",
)
def test_refusals_do_not_flood_the_log(proof: Proof, school: School) -> None:
    hook, times = school.source("getstream"), proof.rounds(short=300, whole=10_000)
    key = f"rb_{school.tenant.org_id}_{'x' * 32}"
    began = time.monotonic()
    with school.service.client() as client:
        for _ in range(times // 2):
            client.post(SESSIONS, json=DAY, headers={"VF-ORG-ID": key})
            client.post(hook, content=b"{}", headers={"X-Signature": "0" * 64})
    lasted = time.monotonic() - began
    time.sleep(1.5)
    told = school.refused()
    assert sum(line["count"] for line in told) == times
    assert {line["error"] for line in told} == {
        "UNAUTHORIZED",
        "TOO_MANY_REQUESTS",
        "BAD_SIGNATURE",
    }
    assert len(told) <= 3 * WORKERS * (lasted + 2)
    assert key not in school.service.said()
    proof.found(f"{len(told)} lines for {times:,} refusals in {lasted:.0f} s")


# --- limits and quotas -----------------------------------------------------------------------


def ask_for(school: School, key: str, until: float) -> Counter[int]:
    """Ask without a pause; a connection each, so that every worker is asked."""
    statuses: Counter[int] = Counter()
    while time.monotonic() < until:
        statuses[school.service.ask(key, **DAY).status_code] += 1
    return statuses


@pytest.mark.guarantee(
    "An organization asks no more often than it may, and others are not slowed",
    "four clients of one organization that ask without a pause, over all workers",
)
@both_databases
def test_an_organization_cannot_ask_more_often_than_it_may(proof: Proof, school: School) -> None:
    each, lasts = 5, proof.rounds(short=4, whole=30)
    run(
        school.tenant.database_url, "org", "set-limits", school.tenant.org_id,
        "--requests-per-second", str(each),
    )  # fmt: skip
    other = new_tenant(school.tenant.database_url)
    until = time.monotonic() + lasts
    with ThreadPoolExecutor(5) as pool:
        asking = [pool.submit(ask_for, school, school.tenant.key, until) for _ in range(4)]
        others = pool.submit(ask_for, school, other.key, until)
        ours = sum((one.result() for one in asking), Counter[int]())
    lease = each * BURST_SECONDS // 20
    most = each * (BURST_SECONDS + lasts + 1) + WORKERS * lease
    assert set(ours) <= {200, 429}
    assert ours[429] > 0
    assert ours[200] <= most
    assert set(others.result()) == {200}
    proof.found(f"{ours[200]:,} answered of {ours.total():,} in {lasts} s, {most:,} allowed")
    proof.found(f"the other organization: {others.result()[200]:,} answered, none refused")


@pytest.mark.guarantee(
    "Every answer says how often an organization may still ask",
    "requests until none is left",
)
def test_answers_tell_what_is_left(proof: Proof, school: School) -> None:
    database = school.tenant.database_url
    run(database, "org", "set-limits", school.tenant.org_id, "--requests-per-second", "1")
    answers = [school.service.ask(school.tenant.key, **DAY) for _ in range(BURST_SECONDS + 15)]
    first, last = answers[0], next(one for one in answers if one.status_code == 429)
    assert first.headers["RateLimit-Policy"] == '"requests";q=10;w=10'
    assert re.fullmatch(r'"requests";r=\d+;t=\d+', first.headers["RateLimit"])
    assert last.headers["RateLimit"].startswith('"requests";r=0;t=')
    assert int(last.headers["Retry-After"]) >= 1
    assert last.json()["error"] == "RATE_LIMITED"
    proof.done = len(answers)


@pytest.mark.guarantee(
    "An organization brings in no more than its quota, and its platforms are told to send again",
    "deliveries and own events beyond a quota of a day",
)
@both_databases
def test_a_quota_holds(proof: Proof, school: School) -> None:
    hook, quota = school.source("daily"), 20
    run(
        school.tenant.database_url, "org", "set-limits", school.tenant.org_id,
        "--events-per-day", str(quota),
    )  # fmt: skip
    statuses: Counter[int] = Counter()
    now = time.time_ns() // 1_000_000
    with school.service.client() as client:
        for number in range(proof.rounds(short=60, whole=500)):
            event = {"type": "x", "id": f"evt-{number}", "event_ts": now / 1000}
            delivery = signed("daily", event, now)
            answer = client.post(hook, content=delivery.body, headers=dict(delivery.headers))
            statuses[answer.status_code] += 1
            time.sleep(0.06)
        own = {"id": "e", "type": "room.started", "time": "2024-01-15T09:00:00Z", "roomId": "r"}
        key = {"VF-ORG-ID": school.tenant.key}
        refused = client.post("/v1/events", json={"events": [own]}, headers=key)
    assert set(statuses) == {200, 503}
    assert refused.status_code == 429
    assert "quota of 20 events in a day" in refused.json()["message"]
    # What came in within two seconds may go on for as long.
    assert quota <= school.count("event") == statuses[200]
    assert statuses[200] <= quota + 2.5 / 0.06
    proof.found(
        f"{statuses[200]} taken of a quota of {quota}; then 503 for webhooks, 429 for events"
    )


# --- deliveries that come again --------------------------------------------------------------

EVENTS: Mapping[str, Mapping[str, Any]] = {
    "getstream": {"type": "call.session_started", "created_at": "2026-01-01T00:00:00Z"},
    "realtimekit": {"event": "meeting.started", "meeting": {"id": "m"}},
    "agora": {"eventType": 101, "noticeId": "n", "payload": {"channelName": "c"}},
    "zoom": {"event": "meeting.started", "payload": {"object": {"id": "1"}}},
    "jaas": {"eventType": "ROOM_CREATED", "idempotencyKey": "k", "fqn": "a/b"},
    "whereby": {"type": "room.client.joined", "id": "w", "data": {"roomName": "/r"}},
    "livekit": {"event": "room_started", "id": "EV_1", "room": {"name": "r", "sid": "RM_1"}},
}


@pytest.mark.guarantee(
    "A delivery that somebody recorded is one event, however often and under whatever ids it is sent",
    "recorded deliveries of each platform that signs, sent again with other headers and queries",
)
def test_a_recorded_delivery_fills_nothing(proof: Proof, school: School) -> None:
    times = proof.rounds(short=15, whole=300)
    now = time.time_ns() // 1_000_000
    with school.service.client() as client:
        for kind, event in EVENTS.items():
            hook, delivery = school.source(kind), signed(kind, event, now)
            for number in range(times):
                ids = dict.fromkeys(("X-Webhook-Id", "rtk-uuid", "dyte-uuid"), str(uuid4()))
                answer = client.post(
                    f"{hook}?n={number}",
                    content=delivery.body,
                    headers={**ids, **delivery.headers},
                )
                assert answer.status_code == 200, (kind, answer.text)
    assert school.count("event") == len(EVENTS)
    proof.found(f"{len(EVENTS)} events from {len(EVENTS) * times:,} deliveries")


# --- what nobody should send -----------------------------------------------------------------


@pytest.mark.guarantee(
    "No text and no number of a stranger is a fault of the service, or takes it a second",
    "numbers beyond all reckoning, texts of megabytes made for each pattern, letters of no alphabet",
)
def test_hostile_texts_and_numbers(proof: Proof, school: School) -> None:
    slowest = 0.0
    with school.service.client() as client:
        requests = [*_hostile(school), *_hostile_own_events(school.tenant.key)]
        for path, body, headers in requests:
            began = time.monotonic()
            answer = client.post(path, content=body, headers=headers)
            slowest = max(slowest, time.monotonic() - began)
            assert answer.status_code < 500, (path, body[:80], answer.text)
        for onward in (
            "/people?q=é",
            "/ü",
            "/日本",
            "/%",
            "/\ud800".encode("utf-8", "replace").decode(),
        ):
            token = re.search(r'name="token" value="(\w+)"', client.get("/sign-in").text)
            assert token
            form = {"key": school.tenant.key, "token": token[1], "next": onward}
            assert client.post("/sign-in", data=form).status_code == 303
    proof.done = len(requests) + 5
    proof.at_most("slowest answer", slowest, 1.0, "s")


def _hostile(school: School) -> Iterator[tuple[str, bytes, Mapping[str, str]]]:
    hook, now = school.source("livekit"), time.time_ns() // 1_000_000
    for number in (10**400, -(10**400), 1e308, 10**18, True, "1", None):
        claims = {"iss": LIVEKIT["api_key"], "exp": number, "nbf": number, "sha256": ""}
        token = jwt.api_jws.encode(json.dumps(claims).encode(), LIVEKIT["api_secret"])
        yield hook, b"{}", {"Authorization": token}
    daily = school.source("daily")
    for number in (10**400, 1e308, -1e308, 10**18):
        payload = {"room": "r", "session_id": "s", "joined_at": now / 1000, "duration": number}
        event = {"type": "participant.left", "event_ts": number, "payload": payload}
        delivery = signed("daily", event, now)
        yield daily, delivery.body, delivery.headers
    whole = 1_000_000
    for text in (
        '["["' + ',"["' * (whole // 4 - 2) + "]",
        "?a" * (whole // 2),
        "1 (" * (whole // 3),
    ):
        event = {"event": "x", "payload": {"object": {"participant": {"phone_number": text}}}}
        for kind in ("zoom",):
            delivery = signed(kind, event, now)
            yield school.source(kind), delivery.body, delivery.headers


def _hostile_own_events(key: str) -> Iterator[tuple[str, bytes, Mapping[str, str]]]:
    headers = {"VF-ORG-ID": key, "Content-Type": "application/json"}
    whole = 4_000_000
    shapes = [
        json.dumps(["["] * (whole // 7)), "?token=" * (whole // 7), "://a@" * (whole // 5),
        "rtmp://" * (whole // 7), "&" + "token" * (whole // 5), "{" * whole,
    ]  # fmt: skip
    for text in shapes:
        event = {"id": "e", "type": "room.started", "time": "2024-01-15T09:00:00Z", "roomId": "r"}
        yield "/v1/events", json.dumps({"events": [{**event, "note": text}]}).encode(), headers
    for number in ("1" + "0" * 400, "1e400", "-1e400", "NaN", "9" * 5000):
        yield SESSIONS, b'{"uid": "u", "page": %s}' % number.encode(), headers
        yield "/v1/events", b'{"events": [{"id": %s}]}' % number.encode(), headers


@pytest.mark.guarantee(
    "A term of ten thousand years stalls nobody",
    "terms from year 1 to 9999, set by a key and as an older program left them, and pages that show them",
)
def test_a_term_of_ten_thousand_years(proof: Proof, school: School) -> None:
    slowest = 0.0
    with school.service.client() as client:
        assert sign_in(client, school.tenant.key, "203.0.113.9") == 303
        token = re.search(r'name="token" value="(\w+)"', client.get("/settings").text)
        assert token
        form = {"term_first": "0001-01-01", "term_last": "9999-12-31", "token": token[1]}
        refused = client.post("/settings", data=form)
        assert refused.status_code == 400
        assert "must lie in the years 2000 to 2100" in refused.text
        school.tenant.rows(
            "INSERT INTO term (org_id, first_day, last_day) "
            f"VALUES ('{school.tenant.org_id}', '0001-01-01', '9999-12-31')",
        )
        ranges = ("range=term", "from=0001-01-01&to=0003-12-31", "from=9997-01-01&to=9999-12-31")
        for _ in range(proof.rounds(short=1, whole=10)):
            for page in ("/usage", "/people", "/rooms", "/usage.csv"):
                for days in ranges:
                    began = time.monotonic()
                    status = client.get(f"{page}?{days}").status_code
                    slowest = max(slowest, time.monotonic() - began)
                    assert status < 500, (page, days, status)
    proof.at_most("slowest page", slowest, 1.0, "s")
