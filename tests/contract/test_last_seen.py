"""When people were last seen, whatever the range that is shown."""

from support.school import NOON, School
from support.visits import Visit

from rollbook.domain.instants import from_text
from rollbook.domain.period import period
from rollbook.service.reports.people import people
from rollbook.service.reports.ports import PeopleQuestion
from rollbook.store.reports.overviews import DatabaseOverviews


async def test_last_seen_is_the_last_time_seen_whatever_the_range(
    school: School,
) -> None:
    await school.saw(
        Visit("2024-01-15T09:00:00Z", "2024-01-15T10:30:00Z", uid="gone"),
        Visit("2024-01-15T09:10:00Z", "2024-01-15T10:00:00Z", uid="gone", room="art"),
        Visit("2024-01-15T09:00:00Z", None, uid="there"),
        Visit("2024-01-13T09:00:00Z", "2024-01-13T10:00:00Z", uid="earlier"),
        Visit("2024-01-14T09:00:00Z", "2024-01-14T10:00:00Z", uid="earlier"),
    )
    now = from_text(NOON)
    today = period(None, None, "UTC", now)
    overviews = DatabaseOverviews(school.stores.database)
    before = period("2024-01-13", "2024-01-13", "UTC", now)
    for days in (today, before):
        found = await people(overviews, school.organization, days, PeopleQuestion(), now)
        assert [one.profile.uid for one in found.people] == ["there", "gone", "earlier"]
        assert [one.running for one in found.people] == [True, False, False]
        assert {one.profile.uid: one.last_seen for one in found.people} == {
            "gone": from_text("2024-01-15T10:30:00Z"),
            "there": now,
            "earlier": from_text("2024-01-14T10:00:00Z"),
        }
