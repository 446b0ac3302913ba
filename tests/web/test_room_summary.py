"""`GET /v1/rooms/{roomId}/summary`, and the same under the hosted API's address."""

import csv
import io

import pytest
from support.visits import Visit
from web.application import Running
from web.test_rooms import visit
from web.test_sessions import saw

VISITS = (
    visit("ann", 15, "08:50", "10:00", "TEACHER"),
    visit("jane", 15, "09:00", "10:00"),
    Visit("2024-01-15T09:30:00Z", "2024-01-15T10:30:00Z", uid="jane", name="Jane", role="STUDENT"),
    visit("jane", 16, "09:00", "09:10"),
)


@pytest.mark.parametrize("path", ["/v1/rooms/math-101/summary", "/v1/room/math-101/summary"])
async def test_a_room_in_sums(running: Running, path: str) -> None:
    async with running() as application:
        await saw(application, *VISITS)
        headers = {"VF-ORG-ID": application.key}
        answer = await application.client.get(path, headers=headers)
        assert answer.headers["Credit-Rule"].startswith("per-session")
        assert answer.json() == {
            "success": True,
            "data": {
                "roomId": "math-101",
                "roomName": "Calculus I",
                "totalCredits": 70 + 60 + 60 + 10,
                "totalParticipants": 2,
                "totalSessions": 4,
                "totalSeconds": 200 * 60,
                "totalMergedSeconds": (70 + 90 + 10) * 60,
                "avgStay": 100 * 60,
                "avgMergedStay": 85 * 60,
                "timestamps": {
                    "startedAt": "2024-01-15T08:50:00.000Z",
                    "endedAt": "2024-01-16T09:10:00.000Z",
                },
                "status": "finished",
            },
        }
        day = await application.client.get(f"{path}?from=2024-01-16&to=2024-01-16", headers=headers)
        assert day.json()["data"]["totalCredits"] == 10


async def test_a_room_with_somebody_in_it_is_live(running: Running) -> None:
    async with running() as application:
        await saw(application, *VISITS, visit("tom", 16, "09:00", None))
        headers = {"VF-ORG-ID": application.key}
        answer = await application.client.get("/v1/rooms/math-101/summary", headers=headers)
        data = answer.json()["data"]
        assert data["status"] == "live"
        assert data["timestamps"]["endedAt"] is None


async def test_a_room_that_nobody_knows_is_not_found(running: Running) -> None:
    async with running() as application:
        headers = {"VF-ORG-ID": application.key}
        answer = await application.client.get("/v1/room/nowhere/summary", headers=headers)
        assert answer.status_code == 404
        told = answer.json()
        assert (told["success"], told["message"]) == (False, "Room not found")


async def test_it_is_a_file_too(running: Running) -> None:
    async with running() as application:
        await saw(application, *VISITS)
        headers = {"VF-ORG-ID": application.key, "Accept": "text/csv"}
        answer = await application.client.get("/v1/rooms/math-101/summary", headers=headers)
        assert 'filename="summary_math-101.csv"' in answer.headers["Content-Disposition"]
        rows = list(csv.reader(io.StringIO(answer.text)))
        (row,) = [dict(zip(rows[-2], rows[-1], strict=True))]
        assert (row["Total Time (min)"], row["Merged Time (min)"]) == ("200", "170")
        book = await application.client.get(
            "/v1/rooms/math-101/summary?format=xlsx", headers=headers
        )
        assert book.content.startswith(b"PK")
