"""Where the service listens, how much it lets in at a time, and how long a stop waits."""

import resource
import socket

from rollbook.domain.values import value

STOP_SECONDS = 25.0
"""How long a stop waits for answers that move."""

_FOR_OTHERS = 256
"""Descriptors of a process that are no connections of clients: databases, files, pipes."""


@value
class Door:
    """What a worker process needs to know to listen."""

    address: str
    port: int
    connections: int
    """How many connections one process holds at a time; who comes then waits in the queue of the
    operating system."""
    silence_seconds: int
    """How long a connection may be open without the whole head of a request."""


def kept_port(host: str, port: int) -> socket.socket:
    """The address that `host` names, kept for the processes of this service until it is closed.

    The workers share a port (SO_REUSEPORT), and would share it with another service of the same
    user too. So the port is taken alone at first, and then kept by a socket that lets them in
    beside it, but nobody who wants it alone. Raises OSError where somebody has it. `port` is a number
    and not 0: a port that the system chose is let go with the listening.
    """
    family, kind, _, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    kept = socket.socket(family, kind)
    try:
        # With connections of the service before that are not forgotten yet.
        kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        kept.bind(where)
        # Of two who have bound at the same time, one listens.
        kept.listen(0)
        kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
        kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        # It does not listen any more, and has the address still.
        kept.shutdown(socket.SHUT_RD)
    except OSError:
        kept.close()
        raise
    return kept


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
