"""The list of sessions: which are in it, in which order, and pages that do not drift."""

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.days import written
from support.examples import examples
from support.school import School, opened_school
from support.visits import Visit

from rollbook.domain.events import EndEvidence, JoinEvidence
from rollbook.domain.instants import from_text
from rollbook.domain.period import open_period, period_of
from rollbook.service.reports.ports import ListedSession, Place, SessionFilter
from rollbook.service.reports.sessions import sessions_page
from rollbook.stores import Stores

EVER = open_period(None, None, "UTC")
NINE = from_text("2024-01-15T09:00:00Z")


def wanted(**change: object) -> SessionFilter:
    return SessionFilter(EVER.start, EVER.end, **change)  # type: ignore[arg-type]  # of several types


async def page(
    school: School, asked: SessionFilter, size: int = 100
) -> tuple[list[ListedSession], Place | None]:
    found = await sessions_page(school.stores.sessions, school.organization, asked, size)
    return list(found.sessions), found.following


async def rooms(school: School, **asked: object) -> list[str]:
    sessions, _ = await page(school, wanted(**asked))
    return [session.room_id for session in sessions]


async def test_sessions_of_everybody_are_listed_newest_first_with_how_they_are_known(
    school: School,
) -> None:
    await school.saw(
        Visit("2024-01-15T09:00:00Z", "2024-01-15T10:00:00Z", uid="ann", title=None, ip="10.0.0.1"),
        Visit("2024-01-15T11:00:00Z", None, "physics-101", uid="bob", title="Physics"),
    )
    (running, ended), following = await page(school, wanted())
    assert following is None
    assert running[1:] == (
        "bob",
        "physics-101",
        "Physics",
        from_text("2024-01-15T11:00:00Z"),
        JoinEvidence.SEEN,
        None,
        None,
        None,
    )
    assert ended[1:4] == ("ann", "math-101", None)
    assert ended[6:] == (from_text("2024-01-15T10:00:00Z"), EndEvidence.LEAVE, "10.0.0.1")


async def test_a_list_is_of_a_person_of_a_room_of_days_or_of_what_runs(school: School) -> None:
    await school.saw(
        Visit("2024-01-14T09:00:00Z", "2024-01-14T10:00:00Z", "a", "ann"),
        Visit("2024-01-15T09:00:00Z", None, "b", "ann"),
        Visit("2024-01-16T09:00:00Z", "2024-01-16T10:00:00Z", "b", "bob"),
        Visit("2024-01-17T09:00:00Z", None, "c", "bob"),
    )
    assert await rooms(school) == ["c", "b", "b", "a"]
    assert await rooms(school, uid="ann") == ["b", "a"]
    assert await rooms(school, uid="ann", room_id="a") == ["a"]
    assert await rooms(school, room_id="b") == ["b", "b"]
    assert await rooms(school, running=True) == ["c", "b"]
    assert await rooms(school, running=True, uid="ann") == ["b"]
    assert await rooms(school, running=True, room_id="c") == ["c"]
    for asked in ({}, {"uid": "bob"}, {"room_id": "b"}):
        assert (await rooms(school, running=False, **asked))[0] == "b"
    day = period_of(date(2024, 1, 15), date(2024, 1, 16), "UTC")
    for running, shown in ((None, ["b", "b"]), (True, ["b"]), (False, ["b"])):
        sessions, _ = await page(school, SessionFilter(day.start, day.end, running=running))
        assert [session.room_id for session in sessions] == shown


async def test_a_session_that_was_voided_is_in_no_list(school: School) -> None:
    await school.saw(Visit(uid="ann"), Visit(left=None, uid="ann", room="running"))
    async with school.stores.database.writing() as connection:
        await connection.run_script("UPDATE session SET voided = 1;")
    for asked in ({}, {"uid": "ann"}, {"room_id": "math-101"}, {"running": True}):
        assert await rooms(school, **asked) == []


async def test_no_list_shows_sessions_of_another_organization(
    school: School, stores: Stores
) -> None:
    other = await opened_school(stores)
    await other.saw(Visit(uid="ann"), Visit(uid="ann", room="running", left=None))
    for asked in ({}, {"uid": "ann"}, {"room_id": "math-101"}, {"running": True}):
        assert await rooms(school, **asked) == []


ASKED = st.sampled_from(
    [{}, {"uid": "ann"}, {"room_id": "a"}, {"uid": "ann", "room_id": "a"}, {"running": True}]
)
VISITS = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from("ab"), st.sampled_from(["ann", "bob"])),
    min_size=1,
    max_size=12,
)


@settings(max_examples=examples(40), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=VISITS, meanwhile=VISITS, asked=ASKED, size=st.integers(1, 4))
async def test_who_goes_from_page_to_page_while_sessions_come_in_sees_each_that_was_there_once(
    stores: Stores,
    before: list[tuple[int, str, str]],
    meanwhile: list[tuple[int, str, str]],
    asked: dict[str, object],
    size: int,
) -> None:
    school = await opened_school(stores)
    await school.saw(*visits(before, "there"))
    whole, _ = await page(school, wanted(**asked))
    late = visits(meanwhile, "late")
    seen: list[ListedSession] = []
    place = None
    while True:
        sessions, place = await page(school, wanted(**asked, before=place), size)
        assert len(sessions) <= size
        seen += sessions
        if late:
            await school.saw(late.pop())
        if place is None:
            break
    assert seen == sorted(seen, key=lambda one: one.place, reverse=True)
    ids = [session.session_id for session in seen]
    assert len(set(ids)) == len(ids)
    assert [session for session in seen if session in whole] == whole


def visits(stays: list[tuple[int, str, str]], name: str) -> list[Visit]:
    """Stays that run; many began at the same time."""
    return [
        Visit(written(NINE + minute * 60_000), None, room, uid, id=f"{name}-{number}")
        for number, (minute, room, uid) in enumerate(stays)
    ]


@pytest.mark.parametrize("size", [1, 2, 3])
async def test_a_page_that_holds_the_last_session_says_that_nothing_follows(
    school: School, size: int
) -> None:
    await school.saw(*[Visit(id=str(number)) for number in range(size)])
    sessions, following = await page(school, wanted(), size)
    assert (len(sessions), following) == (size, None)
