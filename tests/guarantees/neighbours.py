"""Others, while somebody attacks: how long a quiet tenant waits, and what the service holds.

    with neighbour_of(service, url) as neighbour:
        shared_well(proof, service, neighbour, lambda: attack(service))

or, phase by phase,

        quiet = neighbour.asking(seconds=5)
        with neighbour.meanwhile() as during:
            attack(service)
        assert set(during.statuses) == {200}

The neighbour asks from a process of its own, so that an attack made in Python does not slow it; on
a new connection each time, as it has to be let in as well; and every 20 ms, whether or not it was
answered: what it waited is counted from when a question was due, so that one stall of five seconds
weighs as much as it would for everybody who came meanwhile.
"""

import http.client
import json
import math
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # what asks is this file, run as a program, and starts quickly without them
    from guarantees.proof import Proof
    from server.process import Service

_EVERY_SECONDS = 0.02
_GIVES_UP_SECONDS = 60.0
_PATH = "/v1/participant/sessions"
_MIB = 1024 * 1024


@dataclass
class Answers:
    """What the neighbour was answered in a span of time."""

    waits: list[float] = field(default_factory=list)
    """Seconds from when each question was due to the end of its answer."""

    statuses: Counter[int] = field(default_factory=Counter)
    """How many answers of each HTTP status; 0 is a connection that broke or was refused."""

    peak_bytes: int = 0
    """The most that the service's processes held meanwhile, all together."""

    @property
    def p99_ms(self) -> float:
        """Milliseconds within which 99 of 100 answers were there."""
        ordered = sorted(self.waits)
        return ordered[max(0, math.ceil(len(ordered) * 0.99) - 1)] * 1000

    @property
    def worst_ms(self) -> float:
        return max(self.waits) * 1000


class Neighbour:
    """A quiet tenant that asks for a contract's page again and again."""

    def __init__(self, service: "Service", asker: "subprocess.Popen[str]") -> None:
        self._service = service
        self._asker = asker
        self._told: list[tuple[float, float, int]] = []
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    def asking(self, seconds: float) -> Answers:
        """What it is answered in the coming seconds, while nothing else is done here."""
        with self.meanwhile() as answers:
            time.sleep(seconds)
        return answers

    @contextmanager
    def meanwhile(self) -> Iterator[Answers]:
        """What it is answered in this block; whole when the block has ended."""
        answers, began, enough = Answers(), time.monotonic(), Event()
        watch = Thread(target=self._watch_memory, args=(answers, enough))
        watch.start()
        try:
            yield answers
        finally:
            ended = time.monotonic()
            enough.set()
            watch.join()
        self._wait_for_answers_until(ended)
        for due, wait, status in self._told:
            if began <= due <= ended:
                answers.waits.append(wait)
                answers.statuses[status] += 1

    def _watch_memory(self, answers: Answers, enough: Event) -> None:
        while True:
            answers.peak_bytes = max(answers.peak_bytes, self._service.memory())
            if enough.wait(0.1):
                return

    def _wait_for_answers_until(self, moment: float) -> None:
        until = time.monotonic() + 2 * _GIVES_UP_SECONDS
        while not (self._told and self._told[-1][0] > moment):
            assert self._asker.poll() is None, "the neighbour's process ended"
            assert time.monotonic() < until, "the neighbour is never answered"
            time.sleep(0.01)

    def hear_the_end(self) -> None:
        """Read what the process told before it was ended."""
        self._reader.join()

    def _read(self) -> None:
        assert self._asker.stdout is not None
        for line in self._asker.stdout:
            if not line.endswith("\n"):
                return  # the process was ended while it told this
            due, wait, status = line.split()
            self._told.append((float(due), float(wait), int(status)))


@contextmanager
def neighbour_of(service: "Service", database_url: str) -> Iterator[Neighbour]:
    """A new tenant of the service, with a process that asks for it until the block ends."""
    from server.tenants import new_tenant  # noqa: PLC0415 - see above

    tenant = new_tenant(database_url)
    arguments = [sys.executable, __file__, str(service.port), tenant.key]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as asker:
        neighbour = Neighbour(service, asker)
        try:
            yield neighbour
        finally:
            asker.kill()
            neighbour.hear_the_end()


def shared_well(
    proof: "Proof", service: "Service", neighbour: Neighbour, attack: Callable[[], None]
) -> Answers:
    """Judge an attack: its neighbour's p99 is at most three times that of quiet, always answered
    200, and the memory of the service comes back. Answers what the neighbour got meanwhile.
    """
    quiet = neighbour.asking(seconds=10 if proof.whole else 1)
    held = service.memory()
    with neighbour.meanwhile() as during:
        began = time.monotonic()
        attack()
        # Of a short one, what it leaves behind for others to wait for counts as well.
        time.sleep(max(0.0, began + 1 - time.monotonic()))
    assert set(during.statuses) == {200}, during.statuses
    proof.at_most("p99 of a neighbour", during.p99_ms, 3 * quiet.p99_ms, "ms")
    proof.found(f"quiet {quiet.p99_ms:.1f} ms, worst {during.worst_ms:.0f} ms")
    proof.found(f"memory {held / _MIB:.0f} MiB, at most {during.peak_bytes / _MIB:.0f} MiB")
    left = memory_settled(service, 1.2 * held, seconds=30 if proof.whole else 2)
    proof.at_most("memory afterwards", left / held, 1.2, "times that before")
    return during


def memory_settled(service: "Service", most: float, seconds: float) -> int:
    """Bytes that the service holds, as soon as they are at most `most`, or after these seconds."""
    until = time.monotonic() + seconds
    while (held := service.memory()) > most and time.monotonic() < until:
        time.sleep(0.1)
    return held


def _ask_for_ever(port: int, key: str) -> None:
    """Print a line for each question: when it was due, how long it took, and its status."""
    due = time.monotonic()
    while True:
        time.sleep(max(0.0, due - time.monotonic()))
        status = _status(port, key)
        # Flushed, as the other side reads while this goes on.
        print(due, time.monotonic() - due, status, flush=True)  # noqa: T201 - what it is for
        due += _EVERY_SECONDS


def _status(port: int, key: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_GIVES_UP_SECONDS)
    headers = {"VF-ORG-ID": key, "Content-Type": "application/json", "Connection": "close"}
    try:
        connection.request("POST", _PATH, json.dumps({"uid": "somebody"}), headers)
        answer = connection.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException):
        return 0
    else:
        return answer.status
    finally:
        connection.close()


if __name__ == "__main__":
    _ask_for_ever(int(sys.argv[1]), sys.argv[2])
