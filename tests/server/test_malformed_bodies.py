"""More than 500 malformed bodies: none is the server's fault, each refusal names its field."""

from collections.abc import Iterable, Iterator

import httpx
import pytest
from server.malformed import FIELDS, GOOD, broken_bodies, chances, mixed_bodies, wrong_bodies
from server.process import SESSIONS, Service
from server.tenants import Tenant


@pytest.fixture
def client(service: Service, tenant: Tenant) -> Iterator[httpx.Client]:
    """Asks as an organization that is set up; nothing it asks may leave a trace in the log.

    What tests before were refused may still be told there, a second later.
    """
    before = len(service.said())
    with service.client(tenant.key) as client:
        client.headers["Content-Type"] = "application/json"
        yield client
    said = service.said()[before:].splitlines()
    assert [line for line in said if "error=UNAUTHORIZED" not in line] == []


def complaint(answer: httpx.Response, named: Iterable[str]) -> str | None:
    """What is wrong with the answer to a malformed body, if anything."""
    if answer.status_code != 400:
        return f"status {answer.status_code}"
    if set(answer.json()) != {"success", "message", "error"}:
        return "not the envelope"
    message: str = answer.json()["message"]
    if not message.startswith(tuple(named)):
        return f"names no field: {message}"
    return None


def complaints(client: httpx.Client, bodies: Iterable[tuple[bytes, Iterable[str]]]) -> list[str]:
    found = []
    for body, named in bodies:
        answer = client.post(SESSIONS, content=body)
        if wrong := complaint(answer, named):
            found.append(f"{body[:200]!r}: {wrong}")
    return found


def test_there_are_500_malformed_bodies() -> None:
    wrong = [body for body, _ in wrong_bodies()]
    others = {*mixed_bodies(200, 2024), *broken_bodies(200, 2025)}
    assert len({*wrong, *others}) >= 500
    assert len(wrong) == len(set(wrong)) >= 200


def test_the_body_that_they_are_made_from_is_right(client: httpx.Client) -> None:
    assert client.post(SESSIONS, json=GOOD).status_code == 200


def test_every_wrong_value_is_refused_by_the_name_of_its_field(client: httpx.Client) -> None:
    assert complaints(client, ((body, [field]) for body, field in wrong_bodies())) == []


def test_the_zone_that_the_server_happens_to_be_in_is_no_time_zone(client: httpx.Client) -> None:
    answer = client.post(SESSIONS, json={"uid": "u", "timezone": "localtime"})
    assert complaint(answer, ["timezone"]) is None


def test_a_body_with_several_wrong_values_is_refused_by_the_name_of_one(
    client: httpx.Client,
) -> None:
    bodies = mixed_bodies(200, 2024)
    refused = [client.post(SESSIONS, content=body) for body in bodies]
    asked = [answer for answer in refused if answer.status_code != 200]
    assert [wrong for answer in asked if (wrong := complaint(answer, FIELDS))] == []
    assert len(asked) > 150


def test_a_broken_body_is_never_a_fault_of_the_server(client: httpx.Client) -> None:
    bodies = broken_bodies(200, 2025)
    refused = [client.post(SESSIONS, content=body) for body in bodies]
    asked = [answer for answer in refused if answer.status_code != 200]
    assert [wrong for answer in asked if (wrong := complaint(answer, ["body", *FIELDS]))] == []
    assert len(asked) > 150


@pytest.mark.parametrize("name", ["VF-ORG-ID", "Content-Type", "Accept", "X-Anything"])
def test_headers_of_every_kind_of_bytes_are_never_a_fault_of_the_server(
    service: Service, tenant: Tenant, name: str
) -> None:
    chance = chances(len(name))
    with service.client(tenant.key) as client:
        for _ in range(50):
            value = bytes(chance.choice([*range(32, 127), *range(128, 256)]) for _ in range(30))
            headers = [("Content-Type", "application/json"), (name, value.strip())]
            answer = client.post(SESSIONS, content=b'{"uid": "u"}', headers=headers)  # type: ignore[arg-type]
            assert answer.status_code < 500, value
