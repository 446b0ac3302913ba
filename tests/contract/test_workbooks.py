"""A person's workbook has all their sessions, however many, and its sums agree with them."""

import asyncio
import io
import tempfile
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from support.days import written
from support.school import NOON, School
from support.visits import Visit

from rollbook.domain.instants import from_text
from rollbook.domain.period import day_around, time_zone
from rollbook.service.reports.participant import ReportQuestion
from rollbook.service.reports.tables import person_tables
from rollbook.web.http.spool import Chunk
from rollbook.web.http.tables import workbook_of_parts

NOW = from_text(NOON)
TODAY = day_around(NOW, "UTC")
SESSIONS = 1_200
"""More than the database hands over at once, several times."""


def workbook(school: School, room: str | None = None) -> Any:
    question = ReportQuestion("student-123", TODAY, room, page=3, size=2)
    reports, organization = school.stores.reports, school.organization
    return workbook_of_parts(person_tables(reports, organization, question, NOW), time_zone("UTC"))


async def sheets(school: School, room: str | None = None) -> dict[str, list[tuple[Any, ...]]]:
    chunks = [chunk async for chunk in workbook(school, room)]
    book = load_workbook(io.BytesIO(b"".join(chunks)))
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book}


@pytest.fixture
async def term(school: School) -> School:
    """A school that one person has been in very often, long ago in another room."""
    first = Visit(written(NOW - 40_000_000), written(NOW - 39_990_000), "first-room")
    joins = [NOW - 30_000_000 + number * 1_000 for number in range(SESSIONS)]
    await school.saw(first, *[Visit(written(at), written(at + 29_000)) for at in joins])
    return school


async def test_a_workbook_has_every_session_and_its_sums_are_theirs(term: School) -> None:
    book = await sheets(term)
    assert dict(book["Summary"])["Sessions"] == SESSIONS + 1
    rows = book["Sessions"][1:]
    assert len(rows) == SESSIONS + 1
    assert [row[2] for row in rows] == sorted(row[2] for row in rows)
    assert dict(book["Summary"])["Credits"] == sum(row[5] for row in rows)
    assert [row[:3] for row in book["Rooms"][1:]] == [
        ("math-101", "Calculus I", SESSIONS),
        ("first-room", "Calculus I", 1),
    ]


async def test_a_workbook_of_a_room_of_long_ago_has_its_sessions(term: School) -> None:
    book = await sheets(term, "first-room")
    assert [row[0] for row in book["Sessions"]] == ["Room ID", "first-room"]
    assert dict(book["Summary"])["Sessions"] == 1


async def test_an_average_of_a_workbook_is_rounded_once(school: School) -> None:
    await school.saw(
        Visit("2024-01-15T00:00:00Z", "2024-01-15T00:00:00Z"),
        Visit("2024-01-15T00:10:00Z", "2024-01-15T00:10:59Z"),
    )
    book = await sheets(school)
    assert dict(book["Summary"])["Average session (min)"] == 0
    assert book["Rooms"][1][5] == 0


async def test_who_leaves_while_a_workbook_is_made_lets_go_of_the_database_and_the_disk(
    term: School, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.mktemp("disk")
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    begun = 0
    for turns in range(12):  # more than may read at once
        taking = asyncio.create_task(taken(workbook(term)))
        for _ in range(turns * 20):
            await asyncio.sleep(0)
        begun += bool(held(folder))
        taking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await taking
        assert held(folder) == []
    assert begun > 8
    assert len((await sheets(term))["Sessions"]) == SESSIONS + 2


async def taken(chunks: AsyncGenerator[Chunk, None]) -> None:
    async for _ in chunks:
        pass


def held(folder: Path) -> list[Path]:
    return list(folder.iterdir())
