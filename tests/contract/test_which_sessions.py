"""Which sessions a question is about: those that joined on its days, where the report is for."""

from dataclasses import replace

import pytest
from support.school import Body, School
from support.visits import Visit

from rollbook.domain.errors import InvalidInput
from rollbook.service.organizations.settings import set_time_zone


def begun(instant: str) -> Visit:
    """A visit of no length."""
    return Visit(instant, instant)


def joins(answer: Body) -> list[str]:
    """When the sessions of an answer began, shortened to what tests write."""
    sessions = [s for group in answer["roomGroups"] for s in group["sessions"]]
    return [session["joinedAt"].removesuffix(":00.000Z") for session in sessions]


async def test_without_dates_only_today_is_shown(school: School) -> None:
    midnight = "2024-01-15T00:00:00Z"
    await school.saw(begun("2024-01-14T23:59:59.999Z"), begun(midnight), begun("2024-01-16T00:00Z"))
    answer = await school.answer()
    assert joins(answer) == ["2024-01-15T00:00"]
    assert answer["summary"]["dateRange"] == {"from": "2024-01-15", "to": "2024-01-15"}


async def test_a_range_includes_both_of_its_days(school: School) -> None:
    days = ("2024-01-09", "2024-01-10", "2024-01-11", "2024-01-12", "2024-01-13")
    await school.saw(*[begun(f"{day}T23:59:00Z") for day in days])
    answer = await school.answer(startDate="2024-01-10", endDate="2024-01-12")
    assert joins(answer) == ["2024-01-12T23:59", "2024-01-11T23:59", "2024-01-10T23:59"]
    assert answer["summary"]["dateRange"] == {"from": "2024-01-10", "to": "2024-01-12"}


async def test_a_range_may_be_as_long_as_the_calendar(school: School) -> None:
    first, last = "1970-01-01T00:00:00.000Z", "9999-12-30T23:59:59.999Z"
    await school.saw(begun(first), begun(last))
    answer = await school.answer(startDate="0001-01-01", endDate="9999-12-31")
    (group,) = answer["roomGroups"]
    assert [session["joinedAt"] for session in group["sessions"]] == [last, first]


async def test_a_session_over_midnight_belongs_to_the_day_it_joined(school: School) -> None:
    await school.saw(Visit("2024-01-14T23:30:00Z", "2024-01-15T00:30:00Z"))
    before = await school.answer(startDate="2024-01-14")
    after = await school.answer(startDate="2024-01-15")
    assert before["summary"]["totalDuration"] == 3600
    assert after["summary"]["totalSessions"] == 0


async def test_days_are_those_of_the_organization_unless_the_request_names_others(
    school: School,
) -> None:
    await set_time_zone(
        school.stores.organizations, school.organization.org_id, "America/Los_Angeles"
    )
    organization = await school.stores.organizations.organization(school.organization.org_id)
    assert organization is not None
    school = replace(school, organization=organization)
    await school.saw(begun("2024-01-16T07:59:59.999Z"), begun("2024-01-16T08:00:00Z"))
    assert joins(await school.answer(startDate="2024-01-15")) == ["2024-01-16T07:59:59.999Z"]
    there = await school.answer(startDate="2024-01-16", timezone="Asia/Tokyo")
    assert joins(there) == ["2024-01-16T08:00", "2024-01-16T07:59:59.999Z"]


async def test_an_instant_stands_for_its_day(school: School) -> None:
    await school.saw(begun("2024-01-15T16:00:00Z"))
    answer = await school.answer(startDate="2024-01-15T18:00:00Z", timezone="Asia/Tokyo")
    assert answer["summary"]["dateRange"]["from"] == "2024-01-16"
    assert joins(answer) == ["2024-01-15T16:00"]


async def test_only_the_named_room_is_shown_where_one_is_named(school: School) -> None:
    await school.saw(Visit(room="math-101"), Visit(room="art-7"), Visit(room="art"))
    answer = await school.answer(roomId="art")
    assert answer["summary"]["totalSessions"] == 1
    assert answer["room"]["roomId"] == "art"


async def test_people_are_told_apart_to_the_letter(school: School) -> None:
    uids = ("Jane", "jane", "jane ", "jané", "jane\u0301")
    await school.saw(*[Visit(uid=uid) for uid in uids])
    for uid in uids:
        assert (await school.answer(uid=uid))["summary"]["totalSessions"] == 1


@pytest.mark.parametrize(
    ("dates", "message"),
    [
        ({"endDate": "2024-01-15"}, "startDate is required when endDate is provided"),
        ({"startDate": "2024-01-15", "endDate": "2024-01-14"}, "endDate must not be before"),
        ({"startDate": "yesterday"}, "startDate must be a date"),
    ],
)
async def test_dates_that_make_no_range_are_refused_for_json_and_csv(
    school: School, dates: Body, message: str
) -> None:
    with pytest.raises(InvalidInput, match=message):
        await school.answer(**dates)
    with pytest.raises(InvalidInput, match=message):
        await school.csv(**dates)
