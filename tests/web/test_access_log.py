"""A line for every request, however it is answered, and nothing secret in it."""

import json
import re
from typing import Any

import pytest
from support.signing import secret_for
from web.application import Application, Running

STRANGER = "203.0.113.5"
ASKED = {"X-Forwarded-For": STRANGER, "X-Request-Id": "request-1", "User-Agent": "a browser"}

COMBINED = re.compile(
    r'(\S+) - - \[\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d \+0000\] "(\w+) (\S+) HTTP/1\.1" (\d{3}) (\d+)'
    r' "((?:[^"\\]|\\x[0-9a-f]{2})*)" "((?:[^"\\]|\\x[0-9a-f]{2})*)"'
)


async def every_answer(application: Application) -> list[int]:
    """Ask for each kind of answer that there is; the statuses."""
    client, key = application.client, {"VF-ORG-ID": application.key}
    sessions, path = (
        "/v1/participant/sessions",
        await application.source("daily", secret_for("daily")),
    )
    answers = [
        await client.post(sessions, json={"uid": "ann"}, headers=ASKED | key),
        await client.post(sessions, json={}, headers=ASKED),
        await client.post(sessions, json={"uid": 7}, headers=ASKED | key),
        await client.get("/nothing?uid=ann", headers=ASKED),
        await client.get(f"/{application.key}?key={application.key}", headers=ASKED),
        await client.get(sessions, headers=ASKED),
        await client.post(path, content=b"{}", headers=ASKED),
        await client.get("/person?uid=ann", headers=ASKED | {"Referer": "http://x:y@a/b?uid=ann"}),
        await client.get("/healthz", headers=ASKED),
    ]
    return [answer.status_code for answer in answers]


async def test_every_request_leaves_a_line_of_json(
    running: Running, capfd: pytest.CaptureFixture[str]
) -> None:
    async with running(ROLLBOOK_ACCESS_LOG="json", ROLLBOOK_LOG_LEVEL="error") as application:
        statuses = await every_answer(application)
        key = application.key
    said = capfd.readouterr().out
    lines: list[dict[str, Any]] = [json.loads(line) for line in said.splitlines()]
    assert [line["status"] for line in lines] == statuses
    assert {200, 303, 400, 401, 404, 405} <= set(statuses)
    for line in lines:
        assert line["event"] == "access"
        assert (line["client"], line["request_id"]) == (STRANGER, "request-1")
        assert line["agent"] == "a browser"
        assert line["seconds"] >= 0
        assert "?" not in line["path"]
    assert [line["bytes"] > 0 for line in lines if line["status"] == 200] == [True, True]
    assert next(line["referrer"] for line in lines if line["path"] == "/person") == "http://a/b"
    assert key not in said
    assert key.rpartition("_")[2] not in said
    assert "/rb_..." in said


async def test_the_combined_form_is_that_of_web_servers(
    running: Running, capfd: pytest.CaptureFixture[str]
) -> None:
    async with running(ROLLBOOK_ACCESS_LOG="combined", ROLLBOOK_LOG_LEVEL="error") as application:
        statuses = await every_answer(application)
        odd = {b"User-Agent": b'quote " slash \\ \xe9', b"X-Forwarded-For": STRANGER.encode()}
        statuses.append((await application.client.get("/%22%0d%0aevil", headers=odd)).status_code)
    said = capfd.readouterr().out
    found = [COMBINED.fullmatch(line) for line in said.splitlines()]
    assert all(found), said
    assert [int(line[4]) for line in found if line] == statuses
    assert {line[1] for line in found if line} == {STRANGER}
    last = found[-1]
    assert last
    assert last[3] == r"/\x22\x0d\x0aevil"
    assert last[7].startswith(r"quote \x22 slash \x5c ")


async def test_nobody_writes_one_unless_it_is_wanted(
    running: Running, capfd: pytest.CaptureFixture[str]
) -> None:
    async with running() as application:
        await every_answer(application)
    assert capfd.readouterr().out == ""
