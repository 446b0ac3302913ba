"""What the dashboard's files hold, whatever their format."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from datetime import date

from rollbook.domain.credits import CreditRule, rounded_quotient
from rollbook.domain.organizations import Organization
from rollbook.domain.period import Period, days_in_words
from rollbook.domain.report import (
    Profile,
    RoomTotals,
    StoredSessions,
    Totals,
    by_latest_join,
    session_line,
    totals_of,
)
from rollbook.domain.stays import Times, times
from rollbook.domain.table import Column, Heading, Kind, Table
from rollbook.service.reports.live import Live, LivePerson, LiveRoom
from rollbook.service.reports.participant import ReportQuestion
from rollbook.service.reports.ports import (
    Overviews,
    PeopleQuestion,
    Person,
    Reports,
    RoomLine,
    RoomsQuestion,
    RoomUse,
)
from rollbook.service.reports.table_parts import Row, minutes, numbers
from rollbook.service.reports.usage import RoleUse, counting, each_day, roles_of, whole

# --- a room ----------------------------------------------------------------------------------


_SUMMARY = (
    Column("Room ID"),
    Column("Room Title", Kind.TITLE),
    Column("Status"),
    Column("First Join", Kind.INSTANT),
    Column("Last Leave", Kind.INSTANT),
    *numbers("People", "Sessions", "Total Time (min)", "Merged Time (min)", "Credits"),
    *numbers("Average Stay (s)", "Average Merged Stay (s)"),
)


def room_use_table(found: RoomUse) -> Table:
    """What one room adds up to, in one row."""
    line, use = found.line, found.line.use
    averages = (rounded_quotient(whole, use.people) for whole in (use.totals.seconds, found.merged))
    row = (
        line.room_id,
        line.title,
        "live" if use.running else "finished",
        found.first_join,
        found.last_leave,
        use.people,
        use.totals.sessions,
        minutes(use.totals.seconds),
        minutes(found.merged),
        use.totals.credits,
        *averages,
    )
    return Table("Room Summary", columns=_SUMMARY, rows=[row])


_LIVE = (
    Column("Room ID"),
    Column("Room Title", Kind.TITLE),
    Column("UID"),
    Column("Name"),
    Column("Role"),
    Column("Joined", Kind.INSTANT),
    *numbers("Sessions", "Total Time (min)", "Merged Time (min)"),
)


def live_table(found: Live) -> Table:
    """Who is in which room now, a row for each."""
    rows = (
        _live(room, one, times(one.stays, found.at)) for room in found.rooms for one in room.here
    )
    return Table("Live Now", [Heading("At", [found.at], Kind.INSTANT)], _LIVE, rows)


def _live(room: LiveRoom, one: LivePerson, lasted: Times) -> Row:
    who, times_told = one.who, (minutes(lasted.raw), minutes(lasted.merged))
    of_room = (room.room_id, room.title)
    return (*of_room, who.uid, who.name, who.role, who.joined_at, len(one.stays), *times_told)


# --- lists -----------------------------------------------------------------------------------

_PEOPLE = (
    Column("UID"),
    Column("Name"),
    Column("Role"),
    Column("Last Seen", Kind.INSTANT),
    *numbers("Sessions", "Total Time (min)", "Credits Consumed"),
)


async def people_tables(
    overviews: Overviews,
    organization: Organization,
    days: Period,
    question: PeopleQuestion,
    now: int,
) -> AsyncGenerator[Table, None]:
    """All people whom a list finds, in its order, in parts."""
    yield Table("People", list(_list_headings(days, question.search)), _PEOPLE)
    async with (
        overviews.use(export=True) as use,
        aclosing(use.all_people(counting(organization, days, now), question)) as parts,
    ):
        async for people in parts:
            yield Table("People", columns=_PEOPLE, rows=map(_person, people))


def _person(one: Person) -> Row:
    who = one.profile
    return who.uid, who.name, who.role, one.last_seen or None, *_sums(one.totals)


_ROOM_LIST = (
    Column("Room ID"),
    Column("Title", Kind.TITLE),
    Column("Last Used", Kind.INSTANT),
    *numbers("People", "Sessions", "Total Time (min)", "Credits Consumed"),
)


async def rooms_tables(
    overviews: Overviews,
    organization: Organization,
    days: Period,
    question: RoomsQuestion,
    now: int,
) -> AsyncGenerator[Table, None]:
    """All rooms that a list finds, in its order, in parts."""
    yield Table("Rooms", list(_list_headings(days, question.search)), _ROOM_LIST)
    async with (
        overviews.use(export=True) as use,
        aclosing(use.all_rooms_found(counting(organization, days, now), question)) as parts,
    ):
        async for rooms in parts:
            yield Table("Rooms", columns=_ROOM_LIST, rows=map(_listed_room, rooms))


def _listed_room(one: RoomLine) -> Row:
    use = one.use
    return one.room_id, one.title, use.last_seen or None, use.people, *_sums(use.totals)


def _list_headings(days: Period, search: str) -> Iterator[Heading]:
    yield Heading("Days", [days_in_words(days)])
    yield Heading("Time Zone", [days.time_zone])
    if search:
        yield Heading("Search", [search])


# --- usage -----------------------------------------------------------------------------------

_USAGE = (
    Column("Part"),
    Column("Key"),
    Column("Title"),
    *numbers("Sessions", "Total Time (min)", "Credits Consumed"),
)


async def usage_tables(
    overviews: Overviews, organization: Organization, days: Period, now: int
) -> AsyncGenerator[Table, None]:
    """A range by day, by room and by role, in parts; each adds up to the same sums."""
    counted = counting(organization, days, now)
    async with overviews.use(export=True) as use:
        roles = roles_of(await use.by_role(counted))
        total = Heading("Total", _sums(whole(roles)), Kind.NUMBER)
        by_day = await each_day(use, counted, days)
        headings = [total, *_list_headings(days, "")]
        yield Table("Usage Report", headings, _USAGE, map(_day, by_day))
        # Closed with this one: what reads must have ended before its snapshot does.
        async with aclosing(use.all_rooms(counted)) as parts:
            async for rooms in parts:
                yield Table("Usage Report", columns=_USAGE, rows=map(_room_line, rooms))
        yield Table("Usage Report", columns=_USAGE, rows=map(_role, roles))


def _day(one: tuple[date, Totals]) -> Row:
    day, totals = one
    return ("Day", day.isoformat(), None, *_sums(totals))


def _room_line(one: RoomLine) -> Row:
    return ("Room", one.room_id, one.title or one.room_id, *_sums(one.use.totals))


def _role(one: RoleUse) -> Row:
    return ("Role", one.key, one.label, *_sums(one.use.totals))


# --- a person --------------------------------------------------------------------------------

_ROOMS = (
    Column("Room ID"),
    Column("Title", Kind.TITLE),
    *numbers("Sessions", "Total time (min)", "Credits", "Average (min)"),
)
_SESSIONS = (
    Column("Room ID"),
    Column("Title", Kind.TITLE),
    Column("Joined", Kind.INSTANT),
    Column("Left", Kind.INSTANT),
    *numbers("Seconds", "Credits"),
    Column("Status"),
    Column("IP address"),
)


async def person_tables(
    reports: Reports, organization: Organization, question: ReportQuestion, now: int
) -> AsyncGenerator[Table, None]:
    """A person in a range: the sums, the rooms, and all sessions, oldest first, in many parts.

    As with a CSV, two looks at one snapshot: the sums always agree with the rows.
    """
    query, rule = question.sessions(organization.org_id), organization.credit_rule
    async with reports.snapshot(export=True) as snapshot:
        rooms = await snapshot.room_totals(query, rule, now)
        who = await snapshot.profile(query.org_id, query.uid)
        yield Table("Summary", list(_summary(who, question.days, totals_of(rooms), rule)))
        yield Table("Rooms", columns=_ROOMS, rows=map(_room, by_latest_join(rooms)))
        yield Table("Sessions", columns=_SESSIONS)
        # Closed with this one: what reads must have ended before its snapshot does.
        async with aclosing(snapshot.oldest_first(query)) as batches:
            async for batch in batches:
                rows = _sessions(batch.sessions, rule, now)
                yield Table("Sessions", columns=_SESSIONS, rows=rows)


def _summary(who: Profile, days: Period, totals: Totals, rule: CreditRule) -> Iterator[Heading]:
    yield Heading("Participant UID", [who.uid])
    yield Heading("Participant name", [who.name])
    yield Heading("Role", [who.role])
    yield Heading("Days", [days_in_words(days)])
    yield Heading("Time zone", [days.time_zone])
    yield Heading("Credit rule", [str(rule)])
    yield Heading("Sessions", [totals.sessions], Kind.NUMBER)
    yield Heading("Total time (min)", [minutes(totals.seconds)], Kind.NUMBER)
    yield Heading("Credits", [totals.credits], Kind.NUMBER)
    yield Heading("Average session (min)", [totals.average_minutes], Kind.NUMBER)


def _room(room: RoomTotals) -> Row:
    totals = room.totals
    return (room.room_id, room.title, *_sums(totals), totals.average_minutes)


def _sessions(sessions: StoredSessions, rule: CreditRule, now: int) -> Iterator[Row]:
    for room_id, title, joined_at, left_at, ip_address, _, _ in sessions:
        line = session_line(joined_at, left_at, ip_address, rule, now)
        status = "Active" if line.left_at is None else "Completed"
        ends = (joined_at, line.left_at)
        yield (room_id, title, *ends, line.seconds, line.credits, status, ip_address)


def _sums(totals: Totals) -> tuple[int, int, int]:
    return totals.sessions, minutes(totals.seconds), totals.credits
