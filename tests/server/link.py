"""A TCP port that leads to a server's socket: it can go silent, and lead elsewhere from then on."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Event as ThreadEvent
from threading import Thread


@dataclass
class Link:
    """Where a port leads. What is connected stays connected to where it led before."""

    target: str
    """The path of a Unix socket."""

    port: int = 0
    connected: int = 0
    """How many connections there were, ever."""

    ready: ThreadEvent = field(default_factory=ThreadEvent)

    def cut(self) -> None:
        """Pass nothing on any more, and tell nobody: as a dead cable does."""
        self._loop.call_soon_threadsafe(self._flowing.clear)

    def mend(self) -> None:
        self._loop.call_soon_threadsafe(self._flowing.set)

    def end(self) -> None:
        self._loop.call_soon_threadsafe(self._ended.set)

    async def lead(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._flowing, self._ended = asyncio.Event(), asyncio.Event()
        self._flowing.set()
        server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self.ready.set()
        await self._ended.wait()
        server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connected += 1
        try:
            await self._flowing.wait()
            there = await asyncio.open_unix_connection(self.target)
        except (OSError, asyncio.CancelledError):
            writer.close()
            return
        with suppress(asyncio.CancelledError):
            await asyncio.gather(
                self._pass_on(reader, there[1]),
                self._pass_on(there[0], writer),
            )

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while part := await reader.read(65_536):
                await self._flowing.wait()
                writer.write(part)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()


@contextmanager
def link_to(socket_path: str) -> Iterator[Link]:
    """A link in a thread of its own."""
    link = Link(socket_path)
    thread = Thread(target=lambda: asyncio.run(link.lead()))
    thread.start()
    link.ready.wait()
    try:
        yield link
    finally:
        link.end()
        thread.join()
