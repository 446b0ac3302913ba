"""In which order rooms and sessions come, and how they are cut into pages."""

import json

import pytest
from support.school import Body, School
from support.visits import Visit


def at(minute: int, **more: str) -> Visit:
    """A visit of no length that begins some minutes after midnight."""
    instant = f"2024-01-15T{minute // 60:02}:{minute % 60:02}:00.000Z"
    return Visit(instant, instant, **more)


def rooms(answer: Body) -> list[str]:
    return [group["roomId"] for group in answer["roomGroups"]]


async def test_rooms_come_by_latest_join_and_then_by_id(school: School) -> None:
    await school.saw(at(1, room="z"), at(9, room="b"), at(9, room="B"), at(9, room="a"), at(5))
    await school.saw(at(8, room="z"))
    assert rooms(await school.answer()) == ["B", "a", "b", "z", "math-101"]


async def test_sessions_come_newest_first_and_in_csv_oldest_first(school: School) -> None:
    await school.saw(at(5), at(7), at(6))
    answer = await school.answer(roomId="math-101")
    newest_first = [session["joinedAt"] for session in answer["sessions"]]
    assert newest_first == sorted(newest_first, reverse=True)
    rows = (await school.csv(roomId="math-101")).splitlines()[-3:]
    assert [row.split(",")[:2] for row in rows] == [
        [str(n), instant] for n, instant in enumerate(reversed(newest_first), start=1)
    ]


async def test_a_room_shows_its_ten_newest_sessions_and_counts_all(school: School) -> None:
    await school.saw(*[at(n) for n in range(12)])
    (group,) = (await school.answer())["roomGroups"]
    assert group["sessionCount"] == 12
    assert [s["joinedAt"][14:16] for s in group["sessions"]] == [
        f"{n:02}" for n in range(11, 1, -1)
    ]


@pytest.mark.parametrize(
    ("page", "shown", "more"), [(1, 5, True), (2, 5, True), (3, 2, False), (4, 0, False)]
)
async def test_rooms_come_in_pages_with_the_sums_of_all(
    school: School, page: int, shown: int, more: bool
) -> None:
    await school.saw(*[at(n, room=f"room-{n:02}") for n in range(12)])
    answer = await school.answer(page=page, limit=5)
    newest = [f"room-{n:02}" for n in range(11, -1, -1)]
    assert rooms(answer) == newest[(page - 1) * 5 :][:shown]
    assert answer["summary"]["roomsAttended"] == 12
    assert answer["pagination"] == {"page": page, "limit": 5, "totalRooms": 12, "hasMore": more}


@pytest.mark.parametrize(
    ("page", "shown", "more"), [(1, 10, True), (2, 2, False), (3, 0, False), (10**30, 0, False)]
)
async def test_sessions_of_a_room_come_in_pages_of_ten_with_the_sums_of_all(
    school: School, page: int, shown: int, more: bool
) -> None:
    await school.saw(*[at(n) for n in range(12)])
    answer = await school.answer(roomId="math-101", page=page)
    assert len(answer["sessions"]) == shown
    assert answer["summary"]["totalSessions"] == 12
    assert answer["room"]["roomTitle"] == "Calculus I"
    assert answer["pagination"] == {"page": page, "limit": 10, "total": 12, "hasMore": more}


async def test_sessions_that_began_together_stay_in_one_order_over_all_pages(
    school: School,
) -> None:
    visits = [at(1, id=f"stay-{n}", ip=f"192.0.2.{n}") for n in range(25)]
    await school.saw(*visits)
    shown: list[str] = []
    for page in (1, 2, 3):
        answer = await school.answer(roomId="math-101", page=page)
        shown += [session["ipAddress"] for session in answer["sessions"]]
    assert sorted(shown) == sorted(str(visit.ip) for visit in visits)
    rows = (await school.csv(roomId="math-101")).splitlines()[-25:]
    assert [row.rpartition(",")[2] for row in rows] == shown[::-1]


async def test_more_sessions_than_one_look_reads_are_all_there(school: School) -> None:
    visits = [at(n % 1440, id=f"stay-{n}", room=f"room-{n % 3}") for n in range(2500)]
    await school.saw(*visits)
    answer = json.loads(await school.json())["data"]
    assert [group["sessionCount"] for group in answer["roomGroups"]] == [833, 833, 834]
    assert answer["participant"]["name"] == "Jane Doe"
    assert len((await school.csv()).splitlines()) == 2500 + 17
    one = await school.answer(roomId="room-2", page=84)
    assert [len(one["sessions"]), one["pagination"]["total"]] == [3, 833]
