"""What an office asks across all rooms, on each engine, beside a second reading."""

from datetime import date, timedelta
from itertools import combinations, pairwise

import pytest
from contract.test_use import _EVERY
from hypothesis import given, settings
from support import oracle_use as second
from support.examples import examples
from support.school import School
from support.terms import FIRST, SHARES, UIDS, Term, terms, written
from support.use import Book, books
from support.use import written as written_book
from support.visits import Visit

from rollbook.domain.days import Days
from rollbook.domain.events import Role
from rollbook.domain.instants import from_text
from rollbook.domain.organizations import Organization
from rollbook.domain.period import period_of
from rollbook.domain.presences import Presence
from rollbook.service.reports.findings import Finding, LongerCounts, finding_in, overview
from rollbook.store.reports.findings import DatabaseFindings
from rollbook.store.reports.overviews import DatabaseOverviews
from rollbook.stores import Stores

MINUTE = 60_000


def end(book: Book, one: Presence) -> int:
    return book.now if one.left_at is None else one.left_at


def asked(organization: Organization, book: Book) -> Finding:
    return finding_in(organization, book.days, book.now)


@pytest.mark.timeout(900)
@_EVERY
@given(book=books())
async def test_two_places_are_those_of_a_second_reading(stores: Stores, book: Book) -> None:
    organization, findings = await written_book(stores, book), DatabaseFindings(stores.database)
    every = second.counted(book, date.min, date.max)
    expected = set()
    for pair in combinations(every, 2):
        one, other = sorted(pair, key=lambda each: (each.joined_at, each.session_id))
        assert one.joined_at is not None
        assert other.joined_at is not None
        shared = min(end(book, one), end(book, other)) - other.joined_at
        if (
            one.participant_id == other.participant_id
            and one.room_id != other.room_id
            and shared > MINUTE
            and other.joined_at - one.joined_at <= 12 * 60 * MINUTE
            and book.days.start <= other.joined_at < book.days.end
        ):
            expected.add((one.session_id, other.session_id, other.joined_at + shared))
    found = await findings.two_places(asked(organization, book))
    assert {(one.one_session, one.other_session, one.until) for one in found} == expected
    assert len(found) == len(expected)
    assert all(later.since >= earlier.since for later, earlier in pairwise(found))


@pytest.mark.timeout(900)
@_EVERY
@given(book=books())
async def test_rooms_without_a_teacher_are_those_of_a_second_reading(
    stores: Stores, book: Book
) -> None:
    organization, findings = await written_book(stores, book), DatabaseFindings(stores.database)
    teachers = {one.uid for one in book.people if one.role is Role.TEACHER}
    by_room: dict[str, list[Presence]] = {}
    for one in second.in_range(book):
        by_room.setdefault(one.room_id, []).append(one)
    expected = [
        (room_id, len({one.participant_id for one in own}), len(own))
        for room_id, own in by_room.items()
        if not any(one.participant_id in teachers for one in own)
    ]
    found = await findings.without_teacher(asked(organization, book))
    assert [(one.room.room_id, one.people, one.sessions) for one in found] == sorted(
        expected, key=lambda one: (-one[1], one[0].encode())
    )


@pytest.mark.timeout(900)
@settings(_EVERY, max_examples=examples(30))
@given(term=terms())
async def test_who_was_seldom_seen_is_so_by_a_second_reading(stores: Stores, term: Term) -> None:
    school = await written(stores, term)
    days = Days(period_of(FIRST, term.last, "UTC"))
    findings = DatabaseFindings(stores.database)
    for share in (1, 80):
        people = seldom = 0
        for room in term.rosters:
            for uid in UIDS:
                own = [day for day in term.held(room) if term.belonged(room, uid, day)]
                there = sum(SHARES[term.came[room, day, uid]] > 0 for day in own)
                people += bool(own)
                seldom += bool(own) and there / len(own) < share / 100
        spans = list(zip(days.every, days.spans, strict=True))
        found = await findings.belonging(school.organization.org_id, spans, share)
        assert found == (people, seldom)


def at(minute: int, lasts: int, uid: str, ip: str | None, room: str = "math-101") -> Visit:
    came, went = (f"2024-01-15T{m // 60:02}:{m % 60:02}:00.000Z" for m in (minute, minute + lasts))
    return Visit(came, went, room=room, uid=uid, ip=ip)


async def test_an_address_is_shared_where_people_were_there_from_it_at_once(
    school: School, stores: Stores
) -> None:
    home, other = "192.0.2.1", "192.0.2.2"
    await school.saw(
        at(500, 50, "ann", home),
        at(520, 10, "bob", home),
        at(545, 30, "eve", home),
        at(575, 20, "tom", home),  # came as eve left
        at(500, 50, "ann", home, "art"),
        at(505, 5, "ann", home, "art"),  # herself, twice
        at(500, 50, "joe", other),
        at(500, 50, "jim", None),
        at(500, 50, "max", None),
    )
    findings = DatabaseFindings(stores.database)
    days = period_of(date(2024, 1, 15), date(2024, 1, 15), "UTC")
    found = await findings.shared_addresses(
        finding_in(school.organization, days, from_text(school.now))
    )
    assert [(one.room, one.ip_address, one.people) for one in found] == [
        (("math-101", "Calculus I"), home, 3)
    ]
    assert (found[0].since, found[0].until) == tuple(
        from_text(f"2024-01-15T{clock}:00Z") for clock in ("08:20", "09:35")
    )


async def test_a_week_is_compared_with_as_much_of_the_week_before(
    school: School, stores: Stores
) -> None:
    await school.saw(
        *(
            Visit(f"2024-01-{day:02}T{clock}:00Z", f"2024-01-{day:02}T{clock}:30Z", uid=f"u{day}")
            for day in (7, 8, 10, 14, 15)
            for clock in ("09:00", "13:00")
        )
    )
    # A Monday, at noon: so last Monday until noon, and nothing of Sunday.
    now = from_text(school.now)
    told = (DatabaseOverviews(stores.database), DatabaseFindings(stores.database))
    weeks = (await overview(*told, school.organization, now)).weeks
    assert (weeks.this.sessions, weeks.last.sessions) == (1, 1)
    assert (weeks.people, weeks.people_last) == (1, 1)
    assert weeks.days.first == date(2024, 1, 15)


async def test_counts_that_take_longer_are_shared(school: School, stores: Stores) -> None:
    await school.saw(at(500, 50, "ann", "192.0.2.1"), at(500, 50, "bob", "192.0.2.1"))
    counts = LongerCounts(DatabaseFindings(stores.database))
    now = from_text(school.now)
    first = await counts.of(school.organization, now)
    assert (first.addresses, first.today, first.before) == (1, (0, 0), (0, 0))
    assert first.days.last - first.days.first == timedelta(days=27)
    assert await counts.of(school.organization, now + 299_999) is first
    assert await counts.of(school.organization, now + 300_000) is not first
