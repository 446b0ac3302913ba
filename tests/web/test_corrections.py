"""`POST /v1/sessions/{id}/corrections`: what a person with the right to it says of a session."""

from typing import Any

import httpx
import pytest
from web.application import Application, Running

from rollbook.domain.organizations import key_hash, key_id
from rollbook.domain.presences import session_id_for

JOINED, LEFT = "2024-01-15T09:00:00.000Z", "2024-01-15T10:00:00.000Z"
NOTE = "the tablet stayed on"


async def session_in(application: Application) -> str:
    """The id of a session of an hour."""
    event = {"roomId": "math-101", "sessionId": "visit", "participant": {"uid": "ann"}}
    joined = {**event, "id": "1", "type": "participant.joined", "time": JOINED}
    left = {**event, "id": "2", "type": "participant.left", "time": LEFT}
    answer = await ask(application, "/v1/events", {"events": [joined, left]})
    assert answer.status_code == 200
    return session_id_for(f"{application.org_id}events", "visit")


async def ask(application: Application, path: str, body: object) -> httpx.Response:
    headers = {"VF-ORG-ID": application.key}
    return await application.client.post(path, json=body, headers=headers)


async def correct(application: Application, session_id: str, **said: Any) -> httpx.Response:
    return await ask(application, f"/v1/sessions/{session_id}/corrections", said)


async def test_the_answer_is_the_session_as_its_explanation_shows_it(running: Running) -> None:
    async with running() as application:
        session_id = await session_in(application)
        answer = await correct(application, session_id, leftAt="2024-01-15T09:30:00Z", note=NOTE)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
        told = answer.json()["data"]
        assert told["session"]["leftAt"] == "2024-01-15T09:30:00.000Z"
        assert told["session"]["leftBy"] == "corrected"
        last = told["events"][-1]
        assert (last["type"], last["payload"]) == ("session.corrected", None)
        assert last["sourceId"] == f"{application.org_id}corrections"
        assert last["correction"] == {
            "note": NOTE,
            "by": key_id(key_hash(application.key)),
            "leftAt": "2024-01-15T09:30:00.000Z",
            "void": False,
            "withdrawn": False,
        }
        headers = {"VF-ORG-ID": application.key}
        asked = await application.client.get(f"/v1/sessions/{session_id}/events", headers=headers)
        assert asked.content == answer.content


async def test_a_session_that_never_was_is_out_of_the_answer_until_that_is_taken_back(
    running: Running,
) -> None:
    january = {"uid": "ann", "startDate": "2024-01-01", "endDate": "2024-01-31"}
    async with running() as application:
        session_id = await session_in(application)
        seen = [await totals(application, january)]
        for said in ({"void": True, "leftAt": ""}, {"withdrawn": True, "void": False}):
            answer = await correct(application, session_id, note=NOTE, **said)
            assert answer.status_code == 200, answer.text
            seen.append(await totals(application, january))
        assert seen == [(1, 60), (0, 0), (1, 60)]


async def totals(application: Application, asked: object) -> tuple[int, int]:
    answer = await ask(application, "/v1/participant/sessions", asked)
    summary = answer.json()["data"]["summary"]
    return summary["totalSessions"], summary["totalCredits"]


REFUSED: dict[str, tuple[object, int, str]] = {
    "no note": ({"void": True}, 400, "note is required"),
    "a blank note": ({"void": True, "note": " "}, 400, "note is required: it says why"),
    "a note of a novel": ({"void": True, "note": "x" * 501}, 400, "note must be at most 500"),
    "a number for a note": ({"void": True, "note": 7}, 400, "note must be a string"),
    "nothing": ({"note": NOTE}, 400, "one of leftAt, void and withdrawn is required"),
    "two things": (
        {"note": NOTE, "leftAt": LEFT, "void": True}, 400, "one of leftAt, void and withdrawn",
    ),
    "nothing that is so": ({"note": NOTE, "void": False}, 400, "one of leftAt, void"),
    "a word for yes": ({"note": NOTE, "void": "yes"}, 400, "void must be true or false"),
    "a number for yes": ({"note": NOTE, "withdrawn": 1}, 400, "withdrawn must be true or false"),
    "a day": ({"note": NOTE, "leftAt": "2024-01-15"}, 400, "leftAt must be an ISO 8601 instant"),
    "no offset": (
        {"note": NOTE, "leftAt": "2024-01-15T09:30:00"}, 400, "leftAt must be an ISO 8601 instant",
    ),
    "before it began": (
        {"note": NOTE, "leftAt": "2024-01-15T08:59:59Z"}, 400, "leftAt must not be before",
    ),
    "after now": ({"note": NOTE, "leftAt": "2999-01-01T00:00:00Z"}, 400, "leftAt must not be later"),
    "nothing to take back": ({"note": NOTE, "withdrawn": True}, 409, "Nothing was said"),
    "a list": ([], 400, "body must be a JSON object"),
}  # fmt: skip


@pytest.mark.parametrize("why", REFUSED)
async def test_what_does_not_fit_is_refused_with_the_name_of_the_field(
    running: Running, why: str
) -> None:
    body, status, message = REFUSED[why]
    async with running() as application:
        session_id = await session_in(application)
        answer = await ask(application, f"/v1/sessions/{session_id}/corrections", body)
        assert (answer.status_code, answer.json()["success"]) == (status, False)
        assert message in answer.json()["message"]


@pytest.mark.parametrize("wrong", ["0" * 32, "visit", "..%2f"])
async def test_of_no_session_nothing_can_be_said(running: Running, wrong: str) -> None:
    async with running() as application:
        await session_in(application)
        answer = await correct(application, wrong, void=True, note=NOTE)
        assert (answer.status_code, answer.json()["error"]) == (404, "NOT_FOUND")


async def test_a_body_that_is_not_said_to_be_json_is_refused(running: Running) -> None:
    async with running() as application:
        path = f"/v1/sessions/{await session_in(application)}/corrections"
        headers = {"VF-ORG-ID": application.key, "Content-Type": "text/plain"}
        answer = await application.client.post(path, content=b"{}", headers=headers)
        assert answer.status_code == 415
