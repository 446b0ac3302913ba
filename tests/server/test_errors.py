"""Every refusal of a running service: in the order that the contract gives, in one envelope."""

from collections.abc import Iterator, Mapping

import httpx
import pytest
from server.process import SESSIONS, Service
from server.tenants import Tenant, new_tenant
from support.visits import Visit

JSON = {"Content-Type": "application/json"}
TOO_LARGE = b'{"uid": "' + b"x" * 64 * 1024 + b'"}'
UNKNOWN_KEY = f"rb_{'a' * 10}_{'b' * 32}"

WRONG_REQUESTS = {
    "nothing at all": (b"", {}),
    "a body that is not JSON": (b"{", JSON),
    "a body of the wrong type": (b'{"uid": 1}', JSON),
    "a body that is too large": (TOO_LARGE, JSON),
    "a body of another content type": (b"<uid/>", {"Content-Type": "text/xml"}),
}


def is_envelope(answer: httpx.Response, status: int, code: str) -> str:
    """Assert that an answer is exactly the one envelope; answers its message.

    A fault of the program tells besides by which id the log has it, as the header does.
    """
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    body = answer.json()
    assert list(body) == ["success", "message", "error", *(["requestId"] if status == 500 else [])]
    assert body.get("requestId") == (answer.headers["X-Request-Id"] if status == 500 else None)
    assert body["success"] is False
    assert body["error"] == code
    message: str = body["message"]
    assert message
    return message


@pytest.fixture
def client(service: Service) -> Iterator[httpx.Client]:
    with service.client() as client:
        yield client


@pytest.mark.parametrize("key", [None, "", "your-organization-id", UNKNOWN_KEY, "ä€".encode()])
@pytest.mark.parametrize("wrong", WRONG_REQUESTS)
def test_an_unknown_organization_is_told_only_that(
    client: httpx.Client, key: str | bytes | None, wrong: str
) -> None:
    body, headers = WRONG_REQUESTS[wrong]
    with_key: dict[str, str | bytes] = {**headers} if key is None else {**headers, "VF-ORG-ID": key}
    answer = client.post(SESSIONS, content=body, headers=with_key)  # type: ignore[arg-type]
    assert is_envelope(answer, 401, "UNAUTHORIZED") == "Unauthorized"


def test_a_key_of_another_organization_with_a_known_id_opens_nothing(
    client: httpx.Client, tenant: Tenant
) -> None:
    forged = f"rb_{tenant.org_id}_{'b' * 32}"
    answer = client.post(SESSIONS, json={"uid": "u"}, headers={"VF-ORG-ID": forged})
    is_envelope(answer, 401, "UNAUTHORIZED")


@pytest.mark.parametrize("wrong", WRONG_REQUESTS)
def test_an_organization_that_is_not_set_up_is_told_so_before_its_body_is_read(
    service: Service, served_url: str, wrong: str
) -> None:
    body, headers = WRONG_REQUESTS[wrong]
    with service.client(new_tenant(served_url, set_up=False).key) as client:
        answer = client.post(SESSIONS, content=body, headers=headers)
    message = is_envelope(answer, 422, "ORGANIZATION_SETUP_INCOMPLETE")
    assert message.startswith("Organization setup is incomplete: ")
    assert "rollbook import" in message


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"{}", "uid is required"),
        (b'{"uid": ""}', "uid is required"),
        (b'{"uid": null, "page": 0}', "uid is required"),
        (
            b'{"uid": "u", "endDate": "2024-01-15"}',
            "startDate is required when endDate is provided",
        ),
        (b'{"uid": "u", "limit": 11}', "limit must be from 1 to 10"),
        (b'{"uid": "u", "page": 0}', "page must be 1 or more"),
        (b'{"uid": "u", "export": "xml"}', "export must be json or csv"),
        (b"[]", "body must be a JSON object"),
        (b"", "body must be valid JSON"),
    ],
)
def test_a_body_that_breaks_a_rule_is_told_which(
    client: httpx.Client, tenant: Tenant, body: bytes, message: str
) -> None:
    headers = {**JSON, "VF-ORG-ID": tenant.key}
    answer = client.post(SESSIONS, content=body, headers=headers)
    assert is_envelope(answer, 400, "INVALID_REQUEST") == message


@pytest.mark.parametrize(
    "content_type", [None, "text/plain", "application/xml", "application/jsonp", "json", ""]
)
def test_a_body_that_is_not_declared_as_json_is_not_read(
    client: httpx.Client, tenant: Tenant, content_type: str | None
) -> None:
    headers = {"VF-ORG-ID": tenant.key}
    if content_type is not None:
        headers["Content-Type"] = content_type
    answer = client.post(SESSIONS, content=TOO_LARGE, headers=headers)
    message = is_envelope(answer, 415, "UNSUPPORTED_MEDIA_TYPE")
    assert message == "Content-Type must be application/json"


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/json; charset=utf-8", "Application/JSON"]
)
def test_json_may_be_declared_in_every_usual_way(
    client: httpx.Client, tenant: Tenant, content_type: str
) -> None:
    headers = {"VF-ORG-ID": tenant.key, "Content-Type": content_type}
    assert client.post(SESSIONS, content=b'{"uid": "u"}', headers=headers).status_code == 200


def test_a_body_of_more_than_64_kib_is_refused(client: httpx.Client, tenant: Tenant) -> None:
    headers = {**JSON, "VF-ORG-ID": tenant.key}
    answer = client.post(SESSIONS, content=TOO_LARGE, headers=headers)
    assert (
        is_envelope(answer, 413, "PAYLOAD_TOO_LARGE") == "The body is larger than this route takes"
    )


def test_a_body_that_does_not_tell_its_length_is_refused_beyond_64_kib_too(
    client: httpx.Client, tenant: Tenant
) -> None:
    def chunks() -> Iterator[bytes]:
        yield b'{"uid": "u", "x": "'
        for _ in range(70):
            yield b"x" * 1024
        yield b'"}'

    headers = {**JSON, "VF-ORG-ID": tenant.key}
    answer = client.post(SESSIONS, content=chunks(), headers=headers)
    assert answer.request.headers["Transfer-Encoding"] == "chunked"
    is_envelope(answer, 413, "PAYLOAD_TOO_LARGE")


def test_a_body_of_exactly_64_kib_is_read(client: httpx.Client, tenant: Tenant) -> None:
    start, end = b'{"uid": "u", "x": "', b'"}'
    body = start + b"x" * (64 * 1024 - len(start) - len(end)) + end
    answer = client.post(SESSIONS, content=body, headers={**JSON, "VF-ORG-ID": tenant.key})
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/v1",
        "/v1/participant",
        "/v1/participant/sessions/more",
        "/docs/nope.js",
        "/docs/..%2f..%2fopenapi.py",
        "/docs/%00",
        "/schema",
        "/%ff",
        "/v1/participant/sessions%0aX: y",
    ],
)
def test_a_route_that_does_not_exist_is_not_found(client: httpx.Client, path: str) -> None:
    is_envelope(client.get(path), 404, "NOT_FOUND")


def test_who_comes_with_a_browser_is_shown_a_page_but_never_by_the_api(
    client: httpx.Client,
) -> None:
    accepts = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    page = client.get("/nowhere", headers=accepts)
    assert (page.status_code, page.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert "There is no such page." in page.text
    refused = client.delete("/docs", headers=accepts)
    assert (refused.status_code, "GET" in refused.headers["Allow"]) == (405, True)
    is_envelope(client.get("/v1/nowhere", headers=accepts), 404, "NOT_FOUND")
    is_envelope(client.get(SESSIONS, headers=accepts), 405, "METHOD_NOT_ALLOWED")


METHODS: Mapping[str, set[str]] = {
    SESSIONS: {"POST"},
    "/healthz": {"GET", "HEAD"},
    "/readyz": {"GET", "HEAD"},
    "/schema/openapi.json": {"GET", "HEAD"},
    "/docs": {"GET", "HEAD"},
    "/docs/start.js": {"GET", "HEAD"},
    "/docs/swagger-ui.css": {"GET", "HEAD"},
}


@pytest.mark.parametrize("path", METHODS)
def test_a_method_that_a_route_does_not_take_is_answered_with_those_it_takes(
    client: httpx.Client, path: str
) -> None:
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "FOO"} - METHODS[path]:
        answer = client.request(method, path)
        is_envelope(answer, 405, "METHOD_NOT_ALLOWED")
        assert set(answer.headers["Allow"].split(", ")) == METHODS[path] | {"OPTIONS"}


@pytest.mark.parametrize("path", METHODS)
def test_options_tells_the_methods_of_a_route(client: httpx.Client, path: str) -> None:
    answer = client.options(path)
    assert answer.status_code == 204
    assert set(answer.headers["Allow"].split(", ")) == METHODS[path] | {"OPTIONS"}
    assert answer.content == b""


@pytest.mark.parametrize("path", [path for path in METHODS if path != SESSIONS])
def test_head_answers_as_get_does_without_the_body(client: httpx.Client, path: str) -> None:
    whole, head = client.get(path), client.head(path)
    assert head.status_code == whole.status_code == 200
    assert head.content == b""
    for name in ("Content-Type", "Content-Length"):
        assert head.headers[name] == whole.headers[name]


def test_a_fault_of_the_program_is_told_to_the_log_and_not_to_the_caller(
    service: Service, tenant: Tenant, served_url: str
) -> None:
    tenant.saw(Visit())
    tenant.spoils_the_role_of("student-123")
    with service.client(tenant.key) as client:
        sent = {"X-Request-Id": "lesson-7/trace-42"}
        answer = client.post(SESSIONS, json={"uid": "student-123"}, headers=sent)
    assert answer.json()["requestId"] == "lesson-7/trace-42"
    (line,) = [line for line in service.said().splitlines() if "lesson-7/trace-42" in line]
    assert "request failed" in line
    assert is_envelope(answer, 500, "INTERNAL_ERROR") == "Something went wrong on the server"
    assert "Traceback" in service.said()
    assert "'KING' is not a valid Role" in service.said()
    assert tenant.key not in service.said()
