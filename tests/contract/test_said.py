"""What people say of classes and of who is excused, kept and taken back, on every database."""

from datetime import date
from itertools import permutations

import pytest
from contract.test_classes import looked_at
from support.school import School
from support.visits import Visit

from rollbook.domain.attendance import AttendanceRule
from rollbook.domain.errors import Conflict, NotFound
from rollbook.domain.excuses import MOST_DAYS, Excuse
from rollbook.domain.instants import from_text, to_text
from rollbook.domain.kept import KeptClass
from rollbook.domain.rosters import Member
from rollbook.domain.said import TakenBack, newly_said
from rollbook.service.organizations import said
from rollbook.service.organizations.said import Speaker
from rollbook.service.reports.room import RoomView

DAY = "2024-01-15"
NOW = from_text("2024-02-01T00:00:00Z")
SPEAKER = Speaker("key abc", NOW)
ROOM = "math-101"


async def taught(school: School) -> None:
    """Two lessons of one day, with an hour between them."""
    await school.saw(
        *(
            Visit(f"{DAY}T{hour}:00:00Z", f"{DAY}T{hour}:50:00Z", uid=f"pupil-{n}")
            for hour in ("08", "10")
            for n in range(3)
        )
    )


async def look(school: School) -> RoomView:
    return await looked_at(school, ROOM, DAY, DAY)


def times(view: RoomView) -> list[tuple[str, str, str]]:
    return [
        (to_text(one.start)[11:16], to_text(one.end)[11:16], one.how.value) for one in view.classes
    ]


def kept(start: str, end: str, *, held: bool = True) -> KeptClass:
    began, ended = (from_text(f"{DAY}T{at}:00Z") for at in (start, end))
    return KeptClass(began, ended, held, newly_said(SPEAKER.by, NOW, "why not"))


async def keep(school: School, one: KeptClass, replaces: str | None = None) -> str:
    organizations, org_id = school.stores.organizations, school.organization.org_id
    return (await said.keep_class(organizations, org_id, ROOM, one, replaces)).said.said_id


async def take_back(school: School, said_id: str) -> None:
    organizations, org_id = school.stores.organizations, school.organization.org_id
    await said.take_back_class(organizations, org_id, ROOM, said_id, SPEAKER)


async def test_the_order_of_saying_does_not_matter_and_taking_back_gives_what_was(
    school: School,
) -> None:
    await taught(school)
    before = await look(school)
    sayings = [("08:10", "08:30", True), ("08:30", "08:50", True), ("10:00", "10:05", False)]
    for order in permutations(sayings):
        ids = [await keep(school, kept(start, end, held=held)) for start, end, held in order]
        view = await look(school)
        assert times(view) == [("08:10", "08:30", "kept"), ("08:30", "08:50", "kept")]
        assert [to_text(one.start)[11:16] for one in view.dropped] == ["10:00"]
        for said_id in ids:
            await take_back(school, said_id)
        assert await look(school) == before


async def test_what_overlaps_is_refused_and_leaves_nothing_behind(school: School) -> None:
    await taught(school)
    first = await keep(school, kept("08:00", "09:00"))
    for start, end in (("08:59", "09:10"), ("07:00", "08:01"), ("08:10", "08:20")):
        with pytest.raises(Conflict, match=first):
            await keep(school, kept(start, end))
    await keep(school, kept("09:00", "09:30"))
    with pytest.raises(Conflict):
        await keep(school, kept("08:30", "09:10"), replaces=first)
    assert times(await look(school))[:2] == [("08:00", "09:00", "kept"), ("09:00", "09:30", "kept")]
    again = await keep(school, kept("08:20", "08:40"), replaces=first)
    assert times(await look(school))[0] == ("08:20", "08:40", "kept")
    with pytest.raises(NotFound):
        await take_back(school, first)
    await take_back(school, again)


async def test_a_kept_class_that_nobody_came_to_has_its_roster_absent_or_excused(
    school: School,
) -> None:
    organizations, org_id = school.stores.organizations, school.organization.org_id
    await taught(school)
    async with organizations.changing(org_id) as change:
        members = [Member("eve", "Eve", date(2024, 1, 1)), Member("bob", "Bob", date(2024, 1, 1))]
        await change.set_roster(ROOM, members)
    await keep(school, kept("12:00", "12:45"))
    day = date(2024, 1, 15)
    why = newly_said(SPEAKER.by, NOW, "ill")
    wanted = Excuse("bob", None, day, day, None, why)
    assert await said.excuse(organizations, org_id, wanted) == wanted
    view = await look(school)
    assert view.judged is not None
    assert (view.people, view.absent) == ([], {"bob": "Bob", "eve": "Eve"})
    assert view.judged.excused == {"bob": wanted}
    assert await school.stores.sayings.excuses_of(org_id, "bob") == [wanted]
    await said.take_back_excuse(organizations, org_id, ("bob", why.said_id), SPEAKER)
    view = await look(school)
    assert view.judged is not None
    assert view.judged.excused == {}


async def test_the_longest_excuse_reaches_its_last_day_and_not_another_room(
    school: School,
) -> None:
    organizations, org_id = school.stores.organizations, school.organization.org_id
    await taught(school)
    last = date(2024, 1, 15)
    first = date.fromordinal(last.toordinal() - MOST_DAYS + 1)
    for uid, room_id, begin, end in (
        ("whole", ROOM, first, last),
        ("begins", ROOM, last, date.fromordinal(last.toordinal() + MOST_DAYS - 1)),
        ("over", ROOM, first, date(2024, 1, 14)),
        ("elsewhere", "art", last, last),
    ):
        why = newly_said(SPEAKER.by, NOW, "away")
        await said.excuse(organizations, org_id, Excuse(uid, room_id, begin, end, None, why))
    view = await look(school)
    assert view.judged is not None
    assert set(view.judged.excused) == {"whole", "begins"}


async def test_what_was_said_stays_to_be_seen_also_where_it_was_taken_back(school: School) -> None:
    organizations, org_id = school.stores.organizations, school.organization.org_id
    first = kept("08:00", "08:50")
    await keep(school, first)
    await take_back(school, first.said.said_id)
    again = kept("08:00", "08:40", held=False)
    await keep(school, again)
    day = date(2024, 1, 15)
    for room in (ROOM, None, "elsewhere"):
        why = newly_said(SPEAKER.by, NOW, "ill")
        excuse = Excuse("bob", room, day, day, None, why)
        await said.excuse(organizations, org_id, excuse)
        await said.take_back_excuse(organizations, org_id, ("bob", why.said_id), SPEAKER)
    ever = await school.stores.sayings.ever_of_room(org_id, ROOM, 10)
    back = TakenBack(SPEAKER.by, NOW)
    assert {one.said.said_id: taken for one, taken in ever.kept} == {
        first.said.said_id: back,
        again.said.said_id: None,
    }
    assert [(one.uid, one.room_id, taken) for one, taken in ever.excuses] == [("bob", ROOM, back)]
    assert len((await school.stores.sayings.ever_of_room(org_id, ROOM, 1)).kept) == 1


async def test_a_rule_is_kept_for_a_room_and_for_the_organization(school: School) -> None:
    organizations, org_id = school.stores.organizations, school.organization.org_id
    sayings = school.stores.sayings
    assert await sayings.rules(org_id, ROOM) == (None, None)
    for room_id, share in ((None, 60), (ROOM, 50), (ROOM, 40)):
        rule = AttendanceRule(share=share)
        await said.set_attendance_rule(organizations, org_id, room_id, rule, SPEAKER)
    rules = await sayings.rules(org_id, ROOM)
    assert rules.room is not None
    assert rules.organization is not None
    assert (rules.room.rule.share, rules.organization.rule.share) == (40, 60)
    assert (rules.room.by, rules.room.at) == ("key abc", NOW)
    assert (await sayings.rules(org_id, "art")).room is None
    await said.set_attendance_rule(organizations, org_id, ROOM, None, SPEAKER)
    assert (await sayings.rules(org_id, ROOM)) == (None, rules.organization)
