"""What was said of sessions in every report: those that never were, and files that leave one open."""

from collections.abc import Mapping
from typing import Any

import pytest
from support.school import School, opened_school
from support.visits import Visit, import_source

from rollbook.domain.instants import from_text
from rollbook.domain.period import day_around
from rollbook.service.corrections import Correction
from rollbook.service.ingest.importing import undo_import
from rollbook.service.reports.people import people
from rollbook.service.reports.ports import PeopleQuestion, RoomsQuestion
from rollbook.service.reports.rooms import rooms
from rollbook.service.reports.usage import usage
from rollbook.store.reports.overviews import DatabaseOverviews
from rollbook.stores import Stores

NEVER = Correction("a test of the camera", "some-key", void=True)
TAKEN_BACK = Correction("it was the lesson", "some-key")
JANE, BOB = "student-123", "bob"
REAL = (
    Visit("2024-01-15T09:00:00Z", "2024-01-15T10:00:00Z", id="one", ip="192.0.2.1"),
    Visit("2024-01-15T09:30:00Z", None, uid=BOB, name="Bob", id="two", ip="192.0.2.7"),
)
# The latest join of each and of its room, at one address: whoever counts one of them shows it.
NONE = (
    Visit("2024-01-15T11:00:00Z", "2024-01-15T11:30:00Z", id="x", ip="192.0.2.9"),
    Visit("2024-01-15T11:01:00Z", None, uid=BOB, name="Bob", id="y", ip="192.0.2.9"),
    Visit("2024-01-15T11:10:00Z", None, room="art", title="Calculus I", id="z", ip="192.0.2.9"),
)


async def everything(school: School) -> Mapping[str, Any]:
    """What every report says, whatever its sessions are called."""
    overviews, org = DatabaseOverviews(school.stores.database), school.organization.org_id
    days = from_text("2024-01-15T00:00:00Z"), from_text("2024-01-16T00:00:00Z")
    stays = await overviews.stays_of_person(org, JANE, *days, 100)
    stays += await overviews.stays_of_person(org, BOB, *days, 100)
    for room in ("math-101", "art"):
        stays += await overviews.stays_in_room(org, room, *days, 100)
    stays += await overviews.running(org, 100)
    now = from_text(school.now)
    day = day_around(now, school.organization.time_zone)
    asked = [{"uid": uid, **room} for uid in (JANE, BOB) for room in ({}, {"roomId": "math-101"})]
    return {
        "json": [await school.json(**body) for body in asked],
        "csv": [await school.csv(**body) for body in asked],
        "stays": [stay._replace(session_id="") for stay in stays],
        "usage": await usage(overviews, school.organization, day, now),
        "people": await people(overviews, school.organization, day, PeopleQuestion(), now),
        "rooms": await rooms(overviews, school.organization, day, RoomsQuestion(), now),
        "latest": await overviews.latest_joins(org, [JANE, BOB]),
        "room": [await overviews.latest_join_in_room(org, room) for room in ("math-101", "art")],
        "shared": await overviews.shared_addresses(org, JANE, *days, 100),
    }


async def test_a_session_that_never_was_is_in_no_report(stores: Stores) -> None:
    school, other = await opened_school(stores), await opened_school(stores)
    await school.saw(*REAL, *NONE)
    await other.saw(*REAL)
    before, expected = await everything(school), await everything(other)
    assert {name for name in before if before[name] == expected[name]} == set()
    for visit in NONE:
        await school.corrected(str(visit.id), NEVER)
    assert await everything(school) == expected
    for visit in NONE:
        await school.corrected(str(visit.id), TAKEN_BACK)
    assert await everything(school) == before


async def test_an_imported_session_that_runs_for_ever_can_be_ended(school: School) -> None:
    await school.saw(Visit(left=None, id="open"))
    assert (await school.answer())["summary"]["totalDuration"] == 3 * 3600
    ended = Correction("the meeting was over at ten", "some-key", from_text("2024-01-15T10:00:00Z"))
    await school.corrected("open", ended)
    (session,) = (await school.answer())["roomGroups"][0]["sessions"]
    assert (session["leftAt"], session["duration"]) == ("2024-01-15T10:00:00.000Z", 3600)
    assert session["isActive"] is False


@pytest.mark.parametrize("left", [None, "2024-01-15T11:00:00.000Z"])
async def test_a_correction_waits_for_its_row_when_a_file_is_taken_back_and_comes_again(
    school: School, left: str | None
) -> None:
    empty = await school.json(), await school.csv()
    await school.saw(Visit(left=left, id="open"))
    await school.corrected("open", Correction("over", "key", from_text("2024-01-15T10:00:00Z")))
    corrected = await school.json(), await school.csv()
    (file,) = await school.stores.ledger.imports(school.organization.org_id)
    source = import_source(school.organization)
    async for _ in undo_import(school.stores.ledger, source, file.import_id, 0):
        pass
    assert (await school.json(), await school.csv()) == empty
    await school.saw(Visit(left=left, id="open"))
    assert (await school.json(), await school.csv()) == corrected
