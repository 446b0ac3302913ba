"""The schedule of a room, kept and judged by, on every database."""

from datetime import date, time, timedelta

import pytest
from contract.test_classes import looked_at
from support.school import School
from support.visits import Visit

from rollbook.domain.errors import InvalidInput
from rollbook.domain.instants import from_text, to_text
from rollbook.domain.schedules import Cancelled, Moved, Schedule, Single, Times, Weekly
from rollbook.service.organizations.rosters import set_roster
from rollbook.service.organizations.schedules import set_schedule
from rollbook.service.reports.awaited import PlansOfDay
from rollbook.service.reports.live import live
from rollbook.service.reports.room import RoomView
from rollbook.store.reports.overviews import DatabaseOverviews
from rollbook.store.schedules import DatabaseSchedules

NINE = Times(time(9), time(10))
FIRST = date(2024, 1, 1)
EVERYTHING = Schedule(
    [
        Weekly(0, NINE, FIRST, None, "Calculus; I"),
        Weekly(6, Times(time(22), time(1)), FIRST, date(2024, 6, 30)),
    ],
    [Single(date(2024, 2, 29), Times(time(14), time(15, 30)), "Exam")],
    [Cancelled(date(2024, 2, 1), date(2024, 2, 9)), Cancelled(FIRST, FIRST, time(9))],
    [Moved(date(2024, 1, 15), time(9), Times(time(11), time(12)))],
)


async def say(school: School, schedule: Schedule, day: date, room: str = "math-101") -> None:
    organization = school.organization
    await set_schedule(school.stores.organizations, organization.org_id, room, schedule, day)


async def kept(school: School, room: str = "math-101") -> Schedule:
    schedules = DatabaseSchedules(school.stores.database)
    return await schedules.schedule(school.organization.org_id, room)


def told(view: RoomView) -> list[tuple[str, str, int]]:
    return [
        (to_text(one.start)[5:16], one.how.value, len({stay.uid for stay in one.stays}))
        for one in view.classes
    ]


async def test_what_is_said_is_kept_whole(school: School) -> None:
    await say(school, EVERYTHING, FIRST)
    assert await kept(school) == EVERYTHING
    assert len(await kept(school, "another")) == 0
    await say(school, EVERYTHING, FIRST)
    assert await kept(school) == EVERYTHING


async def test_a_room_has_its_own_schedule_and_it_is_replaced_as_a_whole(school: School) -> None:
    await say(school, EVERYTHING, FIRST, "math-101")
    await say(school, Schedule([Weekly(4, NINE, FIRST)]), FIRST, "art-301")
    await say(school, Schedule(), FIRST, "math-101")
    assert len(await kept(school, "math-101")) == 0
    assert [one.weekday for one in (await kept(school, "art-301")).weekly] == [4]


async def test_a_change_that_is_refused_leaves_what_was(school: School) -> None:
    await say(school, EVERYTHING, FIRST)
    twice = Schedule([Weekly(0, NINE, FIRST), Weekly(0, Times(time(9, 30), time(11)), FIRST)])
    with pytest.raises(InvalidInput, match="Two classes are planned for one time"):
        await say(school, twice, FIRST)
    many = Schedule(single=[Single(FIRST + timedelta(days=n), NINE) for n in range(1_001)])
    with pytest.raises(InvalidInput, match="at most 1,000 entries"):
        await say(school, many, FIRST)
    assert await kept(school) == EVERYTHING


async def test_classes_are_as_planned_whoever_came(school: School) -> None:
    await school.saw(
        Visit("2024-01-15T08:40:00Z", "2024-01-15T10:20:00Z", uid="ann", role="TEACHER"),
        Visit("2024-01-15T09:20:00Z", "2024-01-15T10:00:00Z", uid="jane"),
        Visit("2024-01-15T14:00:00Z", "2024-01-15T15:00:00Z", uid="jane"),
    )
    school_id, room = school.organization.org_id, "math-101"
    roster = {"jane": "Jane", "eve": "Eve"}
    await set_roster(school.stores.organizations, school_id, room, roster, FIRST)
    weekly = [Weekly(day, NINE, FIRST) for day in (0, 1)]
    await say(
        school, Schedule(weekly, cancelled=[Cancelled(date(2024, 1, 22), date(2024, 1, 22))]), FIRST
    )
    view = await looked_at(school, room, "2024-01-15", "2024-01-23", "2024-01-15T09:00:00Z")
    assert told(view) == [
        ("01-15T09:00", "planned", 2),
        ("01-15T14:00", "most", 1),
        ("01-16T09:00", "planned", 0),
        ("01-23T09:00", "planned", 0),
    ]
    assert {one.person.uid: (one.share, one.late, one.early) for one in view.people} == {
        "ann": (100, 0, 0),
        "jane": (67, 1200, 0),
    }
    assert list(view.absent) == ["eve"]
    missed = await looked_at(school, room, "2024-01-16", "2024-01-16")
    assert sorted(missed.absent) == ["eve", "jane"]


async def test_what_was_planned_before_a_change_is_judged_as_it_was(school: School) -> None:
    await school.saw(Visit("2024-01-15T09:00:00Z", "2024-01-15T10:00:00Z", uid="jane"))
    await say(school, Schedule([Weekly(0, NINE, FIRST)]), FIRST)
    later = Schedule([Weekly(0, Times(time(7), time(8)), FIRST)])
    await say(school, later, date(2024, 1, 16))
    view = await looked_at(school, "math-101", "2024-01-15", "2024-01-22")
    assert told(view) == [("01-15T09:00", "planned", 1), ("01-22T07:00", "planned", 0)]


async def test_a_planned_class_over_midnight_is_its_first_days(school: School) -> None:
    await school.saw(Visit("2024-01-16T00:10:00Z", "2024-01-16T00:50:00Z", uid="jane"))
    night = Schedule([Weekly(0, Times(time(23), time(1)), FIRST)])
    await say(school, night, FIRST)
    first = await looked_at(school, "math-101", "2024-01-15", "2024-01-15")
    assert told(first) == [("01-15T23:00", "planned", 1)]
    assert (await looked_at(school, "math-101", "2024-01-16", "2024-01-16")).classes == []


async def test_live_tells_of_rooms_that_are_empty_though_a_class_is_planned(school: School) -> None:
    organization = school.organization
    monday = date(2024, 1, 15)
    night = Times(time(22), time(1))
    await say(school, Schedule([Weekly(0, NINE, FIRST, None, "Calculus")]), FIRST, "math-101")
    await say(school, Schedule([Weekly(0, NINE, FIRST)]), FIRST, "art-301")
    await say(school, Schedule([], [Single(monday, NINE)]), FIRST, "chem-1")
    await say(school, Schedule([Weekly(0, night, FIRST)]), FIRST, "night-1")
    await say(
        school,
        Schedule([Weekly(0, NINE, FIRST)], [], [Cancelled(monday, monday)]),
        FIRST,
        "off-1",
    )
    await school.saw(Visit("2024-01-15T09:05:00Z", None, room="art-301"))
    overviews = DatabaseOverviews(school.stores.database)

    async def awaited(at: str) -> list[tuple[str, str | None]]:
        shown = await live(overviews, organization, from_text(at))
        plans = PlansOfDay(DatabaseSchedules(school.stores.database))
        found = await plans.awaited(organization, shown)
        return [(one.room.room_id, one.plan.title) for one in found]

    assert await awaited("2024-01-15T08:59:59Z") == []
    assert await awaited("2024-01-15T09:30:00Z") == [("chem-1", None), ("math-101", "Calculus")]
    assert await awaited("2024-01-15T10:00:00Z") == []
    assert await awaited("2024-01-16T00:30:00Z") == [("night-1", None)]
    other = await DatabaseSchedules(school.stores.database).of_rooms("x" * 10, FIRST, monday, 100)
    assert other == []


async def test_of_too_many_entries_only_whole_schedules_are_told(school: School) -> None:
    whole = Schedule([Weekly(0, NINE, FIRST)], [], [Cancelled(FIRST, date(2024, 12, 31))], [])
    for room in ("a", "b"):
        await say(school, whole, FIRST, room)
    schedules = DatabaseSchedules(school.stores.database)
    for most, rooms in ((3, ["a"]), (4, ["a"]), (5, ["a", "b"])):
        found = await schedules.of_rooms(school.organization.org_id, FIRST, FIRST, most)
        assert [(room.room_id, schedule) for room, schedule in found] == [
            (room, whole) for room in rooms
        ]
