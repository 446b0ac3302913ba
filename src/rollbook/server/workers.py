"""The first process: starts the workers that share a port, replaces who dies, stops them all."""

import multiprocessing
import signal
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
from types import FrameType

from rollbook.loggers import structlog
from rollbook.server.door import STOP_SECONDS, Door
from rollbook.server.worker import STOPS, First, work

_KILL_SECONDS = STOP_SECONDS + 5
"""When a worker that was told to stop, and has not, is killed."""

_KILL_UNREADY_SECONDS = 3.0
"""The same for one that does not listen yet: it has nothing in hand."""

_SETTLED_SECONDS = 10.0
_LONGEST_PAUSE_SECONDS = 30.0
"""Who lived shorter than the first is replaced after a pause, which doubles up to the second."""

_FORK = multiprocessing.get_context("fork")
"""What the first process has loaded is not loaded anew by its workers (docs/decisions/0059)."""

log = structlog.get_logger()


@dataclass(slots=True)
class _Worker:
    """A worker process."""

    process: ForkProcess
    ready: Connection
    """Tells when it listens."""
    started: float
    """Seconds of the monotonic clock."""
    listens: bool = False


@dataclass(slots=True)
class _Place:
    """Where a worker belongs; workers come and go."""

    number: int
    worker: _Worker | None = None
    deaths: int = 0
    short_lives: int = 0
    """How many workers died soon after their start, one after another."""
    due: float = 0.0
    """When the next worker is started: seconds of the monotonic clock."""


_Start = Callable[[int], _Worker]
"""Starts the worker with a number."""


def keep_working(door: Door, port: socket.socket, count: int, announce: Callable[[], None]) -> bool:
    """Keep so many workers until SIGTERM or SIGINT; `announce` is called when the first listens.

    `port` keeps it for them. At a stop it is let go at once: the next service may have it while this
    one finishes. Answers False where a worker died before one listened: the service could not start.
    """
    places = [_Place(number) for number in range(1, count + 1)]
    first = First(port, *_FORK.Pipe(duplex=False))
    start = partial(_started_worker, door, first)
    with _told_to_stop() as told:
        try:
            with port:
                return _started(start, places, told) and _kept(start, places, told, announce)
        finally:
            _stop([place.worker for place in places if place.worker])


def _started(start: _Start, places: Sequence[_Place], told: Connection) -> bool:
    for place in places:
        place.worker = start(place.number)
    while not (told.poll() or any(place.worker and place.worker.listens for place in places)):
        _look(places, told)
        if any(place.deaths for place in places):
            return False
    return True


def _kept(
    start: _Start, places: Sequence[_Place], told: Connection, announce: Callable[[], None]
) -> bool:
    if not told.poll():
        announce()
    while not told.poll():
        for place in places:
            if place.worker is None and place.due <= time.monotonic():
                place.worker = start(place.number)
        _look(places, told)
    return True


@contextmanager
def _told_to_stop() -> Iterator[Connection]:
    """What can be read from as soon as the process was told to stop."""
    told, telling = _FORK.Pipe(duplex=False)

    def tell(signum: int, frame: FrameType | None) -> None:
        del signum, frame
        if not told.poll():
            telling.send_bytes(b"stop")

    before = {number: signal.signal(number, tell) for number in STOPS}
    try:
        yield told
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _started_worker(door: Door, first: First, number: int) -> _Worker:
    listening, tells = _FORK.Pipe(duplex=False)
    arguments = (door, tells, first)
    process = _FORK.Process(name=f"worker-{number}", target=work, args=arguments, daemon=True)
    # Until it has its own, a worker has the handlers of this process, and would stop all for itself.
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
    try:
        process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)
    tells.close()
    return _Worker(process, listening, time.monotonic())


def _look(places: Sequence[_Place], told: Connection) -> None:
    """Wait until something happens, and note it."""
    workers = [place.worker for place in places if place.worker]
    sentinels = [worker.process.sentinel for worker in workers]
    beginning = [worker.ready for worker in workers if not worker.listens]
    due = min((place.due for place in places if not place.worker), default=None)
    wait([told, *sentinels, *beginning], None if due is None else max(0.0, due - time.monotonic()))
    for place in places:
        if place.worker:
            _look_at(place, place.worker)


def _look_at(place: _Place, worker: _Worker) -> None:
    if not worker.process.is_alive():
        _note_death(place, worker)
    elif not worker.listens and worker.ready.poll() and _listens(worker.ready):
        worker.listens = True
        if place.deaths:
            log.warning("a worker was replaced", worker=place.number, pid=worker.process.pid)


def _listens(ready: Connection) -> bool:
    try:
        return bool(ready.recv_bytes())
    except EOFError:
        return False  # it is about to die


def _note_death(place: _Place, worker: _Worker) -> None:
    now = time.monotonic()
    settled = now - worker.started > _SETTLED_SECONDS
    place.short_lives = 0 if settled else place.short_lives + 1
    pause = min(2.0 ** (place.short_lives - 2), _LONGEST_PAUSE_SECONDS) if not settled else 0.0
    place.worker, place.deaths, place.due = None, place.deaths + 1, now + pause
    log.error(
        "a worker died",
        worker=place.number,
        pid=worker.process.pid,
        exit_code=worker.process.exitcode,
        replaced_in_seconds=pause,
    )
    worker.ready.close()


def _stop(workers: Sequence[_Worker]) -> None:
    """Tell all to stop, and wait until they have; kill who does not."""
    told = time.monotonic()
    running = {}
    for worker in workers:
        worker.process.terminate()
        patience = _KILL_SECONDS if worker.listens else _KILL_UNREADY_SECONDS
        running[worker.process] = told + patience
    while running:
        until = min(running.values())
        wait([process.sentinel for process in running], max(0.0, until - time.monotonic()))
        for process in [process for process in running if not process.is_alive()]:
            del running[process]
        for process in [process for process, end in running.items() if end <= time.monotonic()]:
            log.warning("a worker did not stop and is killed", pid=process.pid)
            process.kill()
            process.join()
