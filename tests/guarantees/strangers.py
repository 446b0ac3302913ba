"""Strangers at the door: what they send, and how long they are listened to."""

import math
import resource
import socket
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field

from server.process import Service

HALF_A_HEAD = b"GET /healthz HTTP/1.1\r\nHost: school.example\r\nX-Slow: "


def half_a_body(path: str, key: str | None = None) -> bytes:
    """A request that owes the rest of its body."""
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: school.example",
        "Content-Type: application/json",
        "Content-Length: 1000",
        *([f"VF-ORG-ID: {key}"] if key else []),
    ]
    return "\r\n".join([*lines, "", '{"uid": ']).encode()


@dataclass
class Crowd:
    """Connections of strangers."""

    sockets: list[socket.socket]
    answers: Counter[bytes] = field(default_factory=Counter)
    """The first lines of what they were answered; nothing where the connection was just closed."""

    def wait_until_shown_out(self, at_most: float) -> float:
        """Wait until the service has closed all of them; answers the seconds that took."""
        began = time.monotonic()
        for one in self.sockets:
            one.settimeout(max(0.01, began + at_most - time.monotonic()))
            self.answers[_heard(one).partition(b"\r\n")[0]] += 1
        return time.monotonic() - began


@contextmanager
def crowd(
    service: Service, people: int, says: bytes = b"", a_second: float = math.inf
) -> Iterator[Crowd]:
    """So many connections, each of which says this and then no more; they come one after another."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with ExitStack() as stack:
        stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        sockets, began = [], time.monotonic()
        for number in range(people):
            time.sleep(max(0.0, began + number / a_second - time.monotonic()))
            sockets.append(stack.enter_context(connected(service)))
            with suppress(ConnectionError):
                sockets[-1].sendall(says)
        yield Crowd(sockets)


def connected(service: Service) -> socket.socket:
    return socket.create_connection(("127.0.0.1", service.port), 30)


def said_to(service: Service, *parts: bytes, seconds: float = 30) -> bytes:
    """What is answered to these parts until the service closes the connection."""
    with connected(service) as one:
        one.settimeout(seconds)
        for part in parts:
            with suppress(ConnectionError):
                one.sendall(part)
        return _heard(one)


def _heard(one: socket.socket) -> bytes:
    heard = b""
    with suppress(ConnectionError):
        while part := one.recv(65536):
            heard += part
    return heard


def compressed_heads() -> bytes:
    """159 kB of HTTP/2, whose header fields are 650 MB when they are unpacked (RFC 7541).

    One field of 4 kB is put into the table, and then named again 159,000 times by a byte each.
    """
    name, value = b"x-a", b"a" * 4000
    # Literal, to be remembered: its name, and its value's length as an integer with prefix 7.
    field = b"\x40" + bytes([len(name)]) + name + b"\x7f" + _integer(len(value) - 127) + value
    first = b"\x82\x86\x84" + field
    frames = [_frame(1, 0, first)] + [_frame(9, 0, b"\xbe" * 16_000) for _ in range(10)]
    frames[-1] = _frame(9, 4, b"\xbe" * 16_000)
    return b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + _frame(4, 0, b"", stream=0) + b"".join(frames)


def _integer(value: int) -> bytes:
    parts = []
    while value >= 128:
        parts.append(value % 128 + 128)
        value //= 128
    return bytes([*parts, value])


def _frame(kind: int, flags: int, payload: bytes, stream: int = 1) -> bytes:
    return len(payload).to_bytes(3) + bytes([kind, flags]) + stream.to_bytes(4) + payload
