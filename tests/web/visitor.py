"""Somebody in front of the pages, without a browser."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
from web.application import Application


@dataclass
class Visitor:
    """Somebody who is signed in, with a browser of their own."""

    client: httpx.AsyncClient
    seen: str = field(default="")

    async def open(self, path: str, status: int = 200) -> str:
        answer = await self.client.get(path)
        assert answer.status_code == status, answer.text
        self.seen = answer.text
        return self.seen

    def hidden(self, name: str) -> str:
        found = re.search(rf'name="{name}" value="([^"]*)"', self.seen)
        assert found, name
        return found[1]

    async def send(
        self, name: str, content: bytes, fields: Mapping[str, str] | None = None, status: int = 303
    ) -> httpx.Response:
        """Bring a file; what the page shows then is seen."""
        await self.open("/import")
        data = {"token": self.hidden("token"), **(fields or {})}
        answer = await self.client.post("/import", data=data, files={"file": (name, content)})
        assert answer.status_code == status, answer.text
        if status == 303:
            await self.open(answer.headers["Location"])
        return answer

    async def press(
        self, path: str, fields: Mapping[str, str], status: int = 303
    ) -> httpx.Response:
        answer = await self.client.post(path, data={"token": self.hidden("token"), **fields})
        assert answer.status_code == status, answer.text
        if status == 303:
            await self.open(answer.headers["Location"])
        return answer

    async def go(self, **fields: str) -> httpx.Response:
        here = {"file": self.hidden("file"), "looked_at": self.hidden("looked_at")}
        return await self.press("/import/go", here | fields)

    def figures(self) -> dict[str, str]:
        return dict(re.findall(r"<dt>([^<]+)</dt><dd>([^<]+)", self.seen))


@asynccontextmanager
async def visitor(application: Application, key: str = "", **typed: str) -> AsyncIterator[Visitor]:
    """Somebody who signed in with a key, or with what they typed."""
    async with a_browser(application) as client:
        somebody = Visitor(client)
        await somebody.open("/sign-in")
        form = {"token": somebody.hidden("token"), "next": "/"}
        form |= typed or {"key": key or application.key}
        assert (await client.post("/sign-in", data=form)).status_code == 303
        yield somebody


@asynccontextmanager
async def a_browser(application: Application) -> AsyncIterator[httpx.AsyncClient]:
    """A browser with cookies of its own."""
    transport = httpx.ASGITransport(application.app, raise_app_exceptions=False)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://rollbook.test") as client:
        yield client
