"""Where the service listens, how much it lets in at a time, and how long a stop waits."""

import resource
from dataclasses import dataclass

STOP_SECONDS = 25.0
"""How long a stop waits for answers that move."""

_FOR_OTHERS = 256
"""Descriptors of a process that are no connections of clients: databases, files, pipes."""


@dataclass(frozen=True, slots=True)
class Door:
    """What a worker process needs to know to listen."""

    address: str
    port: int
    connections: int
    """How many connections one process holds at a time; who comes then waits in the queue of the
    operating system."""
    silence_seconds: int
    """How long a connection may be open without the whole head of a request."""


def connections_possible(wanted: int) -> int:
    """How many connections each process may hold, at most `wanted`.

    Raises the soft limit of open files as far as that needs and the hard limit allows, for this
    process and those it starts. A server that runs out of descriptors can let nobody in, nor open a
    file: it must count connections before the system does.
    """
    needed = wanted + _FOR_OTHERS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return wanted if soft == resource.RLIM_INFINITY else max(1, min(wanted, soft - _FOR_OTHERS))
