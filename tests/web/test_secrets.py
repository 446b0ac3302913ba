"""What the database holds opens no door, and what cannot be read is never as good as absent."""

import hashlib
import re
from collections.abc import Sequence
from typing import Any

import pytest
from itsdangerous import URLSafeSerializer
from support.signing import Event, secret_for, signed
from web.application import Application, Running

from rollbook.domain.organizations import key_hash
from rollbook.store.engine.database import Database

NOW_ON = "2024-01-15T09:00:00Z"


def database_of(application: Application) -> Database:
    organizations: Any = application.services.organizations
    database: Database = organizations._database
    return database


async def everything_in(database: Database) -> list[Any]:
    """Every value of every row of every table: what a dump holds."""
    found: list[Any] = []
    async with database.bulk() as bulk:
        for table in await bulk.tables():
            async for rows in bulk.rows(table):
                found += [value for row in rows for value in row if value is not None]
    return found


def cookies_signed_with(secret: str, says: Sequence[object]) -> set[str]:
    """Every way in which releases of Rollbook have made a cookie of a secret."""
    told: set[str] = set()
    for key in {secret, hashlib.sha256(secret.encode()).hexdigest()}:
        signer = URLSafeSerializer(
            key, salt="rollbook.sign-in", signer_kwargs={"digest_method": hashlib.sha256}
        )
        told.add(str(signer.dumps(list(says))))
    return told


async def sign_in(application: Application) -> str:
    """Sign in; answers the cookie."""
    client = application.client
    page = (await client.get("/sign-in")).text
    token = re.search(r'name="token" value="(\w+)"', page)
    assert token
    answer = await client.post("/sign-in", data={"token": token[1], "key": application.key})
    assert answer.status_code == 303
    return str(client.cookies["rollbook_session"])


async def test_with_all_that_the_database_holds_nobody_forges_a_way_in(running: Running) -> None:
    async with running() as application:
        services, client = application.services, application.client
        secret = secret_for("daily")
        path = await application.source("daily", secret)
        cookie = await sign_in(application)
        assert (await client.get("/people")).status_code == 200
        client.cookies.clear()
        held = {str(value) for value in await everything_in(database_of(application))}
        assert key_hash(application.key) in held, "this looks where secrets could be"
        for private in (application.key, cookie, *secret.values()):
            assert not any(private in value for value in held)
        says = [application.org_id, key_hash(application.key), "nonce", services.now() - 1000]
        parts = held | {part for value in held for part in value.split(":")}
        for known in sorted(parts - {""}):
            for forged in cookies_signed_with(known, says):
                answer = await client.get("/people", headers={"Cookie": f"rollbook_session={forged}"})
                assert answer.status_code == 303, known
            answer = await client.post("/v1/participant/sessions", json={}, headers=_key(known))
            assert answer.status_code == 401, known
            delivery = signed_with(known, services.now())
            answer = await client.post(path, content=delivery.body, headers=dict(delivery.headers))
            assert answer.status_code == 401, known


def _key(text: str) -> dict[str, str]:
    return {"VF-ORG-ID": text.encode("ascii", "ignore").decode().strip() or "x"}
