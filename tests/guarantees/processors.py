"""Who works on which processor: a database server as on a machine of its own."""

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # it comes without types
from server.process import Service
from server.tenants import _fetch


@contextmanager
def server_apart(url: str, service: Service) -> Iterator[None]:
    """PostgreSQL has the first processor, and the service and this process the others.

    So it is where there is a server on this machine, and more than one processor.
    """
    every = sorted(os.sched_getaffinity(0))
    server = [] if url.startswith("sqlite:") else _server_of(url)
    with ExitStack() as stack:
        if server and len(every) > 1:
            for process in server:
                stack.enter_context(_kept_to(process, every[:1]))
            for process in (psutil.Process(), *service.processes()):
                stack.enter_context(_kept_to(process, every[1:]))
        yield


def _server_of(url: str) -> list[psutil.Process]:
    """The processes of a server; none where it is elsewhere."""
    folder = _fetch(url, "SELECT setting FROM pg_settings WHERE name = 'data_directory'")
    note = Path(folder[0][0]) / "postmaster.pid"
    if not note.exists():
        return []
    first = psutil.Process(int(note.read_text().split()[0]))
    return [first, *first.children(recursive=True)]


@contextmanager
def _kept_to(process: psutil.Process, processors: Sequence[int]) -> Iterator[None]:
    """A process, all of its threads and those that it starts work on these alone."""
    before = process.cpu_affinity()
    _keep_to(process, processors)
    try:
        yield
    finally:
        if process.is_running():
            _keep_to(process, before)


def _keep_to(process: psutil.Process, processors: Sequence[int]) -> None:
    for thread in process.threads():
        os.sched_setaffinity(thread.id, processors)
