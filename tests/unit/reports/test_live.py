"""Who is in which room now: by room and person, and what a search leaves of that."""

from collections.abc import Sequence
from typing import Any, cast

import pytest

from rollbook.domain.credits import CreditRule
from rollbook.domain.ids import new_org_id
from rollbook.domain.organizations import Organization
from rollbook.domain.stays import Stay
from rollbook.service.reports.live import Live, found_in, live

NOW = 1_000_000
SCHOOL = Organization(new_org_id(), "Riverside", "UTC", CreditRule(), has_source=True)


def stay(uid: str, room: str, joined: int, role: str | None = "STUDENT") -> Stay:
    name = f"{uid.title()} Doe"
    return Stay(f"{uid}-{joined}", uid, name, role, room, f"Room {room}", joined, None, None)


class Running:
    """A ledger in which these stays go on."""

    def __init__(self, stays: Sequence[Stay]) -> None:
        self._stays = stays

    async def running(self, org_id: str, most: int) -> list[Stay]:
        assert org_id == SCHOOL.org_id
        return sorted(self._stays, key=lambda one: -one.joined_at)[:most]


async def now_in(*stays: Stay) -> Live:
    return await live(cast("Any", Running(stays)), SCHOOL, NOW)


EVERYBODY = (
    stay("ann", "art", 500, "TEACHER"),
    stay("jane", "art", 100),
    stay("jane", "art", 700),
    stay("bob", "art", 200),
    stay("mia", "music", 50, None),
)


async def test_people_are_one_line_each_and_teachers_stand_first() -> None:
    found = await now_in(*EVERYBODY)
    assert [(room.room_id, room.people, room.since) for room in found.rooms] == [
        ("art", 3, 100),
        ("music", 1, 50),
    ]
    art = found.rooms[0]
    assert [(one.who.uid, len(one.stays), one.who.joined_at) for one in art.here] == [
        ("ann", 1, 500),
        ("jane", 2, 100),
        ("bob", 1, 200),
    ]
    assert [one.who.uid for one in art.teachers] == ["ann"]
    assert (found.at, found.people, found.cut) == (NOW, 4, False)


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ("", {"art": 3, "music": 1}),
        ("  ", {"art": 3, "music": 1}),
        ("ROOM ART", {"art": 3}),
        ("mus", {"music": 1}),
        ("jane doe", {"art": 1}),
        ("BO", {"art": 1}),
        ("doe", {"art": 3, "music": 1}),
        ("nobody", {}),
    ],
)
async def test_a_search_finds_rooms_with_everybody_and_else_people(
    search: str, expected: dict[str, int]
) -> None:
    found = found_in(await now_in(*EVERYBODY), search)
    assert {room.room_id: len(room.here) for room in found.rooms} == expected
    assert found.people == 4
    assert [room.people for room in found.rooms] == [
        {"art": 3, "music": 1}[room.room_id] for room in found.rooms
    ]
