"""`GET /v1/absences` and `/v1/at-risk` over HTTP."""

import csv
import io
from typing import Any

import pytest
from web.application import Application, Running
from web.test_rooms import TWO_CLASSES, put_members
from web.test_sessions import saw

DAYS = "from=2024-01-15&to=2024-01-16"


async def ask(application: Application, path: str, **headers: str) -> Any:
    return await application.client.get(
        f"/v1/{path}", headers={"VF-ORG-ID": application.key, **headers}
    )


async def taught(application: Application) -> None:
    await saw(application, *TWO_CLASSES)
    await put_members(application, "jane", "bob", "eve", "tom", day="2024-01-01")


async def test_who_was_missed_in_all_rooms(running: Running) -> None:
    async with running() as application:
        await taught(application)
        data = (await ask(application, f"absences?{DAYS}")).json()["data"]
        assert (data["from"], data["to"]) == ("2024-01-15", "2024-01-16")
        assert (data["nextCursor"], data["cut"]) == (None, False)
        assert [
            (one["class"]["from"][:10], one["uid"], one["verdict"]) for one in data["absences"]
        ] == [
            ("2024-01-15", "bob", "partly"),
            ("2024-01-15", "eve", "absent"),
            ("2024-01-16", "bob", "absent"),
            ("2024-01-16", "eve", "absent"),
        ]
        assert data["absences"][0] == {
            "uid": "bob",
            "name": "Bob",
            "roomId": "math-101",
            "roomTitle": "Calculus I",
            "class": {
                "from": "2024-01-15T09:00:00.000Z",
                "to": "2024-01-15T10:00:00.000Z",
                "how": "teacher",
                "planned": None,
                "said": None,
            },
            "verdict": "partly",
            "share": 50,
            "seconds": 1800,
            "mergedSeconds": 1800,
            "lateSeconds": 0,
        }
        assert data["absences"][1]["name"] == "Eve of the roster"


async def test_pages_follow_each_other(running: Running) -> None:
    async with running() as application:
        await taught(application)
        cursor, seen = "", []
        while cursor is not None:
            path = f"absences?{DAYS}&limit=1&cursor={cursor}"
            data = (await ask(application, path)).json()["data"]
            seen += [(one["uid"], one["class"]["from"][8:10]) for one in data["absences"]]
            cursor = data["nextCursor"]
        assert seen == [("bob", "15"), ("eve", "15"), ("bob", "16"), ("eve", "16")]


async def test_a_rule_a_room_and_a_verdict_can_be_asked_for(running: Running) -> None:
    async with running() as application:
        await taught(application)
        for query, count in (
            ("share=50", 3),
            ("verdict=partly", 1),
            ("verdict=absent", 3),
            ("roomId=math-101", 4),
            ("roomId=art", 0),
        ):
            data = (await ask(application, f"absences?{DAYS}&{query}")).json()["data"]
            assert len(data["absences"]) == count, query


async def test_who_misses_too_many_classes(running: Running) -> None:
    async with running() as application:
        await taught(application)
        data = (await ask(application, f"at-risk?{DAYS}")).json()["data"]
        assert data["below"] == 80
        assert [(one["uid"], one["share"], one["classes"]) for one in data["people"]] == [
            ("bob", 0, 2),
            ("eve", 0, 2),
        ]
        assert data["people"][0]["partly"] == data["people"][0]["absent"] == 1
        half = (await ask(application, f"at-risk?{DAYS}&share=50&below=51")).json()["data"]
        assert [(one["uid"], one["share"]) for one in half["people"]] == [("eve", 0), ("bob", 50)]
        none = (await ask(application, f"at-risk?{DAYS}&share=50&below=50")).json()["data"]
        assert [one["uid"] for one in none["people"]] == ["eve"]


@pytest.mark.parametrize("route", ["absences", "at-risk"])
async def test_they_are_files_too(running: Running, route: str) -> None:
    async with running() as application:
        await taught(application)
        answer = await ask(application, f"{route}?{DAYS}&limit=1", Accept="text/csv")
        name = f'filename="{route}_2024-01-15_2024-01-16.csv"'
        assert name in answer.headers["Content-Disposition"]
        rows = list(csv.reader(io.StringIO(answer.text)))
        (head,) = [number for number, row in enumerate(rows) if row[0] == "Room ID"]
        assert len(rows) - head - 1 == {"absences": 4, "at-risk": 2}[route]
        book = await ask(application, f"{route}?{DAYS}&format=xlsx")
        assert book.content.startswith(b"PK")


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("absences?from=2024-01-02&to=2024-01-01", "to must not be before from"),
        ("absences?from=2023-01-01&to=2024-01-02", "at most 366 days"),
        ("absences?verdict=present", "verdict must be one of partly, absent"),
        ("absences?limit=0", "limit must be a whole number from 1 to 1000"),
        ("absences?cursor=abc", "cursor must be the nextCursor"),
        ("absences?cursor=%C3%A9", "cursor must be the nextCursor"),
        ("at-risk?below=101", "below must be a whole number from 1 to 100"),
        ("at-risk?format=pdf", "format must be json, csv or xlsx"),
    ],
)
async def test_what_cannot_be_answered_says_why(running: Running, query: str, says: str) -> None:
    async with running() as application:
        answer = await ask(application, query)
        assert answer.status_code == 400
        assert says in answer.json()["message"]
