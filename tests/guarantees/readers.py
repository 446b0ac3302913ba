"""Readers of pages and downloads: who take nothing, take it slowly, or leave.

They speak HTTP over plain sockets, since clients that are made to be used read what they are sent.
"""

import json
import re
import socket
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from urllib.parse import urlencode

from server.process import SESSIONS, Service
from server.tenants import HEAVY, Tenant

_SMALL_BUFFER = 16 * 1024
"""What a reader's machine takes before its reader does: little, as on a slow line."""


@dataclass(frozen=True)
class Browser:
    """A tenant's sign-in at the dashboard of a service."""

    service: Service
    cookie: str

    def request(self, path: str) -> bytes:
        return _request("GET", path, {"Cookie": self.cookie})


def signed_in(service: Service, tenant: Tenant) -> Browser:
    """Sign in with the tenant's key."""
    with service.client() as client:
        page = client.get("/sign-in").text
        token = re.search(r'name="token" value="([^"]+)"', page)
        assert token
        form = {"key": tenant.key, "token": token[1], "next": "/settings"}
        # httpx would keep the cookie for https alone, if the service said so.
        answer = client.post("/sign-in", data=form)
        assert answer.status_code == 303, answer.text
        return Browser(
            service, "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        )


def heavy_page(path: str = "/usage") -> str:
    """A page over all that a heavy tenant has."""
    days = {"from": HEAVY["startDate"], "to": HEAVY["endDate"]}
    return f"{path}?{urlencode(days)}"


def download(tenant: Tenant) -> bytes:
    """The request for a CSV of all that the heavy participant has."""
    return _request(
        "POST",
        SESSIONS,
        {"VF-ORG-ID": tenant.key, "Content-Type": "application/json"},
        json.dumps({**HEAVY, "export": "csv"}).encode(),
    )


def _request(method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    told = {"Host": "rollbook", "Connection": "close", "Content-Length": str(len(body)), **headers}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in told.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


@contextmanager
def asked(service: Service, request: bytes, seconds: float = 120) -> Iterator[socket.socket]:
    """A request that was sent, and nothing yet read of its answer. At the end its reader leaves."""
    with socket.socket() as reader:
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SMALL_BUFFER)
        reader.settimeout(seconds)
        reader.connect(("127.0.0.1", service.port))
        reader.sendall(request)
        yield reader


@contextmanager
def all_asked(service: Service, requests: Iterable[bytes]) -> Iterator[list[socket.socket]]:
    """Several of them at a time."""
    with ExitStack() as stack:
        yield [stack.enter_context(asked(service, request)) for request in requests]


def whole_answer(reader: socket.socket, per_second: float | None = None) -> tuple[int, bytes]:
    """The status and the rest of an answer, taken at so many bytes a second."""
    parts, began, taken = [], time.monotonic(), 0
    while part := reader.recv(4096 if per_second else 65536):
        parts.append(part)
        taken += len(part)
        if per_second:
            time.sleep(max(0.0, began + taken / per_second - time.monotonic()))
    answer = b"".join(parts)
    return int(answer.split(b" ", 2)[1]), answer


def is_whole(answer: bytes) -> bool:
    """Whether an answer in chunks has its last one."""
    # With the end of the chunk before it: a line of a file may end with 0, too.
    return answer.endswith(b"\r\n0\r\n\r\n")
