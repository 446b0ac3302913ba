"""The gate before the API: no route is without it, and it asks before anything else."""

import asyncio
import json
import re
from collections.abc import Iterator
from itertools import count, product

import httpx
from litestar import types as asgi
from litestar.handlers import HTTPRouteHandler
from web.application import Application, Running

from rollbook.domain.ids import OrgId
from rollbook.domain.organizations import Organization, new_key
from rollbook.domain.scopes import EVERY_SCOPE, Scope
from rollbook.service.organizations.keys import KeyTerms, KnownKeys, add_key, create_organization
from rollbook.web.api.openapi import openapi_json
from rollbook.web.http.gate import Gate
from rollbook.web.routes import API

OPEN = {
    "/v1/webhooks/{kind:str}/{source_id:str}": "a platform proves itself by its source's secret",
    "/v1/webhooks/{kind:str}/{source_id:str}/{below:path}": "the same, of a few platforms",
    "/schema/openapi.json": "the description of the API tells of no organization",
    "/docs": "the page that shows the description",
    "/docs/start.js": "its script",
    "/docs/{name:str}": "its files",
    "/healthz": "asked by what watches over the process",
    "/metrics": "asked by what watches over the machine, which it is on or has a token of its own",
    "/readyz": "asked by what watches over the process",
}
"""Every route that needs no key, and why."""

NEEDS = {
    "/v1/participant/sessions": Scope.READ,
    "/v1/events": Scope.INGEST,
    "/v1/participant/context": Scope.INGEST,
    "/v1/sessions": Scope.READ,
    "/v1/sessions/{session_id:str}/events": Scope.READ,
    "/v1/sessions/{session_id:str}/corrections": Scope.ADMIN,
    "/v1/sources": Scope.READ,
    "/v1/rooms/{room_id:str}/classes": Scope.READ,
    "/v1/rooms/{room_id:str}/attendance": Scope.READ,
    "/v1/rooms/{room_id:str}/sheet": Scope.READ,
    "/v1/rooms/{room_id:str}/summary": Scope.READ,
    "/v1/room/{room_id:str}/summary": Scope.READ,
    "/v1/live": Scope.READ,
    "/v1/absences": Scope.READ,
    "/v1/at-risk": Scope.READ,
    "/v1/teachers/{uid:str}/rooms": Scope.READ,
    "/v1/rooms/{room_id:str}/roster": Scope.READ,
    "/v1/participants/{uid:str}": Scope.ADMIN,
    "/v1/rooms/{room_id:str}/classes/{said_id:str}": Scope.ADMIN,
    "/v1/rooms/{room_id:str}/attendance-rule": Scope.READ,
    "/v1/participants/{uid:str}/excuses": Scope.READ,
    "/v1/participants/{uid:str}/excuses/{said_id:str}": Scope.ADMIN,
    "/v1/rooms/{room_id:str}/schedule": Scope.READ,
}
"""What a key must be good for."""

CHANGES = {
    ("/v1/rooms/{room_id:str}/roster", "PUT"): Scope.ADMIN,
    ("/v1/rooms/{room_id:str}/classes", "POST"): Scope.ADMIN,
    ("/v1/rooms/{room_id:str}/attendance-rule", "PUT"): Scope.ADMIN,
    ("/v1/rooms/{room_id:str}/attendance-rule", "DELETE"): Scope.ADMIN,
    ("/v1/participants/{uid:str}/excuses", "POST"): Scope.ADMIN,
    ("/v1/rooms/{room_id:str}/schedule", "PUT"): Scope.ADMIN,
}
"""Where one address is asked and changed: what the change needs."""

NOT_JSON = b"\xff" * 70_000
"""A body that is wrong in every way: whoever is told so was let in."""


CLIENTS = count()

NO_KEYS = (None, "", "rb_", new_key(OrgId("aaaaaaaaaa")))
"""None, none that is one, and one of nobody."""


def routes() -> Iterator[tuple[str, str]]:
    for handler in API:
        methods = handler.http_methods if isinstance(handler, HTTPRouteHandler) else {"POST"}
        for path in handler.paths:
            yield from ((path, method) for method in sorted(methods))


GUARDED = [(path, method) for path, method in routes() if path not in OPEN]


async def ask(application: Application, path: str, method: str, key: str | None) -> httpx.Response:
    address = re.sub(r"{\w+:str}", "x", path)
    # Each from an address of its own: who tries many keys is slowed.
    headers = {"X-Forwarded-For": f"203.0.113.{next(CLIENTS) % 250}"}
    headers |= {} if key is None else {"VF-ORG-ID": key}
    return await application.client.request(method, address, headers=headers, content=NOT_JSON)


def said(answer: httpx.Response) -> str:
    """The code of an error; a HEAD has no body."""
    return str(answer.json()["error"]) if answer.request.method != "HEAD" else ""


def test_every_route_is_listed_as_open_or_with_the_right_that_it_needs() -> None:
    assert OPEN.keys() | NEEDS.keys() == {path for path, _ in routes()}
    assert OPEN.keys() & NEEDS.keys() == set()


async def test_every_route_refuses_whoever_has_no_key_before_it_looks_at_the_body(
    running: Running,
) -> None:
    async with running() as application:
        for (path, method), key in product(GUARDED, NO_KEYS):
            answer = await ask(application, path, method, key)
            assert answer.status_code == 401, (path, method, key)
            assert said(answer) in {"UNAUTHORIZED", ""}


async def test_a_route_that_is_said_to_need_no_key_needs_none(running: Running) -> None:
    async with running() as application:
        for path, method in routes():
            if path in OPEN:
                answer = await ask(application, path, method, None)
                # It comes through a proxy, and so from another machine.
                allowed = {403} if path == "/metrics" else {200, 404}
                assert answer.status_code in allowed, (path, method)


async def key_of(application: Application, scopes: frozenset[Scope]) -> str:
    services, terms = application.services, KeyTerms("some", scopes)
    return await add_key(services.organizations, application.org_id, terms, services.now())


async def test_a_key_opens_what_it_has_the_right_for_and_nothing_else(running: Running) -> None:
    async with running() as application:
        limited = {
            scopes: await key_of(application, scopes)
            for one in Scope
            for scopes in (EVERY_SCOPE - {one}, frozenset({one}))
        }
        for (path, method), (scopes, key) in product(GUARDED, limited.items()):
            needed = CHANGES.get((path, method), NEEDS[path])
            answer = await ask(application, path, method, key)
            assert (answer.status_code == 403) is (needed not in scopes), (path, scopes)
            assert needed in scopes or said(answer) in {"FORBIDDEN", ""}


def test_the_document_names_the_right_that_each_operation_asks_for() -> None:
    paths = json.loads(openapi_json())["paths"]
    for path, method in routes():
        operation = paths.get(re.sub(r":\w+}", "}", path), {}).get(method.lower())
        if operation is not None:
            needed = CHANGES.get((path, method), NEEDS.get(path))
            assert operation.get("x-right") == needed, (path, method)
            assert bool(operation["security"]) is (needed is not None)


class CountingGate(Gate):
    """Counts who passes."""

    passed = 0

    async def admit(
        self, request: asgi.Scope, needs: Scope, now: int, *, set_up: bool = False
    ) -> Organization:
        self.passed += 1
        return await super().admit(request, needs, now, set_up=set_up)


async def test_every_request_passes_the_gate_once(running: Running) -> None:
    async with running() as application:
        for path, method in GUARDED:
            gate = CountingGate(KnownKeys(application.services.organizations))
            application.put_up(gate)
            await ask(application, path, method, application.key)
            assert gate.passed == 1, (path, method)


async def test_rights_are_looked_at_before_what_is_missing(running: Running) -> None:
    path = "/v1/participant/sessions"
    async with running() as application:
        organizations, now = application.services.organizations, application.services.now()
        made, key = await create_organization(organizations, "New", "UTC", now)
        assert (await ask(application, path, "POST", key)).status_code == 422
        terms = KeyTerms("events", frozenset({Scope.INGEST}))
        key = await add_key(organizations, made.org_id, terms, now)
        assert (await ask(application, path, "POST", key)).status_code == 403


async def test_an_expired_key_is_one_that_nobody_knows(running: Running) -> None:
    async with running() as application:
        services = application.services
        terms = KeyTerms("for now", expires_at=services.now() + 300)
        key = await add_key(services.organizations, application.org_id, terms, services.now())
        assert (await ask(application, "/v1/sources", "GET", key)).status_code == 200
        await asyncio.sleep(0.4)
        application.put_up(Gate(KnownKeys(services.organizations)))
        answer = await ask(application, "/v1/sources", "GET", key)
        assert (answer.status_code, said(answer)) == (401, "UNAUTHORIZED")
