"""Who and where: the latest that was ever told, in whatever order it was told."""

from itertools import permutations

import pytest
from support.school import School
from support.visits import Visit


def visit(day: int, name: str | None, role: str | None, title: str | None) -> Visit:
    joined, left = f"2024-01-{day:02}T09:00:00Z", f"2024-01-{day:02}T10:00:00Z"
    return Visit(joined, left, name=name, role=role, title=title)


TOLD = (
    visit(1, "Jane Doe", "STUDENT", "Calculus"),
    visit(2, "Jane Roe", "TEACHER", "Calculus I"),
    visit(3, None, None, None),
)


@pytest.mark.parametrize("order", list(permutations(TOLD)))
async def test_the_latest_name_role_and_title_count_in_whatever_order_they_are_told(
    school: School, order: tuple[Visit, ...]
) -> None:
    for one in order:
        await school.saw(one)
    answer = await school.answer(startDate="2024-01-01")
    assert answer["participant"] == {"uid": "student-123", "name": "Jane Roe", "role": "TEACHER"}
    assert answer["roomGroups"][0]["roomTitle"] == "Calculus I"


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
async def test_of_two_things_told_for_one_instant_the_same_one_counts_always(
    school: School, order: tuple[int, int]
) -> None:
    both = (visit(1, "Ann", "ADMIN", "Algebra"), visit(1, "Zoë", "STUDENT", "Zoology"))
    await school.saw(*[both[n] for n in order])
    answer = await school.answer(roomId="math-101")
    assert answer["participant"] == {"uid": "student-123", "name": "Zoë", "role": "STUDENT"}
    assert answer["room"]["roomTitle"] == "Zoology"


async def test_a_room_has_the_title_that_others_told_of_it(school: School) -> None:
    await school.saw(Visit(title=None), Visit(uid="teacher-1", title="Calculus I"))
    assert (await school.answer())["roomGroups"][0]["roomTitle"] == "Calculus I"


async def test_who_was_never_here_is_an_empty_answer_and_no_error(school: School) -> None:
    answer = await school.answer(uid="nobody")
    assert answer["participant"] == {"uid": "nobody", "name": None, "role": None}
    assert answer["roomGroups"] == []
    assert answer["summary"] == {
        "totalSessions": 0,
        "totalDuration": 0,
        "totalCredits": 0,
        "roomsAttended": 0,
        "averageDuration": 0,
        "dateRange": {"from": "2024-01-15", "to": "2024-01-15"},
    }


async def test_a_room_that_never_was_is_an_empty_answer_and_no_error(school: School) -> None:
    answer = await school.answer(roomId="nowhere")
    assert answer["room"] == {
        "roomId": "nowhere",
        "roomTitle": None,
        "totalDuration": 0,
        "totalCredits": 0,
        "averageDuration": 0,
    }
    assert answer["sessions"] == []
    assert answer["summary"]["roomsAttended"] == 0


async def test_people_and_rooms_are_known_also_on_days_without_a_session(school: School) -> None:
    await school.saw(Visit())
    answer = await school.answer(roomId="math-101", startDate="2023-05-05")
    assert answer["participant"]["name"] == "Jane Doe"
    assert answer["room"]["roomTitle"] == "Calculus I"


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("192.168.1.100", "192.168.1.100"),
        ("::ffff:192.168.1.100", "192.168.1.100"),
        ("2001:DB8::0:1", "2001:db8::1"),
        ("::192.168.1.100", "::c0a8:164"),
        (None, None),
    ],
)
async def test_an_address_is_shown_in_the_same_form_by_every_database(
    school: School, told: str | None, shown: str | None
) -> None:
    await school.saw(Visit(ip=told))
    (session,) = (await school.answer(roomId="math-101"))["sessions"]
    assert session["ipAddress"] == shown
