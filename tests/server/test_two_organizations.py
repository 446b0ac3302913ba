"""Two organizations with the same people and rooms in one database: neither sees the other."""

import json
from itertools import count
from typing import Any, NamedTuple

import pytest
from server.process import SESSIONS, Service
from server.tenants import Tenant, new_tenant
from support.visits import Visit

from rollbook.web.routes import API

DAY = {"startDate": "2024-01-15"}
EVENT = {
    "id": "e1",
    "type": "participant.joined",
    "time": "2024-01-15T08:00:00Z",
    "roomId": "event-room-of-{name}",
    "sessionId": "same-session",
    "participant": {"uid": "student-123", "name": "Event of {name}"},
}

NOBODY_S = {
    "/docs",
    "/docs/start.js",
    "/docs/{name:str}",
    "/schema/openapi.json",
    "/healthz",
    "/metrics",
    "/readyz",
}
"""Routes that answer everybody the same, and nothing of any organization."""


def of(name: str, thing: Any) -> Any:
    return json.loads(json.dumps(thing).replace("{name}", name))


@pytest.fixture(scope="module")
def two(service: Service, served_url: str) -> dict[str, Tenant]:
    """Two organizations where the same person sat in the same rooms, under other names."""
    tenants = {name: new_tenant(served_url) for name in ("Ada", "Bob")}
    for name, tenant in tenants.items():
        tenant.saw(
            Visit(name=name, title=f"Maths of {name}", ip=None, id="same-session"),
            Visit(name=name, title=f"Physics of {name}", room="physics", id="second"),
        )
    return tenants


def other(name: str) -> str:
    return "Bob" if name == "Ada" else "Ada"


QUESTIONS: dict[str, dict[str, Any]] = {
    "grouped by room": {"uid": "student-123", **DAY},
    "one room": {"uid": "student-123", "roomId": "math-101", **DAY},
    "CSV": {"uid": "student-123", "export": "csv", **DAY},
    "CSV of one room": {"uid": "student-123", "roomId": "physics", "export": "csv", **DAY},
    "today, with nothing to report": {"uid": "student-123"},
    "a room in a range without sessions": {"uid": "student-123", "roomId": "math-101"},
}


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("name", ["Ada", "Bob"])
def test_a_report_holds_names_and_titles_of_its_own_organization_only(
    service: Service, two: dict[str, Tenant], name: str, question: str
) -> None:
    answer = service.ask(two[name].key, **QUESTIONS[question])
    assert answer.status_code == 200
    assert name in answer.text
    assert other(name) not in answer.text


@pytest.mark.parametrize("name", ["Ada", "Bob"])
def test_a_report_counts_sessions_of_its_own_organization_only(
    service: Service, two: dict[str, Tenant], name: str
) -> None:
    summary = service.ask(two[name].key, uid="student-123", **DAY).json()["data"]["summary"]
    assert summary["totalSessions"] == summary["roomsAttended"] == 2


def test_events_of_one_organization_change_nothing_for_the_other(
    service: Service, served_url: str
) -> None:
    first, second = new_tenant(served_url), new_tenant(served_url)
    second.saw(Visit(name="Second"))
    before = service.ask(second.key, uid="student-123", **DAY).json()
    with service.client(first.key) as client:
        told = client.post("/v1/events", json={"events": [of("First", EVENT)]})
        assert told.json()["data"]["results"] == [{"id": "e1", "status": "accepted"}]
    assert service.ask(second.key, uid="student-123", **DAY).json() == before
    assert "First" in service.ask(first.key, uid="student-123", **DAY).text


def test_the_same_event_of_two_organizations_is_two_events(
    service: Service, served_url: str
) -> None:
    for name in ("First", "Second"):
        tenant = new_tenant(served_url)
        with service.client(tenant.key) as client:
            told = client.post("/v1/events", json={"events": [of(name, EVENT)]})
        assert told.json()["data"]["results"] == [{"id": "e1", "status": "accepted"}]
        answer = service.ask(tenant.key, uid="student-123", **DAY)
        assert f"event-room-of-{name}" in answer.text


def test_the_events_behind_a_session_are_explained_to_its_own_organization_only(
    service: Service, two: dict[str, Tenant]
) -> None:
    for session_id in two["Ada"].session_ids():
        path = f"/v1/sessions/{session_id}/events"
        with service.client(two["Ada"].key) as ada, service.client(two["Bob"].key) as bob:
            assert ada.get(path).status_code == 200
            assert bob.get(path).status_code == 404


def test_the_sources_of_an_organization_are_shown_to_itself_only(
    service: Service, two: dict[str, Tenant]
) -> None:
    with service.client(two["Ada"].key) as ada:
        (source,) = ada.get("/v1/sources").json()["data"]["sources"]
    assert source["sourceId"].startswith(two["Ada"].org_id)


def test_classes_and_rosters_are_of_the_own_organization_only(
    service: Service, two: dict[str, Tenant]
) -> None:
    own = {"members": [{"uid": "u-of-ada", "name": "Ada's"}]}
    with service.client(two["Ada"].key) as ada, service.client(two["Bob"].key) as bob:
        assert ada.put("/v1/rooms/only-ada/roster", json=own).status_code == 200
        assert bob.get("/v1/rooms/only-ada/roster").json()["data"]["members"] == []
        assert bob.put("/v1/rooms/only-ada/roster", json={"members": []}).status_code == 200
        (kept,) = ada.get("/v1/rooms/only-ada/roster").json()["data"]["members"]
        assert kept["uid"] == "u-of-ada"


def test_a_schedule_is_of_the_own_organization_only(
    service: Service, two: dict[str, Tenant]
) -> None:
    own = {"single": [{"day": "2099-01-01", "from": "08:00", "to": "09:00", "title": "Ada's"}]}
    with service.client(two["Ada"].key) as ada, service.client(two["Bob"].key) as bob:
        assert ada.put("/v1/rooms/only-ada/schedule", json=own).status_code == 200
        assert bob.get("/v1/rooms/only-ada/schedule").json()["data"]["single"] == []
        assert bob.put("/v1/rooms/only-ada/schedule", json={"weekly": []}).status_code == 200
        (kept,) = ada.get("/v1/rooms/only-ada/schedule").json()["data"]["single"]
        assert kept["title"] == "Ada's"


def test_what_is_said_of_classes_is_of_the_own_organization_only(
    service: Service, two: dict[str, Tenant]
) -> None:
    rule = {"share": 1, "late": 2, "early": 3, "gap": 4}
    times = {"from": "2020-01-15T09:00:00Z", "to": "2020-01-15T10:00:00Z", "note": "ada's"}
    excuse = {"from": "2020-01-15", "note": "ada's"}
    day = "?from=2020-01-15&to=2020-01-15"
    with service.client(two["Ada"].key) as ada, service.client(two["Bob"].key) as bob:
        ada.put("/v1/rooms/r/attendance-rule", json=rule).raise_for_status()
        kept = ada.post("/v1/rooms/r/classes", json=times).json()["data"]["said"]["id"]
        said = ada.post("/v1/participants/u/excuses", json=excuse).json()["data"]["excuses"]
        assert bob.get("/v1/rooms/r/attendance-rule").json()["data"]["rule"]["from"] == "default"
        assert bob.get(f"/v1/rooms/r/classes{day}").json()["data"]["classes"] == []
        assert bob.get("/v1/participants/u/excuses").json()["data"]["excuses"] == []
        assert bob.delete(f"/v1/rooms/r/classes/{kept}").status_code == 404
        excuse_id = said[0]["said"]["id"]
        assert bob.delete(f"/v1/participants/u/excuses/{excuse_id}").status_code == 404
        assert bob.delete("/v1/rooms/r/attendance-rule").status_code == 200
        assert ada.get("/v1/rooms/r/attendance-rule").json()["data"]["rule"]["share"] == 1
        (held,) = ada.get(f"/v1/rooms/r/classes{day}").json()["data"]["classes"]
        assert held["said"]["note"] == "ada's"


def test_what_an_application_tells_of_a_person_is_told_of_its_own_organization_only(
    service: Service, served_url: str
) -> None:
    first, second = new_tenant(served_url), new_tenant(served_url)
    for tenant in (first, second):
        tenant.saw(Visit(name="Jane"))
    context = {"uid": "student-123", "roomId": "math-101", "name": "Told by First"}
    with service.client(first.key) as client:
        assert client.post("/v1/participant/context", json=context).status_code == 200
    assert "Told by First" in service.ask(first.key, uid="student-123", **DAY).text
    assert "Told by First" not in service.ask(second.key, uid="student-123", **DAY).text


class Knock(NamedTuple):
    """A request that would be taken in or answered, if the key that comes with it opened."""

    method: str
    path: str
    body: object = None
    refusals: frozenset[int] = frozenset({401})


SOMEBODY_S = {
    SESSIONS: Knock("POST", SESSIONS, {"uid": "student-123"}),
    "/v1/events": Knock("POST", "/v1/events", {"events": [of("X", EVENT)]}),
    "/v1/participant/context": Knock(
        "POST", "/v1/participant/context", {"uid": "u", "roomId": "r", "name": "n"}
    ),
    "/v1/sessions": Knock("GET", "/v1/sessions"),
    "/v1/sessions/{session_id:str}/corrections": Knock(
        "POST", "/v1/sessions/s/corrections", {"void": True, "note": "n"}
    ),
    "/v1/sessions/{session_id:str}/events": Knock("GET", "/v1/sessions/s/events"),
    "/v1/rooms/{room_id:str}/classes": Knock("GET", "/v1/rooms/r/classes"),
    "/v1/rooms/{room_id:str}/attendance": Knock("GET", "/v1/rooms/r/attendance"),
    "/v1/rooms/{room_id:str}/sheet": Knock("GET", "/v1/rooms/r/sheet"),
    "/v1/rooms/{room_id:str}/summary": Knock("GET", "/v1/rooms/r/summary"),
    "/v1/room/{room_id:str}/summary": Knock("GET", "/v1/room/r/summary"),
    "/v1/live": Knock("GET", "/v1/live"),
    "/v1/absences": Knock("GET", "/v1/absences"),
    "/v1/at-risk": Knock("GET", "/v1/at-risk"),
    "/v1/teachers/{uid:str}/rooms": Knock("GET", "/v1/teachers/u/rooms"),
    "/v1/rooms/{room_id:str}/roster": Knock(
        "PUT", "/v1/rooms/r/roster", {"members": [{"uid": "u"}]}
    ),
    "/v1/rooms/{room_id:str}/schedule": Knock(
        "PUT",
        "/v1/rooms/r/schedule",
        {"weekly": [{"weekdays": ["monday"], "from": "08:00", "to": "09:00"}]},
    ),
    "/v1/rooms/{room_id:str}/classes/{said_id:str}": Knock("DELETE", "/v1/rooms/r/classes/s"),
    "/v1/rooms/{room_id:str}/attendance-rule": Knock(
        "PUT", "/v1/rooms/r/attendance-rule", {"share": 1, "late": 1, "early": 1, "gap": 1}
    ),
    "/v1/participants/{uid:str}": Knock("DELETE", "/v1/participants/u"),
    "/v1/participants/{uid:str}/excuses": Knock(
        "POST", "/v1/participants/u/excuses", {"from": "2024-01-15", "note": "n"}
    ),
    "/v1/participants/{uid:str}/excuses/{said_id:str}": Knock(
        "DELETE", "/v1/participants/u/excuses/s"
    ),
    "/v1/sources": Knock("GET", "/v1/sources"),
    # Its address and its signature say whose it is; a key opens nothing there.
    "/v1/webhooks/{kind:str}/{source_id:str}": Knock(
        "POST", f"/v1/webhooks/livekit/{'a' * 20}", {}, frozenset({401, 404})
    ),
    "/v1/webhooks/{kind:str}/{source_id:str}/{below:path}": Knock(
        "POST", f"/v1/webhooks/jitsi/{'a' * 20}/events/room/created", {}, frozenset({401, 404})
    ),
}


def test_every_route_is_known_here_as_an_organization_s_or_nobody_s() -> None:
    """Fails for a new route: say in this file whose it is, and test that nobody else sees it."""
    routes = {path for route in API for path in route.paths}
    assert routes == NOBODY_S | set(SOMEBODY_S)


CLIENTS = count()


@pytest.mark.parametrize("route", SOMEBODY_S)
def test_a_route_of_an_organization_opens_for_no_other_key(
    service: Service, two: dict[str, Tenant], route: str
) -> None:
    method, path, body, refusals = SOMEBODY_S[route]
    ada, bob = two["Ada"], two["Bob"]
    for key in (None, "", ada.org_id, ada.key.replace(ada.org_id, bob.org_id), ada.key[:-1]):
        # Each from an address of its own: who tries many keys is slowed.
        address = {"X-Forwarded-For": f"203.0.113.{next(CLIENTS) % 250}"}
        with service.client(key) as client:
            answer = client.request(method, path, json=body, headers=address)
        assert answer.status_code in refusals
