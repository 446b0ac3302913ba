"""The whole service over HTTP, in a process of the test's own, at an instant of its choice."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, cast

import httpx
import pytest
from support.settings import SECRET_KEY

import rollbook.app

ClientAt = Callable[[int], AbstractAsyncContextManager[httpx.AsyncClient]]


@pytest.fixture
def client_at(database_url: str, monkeypatch: pytest.MonkeyPatch) -> ClientAt:
    """Opens a client of a service whose clock stands still."""

    @asynccontextmanager
    async def opened(now: int) -> AsyncIterator[httpx.AsyncClient]:
        monkeypatch.setenv("ROLLBOOK_DATABASE_URL", database_url)
        monkeypatch.setenv("ROLLBOOK_SECRET_KEY", SECRET_KEY)
        monkeypatch.setenv("ROLLBOOK_LOG_LEVEL", "error")
        monkeypatch.setattr(rollbook.app, "clock", lambda: now)
        application = rollbook.app.create_app()
        transport = httpx.ASGITransport(cast("Any", application))
        async with (
            application.lifespan(),
            httpx.AsyncClient(transport=transport, base_url="http://rollbook.test") as client,
        ):
            yield client

    return opened
