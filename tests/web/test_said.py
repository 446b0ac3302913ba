"""What a school says of its classes, over HTTP: rules, kept times and excuses."""

import csv
import io
from typing import Any

import httpx
import pytest
from web.application import Application, Running
from web.test_rooms import DAYS, TWO_CLASSES, ask, put_members
from web.test_sessions import saw

RULE = {"share": 40, "late": 20, "early": 5, "gap": 10}
FIRST = {"from": "2024-01-15T09:05:00Z", "to": "2024-01-15T09:35:00Z", "note": "a short lesson"}


async def said(
    application: Application, method: str, path: str, body: object = None
) -> httpx.Response:
    headers = {"VF-ORG-ID": application.key}
    return await application.client.request(method, f"/v1/{path}", json=body, headers=headers)


async def data(
    application: Application, method: str, path: str, body: object = None
) -> dict[str, Any]:
    answer = await said(application, method, path, body)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()["data"]
    return told


async def verdicts(application: Application, path: str) -> dict[str, str]:
    found = (await ask(application, path)).json()["data"]
    return {one["uid"]: one["verdict"] for one in (*found["people"], *found["absent"])}


async def test_a_room_has_its_own_rule_until_it_is_taken_away(running: Running) -> None:
    async with running() as application:
        await saw(application, *TWO_CLASSES)
        path = "rooms/math-101/attendance-rule"
        usual = {"share": 75, "late": 10, "early": 10, "gap": 10, "from": "default"}
        before = await data(application, "GET", path)
        assert before == {"roomId": "math-101", "rule": usual, "setBy": None, "setAt": None}
        own = await data(application, "PUT", path, RULE)
        assert own["rule"] == RULE | {"from": "room"}
        assert own["setBy"].startswith("key ")
        assert own["setAt"].endswith("Z")
        day = "math-101/attendance?class=2024-01-15T09:30:00Z"
        found = (await ask(application, day)).json()["data"]
        assert found["rule"]["from"] == "room"
        assert {one["uid"]: one["verdict"] for one in found["people"]}["bob"] == "present"
        asked = (await ask(application, f"{day}&share=80")).json()["data"]
        assert asked["rule"] == RULE | {"share": 80, "from": "request"}
        other = await data(application, "GET", "rooms/art/attendance-rule")
        assert other["rule"] == usual
        assert await data(application, "DELETE", path) == before


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"share": 40, "late": 20, "early": 5}, "gap"),
        (RULE | {"share": 101}, "share"),
        (RULE | {"late": True}, "late"),
        (RULE | {"early": "5"}, "early"),
        (RULE | {"late": 5.5}, "late"),
        (RULE | {"gap": 0}, "gap"),
        ([], "body"),
    ],
)
async def test_a_rule_that_is_none_says_why(running: Running, body: object, field: str) -> None:
    async with running() as application:
        answer = await said(application, "PUT", "rooms/math-101/attendance-rule", body)
        assert answer.status_code == 400
        assert field in answer.json()["message"]


@pytest.mark.parametrize(("late", "status"), [("5.0", 200), ("1e999", 400), ("NaN", 400)])
async def test_a_whole_number_is_one_however_it_is_written(
    running: Running, late: str, status: int
) -> None:
    async with running() as application:
        headers = {"VF-ORG-ID": application.key, "Content-Type": "application/json"}
        body = f'{{"share": 40, "late": {late}, "early": 5, "gap": 10}}'
        path = "/v1/rooms/math-101/attendance-rule"
        answer = await application.client.put(path, content=body, headers=headers)
        assert answer.status_code == status, answer.text


async def test_times_of_a_class_are_kept_followed_everywhere_and_taken_back(
    running: Running,
) -> None:
    async with running() as application:
        await saw(application, *TWO_CLASSES)
        before = (await ask(application, f"math-101/classes?{DAYS}")).json()
        kept = await data(application, "POST", "rooms/math-101/classes", FIRST)
        assert kept["dropped"] is False
        assert kept["said"]["note"] == "a short lesson"
        assert kept["said"]["by"].startswith("key ")
        listed = (await ask(application, f"math-101/classes?{DAYS}")).json()["data"]["classes"]
        assert [(one["from"], one["to"], one["how"]) for one in listed] == [
            ("2024-01-15T09:05:00.000Z", "2024-01-15T09:35:00.000Z", "kept"),
            ("2024-01-16T09:00:00.000Z", "2024-01-16T10:00:00.000Z", "teacher"),
        ]
        assert listed[0]["said"] == kept["said"]
        assert listed[1] == before["data"]["classes"][1]
        day = "math-101/attendance?class=2024-01-15T09:30:00Z"
        assert (await verdicts(application, day))["bob"] == "present"
        sheet = (await ask(application, f"math-101/sheet?{DAYS}")).json()["data"]
        bob = next(row for row in sheet["people"] if row["uid"] == "bob")
        assert bob["cells"][0]["verdict"] == "present"
        file = await ask(application, f"{day}&format=csv")
        assert "Times Kept,a short lesson" in file.text
        path = f"rooms/math-101/classes/{kept['said']['id']}"
        assert await data(application, "DELETE", path) == kept
        assert (await ask(application, f"math-101/classes?{DAYS}")).json() == before
        assert (await said(application, "DELETE", path)).status_code == 404


async def test_no_class_is_said_too_and_nothing_is_said_twice(running: Running) -> None:
    async with running() as application:
        await saw(application, *TWO_CLASSES)
        none = {**FIRST, "dropped": True, "note": "a test of the camera"}
        dropped = await data(application, "POST", "rooms/math-101/classes", none)
        found = (await ask(application, f"math-101/classes?{DAYS}")).json()["data"]
        assert [one["from"][:10] for one in found["classes"]] == ["2024-01-16"]
        assert [(one["from"], one["said"]["note"]) for one in found["dropped"]] == [
            ("2024-01-15T09:05:00.000Z", "a test of the camera")
        ]
        again = await said(application, "POST", "rooms/math-101/classes", FIRST)
        assert again.status_code == 409
        assert dropped["said"]["id"] in again.json()["message"]
        instead = FIRST | {"replaces": dropped["said"]["id"]}
        await data(application, "POST", "rooms/math-101/classes", instead)
        found = (await ask(application, f"math-101/classes?{DAYS}")).json()["data"]
        assert (len(found["classes"]), found["dropped"]) == (2, [])
        gone = await said(application, "POST", "rooms/math-101/classes", instead)
        assert gone.status_code == 404


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"from": None}, "from"),
        ({"to": "2024-01-15T09:05:00Z"}, "to"),
        ({"to": "2024-01-16T09:05:01Z"}, "to"),
        ({"to": "2999-01-01T00:00:00Z", "from": "2998-12-31T23:00:00Z"}, "to"),
        ({"note": "  "}, "note"),
        ({"note": None}, "note"),
        ({"note": "x" * 501}, "note"),
        ({"dropped": "yes"}, "dropped"),
    ],
)
async def test_a_class_that_cannot_have_been_says_why(
    running: Running, change: dict[str, Any], field: str
) -> None:
    async with running() as application:
        answer = await said(application, "POST", "rooms/math-101/classes", FIRST | change)
        assert answer.status_code == 400, answer.text
        assert field in answer.json()["message"]


async def test_excuses_for_a_class_for_days_in_a_room_and_in_all(running: Running) -> None:
    async with running() as application:
        await saw(application, *TWO_CLASSES)
        await put_members(application, "bob", "eve", day="2024-01-01")
        one = {"roomId": "math-101", "class": "2024-01-15T09:00:00Z", "note": "at the dentist"}
        told = await data(application, "POST", "participants/bob/excuses", one)
        (excuse,) = told["excuses"]
        assert excuse["class"] == "2024-01-15T09:30:00.000Z"
        assert (excuse["from"], excuse["to"], excuse["roomId"]) == (
            "2024-01-15",
            "2024-01-15",
            "math-101",
        )
        week = {"from": "2024-01-15", "to": "2024-01-19", "note": "ill"}
        await data(application, "POST", "participants/eve/excuses", week)
        elsewhere = week | {"roomId": "art"}
        await data(application, "POST", "participants/tom/excuses", elsewhere)
        first = "math-101/attendance?class=2024-01-15T09:30:00Z"
        assert await verdicts(application, first) == {
            "ann": "present",
            "jane": "present",
            "bob": "excused",
            "tom": "present",
            "eve": "excused",
        }
        second = "math-101/attendance?class=2024-01-16T09:30:00Z"
        assert (await verdicts(application, second))["bob"] == "absent"
        path = f"participants/bob/excuses/{excuse['said']['id']}"
        assert await data(application, "DELETE", path) == {"uid": "bob", "excuses": []}
        assert (await verdicts(application, first))["bob"] == "partly"
        assert (await said(application, "DELETE", path)).status_code == 404


async def test_an_excuse_is_counted_noted_and_in_every_file(running: Running) -> None:
    async with running() as application:
        await saw(application, *TWO_CLASSES)
        await put_members(application, "bob", "eve", day="2024-01-01")
        week = {"from": "2024-01-15", "to": "2024-01-19", "note": "ill"}
        await data(application, "POST", "participants/eve/excuses", week)
        day = {"from": "2024-01-15", "roomId": "math-101", "note": "at the dentist"}
        await data(application, "POST", "participants/bob/excuses", day)
        second = "math-101/attendance?class=2024-01-16T09:30:00Z"
        found = (await ask(application, second)).json()["data"]
        eve = next(one for one in found["absent"] if one["uid"] == "eve")
        assert (eve["verdict"], eve["excuse"]["note"]) == ("excused", "ill")
        counts = (await ask(application, f"math-101/classes?{DAYS}")).json()["data"]["classes"]
        assert [(one["partly"], one["absent"], one["excused"]) for one in counts] == [
            (0, 0, 2),
            (0, 1, 1),
        ]
        sheet = (await ask(application, f"math-101/sheet?{DAYS}")).json()["data"]
        rows = {row["uid"]: row for row in sheet["people"]}
        assert (rows["eve"]["share"], rows["eve"]["excused"]) == (None, 2)
        assert rows["bob"]["cells"][0]["note"] == "at the dentist"
        file = await ask(application, f"math-101/sheet?{DAYS}&format=csv")
        eve_row = next(row for row in csv.reader(io.StringIO(file.text)) if row[0] == "eve")
        assert eve_row[3] == "excused, ill"


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"note": "ill"}, 400, "from"),
        ({"from": "2024-01-15"}, 400, "note"),
        ({"from": "2024-01-15", "to": "2024-01-14", "note": "ill"}, 400, "to"),
        ({"from": "2024-01-15", "to": "2025-01-16", "note": "ill"}, 400, "to"),
        ({"from": "monday", "note": "ill"}, 400, "from"),
        ({"class": "2024-01-15T09:00:00Z", "note": "ill"}, 400, "roomId"),
        ({"class": "2024-01-15T09:00:00Z", "from": "2024-01-15", "note": "ill"}, 400, "class"),
        ({"class": "2024-01-15T09:00:00Z", "roomId": "r", "note": "ill"}, 404, "no class then"),
    ],
)
async def test_an_excuse_that_cannot_be_says_why(
    running: Running, body: dict[str, Any], status: int, field: str
) -> None:
    async with running() as application:
        answer = await said(application, "POST", "participants/bob/excuses", body)
        assert answer.status_code == status, answer.text
        assert field in answer.json()["message"]
        assert (await data(application, "GET", "participants/bob/excuses"))["excuses"] == []
