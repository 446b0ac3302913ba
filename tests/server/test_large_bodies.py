"""A refusal reaches whoever sends first and listens then, as Node's fetch does."""

import json
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing

import pytest
from server.process import SESSIONS, Service
from server.tenants import Tenant

MEBIBYTE = 1024 * 1024
ROUTES = {
    "the contract's": SESSIONS,
    "the framework's": "/v1/participant/context",
    "batches": "/v1/events",
}
TOO_LARGE = {"success": False, "message": "The body is larger than this route takes"}

FETCH = """
const [url, key, mebibytes, chunked] = process.argv.slice(1);
const text = '{"uid": "' + "x".repeat(Number(mebibytes) << 20) + '"}';
const body = chunked ? new Blob([text]).stream() : text;
const headers = {"VF-ORG-ID": key, "Content-Type": "application/json"};
const answer = await fetch(url, {method: "POST", headers, body, duplex: "half"});
console.log(JSON.stringify([answer.status, await answer.json()]));
"""


@pytest.fixture
def node() -> str:
    """Node itself: on a desk that has none these tests are skipped, in CI they fail."""
    found = shutil.which("node")
    if found is None and os.environ.get("CI") != "true":
        pytest.skip("no node on the PATH")
    assert found
    return found


@pytest.mark.parametrize("path", ROUTES.values(), ids=ROUTES)
@pytest.mark.parametrize(
    ("mebibytes", "chunked"), [(5, []), (30, ["chunked"])], ids=["whole", "chunked"]
)
def test_node_s_fetch_sees_that_its_body_is_too_large(
    node: str, service: Service, tenant: Tenant, path: str, mebibytes: int, chunked: list[str]
) -> None:
    arguments = [service.url + path, tenant.key, str(mebibytes), *chunked]
    ask = [node, "--input-type=module", "--eval", FETCH, "--", *arguments]
    asked = subprocess.run(ask, capture_output=True, text=True, check=False, timeout=60)
    assert asked.returncode == 0, asked.stderr
    status, body = json.loads(asked.stdout)
    assert (status, {**TOO_LARGE, "error": "PAYLOAD_TOO_LARGE"}) == (413, body)


def posting(path: str, key: str, length: int, *more: str) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: x", f"VF-ORG-ID: {key}", f"Content-Length: {length}"]
    return "\r\n".join([*lines, "Content-Type: application/json", *more, "", ""]).encode()


@pytest.fixture
def connection(service: Service) -> Iterator[socket.socket]:
    with closing(socket.create_connection(("127.0.0.1", service.port), timeout=30)) as opened:
        yield opened


@pytest.mark.parametrize("path", ROUTES.values(), ids=ROUTES)
@pytest.mark.parametrize("known", [True, False])
def test_who_sends_all_before_listening_is_answered_and_may_ask_again(
    connection: socket.socket, tenant: Tenant, path: str, *, known: bool
) -> None:
    status = b"413" if known else b"401"
    for _ in range(2):
        key = tenant.key if known else "nobody"
        connection.sendall(posting(path, key, 5 * MEBIBYTE) + b"x" * 5 * MEBIBYTE)
        assert connection.recv(65536).startswith(b"HTTP/1.1 " + status)


def test_who_asks_first_whether_to_send_is_refused_without_the_body(
    connection: socket.socket, tenant: Tenant
) -> None:
    connection.sendall(posting(SESSIONS, tenant.key, 5 * MEBIBYTE, "Expect: 100-continue"))
    assert connection.recv(65536).startswith(b"HTTP/1.1 413")
