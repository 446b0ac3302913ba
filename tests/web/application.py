"""The application in this process, on an embedded database."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, cast

import httpx
from litestar import Litestar

from rollbook.app import create_app
from rollbook.domain.ids import OrgId
from rollbook.domain.sources import OwnKind, Source
from rollbook.service.organizations.keys import create_organization
from rollbook.service.organizations.sources import add_platform_source, ensure_source
from rollbook.settings import read_settings
from rollbook.stores import opened_stores
from rollbook.web.http.gate import Gate
from rollbook.web.http.services import Services


@dataclass
class Application:
    """The application, a client that asks it, and the key of a school that is set up."""

    app: Litestar
    client: httpx.AsyncClient
    key: str
    org_id: OrgId

    @property
    def services(self) -> Services:
        services: Services = self.app.state.services
        return services

    async def source(self, kind: str, secret: Mapping[str, str]) -> str:
        """A new source; answers the path of its webhooks."""
        services = self.services
        added = await add_platform_source(
            services.organizations,
            Source(self.org_id, "", kind, kind, services.now()),
            services.source_kinds[kind],
            secret,
        )
        return f"/v1/webhooks/{kind}/{added.source_id}"

    def put_up(self, gate: Gate) -> None:
        """Let every request pass this gate."""
        self.app.state.services = replace(self.services, gate=gate)


Running = Callable[..., AbstractAsyncContextManager[Application]]
"""Runs the application with these settings."""


@asynccontextmanager
async def application() -> AsyncIterator[Application]:
    """The application as the environment says, with one school in it."""
    async with opened_stores(read_settings(), make=True):
        pass  # as `serve` makes it, before its workers open it
    app = create_app()
    transport = httpx.ASGITransport(cast("Any", app), raise_app_exceptions=False)
    base = "http://rollbook.test"
    async with app.lifespan(), httpx.AsyncClient(transport=transport, base_url=base) as client:
        yield Application(app, client, *await _school(app.state.services))


async def _school(services: Services) -> tuple[str, OrgId]:
    now = services.now()
    made, key = await create_organization(services.organizations, "Riverside", "UTC", now)
    await ensure_source(services.organizations, made.org_id, OwnKind.IMPORT, None, now)
    return key, made.org_id
