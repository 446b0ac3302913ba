"""`GET` and `DELETE /v1/participants/{uid}`: all that is held about a person, and erasing them."""

import json

from web.application import Application, Running

from rollbook.service.upkeep.erasing import look_on

UID = "student-123"


def event(number: int, kind: str, time: str) -> dict[str, object]:
    return {
        "id": f"{UID}:{number}",
        "type": f"participant.{kind}",
        "time": time,
        "roomId": "math-101",
        "sessionId": f"visit-of-{UID}",
        "ipAddress": "203.0.113.77",
        "participant": {"uid": UID, "name": "Jane Doe"},
    }


EVENTS = [
    event(1, "joined", "2024-01-15T09:00:00Z"),
    event(2, "left", "2024-01-15T09:30:00Z"),
]


async def told(application: Application) -> list[str]:
    headers = {"VF-ORG-ID": application.key}
    answer = await application.client.post("/v1/events", json={"events": EVENTS}, headers=headers)
    return [answer.text]


async def report(application: Application, uid: str) -> object:
    asked = {"uid": uid, "startDate": "2024-01-15"}
    answer = await application.client.post(
        "/v1/participant/sessions", json=asked, headers={"VF-ORG-ID": application.key}
    )
    return answer.json()["data"]["summary"]


async def test_what_is_held_is_answered_and_erased(running: Running) -> None:
    async with running() as application:
        await told(application)
        client, headers = application.client, {"VF-ORG-ID": application.key}
        before = await report(application, UID)
        held = await client.get(f"/v1/participants/{UID}", headers=headers)
        assert held.status_code == 200
        assert held.headers["content-type"] == "application/json"
        assert "participant_student-123.json" in held.headers["content-disposition"]
        (session,) = held.json()["sessions"]
        assert session["ipAddress"] == "203.0.113.77"
        assert len(session["events"]) == 2
        erased = await client.delete(f"/v1/participants/{UID}", headers=headers)
        assert erased.status_code == 200
        data = erased.json()["data"]
        assert data["sessions"] == 1
        assert await report(application, data["pseudonym"]) == before
        assert (await client.get(f"/v1/participants/{UID}", headers=headers)).status_code == 404
        assert (await client.delete(f"/v1/participants/{UID}", headers=headers)).status_code == 404
        # The same deliveries once more, with the upkeep still to come and after it.
        await told(application)
        while await look_on(application.services.erasing, application.org_id):
            pass
        await told(application)
        assert await report(application, data["pseudonym"]) == before
        known = await client.get(f"/v1/participants/{data['pseudonym']}", headers=headers)
        assert [one for one in (UID, "Jane", "203.0.113.77") if one in known.text] == []
        assert all(one["payload"] is None for one in known.json()["sessions"][0]["events"])


async def test_nobody_is_answered_as_not_found(running: Running) -> None:
    async with running() as application:
        headers = {"VF-ORG-ID": application.key}
        for method in ("GET", "DELETE"):
            answer = await application.client.request(
                method, "/v1/participants/nobody", headers=headers
            )
            assert answer.status_code == 404
            assert json.loads(answer.text)["error"] == "NOT_FOUND"
