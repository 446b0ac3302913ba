"""Classes of a room and the people in them, on every database."""

from pathlib import Path

from support.school import School
from support.visits import Visit, facts_in, told

from rollbook.domain.attendance import AskedRule
from rollbook.domain.instants import from_text, to_text
from rollbook.domain.period import open_period
from rollbook.service.reports.room import RoomQuestion, RoomSources, RoomView, room
from rollbook.store.reports.overviews import DatabaseOverviews
from rollbook.store.rosters import DatabaseRosters
from rollbook.store.schedules import DatabaseSchedules

CASES = Path(__file__).parents[1] / "fixtures" / "cases" / "attendance" / "classes.jsonl"
NOW = "2026-11-26T00:00:00Z"


async def looked_at(
    school: School, room_id: str, first: str, last: str, at: str | None = None
) -> RoomView:
    question = RoomQuestion(room_id, None if at is None else from_text(at), AskedRule())
    organization = school.organization
    database = school.stores.database
    sources = RoomSources(
        DatabaseOverviews(database),
        DatabaseRosters(database),
        DatabaseSchedules(database),
        school.stores.sayings,
    )
    days = open_period(first, last, organization.time_zone)
    return await room(sources, organization, days, question, from_text(NOW))


def verdicts(view: RoomView) -> set[tuple[str, int, int]]:
    return {(one.verdict.value, one.late, one.early) for one in view.people}


async def import_cases(school: School) -> None:
    await told(school.stores.ledger, school.organization, facts_in(CASES.read_bytes()))


async def test_published_cases(school: School) -> None:
    await import_cases(school)
    early = await looked_at(school, "A-early-teacher", "2026-11-24", "2026-11-24")
    assert (len(early.people), verdicts(early)) == (11, {("present", 0, 0)})
    forgotten = await looked_at(school, "B-forgotten-tab", "2026-11-24", "2026-11-24")
    assert (len(forgotten.people), verdicts(forgotten)) == (11, {("present", 0, 0)})
    week = await looked_at(school, "E-days", "2026-11-16", "2026-11-22")
    assert [to_text(one.start)[:10] for one in week.classes] == [
        f"2026-11-{day}" for day in (18, 19, 20, 21)
    ]
    term = await looked_at(school, "F-many", "2026-08-01", "2026-12-31")
    assert len(term.classes) == 70


async def test_a_class_over_midnight_is_its_first_days_with_all_its_stays(school: School) -> None:
    await school.saw(
        *[
            Visit("2024-01-15T23:30:00Z", "2024-01-16T00:30:00Z", uid=f"pupil-{n}")
            for n in range(3)
        ],
        Visit("2024-01-16T00:05:00Z", "2024-01-16T00:30:00Z", uid="late"),
    )
    first = await looked_at(school, "math-101", "2024-01-15", "2024-01-15")
    (held,) = first.classes
    assert (to_text(held.start), to_text(held.end)) == (
        "2024-01-15T23:30:00.000Z",
        "2024-01-16T00:30:00.000Z",
    )
    assert {one.person.uid: (one.verdict.value, one.late) for one in first.people} == {
        "pupil-0": ("present", 0),
        "pupil-1": ("present", 0),
        "pupil-2": ("present", 0),
        "late": ("partly", 2100),
    }
    second = await looked_at(school, "math-101", "2024-01-16", "2024-01-16")
    assert second.classes == []


async def test_a_class_is_found_by_any_instant_in_it(school: School) -> None:
    morning = Visit("2024-01-15T08:00:00Z", "2024-01-15T09:00:00Z")
    noon = Visit("2024-01-15T12:00:00Z", "2024-01-15T13:00:00Z")
    await school.saw(morning, noon)
    for at, began in (
        ("2024-01-15T08:30:00Z", "2024-01-15T08:00:00.000Z"),
        ("2024-01-15T12:00:00Z", "2024-01-15T12:00:00.000Z"),
        ("2024-01-15T07:00:00Z", "2024-01-15T08:00:00.000Z"),
        (None, "2024-01-15T12:00:00.000Z"),
    ):
        view = await looked_at(school, "math-101", "2024-01-15", "2024-01-15", at)
        assert view.shown is not None
        assert to_text(view.shown.start) == began


async def test_the_first_and_the_last_days_of_the_calendar_have_no_neighbours(
    school: School,
) -> None:
    for day in ("0001-01-01", "9999-12-31"):
        assert (await looked_at(school, "math-101", day, day)).classes == []


async def test_a_session_leads_to_its_class_also_from_before_it_began(school: School) -> None:
    both = [("08:00", "08:40"), ("09:00", "09:40")]
    for start, end in both:
        await school.saw(
            *[
                Visit(f"2024-01-15T{start}:00Z", f"2024-01-15T{end}:00Z", uid=f"pupil-{n}")
                for n in range(4)
            ]
        )
    # Opens the room ten minutes early, when the class before is still the last that had begun.
    await school.saw(Visit("2024-01-15T08:50:00Z", "2024-01-15T09:40:00Z", uid="early"))
    for at, began in (
        ("08:00:00", "08:00"), ("08:39:59", "08:00"), ("08:45:00", "08:00"), ("08:50:00", "09:00"),
        ("09:10:00", "09:00"), ("23:00:00", "09:00"), ("00:00:00", "08:00"),
    ):  # fmt: skip
        view = await looked_at(school, "math-101", "2024-01-15", "2024-01-15", f"2024-01-15T{at}Z")
        assert view.chosen
        assert to_text(view.chosen.start)[11:16] == began, at


async def test_the_classes_before_and_after_the_days_are_told(school: School) -> None:
    days = ("2024-01-10", "2024-01-12", "2024-01-15", "2024-01-20", "2024-01-22")
    for day in days:
        await school.saw(Visit(f"{day}T09:00:00Z", f"{day}T10:00:00Z"))
    await school.saw(Visit("2024-01-13T09:00:00Z", "2024-01-13T10:00:00Z", room="art"))
    for first, last, before, after in (
        ("2024-01-15", "2024-01-15", "2024-01-12", "2024-01-20"),
        ("2024-01-13", "2024-01-14", "2024-01-12", "2024-01-15"),
        ("2024-01-10", "2024-01-20", None, "2024-01-22"),
        ("2024-01-11", "2024-01-22", "2024-01-10", None),
    ):
        view = await looked_at(school, "math-101", first, last)
        told = [None if at is None else to_text(at)[:10] for at in view.beyond]
        assert told == [before, after], (first, last)
