"""Sums that the database makes say what a second reading of every session says, on each engine."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from support import oracle_use as second
from support.examples import examples
from support.organizations import add_organization
from support.use import CASES, Book, books, labels, written
from support.visits import import_source

from rollbook.domain.credits import CreditRule
from rollbook.domain.events import Participant, Role
from rollbook.domain.ids import new_org_id
from rollbook.domain.organizations import Organization
from rollbook.domain.period import day_lived, period_of, start_of_day, time_zone
from rollbook.domain.report import Totals
from rollbook.domain.use import Use
from rollbook.service.ingest.notes import person_note
from rollbook.service.reports.people import teachers as all_teachers
from rollbook.service.reports.ports import ROOM_SORTS, SORTS, PeopleQuestion, RoomsQuestion
from rollbook.service.reports.rooms import rooms
from rollbook.service.reports.tables import usage_tables
from rollbook.service.reports.usage import counting, months, usage, usage_by_room, used
from rollbook.store.reports.overviews import DatabaseOverviews
from rollbook.stores import Stores

_EVERY = settings(
    phases=set(Phase) - {Phase.explain},
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=examples(60),
)
_SEARCHES = st.sampled_from(("", "", "ss", "i", "\u03c3", "ё", "\u0307", "%", "_", "\\", "\0"))


@st.composite
def searches(draw: st.DrawFn, book: Book) -> str:
    """Nothing, or a part of a name in whatever case of letters."""
    if draw(st.booleans()) or not book.names:
        return draw(_SEARCHES | labels())
    name = draw(st.sampled_from(book.names))
    cases: tuple[Callable[[str], str], ...] = (
        str.upper,
        str.lower,
        str.casefold,
        str.strip,
        second.plain,
    )
    case = draw(st.sampled_from(cases))
    begin = draw(st.integers(0, len(name) - 1))
    part = case(name[begin : begin + draw(st.integers(1, 4))])
    return draw(st.sampled_from((part, part, f"{name[-1:]}  {part} ", f"{part} {draw(labels())}")))


def teachers(book: Book) -> st.SearchStrategy[str]:
    """Nobody, mostly, or somebody of the book."""
    return st.sampled_from(("", "", "", "nobody", *(one.uid for one in book.people)))


@pytest.mark.timeout(900)
@_EVERY
@given(book=books())
async def test_usage_says_what_a_second_reading_says(stores: Stores, book: Book) -> None:
    organization, overviews = await written(stores, book), DatabaseOverviews(stores.database)
    sessions = second.in_range(book)
    expected = second.use(book, sessions)
    assert await used(overviews, organization, book.days, book.now) == expected

    found = await usage(overviews, organization, book.days, book.now)
    assert (found.totals, found.people) == (expected.totals, expected.people)
    by_day = second.by(book, sessions, lambda one: second.day_began(book, one))
    assert list(found.days) == [(day, totals_of(by_day, day)) for day in days_of(book)]

    roles = {one.uid: one.role for one in book.people}
    by_role = second.by(book, sessions, lambda one: roles.get(str(one.participant_id)))
    assert {one.key: (one.use.totals, one.use.people) for one in found.roles} == {
        role.value if role else "unknown": (own.totals, own.people) for role, own in by_role.items()
    }
    by_room = second.by(book, sessions, lambda one: one.room_id)
    rooms = await usage_by_room(overviews, organization, book.days, book.now)
    assert [(one.room_id, one.use.totals) for one in rooms.rooms] == sorted(
        ((room, own.totals) for room, own in by_room.items()),
        key=lambda one: (-one[1].credits, one[0].encode()),
    )
    assert (rooms.used, rooms.credits) == (len(by_room), expected.totals.credits)


@pytest.mark.timeout(900)
@_EVERY
@given(book=books())
async def test_months_say_what_a_second_reading_says(stores: Stores, book: Book) -> None:
    organization, overviews = await written(stores, book), DatabaseOverviews(stores.database)
    zone = time_zone(book.zone)
    last = day_lived(book.now, zone)
    for number, one in enumerate(await months(overviews, organization, book.now)):
        first = last.replace(day=1)
        expected = second.use(book, second.counted(book, first, last))
        assert (one.first, one.totals, one.people) == (first, expected.totals, expected.people)
        last = first - timedelta(days=1)
        before = second.counted(book, last.replace(day=1), last)
        if number == 0:
            # As much time of it as has passed of this one.
            until = start_of_day(last.replace(day=1), zone) + book.now - start_of_day(first, zone)
            before = [seen for seen in before if (seen.joined_at or 0) < until]
        assert one.before == second.use(book, before).totals


@pytest.mark.timeout(900)
@_EVERY
@given(data=st.data(), book=books())
async def test_people_are_found_and_sorted_as_a_second_reading_does(
    stores: Stores, data: st.DataObject, book: Book
) -> None:
    organization, overviews = await written(stores, book), DatabaseOverviews(stores.database)
    search, size = data.draw(searches(book)), data.draw(st.integers(1, 3))
    role = data.draw(st.sampled_from(("", "", "", "unknown", *Role)))
    teacher, there = data.draw(teachers(book)), data.draw(st.booleans())
    for sort, descending in product(SORTS, (True, False)):
        question = PeopleQuestion(
            search, sort, descending=descending, role=role, teacher=teacher, there=there
        )
        expected = second.people(book, question)
        for number in range(1, len(expected) // size + 3):
            async with overviews.use() as reader:
                found = await reader.people(
                    counting(organization, book.days, book.now),
                    replace(question, page=number),
                    size,
                )
            assert found.people == second.page(expected, number, size)
            assert found.page.total == len(expected)
            assert found.totals == second.whole(one.totals for one in expected)


@pytest.mark.timeout(900)
@_EVERY
@given(data=st.data(), book=books())
async def test_rooms_are_found_as_a_second_reading_does(
    stores: Stores, data: st.DataObject, book: Book
) -> None:
    organization, overviews = await written(stores, book), DatabaseOverviews(stores.database)
    search, teacher = data.draw(searches(book)), data.draw(teachers(book))
    for sort, descending in product(ROOM_SORTS, (True, False)):
        question = RoomsQuestion(search, sort, descending=descending, teacher=teacher)
        expected = [
            replace(one, use=replace(one.use, rooms=0)) for one in second.rooms(book, question)
        ]
        found = await rooms(overviews, organization, book.days, question, book.now)
        assert found.rooms == expected
        assert found.totals == second.whole(one.use.totals for one in expected)
        page = replace(question, page=2)
        after = await rooms(overviews, organization, book.days, page, book.now)
        assert (after.rooms, after.totals, after.page.total) == ([], found.totals, len(expected))


@pytest.mark.timeout(900)
@settings(_EVERY, max_examples=examples(20))
@given(data=st.data(), book=books())
async def test_files_have_what_lists_find(stores: Stores, data: st.DataObject, book: Book) -> None:
    organization, overviews = await written(stores, book), DatabaseOverviews(stores.database)
    counted, search = counting(organization, book.days, book.now), data.draw(searches(book))
    asked = PeopleQuestion(search, data.draw(st.sampled_from(SORTS)), page=3)
    asked_rooms = RoomsQuestion(search, data.draw(st.sampled_from(ROOM_SORTS)), page=3)
    async with overviews.use(export=True) as reader:
        everybody = [one async for part in reader.all_people(counted, asked) for one in part]
        every = [one async for part in reader.all_rooms_found(counted, asked_rooms) for one in part]
    assert everybody == second.people(book, asked)
    assert every == [
        replace(one, use=replace(one.use, rooms=0)) for one in second.rooms(book, asked_rooms)
    ]


@pytest.mark.timeout(900)
@settings(_EVERY, max_examples=examples(20))
@given(book=books())
async def test_teachers_are_those_who_were_there(stores: Stores, book: Book) -> None:
    organization, overviews = await written(stores, book), DatabaseOverviews(stores.database)
    found = await all_teachers(overviews, organization, book.days, book.now)
    there = {one.participant_id for one in second.in_range(book)}
    expected = [one for one in book.people if one.role is Role.TEACHER and one.uid in there]
    expected.sort(key=lambda one: (second.plain(one.name or one.uid).encode(), one.uid.encode()))
    assert found == [(one.uid, one.name) for one in expected]


@pytest.mark.timeout(900)
@settings(_EVERY, max_examples=examples(20))
@given(book=books())
async def test_the_file_of_usage_has_the_same_sums(stores: Stores, book: Book) -> None:
    organization, overviews = await written(stores, book), DatabaseOverviews(stores.database)
    shown = await usage(overviews, organization, book.days, book.now)
    tables = [
        (list(table.headings), list(table.rows))
        async for table in usage_tables(overviews, organization, book.days, book.now)
    ]
    total, days, zone = tables[0][0]
    assert zone.values == [book.zone]
    assert days.name == "Days"
    rows = [row for _, part in tables for row in part]
    assert total.values[0] == shown.totals.sessions
    for part in {"Day", "Room", "Role"} if shown.totals.sessions else {"Day"}:
        own = [row for row in rows if row[0] == part]
        assert sum(int(row[3] or 0) for row in own) == shown.totals.sessions
        assert sum(int(row[5] or 0) for row in own) == shown.totals.credits
    by_room = await usage_by_room(overviews, organization, book.days, book.now)
    assert [row[1] for row in rows if row[0] == "Room"] == [one.room_id for one in by_room.rooms]


async def test_every_letter_is_found_in_each_of_its_cases_and_without_accents(
    stores: Stores,
) -> None:
    changing = [c for c in map(chr, range(0x80, 0x110000)) if second.plain(c) != c]
    names = [*CASES, *("".join(changing[n : n + 20]) for n in range(0, len(changing), 20))]
    organization = Organization(new_org_id(), "Letters", "UTC", CreditRule(), has_source=True)
    await add_organization(stores, organization, import_source(organization))
    people = [Participant(f"p-{n}", name, Role.STUDENT) for n, name in enumerate(names)]
    async with stores.ledger.transaction(organization.org_id) as transaction:
        await transaction.note_people([person_note(one, 0) for one in people])
    days = period_of(date(2024, 1, 1), date(2024, 1, 1), "UTC")
    counted = counting(organization, days, 0)
    async with DatabaseOverviews(stores.database).use() as reader:
        for name in (*names, *map(second.plain, names)):
            found = await reader.people(counted, PeopleQuestion(name), 1_000)
            expected = {one.uid for one in people if second.has(name, one.uid, one.name)}
            assert {one.profile.uid for one in found.people} == expected
        by_name = await reader.people(counted, PeopleQuestion("", "name", descending=False), 1_000)
    order = sorted(people, key=lambda one: (second.plain(one.name or "").encode(), one.uid))
    assert [one.profile.uid for one in by_name.people] == [one.uid for one in order]


async def test_people_are_found_as_they_are_typed_and_sorted_as_people_sort(stores: Stores) -> None:
    organization = Organization(new_org_id(), "Names", "UTC", CreditRule(), has_source=True)
    await add_organization(stores, organization, import_source(organization))
    named = ("Zoë Lindqvist", "Jürgen Groß", "Jane  Doe", "Łukasz Żak", "Mia Ek", "Lena Lu", "Ole Ås",
             "O\u0308mer Can", "100% sure", "a_b", "Siobhán O'Brien", "نُور", "กี่")  # fmt: skip
    people = [Participant(f"p-{n:02}", name, Role.STUDENT) for n, name in enumerate(named)]
    async with stores.ledger.transaction(organization.org_id) as transaction:
        await transaction.note_people([person_note(one, 0) for one in people])
    days = period_of(date(2024, 1, 1), date(2024, 1, 1), "UTC")
    counted = counting(organization, days, 0)
    async with DatabaseOverviews(stores.database).use() as reader:
        for typed, name in {
            "Zoe": "Zoë Lindqvist", "jurgen": "Jürgen Groß", "doe jane": "Jane  Doe", "jane doe": "Jane  Doe",
            " GROSS   jürgen ": "Jürgen Groß", "lukasz": "Łukasz Żak", "zak p-03": "Łukasz Żak",
            "omer": "O\u0308mer Can", "ömer": "O\u0308mer Can", "as ole": "Ole Ås", "%": "100% sure",
            "_": "a_b", "siobhan": "Siobhán O'Brien", "نور": "نُور", "กี่": "กี่",
        }.items():  # fmt: skip
            found = await reader.people(counted, PeopleQuestion(typed), 9)
            assert [one.profile.name for one in found.people] == [name], typed
        by_name = await reader.people(counted, PeopleQuestion("", "name", descending=False), 99)
    latin = [one.profile.name for one in by_name.people if (one.profile.name or "")[0] in "LŁMJÖOZ"]
    assert latin == ["Jane  Doe", "Jürgen Groß", "Lena Lu", "Łukasz Żak", "Mia Ek", "Ole Ås",
                     "O\u0308mer Can", "Zoë Lindqvist"]  # fmt: skip


def days_of(book: Book) -> list[date]:
    count = (book.days.last - book.days.first).days + 1
    return [book.days.first + timedelta(days=number) for number in range(count)]


def totals_of(by_day: Mapping[date, Use], day: date) -> Totals:
    return by_day[day].totals if day in by_day else Totals()
