"""`GET /v1/rooms/{roomId}/classes`, `/attendance`, `/sheet` and the roster, over HTTP."""

import csv
import io
from typing import Any

import httpx
import pytest
from openpyxl import load_workbook
from support.visits import Visit
from web.application import Application, Running
from web.test_sessions import saw

DAYS = "from=2024-01-15&to=2024-01-16"


def visit(uid: str, day: int, came: str, went: str | None, role: str = "STUDENT") -> Visit:
    left = None if went is None else f"2024-01-{day}T{went}:00Z"
    return Visit(f"2024-01-{day}T{came}:00Z", left, uid=uid, name=uid.title(), role=role)


TWO_CLASSES = (
    visit("ann", 15, "08:50", "10:00", "TEACHER"),
    visit("jane", 15, "09:00", "10:00"),
    visit("bob", 15, "09:00", "09:30"),
    visit("tom", 15, "09:00", "10:00"),
    visit("ann", 16, "09:00", "10:00", "TEACHER"),
    visit("jane", 16, "09:15", "10:00"),
    visit("tom", 16, "09:00", "10:00"),
)


async def ask(application: Application, path: str, **headers: str) -> httpx.Response:
    return await application.client.get(
        f"/v1/rooms/{path}", headers={"VF-ORG-ID": application.key, **headers}
    )


async def put(
    application: Application, path: str, content: str | bytes, media: str
) -> httpx.Response:
    headers = {"VF-ORG-ID": application.key, "Content-Type": media}
    url = f"/v1/rooms/{path}"
    return await application.client.put(url, content=content, headers=headers)


async def put_members(application: Application, *uids: str, day: str) -> dict[str, Any]:
    members = ",".join(f'{{"uid": "{uid}", "name": "{uid.title()} of the roster"}}' for uid in uids)
    body = f'{{"members": [{members}]}}'
    answer = await put(application, f"math-101/roster?from={day}", body, "application/json")
    assert answer.status_code == 200, answer.text
    data: dict[str, Any] = answer.json()["data"]
    return data


async def test_the_classes_of_a_room(running: Running) -> None:
    async with running() as application:
        await saw(application, *TWO_CLASSES)
        answer = await ask(application, f"math-101/classes?{DAYS}")
        assert answer.headers["Cache-Control"] == "no-store"
        data = answer.json()["data"]
        assert data["roomTitle"] == "Calculus I"
        assert data["rule"] == {"share": 75, "late": 10, "early": 10, "gap": 10, "from": "default"}
        first, second = data["classes"]
        assert first == {
            "from": "2024-01-15T09:00:00.000Z",
            "to": "2024-01-15T10:00:00.000Z",
            "how": "teacher",
            "planned": None,
            "said": None,
            "people": 4,
            "present": 3,
            "partly": 1,
            "absent": 0,
            "excused": 0,
            "late": 0,
            "leftEarly": 1,
            "peak": 4,
        }
        assert second["late"] == 1


async def test_who_was_in_a_class_and_who_was_not(running: Running) -> None:
    async with running() as application:
        await saw(application, *TWO_CLASSES)
        await put_members(application, "jane", "bob", "eve", day="2024-01-01")
        answer = await ask(application, "math-101/attendance?class=2024-01-16T09:30:00Z")
        data = answer.json()["data"]
        assert data["class"] == {
            "from": "2024-01-16T09:00:00.000Z",
            "to": "2024-01-16T10:00:00.000Z",
            "how": "teacher",
            "planned": None,
            "said": None,
        }
        assert data["people"][2] == {
            "uid": "jane",
            "name": "Jane",
            "role": "STUDENT",
            "joinedAt": "2024-01-16T09:15:00.000Z",
            "leftAt": "2024-01-16T10:00:00.000Z",
            "seconds": 2700,
            "mergedSeconds": 2700,
            "reconnects": 0,
            "share": 75,
            "lateSeconds": 900,
            "earlySeconds": 0,
            "verdict": "present",
            "excuse": None,
        }
        assert data["absent"] == [
            {"uid": "bob", "name": "Bob", "verdict": "absent", "excuse": None},
            {"uid": "eve", "name": "Eve of the roster", "verdict": "absent", "excuse": None},
        ]


async def test_a_class_is_the_latest_or_that_between_two_instants(running: Running) -> None:
    async with running() as application:
        await saw(application, *TWO_CLASSES)
        latest = await ask(application, "math-101/attendance")
        assert latest.json()["data"]["class"]["from"] == "2024-01-16T09:00:00.000Z"
        times = "from=2024-01-15T09:20:00Z&to=2024-01-15T09:40:00Z"
        said = await ask(application, f"math-101/attendance?{times}")
        data = said.json()["data"]
        assert data["class"]["how"] == "set"
        assert {one["uid"]: one["share"] for one in data["people"]}["bob"] == 50


async def test_the_rule_is_in_the_query(running: Running) -> None:
    async with running() as application:
        await saw(application, *TWO_CLASSES)
        path = "math-101/attendance?class=2024-01-16T09:30:00Z&share=80&late=15"
        data = (await ask(application, path)).json()["data"]
        assert data["rule"] == {
            "share": 80,
            "late": 15,
            "early": 10,
            "gap": 10,
            "from": "request",
        }
        jane = next(one for one in data["people"] if one["uid"] == "jane")
        assert (jane["verdict"], jane["lateSeconds"]) == ("partly", 0)


async def test_the_sheet_has_a_row_for_each_and_a_cell_for_each_class(running: Running) -> None:
    async with running() as application:
        await saw(application, *TWO_CLASSES)
        await put_members(application, "bob", "eve", day="2024-01-16")
        data = (await ask(application, f"math-101/sheet?{DAYS}")).json()["data"]
        assert [one["from"][:10] for one in data["classes"]] == ["2024-01-15", "2024-01-16"]
        rows = {one["uid"]: one for one in data["people"]}
        assert list(rows) == ["ann", "bob", "eve", "jane", "tom"]
        assert [cell["verdict"] for cell in rows["bob"]["cells"]] == ["partly", "absent"]
        assert rows["eve"]["cells"] == [
            None,
            {"verdict": "absent", "seconds": 0, "lateSeconds": 0, "note": None},
        ]
        jane = rows["jane"]
        assert (jane["present"], jane["late"], jane["share"]) == (2, 1, 100)
        assert jane["mergedSeconds"] == 6300


async def test_each_is_a_file_too(running: Running) -> None:
    async with running() as application:
        await saw(application, *TWO_CLASSES)
        sheet = await ask(application, f"math-101/sheet?{DAYS}", Accept="text/csv")
        assert sheet.headers["content-type"] == "text/csv; charset=utf-8"
        assert sheet.headers["content-disposition"] == 'attachment; filename="sheet_math-101.csv"'
        rows = list(csv.reader(io.StringIO(sheet.text)))
        head = next(row for row in rows if row[0] == "UID")
        jane = next(row for row in rows if row[0] == "jane")
        told = dict(zip(head, jane, strict=True))
        assert told["2024-01-16 09:00"] == "present, 15 min late"
        for name in ("classes", "attendance", "sheet"):
            days = "" if name == "attendance" else f"&{DAYS}"
            book = await ask(application, f"math-101/{name}?format=xlsx{days}")
            assert book.status_code == 200
            assert load_workbook(io.BytesIO(book.content)).active is not None


async def test_a_roster_is_dated_so_that_what_was_stays(running: Running) -> None:
    async with running() as application:
        await put_members(application, "jane", "bob", day="2024-01-01")
        data = await put_members(application, "jane", "tom", day="2024-02-01")
        assert data["members"] == [
            {
                "uid": "jane",
                "name": "Jane of the roster",
                "since": "2024-01-01",
                "until": None,
            },
            {"uid": "tom", "name": "Tom of the roster", "since": "2024-02-01", "until": None},
        ]
        before = (await ask(application, "math-101/roster?day=2024-01-31")).json()["data"]
        assert [(one["uid"], one["until"]) for one in before["members"]] == [
            ("bob", "2024-01-31"),
            ("jane", None),
        ]


@pytest.mark.parametrize(
    "body",
    [b"uid,name\r\njane,Jane\r\n", b"\xef\xbb\xbfName;UID\nJane;jane\n", b"uid\njane\n"],
)
async def test_a_roster_is_taken_as_csv(running: Running, body: bytes) -> None:
    async with running() as application:
        answer = await put(application, "math-101/roster", body, "text/csv")
        assert [one["uid"] for one in answer.json()["data"]["members"]] == ["jane"]


@pytest.mark.parametrize(
    ("body", "media", "status", "field"),
    [
        ('{"members": 1}', "application/json", 400, "members"),
        ('{"members": [{"name": "x"}]}', "application/json", 400, "members[0].uid"),
        ('{"members": [7]}', "application/json", 400, "members[0]"),
        ("name\nJane\n", "text/csv", 400, "uid"),
        ("uid,name\n,Jane\n", "text/csv", 400, "line 2 has no uid"),
        ("{}", "text/csv", 400, "uid"),
        ("", "text/csv", 400, "uid"),
        (b"uid\n\xff\n", "text/csv", 400, "body"),
        ("uid\njane\n", "text/plain", 415, ""),
    ],
)
async def test_a_roster_that_cannot_be_read_says_what_is_wrong(
    running: Running, body: str | bytes, media: str, status: int, field: str
) -> None:
    async with running() as application:
        answer = await put(application, "math-101/roster", body, media)
        assert answer.status_code == status
        assert field in answer.json()["message"]


@pytest.mark.parametrize(
    ("path", "status", "field"),
    [
        ("math-101/attendance?class=2024-01-16T09:30:00Z", 404, "no class then"),
        ("math-101/attendance", 404, "no class yet"),
        ("math-101/attendance?class=noon", 400, "class"),
        ("math-101/attendance?from=2024-01-16T09:30:00Z", 400, "to"),
        ("math-101/attendance?from=2024-01-16T09:30:00Z&to=2024-01-18T09:30:00Z", 400, "to"),
        ("math-101/classes?from=2024-01-16&to=2024-01-15", 400, "to"),
        ("math-101/sheet?from=2022-01-16&to=2024-01-15", 400, "to"),
        ("math-101/classes?share=101", 400, "share"),
        ("math-101/classes?format=pdf", 400, "format"),
    ],
)
async def test_what_cannot_be_answered_says_why(
    running: Running, path: str, status: int, field: str
) -> None:
    async with running() as application:
        answer = await ask(application, path)
        assert answer.status_code == status, answer.text
        assert field in answer.json()["message"]


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00Z", "9999-12-31T12:00:00Z"])
async def test_a_class_at_an_end_of_the_calendar_was_never_held(running: Running, at: str) -> None:
    async with running() as application:
        answer = await ask(application, f"math-101/attendance?class={at}")
        assert answer.status_code == 404


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
async def test_a_roster_may_begin_at_an_end_of_the_calendar(running: Running, day: str) -> None:
    async with running() as application:
        await put_members(application, "jane", day="2024-01-01")
        data = await put_members(application, "bob", day=day)
        assert [one["uid"] for one in data["members"]] == ["bob"]


async def test_a_room_without_a_class_is_an_empty_answer(running: Running) -> None:
    async with running() as application:
        assert (await ask(application, "nowhere/classes")).json()["data"]["classes"] == []
        sheet = (await ask(application, "nowhere/sheet")).json()["data"]
        assert (sheet["classes"], sheet["people"]) == ([], [])
