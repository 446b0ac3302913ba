"""How a worker process begins, and that it ends with the process that started it."""

import asyncio
import gc
import os
import signal
import socket
import sys
import time
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from threading import Event, Thread
from typing import NamedTuple

from rollbook.domain.errors import RollbookError
from rollbook.loggers import structlog
from rollbook.server.door import STOP_SECONDS, Door

log = structlog.get_logger()

_LAST_SECONDS = int(STOP_SECONDS) + 5
"""When an orphan that does not stop is ended."""


STOPS = (signal.SIGTERM, signal.SIGINT)
"""By which a service is told to stop."""


class First(NamedTuple):
    """What the first process holds, and its workers with it, as they begin as its copies."""

    port: socket.socket
    """Which it keeps for them, and lets go of at a stop."""
    is_gone: Connection
    """Comes to its end when nobody holds the next one any more."""
    is_there: Connection

    def let_go(self) -> None:
        """Leave to the first process what only it is to hold."""
        self.port.close()
        self.is_there.close()


def work(door: Door, ready: Connection, first: First) -> None:
    """What a worker process does; `ready` is told when it listens."""
    first.let_go()
    # Ctrl-C reaches the whole group, and the first process tells its workers when to stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)
    listens = Event()
    Thread(target=_end_with, args=(first, listens), daemon=True).start()
    # What is loaded stays: to look through it for what can be let go of takes a tenth of the time.
    gc.disable()
    # The first process needs none of it, and an orphan should not wait for it.
    from rollbook.server.serving import serve  # noqa: PLC0415 - see above

    def announce() -> None:
        listens.set()
        # Where the first process is gone by now, this one is about to be told.
        with suppress(BrokenPipeError):
            ready.send_bytes(b"listens")

    try:
        serve(door, announce)
    except asyncio.CancelledError:
        return  # told to stop before it listened
    except RollbookError as error:
        structlog.get_logger().error("a worker cannot go on", reason=error.message)
        sys.exit(1)
    except Exception:
        # In the form of the log, as its death will be told of: nothing else may stand there.
        log.exception("a worker failed")
        sys.exit(1)


def _end_with(first: First, listens: Event) -> None:
    """Stop when the first process is gone: an orphan would keep the port from the next service."""
    wait([first.is_gone])
    # Before it listens it has nothing in hand, and a signal that comes while its loop begins may be lost.
    if listens.is_set():
        for _ in range(_LAST_SECONDS):
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(1)
    os._exit(1)
