"""The rooms that a teacher taught in, on each engine."""

from datetime import date
from typing import Any

import pytest
from support.school import School
from support.visits import Visit

from rollbook.domain.instants import from_text, to_text
from rollbook.domain.period import period_of
from rollbook.service.reports import taught as reports
from rollbook.service.reports.room import RoomSources
from rollbook.service.reports.taught import rooms_taught
from rollbook.store.reports.overviews import DatabaseOverviews
from rollbook.store.rosters import DatabaseRosters
from rollbook.store.schedules import DatabaseSchedules

DAYS = period_of(date(2024, 1, 14), date(2024, 1, 16), "UTC")


def visits(room: str, day: int, teacher: str, pupils: int) -> list[Visit]:
    times = (f"2024-01-{day}T09:00:00Z", f"2024-01-{day}T10:00:00Z")
    return [
        Visit(*times, room=room, uid=teacher, role="TEACHER", title=f"Room {room}"),
        *(Visit(*times, room=room, uid=f"pupil-{n}", title=f"Room {room}") for n in range(pupils)),
    ]


async def asked(school: School, uid: str, after: int = 0) -> tuple[list[Any], int | None]:
    database = school.stores.database
    sources = RoomSources(
        DatabaseOverviews(database),
        DatabaseRosters(database),
        DatabaseSchedules(database),
        school.stores.sayings,
    )
    now = from_text("2024-02-01T00:00:00Z")
    found = await rooms_taught(sources, school.organization, uid, DAYS, now, after)
    rooms = [
        (
            one.room.room_id,
            [(to_text(c.held.start)[8:10], c.pupils, c.teacher.times) for c in one.classes],
        )
        for one in found.rooms
    ]
    return rooms, found.after


async def test_only_the_classes_in_which_a_teacher_was(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    await school.saw(
        *visits("art", 14, "ann", 3),
        *visits("art", 15, "ann", 2),
        *visits("art", 16, "bob", 5),
        *visits("music", 16, "ann", 1),
        *visits("sports", 16, "bob", 1),
    )
    hour = (3600, 3600, 0)
    expected = [
        ("music", [("16", 1, hour)]),
        ("art", [("15", 2, hour), ("14", 3, hour)]),
    ]
    assert await asked(school, "ann") == (expected, None)
    assert await asked(school, "nobody") == ([], None)
    monkeypatch.setattr(reports, "_LOOKED_AT", 1)
    assert await asked(school, "ann") == (expected[:1], 1)
    assert await asked(school, "ann", 1) == (expected[1:], None)
