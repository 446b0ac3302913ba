"""What sessions last and cost, one by one and together."""

from dataclasses import replace

import pytest
from support.school import School, opened_school
from support.visits import Visit, told

from rollbook.domain.credits import CreditRule, Rounding
from rollbook.domain.events import Joined, Left, Participant, Room
from rollbook.domain.instants import from_text


def lasting(clock: str, room: str = "math-101") -> Visit:
    """A visit from 09:00:00.000 to a time of the same day."""
    return Visit(left=f"2024-01-15T{clock}Z", id=f"until-{clock}", room=room)


async def test_durations_are_whole_seconds_and_begun_minutes_cost_a_credit(school: School) -> None:
    await school.saw(lasting("09:00:00.999"), lasting("09:01:00.999"), lasting("09:01:01.000"))
    answer = await school.answer(roomId="math-101")
    costs = {(s["duration"], s["creditsConsumed"]) for s in answer["sessions"]}
    assert costs == {(0, 0), (60, 1), (61, 2)}


async def test_every_total_is_the_sum_of_the_rows_below_it(school: School) -> None:
    await school.saw(lasting("09:00:01"), lasting("09:00:02"), lasting("09:00:03", room="art-7"))
    answer = await school.answer()
    groups = {group["roomId"]: group for group in answer["roomGroups"]}
    assert (groups["math-101"]["totalDuration"], groups["math-101"]["totalCredits"]) == (3, 2)
    assert (groups["art-7"]["totalDuration"], groups["art-7"]["totalCredits"]) == (3, 1)
    assert (answer["summary"]["totalDuration"], answer["summary"]["totalCredits"]) == (6, 3)


async def test_averages_are_rounded_half_up(school: School) -> None:
    await school.saw(lasting("09:00:01"), lasting("09:00:02"))
    answer = await school.answer()
    assert answer["roomGroups"][0]["averageDuration"] == 2
    assert answer["summary"]["averageDuration"] == 2


@pytest.mark.parametrize(
    ("rule", "credits_of_90_seconds"),
    [
        (CreditRule(), 2),
        (CreditRule(Rounding.HALF_UP), 2),
        (CreditRule(Rounding.DOWN), 1),
        (CreditRule(minimum_seconds=91), 0),
    ],
)
async def test_the_rule_is_the_organizations_own(
    school: School, rule: CreditRule, credits_of_90_seconds: int
) -> None:
    own = await opened_school(school.stores, rule=rule)
    stored = await own.stores.organizations.organization(own.organization.org_id)
    assert stored is not None
    own = replace(own, organization=stored)
    await own.saw(lasting("09:01:30"))
    assert (await own.answer())["summary"]["totalCredits"] == credits_of_90_seconds


async def test_a_running_session_is_active_and_counts_up_to_now(school: School) -> None:
    await school.saw(Visit("2024-01-15T11:29:30Z", None))
    answer = await school.answer(roomId="math-101")
    assert answer["sessions"] == [
        {
            "joinedAt": "2024-01-15T11:29:30.000Z",
            "leftAt": None,
            "duration": 1830,
            "creditsConsumed": 31,
            "ipAddress": None,
            "isActive": True,
        }
    ]
    assert answer["summary"]["totalDuration"] == 1830
    row = (await school.csv()).splitlines()[-1]
    assert row == 'math-101,"Calculus I",2024-01-15T11:29:30.000Z,,31,31,Active,'


async def test_a_running_session_that_ends_later_is_the_same_session(school: School) -> None:
    running = Visit(left=None)
    await school.saw(running)
    again = await school.saw(replace(running, left="2024-01-15T09:30:00Z"))
    assert (again.added, again.changed) == (0, 1)
    (session,) = (await school.answer(roomId="math-101"))["sessions"]
    assert (session["duration"], session["isActive"]) == (1800, False)


async def test_an_end_is_not_forgotten_when_the_beginning_is_told_again(school: School) -> None:
    await school.saw(Visit())
    again = await school.saw(Visit(left=None))
    assert (again.added, again.changed, again.unchanged) == (0, 0, 1)
    assert (await school.answer())["summary"]["totalDuration"] == 3600


async def test_a_leave_before_its_join_is_a_stay_of_no_time(school: School) -> None:
    room, jane, nine = Room("math-101"), Participant("student-123"), from_text(Visit().joined)
    facts = (Joined("p1", room, jane, nine), Left("p1", room, jane, nine - 5000))
    await told(school.stores.ledger, school.organization, [facts])
    summary = (await school.answer())["summary"]
    assert (summary["totalSessions"], summary["totalDuration"]) == (1, 0)


async def test_rejoins_and_overlaps_are_sessions_of_their_own(school: School) -> None:
    await school.saw(
        Visit("2024-01-15T09:00:00Z", "2024-01-15T10:00:00Z"),
        Visit("2024-01-15T09:30:00Z", "2024-01-15T10:30:00Z"),
        Visit("2024-01-15T09:30:00Z", "2024-01-15T10:30:00Z", id="another-device"),
    )
    summary = (await school.answer())["summary"]
    assert (summary["totalSessions"], summary["totalDuration"]) == (3, 3 * 3600)
