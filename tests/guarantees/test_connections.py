"""Strangers cannot use up the connections, the memory or the patience of the service."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from guarantees.neighbours import Neighbour, neighbour_of, shared_well
from guarantees.proof import Proof
from guarantees.strangers import (
    HALF_A_HEAD,
    compressed_heads,
    connected,
    crowd,
    half_a_body,
    said_to,
)
from ingest.account import within_seconds
from server.process import SESSIONS, Service, serving
from server.tenants import Tenant, new_tenant

SILENCE = {"ROLLBOOK_SILENCE_SECONDS": "2"}
MIB = 1024 * 1024
SHOWN_OUT_SECONDS = 20
"""Within what all must be gone, on a machine that does other things beside."""


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"sqlite:///{tmp_path_factory.mktemp('ledger') / 'ledger.db'}"


@pytest.fixture(scope="module")
def service(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving(url, tmp_path_factory.mktemp("service"), settings=SILENCE) as running:
        yield running


@pytest.fixture(scope="module")
def neighbour(service: Service, url: str) -> Iterator[Neighbour]:
    with neighbour_of(service, url) as asking:
        yield asking


@pytest.fixture(scope="module")
def tenant(service: Service, url: str) -> Tenant:
    del service  # it makes the database
    return new_tenant(url)


WHAT_THEY_SAY = {
    "nothing": "",
    "half a head": "head",
    "half a body without a key": SESSIONS,
    "half a webhook": "/v1/webhooks/livekit/unknown",
    "half a body with a key": "key",
}


def _words(kind: str, key: str) -> bytes:
    match kind:
        case "":
            return b""
        case "head":
            return HALF_A_HEAD
        case "key":
            return half_a_body("/v1/events", key)
        case path:
            return half_a_body(path)


@pytest.fixture(scope="module")
def patient_service(
    request: pytest.FixtureRequest, url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """Which waits so long for each of many that all of them are there at one time."""
    seconds = "8" if request.config.getoption("--whole") else "2"
    settings = {"ROLLBOOK_SILENCE_SECONDS": seconds}
    with serving(url, tmp_path_factory.mktemp("patient"), settings=settings) as running:
        yield running


@pytest.mark.guarantee(
    "Connections that do not ask keep nobody from being answered, and are closed",
    "1,500 (6,000 in full, if they have no key) on one worker, a thousand a second, who stay until they are shown out",
)
@pytest.mark.parametrize("kind", WHAT_THEY_SAY.values(), ids=WHAT_THEY_SAY)
def test_many_who_do_not_ask(kind: str, proof: Proof, patient_service: Service, url: str) -> None:
    # Who has a key can be told by its organization, whose limits are another attack's.
    people = proof.rounds(short=1500, whole=1500 if kind == "key" else 6000)
    key = new_tenant(url).key

    def attack() -> None:
        with crowd(patient_service, people, _words(kind, key), a_second=1000) as strangers:
            seconds = strangers.wait_until_shown_out(SHOWN_OUT_SECONDS)
            proof.at_most("the last is closed after", seconds, 15, "s")
            statuses = {line.split(b" ")[1] for line in strangers.answers if line}
        assert statuses <= {b"408", b"401", b"404"}
        assert sum(strangers.answers.values()) == people

    with neighbour_of(patient_service, url) as neighbour:
        shared_well(proof, patient_service, neighbour, attack)


@pytest.mark.guarantee(
    "The head of a request takes no more memory than it had bytes",
    "159 kB of HTTP/2 heads that unpack to 650 MB, ten times at once",
)
def test_compressed_heads(proof: Proof, service: Service, neighbour: Neighbour) -> None:
    def attack() -> None:
        with crowd(service, 10, compressed_heads()) as strangers:
            strangers.wait_until_shown_out(SHOWN_OUT_SECONDS)
            # HTTP/2 answers with a frame of settings first.
            assert set(strangers.answers) <= {b"", b"HTTP/1.1 400 Bad Request"}

    held = service.memory()
    during = shared_well(proof, service, neighbour, attack)
    assert during.peak_bytes - held < 50 * 1024 * 1024


@pytest.mark.guarantee(
    "The head of a request has at most 16 KiB and 100 lines",
    "heads of 16 KiB without an end, and with 101 lines: 431",
)
def test_long_heads(proof: Proof, service: Service, neighbour: Neighbour) -> None:
    start = b"GET /healthz HTTP/1.1\r\nHost: x\r\n"
    assert b" 431 " in said_to(service, start + b"X-A: " + b"a" * 16_400 + b"\r\n\r\n")
    assert b" 431 " in said_to(service, start + b"X-A: a\r\n" * 100 + b"\r\n")
    assert b" 200 " in said_to(service, start + b"X-A: a\r\n" * 97 + b"Connection: close\r\n\r\n")
    people = proof.rounds(short=500, whole=2000)

    def attack() -> None:
        long_head = start + b"X-A: " + b"a" * 15_000
        with crowd(service, people, long_head, a_second=1000) as strangers:
            strangers.wait_until_shown_out(SHOWN_OUT_SECONDS)

    shared_well(proof, service, neighbour, attack)


@pytest.mark.guarantee(
    "A body that does not come is given up, in the form of every other error",
    "a body that stops, and one that trickles a byte every 0.2 s",
)
@pytest.mark.parametrize("path", [SESSIONS, "/v1/events", "/v1/participant/context"])
def test_a_body_that_does_not_come(
    path: str, proof: Proof, service: Service, tenant: Tenant
) -> None:
    for byte in (b"", b" "):
        began = time.monotonic()
        with connected(service) as client:
            client.sendall(half_a_body(path, tenant.key))
            client.settimeout(0.2)
            answer = _heard_while_trickling(client, byte)
        head, _, body = answer.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 408 ")
        assert b"connection: close" in head
        assert json.loads(body)["error"] == "REQUEST_TIMEOUT"
        proof.at_most("given up after", time.monotonic() - began, 4, "s")


def _heard_while_trickling(client: socket.socket, byte: bytes) -> bytes:
    until = time.monotonic() + SHOWN_OUT_SECONDS
    while time.monotonic() < until:
        try:
            return client.recv(65536)
        except TimeoutError:
            client.sendall(byte)
    pytest.fail("it is still waited for")


@pytest.mark.guarantee(
    "A slow upload goes on for as long as it moves",
    "2 kB/s for three times as long as the service waits for a silent client",
)
def test_a_slow_upload_goes_on(proof: Proof, service: Service, tenant: Tenant) -> None:
    pieces = proof.rounds(short=30, whole=150)
    body = json.dumps({"uid": "slow", "unknown": "x" * 400 * pieces}).encode()

    def slowly() -> Iterator[bytes]:
        for start in range(0, len(body), 400):
            yield body[start : start + 400]
            time.sleep(0.2)

    with service.client(tenant.key) as client:
        headers = {"Content-Type": "application/json"}
        answer = client.post(SESSIONS, content=slowly(), headers=headers)
    assert answer.status_code == 200


MOST_HELD = 256 * 1024 * 1024
BATCH = 4 * 1024 * 1024
"""Bytes of bodies that a process holds, all together, and of the largest that any route takes."""


@pytest.mark.guarantee(
    "Bodies take no more memory than is set apart for them, and small ones always come through",
    "70 bodies of 4 MiB with a key, each of which lacks its last byte, and then large and small ones",
)
def test_bodies_that_are_held(proof: Proof, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    # With the silence of a usual service: all of them are to be there at one time.
    with serving(url, tmp_path) as service, neighbour_of(service, url) as neighbour:
        tenant, before = new_tenant(url), service.memory()
        with neighbour.meanwhile() as during, ExitStack() as stack:
            for _ in range(MOST_HELD // BATCH + 6):
                _send_all_but_the_end(stack.enter_context(connected(service)), tenant.key)
            assert _posted_large(service, tenant.key) == (503, "5")
            assert service.ask(tenant.key, uid="small").status_code == 200
        assert set(during.statuses) == {200}
        proof.at_most("more memory", (during.peak_bytes - before) / MIB, 330, "MiB")
        # With those who held it gone, there is room again.
        assert within_seconds(lambda: _posted_large(service, tenant.key)[0] == 200)


def _send_all_but_the_end(client: socket.socket, key: str) -> None:
    head = (
        "POST /v1/events HTTP/1.1\r\nHost: school.example\r\nContent-Type: application/json\r\n"
        f"VF-ORG-ID: {key}\r\nContent-Length: {BATCH}\r\n\r\n"
    )
    client.settimeout(SHOWN_OUT_SECONDS)
    with suppress(ConnectionError, TimeoutError):  # whoever comes late is refused and shown out
        client.sendall(head.encode() + b" " * (BATCH - 1))


def _posted_large(service: Service, key: str) -> tuple[int, str | None]:
    """The status of a batch of nearly 4 MiB that is whole, and when to come again."""
    event = {"id": "padded", "padding": "x" * (BATCH - 200)}
    with service.client(key) as client:
        answer = client.post("/v1/events", json={"events": [event]})
    return answer.status_code, answer.headers.get("Retry-After")
