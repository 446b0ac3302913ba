"""The whole application on a real ledger, asked from outside of its event loop."""

import asyncio
import re
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from support.signing import secret_for
from web.application import Application, application

from rollbook.service.platforms import WebhookRequest
from rollbook.sources.table import SOURCE_KINDS

BASE = "http://rollbook.test"
_FORM_TOKEN = re.compile(r'name="token" value="([^"]+)"')
_NOT_IN_HEADERS = re.compile("[\0\r\n]")


@dataclass
class Served:
    """An application with a school and a source of every platform, signed in at its pages."""

    application: Application
    loop: asyncio.AbstractEventLoop
    file: Path
    paths: Mapping[str, str]
    """The path of the webhooks of each platform."""

    def ask(self, method: str, path: str, **request: Any) -> httpx.Response:
        """What is answered, which must be no fault of the service's own."""
        asked = self.application.client.request(method, path, **request)
        answer = asyncio.run_coroutine_threadsafe(asked, self.loop).result(60)
        assert answer.status_code < 500, f"{answer.status_code} for {method} {path}: {answer.text}"
        return answer

    def api(self, method: str, path: str, **request: Any) -> httpx.Response:
        headers = {"VF-ORG-ID": self.application.key, **request.pop("headers", {})}
        return self.ask(method, path, headers=headers, **request)

    def deliver(self, kind: str, delivery: WebhookRequest) -> httpx.Response:
        headers = [
            (name.encode(), _NOT_IN_HEADERS.sub("", value).encode("utf-8", "surrogatepass"))
            for name, value in delivery.headers.items()
        ]
        query = delivery.url.partition("?")[2] if kind == "bigbluebutton" else ""
        path = self.paths[kind] + (f"?{query}" if query.isascii() and query.isprintable() else "")
        return self.ask("POST", path, content=delivery.body, headers=headers)

    def rows(self, query: str, *values: str) -> list[tuple[Any, ...]]:
        """What the ledger holds, read by another reader than the service."""
        with closing(sqlite3.connect(self.file)) as connection:
            return connection.execute(query, values).fetchall()


@contextmanager
def served(file: Path) -> Iterator[Served]:
    """Run the application in a thread of its own; the environment says that this is its ledger."""
    loop, stopped = asyncio.new_event_loop(), asyncio.Event()

    ready = threading.Event()
    made: list[Served] = []

    async def run() -> None:
        async with application() as running:
            paths = {kind: await running.source(kind, secret_for(kind)) for kind in SOURCE_KINDS}
            await _sign_in(running)
            made.append(Served(running, loop, file, paths))
            ready.set()
            await stopped.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(run()))
    thread.start()
    try:
        ready.wait(30)
        yield made[0]
    finally:
        loop.call_soon_threadsafe(stopped.set)
        thread.join(30)
        loop.close()


async def _sign_in(running: Application) -> None:
    page = await running.client.get("/sign-in")
    (token,) = _FORM_TOKEN.findall(page.text)
    form = {"key": running.key, "token": token}
    answer = await running.client.post("/sign-in", data=form)
    assert answer.status_code == 303, answer.text
