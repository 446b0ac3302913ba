"""What the database holds opens no door, and what cannot be read is never as good as absent."""

import hashlib
import re
from collections.abc import Sequence
from typing import Any

import pytest
from itsdangerous import URLSafeSerializer
from support.signing import secret_for
from web.application import Application, Running

from rollbook.domain.organizations import key_hash
from rollbook.store.engine.database import Database


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
        client = application.client
        secret = secret_for("jitsi")
        path = await application.source("jitsi", secret)
        cookie = await sign_in(application)
        assert (await client.get("/people")).status_code == 200
        client.cookies.clear()
        held = {str(value) for value in await everything_in(database_of(application))}
        assert key_hash(application.key) in held, "this looks where secrets could be"
        for private in (application.key, cookie, secret["value"]):
            assert not any(private in value for value in held)
        parts = held | {part for value in held for part in value.split(":")}
        for known in sorted(parts - {""}):
            for forged in cookies_signed_with(known, [application.org_id, known]):
                answer = await client.get(
                    "/people", headers={"Cookie": f"rollbook_session={forged}"}
                )
                assert answer.status_code == 303, known
            answer = await client.post("/v1/participant/sessions", json={}, headers=_key(known))
            assert answer.status_code == 401, known
            proof = {secret["header"]: _key(known)["VF-ORG-ID"]}
            answer = await client.post(path, content=b"{}", headers=proof)
            assert answer.status_code == 401, known


def _key(text: str) -> dict[str, str]:
    return {"VF-ORG-ID": text.encode("ascii", "ignore").decode().strip() or "x"}


async def replace_secrets(application: Application, source_id: str, stored: str) -> None:
    values = {"org_id": application.org_id, "source_id": source_id, "secrets": stored}
    async with database_of(application).writing() as connection:
        await connection.execute("set_secrets", values)


@pytest.mark.parametrize("proved", [True, False], ids=["proved", "not proved"])
async def test_a_delivery_whose_secret_cannot_be_read_is_asked_for_again(
    running: Running, capfd: pytest.CaptureFixture[str], *, proved: bool
) -> None:
    async with running(ROLLBOOK_LOG_LEVEL="info") as application:
        client, secret = application.client, secret_for("jitsi")
        path = await application.source("jitsi", secret)
        source_id = path.rpartition("/")[2]
        unreadable = "sealed:1:0123456789ab:AAAA"
        await replace_secrets(application, source_id, unreadable)
        headers = {secret["header"]: secret["value"]} if proved else {}
        answer = await client.post(path, content=b"{}", headers=headers)
        assert answer.status_code == 503
        assert answer.json()["error"] == "SERVICE_UNAVAILABLE"
        assert int(answer.headers["retry-after"]) > 0
        assert "0123456789ab" not in answer.text
        # Reports go on, and the page says what is wrong.
        await sign_in(application)
        page = await client.get("/sources")
        assert page.status_code == 200
        assert "cannot be read here" in page.text
    said = capfd.readouterr().err
    assert f"the secrets of source {source_id} cannot be read" in said
    assert "0123456789ab" in said


async def test_a_source_whose_secret_was_changed_in_the_database_takes_nothing(
    running: Running,
) -> None:
    async with running() as application:
        client, secret = application.client, secret_for("jitsi")
        path = await application.source("jitsi", secret)
        other = await application.source("jitsi", secret)
        async with database_of(application).reading() as connection:
            rows = await connection.fetch("stored_secrets", {"org_id": application.org_id})
        stored = {str(row[0]): str(row[1]) for row in rows}
        await replace_secrets(
            application, other.rpartition("/")[2], stored[path.rpartition("/")[2]]
        )
        headers = {secret["header"]: secret["value"]}
        assert (await client.post(other, content=b"{}", headers=headers)).status_code == 503
        assert (await client.post(path, content=b"{}", headers=headers)).status_code == 400
