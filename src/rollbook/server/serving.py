"""The application on Granian, until the process is told to stop.

Granian listens and speaks HTTP. What it lets in, and what a stop waits for, is decided here
(docs/decisions/0025-our-own-processes.md).
"""

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Callable
from threading import Timer

import uvloop
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server
from litestar import Litestar

from rollbook.app import create_app
from rollbook.loggers import structlog
from rollbook.server.door import STOP_SECONDS, Door
from rollbook.web.http.exchange import Exchanges

_STILL_SECONDS = 3.0
"""At a stop, a client that sent or took nothing for so long is not waited for."""

_CLOSE_SECONDS = 2.0
"""How long the database may take to close when a stop cuts somebody off."""

_HEAD_BYTES = 16 * 1024
"""The most that the head of a request may have; Granian allows 100 headers in it."""

_QUEUE = 4096
"""Connections that wait to be let in; the system may allow fewer (net.core.somaxconn)."""

_NEW_OBJECTS = 20_000
"""How many more objects there are before Python looks for rings among them: a batch of events makes as many
in no ring, and to look after each 700 of them takes a twentieth of its time."""

_TURN_SECONDS = 0.0002
"""How long a thread that reads for a page or a download may keep Python to itself while somebody waits to be
answered: an answer needs Python several times, and waits as long each time. Python's own 5 ms are longer than
most answers take; with 1 ms a neighbour's p99 beside CSVs was 11 ms, with this 6.5 (PostgreSQL, bench/beside.py)."""

log = structlog.get_logger()


def serve(door: Door, announce: Callable[[], None]) -> None:
    """Answer until SIGTERM; `announce` is called when it listens.

    Raises CancelledError where the signal comes before that.
    """
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        loop = runner.get_loop()
        serving = loop.create_task(_serve(door, announce))
        loop.add_signal_handler(signal.SIGTERM, serving.cancel)
        loop.run_until_complete(serving)


async def _serve(door: Door, announce: Callable[[], None]) -> None:
    application = create_app()
    async with application.lifespan():
        stop = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
        server = _server(application, door)
        serving = asyncio.create_task(server.serve())
        # It listens after the steps that it takes at once, and those after them.
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        sys.setswitchinterval(_TURN_SECONDS)
        announce()
        await wait_for(serving, asyncio.create_task(_load_the_rest(application)), stop)
        server.stop()  # type: ignore[no-untyped-call]  # of Granian
        somebody_is_left = await _finish(serving, application.state.exchanges)
    if somebody_is_left:
        # At once: an answer that was broken off must not be given an end, and look whole.
        os._exit(0)


def _server(application: Litestar, door: Door) -> Server:
    return Server(
        application,
        address=door.address,
        port=door.port,
        # The application is opened and closed here, where errors are seen.
        interface=Interfaces.ASGINL,
        # Without TLS nobody needs HTTP/2, whose compressed heads take thousands of times the
        # memory that they took on the way.
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(
            header_read_timeout=door.silence_seconds * 1000, max_buffer_size=_HEAD_BYTES
        ),
        websockets=False,
        backlog=_QUEUE,
        backpressure=door.connections,
        log_enabled=False,
    )


async def _load_the_rest(application: Litestar) -> None:
    """Beside the first answers."""
    await application.state.load_the_rest()
    # What is there by now is there for good, and is not looked through again (worker.py).
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS)
    gc.enable()


async def wait_for(
    serving: asyncio.Task[None], loading: asyncio.Task[None], stop: asyncio.Event
) -> None:
    """Wait until the service is told to stop. Raises what ended the server, or the loading, before that."""
    told = asyncio.create_task(stop.wait())
    await asyncio.wait({serving, loading, told}, return_when=asyncio.FIRST_COMPLETED)
    if loading.done():
        loading.result()
        await asyncio.wait({serving, told}, return_when=asyncio.FIRST_COMPLETED)
    if serving.done():
        serving.result()


async def _finish(serving: asyncio.Task[None], exchanges: Exchanges) -> bool:
    """Wait for all that moves, and a little more for what was answered to reach its reader.

    Answers whether there is somebody left, who will be cut off.
    """
    clock = asyncio.get_running_loop().time
    began = moved = clock()
    while not serving.done() and clock() < min(began + STOP_SECONDS, moved + _STILL_SECONDS):
        await asyncio.wait({serving}, timeout=0.05)
        if exchanges.any_moves(_STILL_SECONDS):
            moved = clock()
    if serving.done():
        return False
    log.info("stopped without waiting for all clients", unanswered=len(exchanges))
    # A connection to the database that one of them holds must not hold the stop.
    Timer(_CLOSE_SECONDS, os._exit, (0,)).start()
    return True
