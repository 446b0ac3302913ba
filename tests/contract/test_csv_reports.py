"""The contract's two CSV reports, line by line."""

import csv
import io
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import date

import pytest
from support.school import NOON, School
from support.visits import Visit

from rollbook.domain.csv_cells import CsvForm
from rollbook.domain.instants import from_text
from rollbook.domain.period import day_around, period_of
from rollbook.service.reports.csv_report import csv_report
from rollbook.service.reports.participant import ReportQuestion

FIRST = date(2024, 1, 1)
TODAY = day_around(from_text(NOON), "UTC")


async def test_a_report_of_nothing_has_all_its_headings(school: School) -> None:
    lines = (await school.csv(uid="nobody")).split("\r\n")
    assert lines == [
        "Participant Session Report",
        "Participant UID,nobody",
        "Participant Name,",
        "Role,",
        "Summary",
        "Total Rooms Attended,0",
        "Total Sessions,0",
        "Total Time (minutes),0",
        "Total Credits Consumed,0",
        "Average Session Duration (minutes),0",
        "Room Summary",
        "Room ID,Room Title,Sessions,Total Time (min),Credits Consumed,Avg Session (min)",
        "Detailed Sessions",
        "Room ID,Room Title,Joined At,Left At,Duration (min),Credits,Status,IP Address",
        "",
    ]


async def test_a_report_of_an_unknown_room_has_all_its_headings(school: School) -> None:
    lines = (await school.csv(uid="nobody", roomId="nowhere")).split("\r\n")
    assert lines == [
        "Participant Session Report - Single Room",
        "Participant UID,nobody",
        "Participant Name,",
        "Role,",
        "Room ID,nowhere",
        'Room Title,""',
        "Summary",
        "Total Sessions,0",
        "Total Time (minutes),0",
        "Total Credits Consumed,0",
        "Average Session Duration (minutes),0",
        "Sessions",
        "Session #,Joined At,Left At,Duration (minutes),Credits Consumed,Status,IP Address",
        "",
    ]


async def test_rooms_are_summed_up_by_total_time_and_then_by_id(school: School) -> None:
    def of(room: str, left: str) -> Visit:
        return Visit(room=room, title=None, left=f"2024-01-15T{left}:00Z")

    await school.saw(of("b", "09:30"), of("a", "09:30"), of("c", "10:00"), of("d", "09:01"))
    lines = (await school.csv()).splitlines()
    first = lines.index("Room Summary") + 2
    assert [line.partition(",")[0] for line in lines[first : first + 4]] == ["c", "a", "b", "d"]


async def test_minutes_are_seconds_rounded_half_up(school: School) -> None:
    await school.saw(
        Visit(left="2024-01-15T09:00:29Z", id="1"), Visit(left="2024-01-15T09:00:30Z", id="2")
    )
    lines = (await school.csv(roomId="math-101")).splitlines()
    # 59 seconds in all, 29.5 on average, and 29 and 30 each
    assert "Total Time (minutes),1" in lines
    assert "Average Session Duration (minutes),0" in lines
    assert sorted(line.split(",")[3] for line in lines[-2:]) == ["0", "1"]
    assert 'math-101,"Calculus I",2,1,2,0' in (await school.csv()).splitlines()


async def test_minutes_are_rounded_each_for_itself_while_credits_add_up(school: School) -> None:
    await school.saw(
        Visit("2024-01-15T09:00:00Z", "2024-01-15T09:00:29Z", "a", title="A"),
        Visit("2024-01-15T09:10:00Z", "2024-01-15T09:10:29Z", "b", title="B"),
    )
    lines = (await school.csv()).splitlines()
    assert {'a,"A",1,0,1,0', 'b,"B",1,0,1,0'} < set(lines)
    assert {"Total Time (minutes),1", "Total Credits Consumed,2"} < set(lines)


async def test_pages_do_not_apply(school: School) -> None:
    await school.saw(*[Visit(id=f"stay-{n}") for n in range(30)])
    assert (await school.csv(page=2, limit=1)).count("Completed") == 30


@pytest.mark.parametrize("anything", [100, 0, -1, 1.5, True, "ten", [], {"a": 1}, None, ""])
async def test_an_export_ignores_page_and_limit_whatever_they_are(
    school: School, anything: object
) -> None:
    await school.saw(*[Visit(id=f"stay-{n}") for n in range(30)])
    whole = await school.csv()
    assert await school.csv(limit=anything) == await school.csv(page=anything) == whole


async def test_a_school_abroad_gets_the_form_its_spreadsheet_opens(school: School) -> None:
    await school.saw(Visit(name="Müller, Ünï; Jr."))
    text = await school.csv(csv={"bom": True, "delimiter": ";"})
    assert text.startswith("\ufeffParticipant Session Report\r\n")
    assert 'Participant Name;"Müller, Ünï; Jr."\r\n' in text


async def test_names_of_any_kind_arrive_whole_and_none_is_run(school: School) -> None:
    formula, lines = "=HYPERLINK(0)", 'two\r\n"lines", 語\u202e'
    await school.saw(Visit(uid=formula, name=lines, room="@room", title="-1+1"))
    for question in ({}, {"roomId": "@room"}):
        text = await school.csv(uid=formula, **question)
        cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
        assert {"'=HYPERLINK(0)", lines, "'@room", "'-1+1"} <= set(cells)


async def test_the_file_is_named_after_participant_room_and_range(school: School) -> None:
    one_day = ReportQuestion("student-123", period_of(FIRST, FIRST, "UTC"))

    def name(question: ReportQuestion) -> str:
        now = from_text(school.now)
        reports, organization = school.stores.reports, school.organization
        return csv_report(reports, organization, question, CsvForm(), now).file_name

    assert name(one_day) == "sessions_student-123_2024-01-01.csv"
    month = replace(one_day, days=period_of(FIRST, date(2024, 1, 31), "UTC"))
    assert name(month) == "sessions_student-123_2024-01-01_2024-01-31.csv"
    in_room = replace(one_day, room_id="math-101")
    assert name(in_room) == "sessions_student-123_math-101_2024-01-01.csv"
    assert name(replace(one_day, uid="王小明")) == "sessions_王小明_2024-01-01.csv"
    hostile = name(replace(month, uid='../"\r\nSet-Cookie: a=b; 語' + "x" * 256, room_id="é" * 99))
    assert not set(hostile) & set('/"\r\n;: ')
    assert hostile.endswith("é_2024-01-01_2024-01-31.csv")
    assert len(hostile.encode()) < 255


async def test_a_report_is_of_one_moment_although_it_takes_several_looks(school: School) -> None:
    visits = [Visit(id=f"stay-{n}") for n in range(1500)]
    await school.saw(*visits)
    question = ReportQuestion("student-123", TODAY, "math-101")
    now = from_text(school.now)
    report = csv_report(school.stores.reports, school.organization, question, CsvForm(), now)
    text = await anext(report.chunks)
    await school.saw(*[replace(visit, id=f"late-{visit.id}") for visit in visits])
    text += "".join([chunk async for chunk in report.chunks])
    assert "Total Sessions,1500\r\n" in text
    rows = text.splitlines()[-1500:]
    assert [row.partition(",")[0] for row in rows] == [str(n) for n in range(1, 1501)]


async def test_a_reader_that_goes_away_leaves_its_place_to_others(school: School) -> None:
    await school.saw(*[Visit(id=f"stay-{n}") for n in range(1500)])
    for _ in range(12):  # more than may read at once
        report = csv_report(
            school.stores.reports,
            school.organization,
            ReportQuestion("student-123", TODAY),
            CsvForm(),
            from_text(school.now),
        )
        assert (await anext(report.chunks)).startswith("Participant Session Report")
        assert isinstance(report.chunks, AsyncGenerator)
        await report.chunks.aclose()
    assert (await school.csv()).count("Completed") == 1500
