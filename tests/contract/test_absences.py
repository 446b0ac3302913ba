"""Who was missed, and who too often, says what a second reading of the term says, on each engine."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

import pytest
from contract.test_use import _EVERY
from hypothesis import given, settings
from hypothesis import strategies as st
from support.examples import examples
from support.school import School
from support.terms import FIRST, NOW, SHARES, UIDS, Term, terms, written
from support.visits import Visit

from rollbook.domain.attendance import Verdict
from rollbook.domain.instants import from_text, to_text
from rollbook.domain.period import period_of
from rollbook.service.organizations.rosters import set_roster
from rollbook.service.reports import absences as reports
from rollbook.service.reports.absences import AbsencesQuestion, absences, people_at_risk
from rollbook.service.reports.room import RoomSources
from rollbook.store.reports.overviews import DatabaseOverviews
from rollbook.store.rosters import DatabaseRosters
from rollbook.store.schedules import DatabaseSchedules
from rollbook.stores import Stores

PRESENT = 75
AT = from_text(NOW)


def expected_absences(term: Term) -> list[tuple[str, str, str, str, int]]:
    """Room, day, uid, verdict and share, in their order."""
    found = []
    for (room, day, uid), how in term.came.items():
        share = SHARES[how]
        if term.belonged(room, uid, day) and share < PRESENT:
            found.append((room, str(day), uid, "partly" if share else "absent", share))
    return sorted(found)


def expected_at_risk(term: Term, below: int) -> list[tuple[str, int, str, int, int]]:
    """Room, percent of classes, uid, classes and how many of them somebody was present in."""
    found = []
    for room in term.rosters:
        for uid in UIDS:
            own = [day for day in term.held(room) if term.belonged(room, uid, day)]
            present = sum(SHARES[term.came[room, day, uid]] >= PRESENT for day in own)
            percent = int(present * 100 / len(own) + 0.5) if own else 100
            if percent < below:
                found.append((room, percent, uid, len(own), present))
    return sorted(found)


def sources_of(stores: Stores) -> RoomSources:
    return RoomSources(
        DatabaseOverviews(stores.database),
        DatabaseRosters(stores.database),
        DatabaseSchedules(stores.database),
        stores.sayings,
    )


async def every_page(
    ask: Callable[[AbsencesQuestion], Awaitable[Any]], question: AbsencesQuestion
) -> list[Any]:
    rows: list[Any] = []
    while True:
        found = await ask(question)
        assert len(found.rows) <= question.most
        rows += found.rows
        if found.after is None:
            return rows
        assert question.after is None or found.after > question.after
        question = replace(question, after=found.after)


@pytest.mark.timeout(900)
@settings(_EVERY, max_examples=examples(40))
@given(term=terms(), most=st.sampled_from((1, 2, 5, 200)), looked_at=st.sampled_from((1, 60, 2000)))
async def test_absences_are_those_of_a_second_reading(
    stores: Stores, term: Term, most: int, looked_at: int
) -> None:
    school = await written(stores, term)
    sources, organization = sources_of(stores), school.organization
    question = AbsencesQuestion(period_of(FIRST, term.last, "UTC"), most=most)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(reports, "_LOOKED_AT", looked_at)
        for verdict in (None, Verdict.PARTLY, Verdict.ABSENT):
            rows = await every_page(
                partial(absences, sources, organization, now=AT, verdict=verdict), question
            )
            assert [
                (
                    row.room.room_id,
                    to_text(row.held.start)[:10],
                    row.who.uid,
                    row.who.verdict.value,
                    row.who.attended.share if row.who.attended else 0,
                )
                for row in rows
            ] == [
                one for one in expected_absences(term) if verdict is None or one[3] == verdict.value
            ]
        below = 80
        at_risk = await every_page(
            lambda part: people_at_risk(sources, organization, part, AT, below), question
        )
    assert [
        (
            row.room.room_id,
            row.row.share,
            row.row.uid,
            len(row.row.cells),
            row.row.count(Verdict.PRESENT),
        )
        for row in at_risk
    ] == expected_at_risk(term, below)


async def test_rooms_are_those_that_somebody_belonged_to_within_the_days(
    school: School, stores: Stores
) -> None:
    org_id, rosters = school.organization.org_id, DatabaseRosters(stores.database)
    await school.saw(Visit(room="math-101"))
    for room, wanted, day in (
        ("math-101", {"a": None}, date(2024, 1, 10)),
        ("math-101", {}, date(2024, 1, 20)),
        ("art", {"a": None}, date(2024, 1, 15)),
    ):
        await set_roster(stores.organizations, org_id, room, wanted, day)

    async def rooms(first: int, last: int, since: str = "", most: int = 9) -> list[tuple[Any, ...]]:
        days = (date(2024, 1, first), date(2024, 1, last))
        return [tuple(room) for room in await rosters.rooms(org_id, *days, since, most)]

    assert await rooms(1, 9) == []
    assert await rooms(1, 10) == [("math-101", "Calculus I")]
    assert await rooms(1, 31) == [("art", None), ("math-101", "Calculus I")]
    assert await rooms(20, 31) == [("art", None)]
    assert await rooms(1, 31, "art\x01") == [("math-101", "Calculus I")]
    assert await rooms(1, 31, "art", 1) == [("art", None)]
    assert await rosters.rooms("another", date(2024, 1, 1), date(2024, 1, 31), "", 9) == []


async def test_a_class_that_goes_on_puts_nobody_at_risk(school: School, stores: Stores) -> None:
    await school.saw(
        *(Visit("2024-01-15T11:00:00Z", None, uid=f"guest-{number}") for number in range(3))
    )
    org_id, day = school.organization.org_id, date(2024, 1, 15)
    await set_roster(stores.organizations, org_id, "math-101", {"eve": "Eve"}, day)
    question = AbsencesQuestion(period_of(day, day, "UTC"))
    told = (sources_of(stores), school.organization, question, from_text(school.now))
    assert [row.who.uid for row in (await absences(*told)).rows] == ["eve"]
    assert (await people_at_risk(*told)).rows == []
