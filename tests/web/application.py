"""The application in this process, on an embedded database."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, cast

import httpx
from litestar import Litestar

from rollbook.app import create_app
from rollbook.service.organizations.keys import create_organization
from rollbook.service.organizations.sources import ensure_source
from rollbook.web.http.gate import Gate
from rollbook.web.http.services import Services


@dataclass
class Application:
    """The application, a client that asks it, and the key of a school that is set up."""

    app: Litestar
    client: httpx.AsyncClient
    key: str
    org_id: str

    @property
    def services(self) -> Services:
        services: Services = self.app.state.services
        return services

    def put_up(self, gate: Gate) -> None:
        """Let every request pass this gate."""
        self.app.state.services = replace(self.services, gate=gate)


Running = Callable[..., AbstractAsyncContextManager[Application]]
"""Runs the application with these settings."""


@asynccontextmanager
async def application() -> AsyncIterator[Application]:
    """The application as the environment says, with one school in it."""
    app = create_app()
    transport = httpx.ASGITransport(cast("Any", app), raise_app_exceptions=False)
    base = "http://rollbook.test"
    async with app.lifespan(), httpx.AsyncClient(transport=transport, base_url=base) as client:
        yield Application(app, client, *await _school(app.state.services))


async def _school(services: Services) -> tuple[str, str]:
    now = services.now()
    made, key = await create_organization(services.organizations, "Riverside", "UTC", now)
    await ensure_source(services.organizations, made.org_id, "import", "imported files", now)
    return key, made.org_id
