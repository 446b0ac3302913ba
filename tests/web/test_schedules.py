"""`GET` and `PUT /v1/rooms/{roomId}/schedule` over HTTP, and the classes that come of it."""

import json
from typing import Any

import pytest
from web.application import Application, Running
from web.test_rooms import TWO_CLASSES, ask, put, put_members
from web.test_sessions import saw

WEEKLY = {"weekdays": ["monday", "tuesday"], "from": "09:00", "to": "10:00", "title": "Calculus"}
CALENDAR = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//School//EN
BEGIN:VEVENT
UID:calculus
SUMMARY:Calculus
DTSTART;TZID=Europe/Paris:20240115T100000
DTEND;TZID=Europe/Paris:20240115T110000
RRULE:FREQ=WEEKLY;BYDAY=MO,TU;COUNT=8
EXDATE;TZID=Europe/Paris:20240122T100000
END:VEVENT
END:VCALENDAR
"""


async def put_schedule(
    application: Application, schedule: dict[str, Any], day: str = "2024-01-01"
) -> dict[str, Any]:
    path = f"math-101/schedule?from={day}"
    answer = await put(application, path, json.dumps(schedule), "application/json")
    assert answer.status_code == 200, answer.text
    data: dict[str, Any] = answer.json()["data"]
    return data


async def test_what_is_said_is_answered_and_can_be_said_again(running: Running) -> None:
    told = {
        "weekly": [WEEKLY | {"since": "2024-01-01", "until": None}],
        "single": [{"day": "2024-02-01", "from": "22:00", "to": "01:00", "title": None}],
        "cancelled": [{"day": "2024-02-05", "until": "2024-02-10", "at": None}],
        "moved": [{"day": "2024-01-29", "at": "09:00", "from": "11:00", "to": "12:00"}],
    }
    async with running() as application:
        data = await put_schedule(application, told)
        head = {"roomId": "math-101", "from": "2024-01-01", "timezone": "UTC"}
        assert data == head | told
        assert await put_schedule(application, told) == data
        asked = await ask(application, "math-101/schedule?from=2024-01-01")
        assert asked.json()["data"] == data


async def test_a_class_that_was_planned_has_its_times_and_who_missed_it(running: Running) -> None:
    async with running() as application:
        await saw(application, *TWO_CLASSES)
        await put_members(application, "jane", "eve", day="2024-01-01")
        await put_schedule(application, {"weekly": [WEEKLY | {"until": "2024-01-31"}]})
        days = "from=2024-01-15&to=2024-01-22"
        classes = (await ask(application, f"math-101/classes?{days}")).json()["data"]["classes"]
        assert [(one["from"], one["how"]) for one in classes] == [
            ("2024-01-15T09:00:00.000Z", "planned"),
            ("2024-01-16T09:00:00.000Z", "planned"),
            ("2024-01-22T09:00:00.000Z", "planned"),
        ]
        assert classes[0]["planned"] == {
            "from": "2024-01-15T09:00:00.000Z",
            "to": "2024-01-15T10:00:00.000Z",
            "title": "Calculus",
        }
        assert [(one["people"], one["absent"]) for one in classes] == [(4, 1), (3, 1), (0, 2)]
        path = "math-101/attendance?class=2024-01-22T09:00:00Z"
        missed = (await ask(application, path)).json()["data"]
        assert [one["uid"] for one in missed["absent"]] == ["eve", "jane"]
        latest = (await ask(application, "math-101/attendance")).json()["data"]
        assert latest["class"]["from"][:10] == "2024-01-16"


async def test_what_was_before_a_day_keeps_its_plan(running: Running) -> None:
    async with running() as application:
        await put_schedule(application, {"weekly": [WEEKLY]})
        later = WEEKLY | {"from": "11:00", "to": "12:00"}
        await put_schedule(application, {"weekly": [later]}, "2024-01-16")
        days = "from=2024-01-15&to=2024-01-22"
        classes = (await ask(application, f"math-101/classes?{days}")).json()["data"]["classes"]
        assert [one["from"][:16] for one in classes] == [
            "2024-01-15T09:00",
            "2024-01-16T11:00",
            "2024-01-22T11:00",
        ]


async def test_a_cancelled_class_is_none_and_a_moved_one_is_where_it_was_moved(
    running: Running,
) -> None:
    told = {
        "weekly": [WEEKLY],
        "cancelled": [{"day": "2024-01-15"}],
        "moved": [{"day": "2024-01-16", "at": "09:00", "from": "13:00", "to": "14:00"}],
    }
    async with running() as application:
        await put_schedule(application, told)
        classes = (await ask(application, "math-101/classes?from=2024-01-15&to=2024-01-16")).json()
        (one,) = classes["data"]["classes"]
        assert (one["from"], one["absent"]) == ("2024-01-16T13:00:00.000Z", 0)


@pytest.mark.parametrize(
    "body",
    [
        b"weekdays,from,to,title\r\nmon tue,09:00,10:00,Calculus\r\n",
        b"\xef\xbb\xbfTitle;To;From;Weekday\nCalculus;10:00;9:00;Monday, Tuesday\n\n",
    ],
)
async def test_a_schedule_is_taken_as_csv(running: Running, body: bytes) -> None:
    async with running() as application:
        answer = await put(application, "math-101/schedule?from=2024-01-01", body, "text/csv")
        assert answer.json()["data"]["weekly"] == [WEEKLY | {"since": "2024-01-01", "until": None}]


async def test_csv_tells_what_is_cancelled_moved_and_single(running: Running) -> None:
    body = (
        "day,until,from,to,at,cancelled\n"
        "2024-02-05,2024-02-10,,,,yes\n"
        "2024-01-29,,11:00,12:00,09:00,\n"
        "2024-02-01,,22:00,01:00,,no\n"
    )
    async with running() as application:
        answer = await put(application, "math-101/schedule?from=2024-01-01", body, "text/csv")
        data = answer.json()["data"]
        assert [len(data[name]) for name in ("weekly", "single", "cancelled", "moved")] == [
            0,
            1,
            1,
            1,
        ]


async def test_a_schedule_is_taken_as_icalendar(running: Running) -> None:
    async with running() as application:
        path = "math-101/schedule?from=2024-01-01"
        answer = await put(application, path, CALENDAR, "text/calendar; charset=utf-8")
        assert answer.status_code == 200, answer.text
        days = "from=2024-01-15&to=2024-02-29"
        classes = (await ask(application, f"math-101/classes?{days}")).json()["data"]["classes"]
        assert [one["from"][5:16] for one in classes] == [
            f"{day}T09:00"
            for day in ("01-15", "01-16", "01-23", "01-29", "01-30", "02-05", "02-06")
        ]
        assert {one["planned"]["title"] for one in classes} == {"Calculus"}


def weekly(**changes: Any) -> str:
    return json.dumps({"weekly": [WEEKLY | changes]})


BOTH = [WEEKLY, WEEKLY | {"weekdays": ["tuesday"], "from": "09:59", "to": "10:30"}]
MOVED = {"day": "2024-01-15", "at": "9", "from": "09:00", "to": "10:00"}


@pytest.mark.parametrize(
    ("body", "media", "status", "named"),
    [
        ("[]", "application/json", 400, "body"),
        ("{}", "application/json", 400, "weekly, single, cancelled, moved"),
        ('{"weekly": 1}', "application/json", 400, "weekly"),
        ('{"weekly": [1]}', "application/json", 400, "weekly[0]"),
        (weekly(weekdays=[]), "application/json", 400, "weekly[0].weekdays"),
        (weekly(weekdays=["someday"]), "application/json", 400, "weekly[0].weekdays"),
        (weekly(weekdays="monday"), "application/json", 400, "weekly[0].weekdays"),
        (weekly(**{"from": "25:00"}), "application/json", 400, "weekly[0].from"),
        (weekly(**{"from": 9}), "application/json", 400, "weekly[0].from"),
        (weekly(to="09:00"), "application/json", 400, "weekly[0].to"),
        (weekly(to="09:04"), "application/json", 400, "weekly[0].to"),
        (weekly(since="2024-02-30"), "application/json", 400, "weekly[0].since"),
        (weekly(until="2023-12-31"), "application/json", 400, "weekly[0].until"),
        (
            '{"single": [{"from": "09:00", "to": "10:00"}]}',
            "application/json",
            400,
            "single[0].day",
        ),
        (json.dumps({"moved": [MOVED]}), "application/json", 400, "moved[0].at"),
        (
            '{"cancelled": [{"day": "2024-01-02", "until": "2024-01-01"}]}',
            "application/json",
            400,
            "cancelled[0].until",
        ),
        (json.dumps({"weekly": BOTH}), "application/json", 400, "Tue 2 Jan 2024 from 09:59"),
        (json.dumps({"weekly": [WEEKLY] * 501}), "application/json", 400, "1,000 entries"),
        (json.dumps({"single": [{}] * 1001}), "application/json", 400, "single"),
        ("weekdays,from,to\nmon,9:00,8\n", "text/csv", 400, "to in line 2"),
        ("weekdays,from,to\nmon,9:00,10:00\nmoon,9:00,10:00\n", "text/csv", 400, "in line 3"),
        ("weekdays,from,to\n", "text/csv", 400, "below its header"),
        ("monday,9:00,10:00\n", "text/csv", 400, "columns weekdays or day"),
        ("day,from,cancelled\n2024-01-01,9:00,maybe\n", "text/csv", 400, "cancelled in line 2"),
        (b"day,from\n\xff\n", "text/csv", 400, "UTF-8"),
        ("hello", "text/calendar", 400, "BEGIN:VCALENDAR"),
        (CALENDAR.replace("WEEKLY", "YEARLY"), "text/calendar", 400, "event 1 (Calculus)"),
        (CALENDAR.replace("2024", "1999"), "text/calendar", 400, "no event from 2024-01-01"),
        ("{}", "text/plain", 415, ""),
    ],
)
async def test_a_schedule_that_cannot_be_read_says_what_is_wrong(
    running: Running, body: str | bytes, media: str, status: int, named: str
) -> None:
    async with running() as application:
        answer = await put(application, "math-101/schedule?from=2024-01-01", body, media)
        assert answer.status_code == status, answer.text
        assert named in answer.json()["message"]
        kept = (await ask(application, "math-101/schedule?from=2024-01-01")).json()["data"]
        assert kept["weekly"] == kept["single"] == []


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
async def test_a_schedule_may_begin_at_an_end_of_the_calendar(running: Running, day: str) -> None:
    async with running() as application:
        data = await put_schedule(application, {"weekly": [WEEKLY]}, day)
        assert data["weekly"][0]["since"] == day
        days = f"from={day}&to={day}"
        assert (await ask(application, f"math-101/classes?{days}")).status_code == 200
