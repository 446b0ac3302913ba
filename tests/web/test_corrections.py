"""`POST /v1/sessions/{id}/corrections`: what may be said, and what is answered."""

from typing import Any

import httpx
import pytest
from web.application import Application, Running

from rollbook.domain.organizations import key_hash, key_id
from rollbook.domain.presences import session_id_for

EVENT = {
    "id": "e1",
    "type": "participant.joined",
    "time": "2024-01-15T09:00:00Z",
    "roomId": "math-101",
    "sessionId": "s1",
    "participant": {"uid": "student-123"},
}
NOTE = {"note": "hung up"}


async def running_session(application: Application) -> str:
    """The id of a session that has no end."""
    headers = {"VF-ORG-ID": application.key}
    await application.client.post("/v1/events", json={"events": [EVENT]}, headers=headers)
    return session_id_for(f"{application.org_id}events", "s1")


async def say(application: Application, session_id: str, body: Any) -> httpx.Response:
    headers = {"VF-ORG-ID": application.key}
    path = f"/v1/sessions/{session_id}/corrections"
    return await application.client.post(path, json=body, headers=headers)


async def test_a_correction_is_answered_with_the_session_and_its_events(running: Running) -> None:
    async with running() as application:
        session_id = await running_session(application)
        answer = await say(application, session_id, NOTE | {"leftAt": "2024-01-15T09:30:00Z"})
        assert answer.status_code == 200
        data = answer.json()["data"]
        assert data["session"]["leftAt"] == "2024-01-15T09:30:00.000Z"
        assert data["session"]["leftBy"] == "corrected"
        assert [one["type"] for one in data["events"]] == [
            "participant.joined",
            "session.corrected",
        ]
        assert data["events"][1]["payload"]["note"] == "hung up"
        answer = await say(application, session_id, NOTE | {"withdrawn": True})
        assert answer.json()["data"]["session"]["leftBy"] is None


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"leftAt": "2024-01-15T09:30:00Z"}, "note is required"),
        (NOTE, "one of leftAt, void and withdrawn is required"),
        (NOTE | {"void": True, "withdrawn": True}, "one of leftAt, void and withdrawn is required"),
        (NOTE | {"void": "yes"}, "void must be true or false"),
        (NOTE | {"leftAt": "10 o'clock"}, "leftAt must be an instant with its offset"),
        (NOTE | {"leftAt": "2024-01-15T08:00:00Z"}, "leftAt must be from the join"),
        ({"note": " ", "void": True}, "note must say why"),
        ({"note": "x" * 501, "void": True}, "note must say why"),
        ([], "body must be a JSON object"),
    ],
)
async def test_what_cannot_be_said_is_refused_with_the_field(
    running: Running, body: Any, message: str
) -> None:
    async with running() as application:
        answer = await say(application, await running_session(application), body)
        assert answer.status_code == 400
        assert answer.json()["message"].startswith(message)


async def test_a_session_of_nobody_is_not_found(running: Running) -> None:
    async with running() as application:
        answer = await say(application, "0" * 32, NOTE | {"void": True})
        assert (answer.status_code, answer.json()["message"]) == (404, "There is no such session")


async def test_who_said_it_is_the_key_that_it_came_with(running: Running) -> None:
    async with running() as application:
        answer = await say(application, await running_session(application), NOTE | {"void": True})
        told = answer.json()["data"]["events"][1]
        assert told["sourceId"] == f"{application.org_id}corrections"
        assert told["payload"]["by"] == f"key {key_id(key_hash(application.key))}"


@pytest.mark.parametrize("said", [{"void": True, "leftAt": ""}, {"leftAt": None, "void": True}])
async def test_what_is_empty_is_as_if_it_were_not_there(
    running: Running, said: dict[str, object]
) -> None:
    async with running() as application:
        answer = await say(application, await running_session(application), NOTE | said)
        assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("year", ["0001", "9999"])
async def test_an_end_of_any_year_is_held_to_the_session(running: Running, year: str) -> None:
    async with running() as application:
        said = NOTE | {"leftAt": f"{year}-12-31T23:59:59-14:00"}
        answer = await say(application, await running_session(application), said)
        assert answer.status_code == 400
        assert answer.json()["message"].startswith("leftAt must be")


@pytest.mark.parametrize("wrong", ["s1", "%22", "..%2f", "A" * 32])
async def test_a_text_that_is_no_id_is_not_found(running: Running, wrong: str) -> None:
    async with running() as application:
        await running_session(application)
        answer = await say(application, wrong, NOTE | {"void": True})
        assert answer.status_code == 404


async def test_a_body_that_is_not_said_to_be_json_is_refused(running: Running) -> None:
    async with running() as application:
        path = f"/v1/sessions/{await running_session(application)}/corrections"
        headers = {"VF-ORG-ID": application.key, "Content-Type": "text/plain"}
        answer = await application.client.post(path, content=b"{}", headers=headers)
        assert answer.status_code == 415
