"""The sums that the database counts are those of the plain reading, session by session."""

from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.days import written
from support.school import opened_school
from support.visits import Visit

from rollbook.domain.credits import CreditRule, Rounding
from rollbook.domain.instants import from_text
from rollbook.domain.report import Totals
from rollbook.domain.tally import Tallies
from rollbook.store.reports.overviews import DatabaseOverviews
from rollbook.stores import Stores

DAY = from_text("2024-01-15T00:00:00Z"), from_text("2024-01-16T00:00:00Z")
NOW = from_text("2024-01-15T12:00:00.500Z")
RULES = [CreditRule(rounding, least) for rounding in Rounding for least in (0, 45)]

lengths = st.one_of(st.none(), st.sampled_from([0, 1, 999, 1000, 29_999, 30_000, 44_999, 45_000,
                                                59_999, 60_000, 60_001, 90_000, 3_599_999]))  # fmt: skip
visits = st.lists(
    st.tuples(
        st.integers(DAY[0] - 5_000, DAY[1] + 5_000) | st.integers(NOW - 2_000, NOW + 2_000),
        lengths,
        st.sampled_from("abc"),
        st.sampled_from("xyz"),
    ),
    max_size=8,
)


@pytest.mark.parametrize("rule", RULES, ids=str)
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=visits)
async def test_the_database_sums_as_the_domain_does(
    stores: Stores, rule: CreditRule, told: Sequence[tuple[int, int | None, str, str]]
) -> None:
    school = await opened_school(stores, rule=rule)
    await school.saw(
        *[
            Visit(
                written(joined),
                None if length is None else written(joined + length),
                uid=uid,
                room=room,
                id=str(number),
            )
            for number, (joined, length, uid, room) in enumerate(told)
        ]
    )
    overviews, org_id = DatabaseOverviews(stores.database), school.organization.org_id
    people, rooms = set(), set()
    plain: Tallies[str] = Tallies(lambda stay: stay[1], rule, NOW)
    async with overviews.reader() as reader:
        async for batch in reader.stays(org_id, *DAY):
            plain.add(batch)
    for room, tally in plain.by.items():
        rooms.add(room)
        people |= tally.people
    sums = await overviews.sums(org_id, *DAY, rule, NOW)
    assert (sums.totals, sums.people, sums.rooms) == (plain.whole(), len(people), len(rooms))


async def test_where_nobody_was_the_sums_are_nothing(stores: Stores) -> None:
    school = await opened_school(stores)
    sums = await DatabaseOverviews(stores.database).sums(
        school.organization.org_id, *DAY, school.organization.credit_rule, NOW
    )
    assert (sums.totals, sums.people, sums.rooms) == (Totals(), 0, 0)
