"""What the dashboard's files hold, whatever their format."""

from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from datetime import date
from zoneinfo import ZoneInfo

from rollbook.domain.attendance import Attended, UsedRule, Verdict
from rollbook.domain.classes import HeldClass
from rollbook.domain.credits import CreditRule, rounded_quotient
from rollbook.domain.instants import to_datetime
from rollbook.domain.organizations import Organization
from rollbook.domain.period import Period, days_in_words
from rollbook.domain.report import (
    Profile,
    RoomGroup,
    RoomGroups,
    StoredSessions,
    Totals,
    session_line,
)
from rollbook.domain.sheets import Cell, JudgedClass, SheetRow, sheet
from rollbook.domain.stays import Times, times
from rollbook.domain.table import Column, Heading, Kind, Table, Value
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
from rollbook.service.reports.room import RoomClasses, RoomView
from rollbook.service.reports.usage import RoleUse, counting, each_day, roles_of, whole

Row = Sequence[Value]


def _numbers(*names: str) -> list[Column]:
    return [Column(name, Kind.NUMBER) for name in names]


# --- a room ----------------------------------------------------------------------------------

_ATTENDANCE = (
    Column("UID"),
    Column("Name"),
    Column("Role"),
    Column("First Join", Kind.INSTANT),
    Column("Last Leave", Kind.INSTANT),
    *_numbers("Joins", "Total Time (min)", "Merged Time (min)", "Share (%)"),
    *_numbers("Late (min)", "Left Early (min)"),
    Column("Attendance"),
    *_numbers("Credits"),
    Column("Excuse"),
)


def attendance_table(view: RoomView) -> Table:
    """A class as the page shows it: the rule, then everybody in it, and who was not."""
    return class_table(view.room_id, view.title, view.judged, view.rule)


def class_table(
    room_id: str, title: str | None, judged: JudgedClass | None, rule: UsedRule
) -> Table:
    """A class: the rule, then everybody in it, and who was not."""
    headings = [
        *_room_headings(room_id, title),
        *(_class_times(judged.held) if judged else ()),
        *rule_headings(rule),
        Heading("Peak Concurrency", [judged.held.peak if judged else 0], Kind.NUMBER),
    ]
    return Table("Attendance Report", headings, _ATTENDANCE, _class_rows(judged))


def _room_headings(room_id: str, title: str | None) -> Iterator[Heading]:
    yield Heading("Room ID", [room_id])
    yield Heading("Room Title", [title], Kind.TITLE)


def _class_times(held: HeldClass) -> Iterator[Heading]:
    yield Heading("Class Began", [held.start], Kind.INSTANT)
    yield Heading("Class Ended", [held.end], Kind.INSTANT)
    if held.said:
        yield Heading("Times Kept", [held.said.note])


def rule_headings(used: UsedRule) -> Iterator[Heading]:
    """The rule, in lines above a table."""
    rule = used.rule
    yield Heading("Minimum Share (%)", [rule.share], Kind.NUMBER)
    yield Heading("Grace Late (min)", [rule.late], Kind.NUMBER)
    yield Heading("Grace Early (min)", [rule.early], Kind.NUMBER)
    yield Heading("Rule From", [used.whence.value])


def _class_rows(judged: JudgedClass | None) -> Iterator[Row]:
    if judged is None:
        return
    for one in judged.people:
        yield (*_attended(one), _note(judged, one.person.uid, one.verdict))
    for uid, name in judged.absent.items():
        verdict = judged.missed(uid)
        yield (uid, name, *[None] * 9, verdict.value, 0, _note(judged, uid, verdict))


def _note(judged: JudgedClass, uid: str, verdict: Verdict) -> str | None:
    excuse = judged.excuse(uid, verdict)
    return excuse.said.note if excuse else None


def _attended(one: Attended) -> Row:
    return (
        one.person.uid,
        one.person.name,
        one.person.role,
        one.first_join,
        one.last_leave,
        len(one.stays),
        _minutes(one.times.raw),
        _minutes(one.times.merged),
        one.share,
        one.late // 60,
        one.early // 60,
        one.verdict.value,
        one.credits,
    )


_CLASSES = (
    Column("Class Began", Kind.INSTANT),
    Column("Class Ended", Kind.INSTANT),
    Column("Known By"),
    *_numbers("People", "Present", "Partly", "Absent", "Excused", "Late", "Left Early", "Peak"),
    Column("Planned As"),
)


def classes_table(found: RoomClasses) -> Table:
    """The classes of a room, and how many were in each."""
    headings = [*_room_headings(found.room_id, found.title), *rule_headings(found.rule)]
    return Table("Classes", headings, _CLASSES, map(_class, found.classes))


def _class(judged: JudgedClass) -> Row:
    held, people = judged.held, judged.people
    counts = [judged.count(verdict) for verdict in Verdict]
    late = sum(one.late > 0 for one in people)
    early = sum(one.early > 0 for one in people)
    title = held.plan.title if held.plan else None
    sums = (len(people), *counts, late, early, held.peak)
    return held.start, held.end, held.how.value, *sums, title


def sheet_table(found: RoomClasses, zone: ZoneInfo) -> Table:
    """People down, classes across: what became of each, and after how many minutes who was late."""
    headings = [
        *_room_headings(found.room_id, found.title),
        Heading("Time Zone", [zone.key]),
        *rule_headings(found.rule),
    ]
    columns = [
        *(Column(name) for name in ("UID", "Name", "Role")),
        *(Column(_class_name(judged.held, zone)) for judged in found.classes),
        *_numbers("Present", "Partly", "Absent", "Excused", "Late"),
        *_numbers("Present (%)", "Merged Time (min)"),
    ]
    rows = (_sheet_row(row, len(found.classes)) for row in sheet(found.classes))
    return Table("Sheet", headings, columns, rows)


def _class_name(held: HeldClass, zone: ZoneInfo) -> str:
    return f"{to_datetime(held.start).astimezone(zone):%Y-%m-%d %H:%M}"


def _sheet_row(row: SheetRow, classes: int) -> Row:
    counts = [row.count(verdict) for verdict in Verdict]
    cells = [_cell(row.cells.get(number)) for number in range(classes)]
    sums = (*counts, row.late, row.share, _minutes(row.seconds))
    return row.uid, row.name, row.role, *cells, *sums


def _cell(cell: Cell | None) -> str | None:
    if cell is None:
        return None
    late = f"{cell.late // 60} min late" if cell.late else None
    return ", ".join(filter(None, (cell.verdict.value, late, cell.note)))


_SUMMARY = (
    Column("Room ID"),
    Column("Room Title", Kind.TITLE),
    Column("Status"),
    Column("First Join", Kind.INSTANT),
    Column("Last Leave", Kind.INSTANT),
    *_numbers("People", "Sessions", "Total Time (min)", "Merged Time (min)", "Credits"),
    *_numbers("Average Stay (s)", "Average Merged Stay (s)"),
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
        _minutes(use.totals.seconds),
        _minutes(found.merged),
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
    *_numbers("Sessions", "Total Time (min)", "Merged Time (min)"),
)


def live_table(found: Live) -> Table:
    """Who is in which room now, a row for each."""
    rows = (
        _live(room, one, times(one.stays, found.at)) for room in found.rooms for one in room.here
    )
    return Table("Live Now", [Heading("At", [found.at], Kind.INSTANT)], _LIVE, rows)


def _live(room: LiveRoom, one: LivePerson, lasted: Times) -> Row:
    who, minutes = one.who, (_minutes(lasted.raw), _minutes(lasted.merged))
    of_room = (room.room_id, room.title)
    return (*of_room, who.uid, who.name, who.role, who.joined_at, len(one.stays), *minutes)


# --- lists -----------------------------------------------------------------------------------

_PEOPLE = (
    Column("UID"),
    Column("Name"),
    Column("Role"),
    Column("Last Seen", Kind.INSTANT),
    *_numbers("Sessions", "Total Time (min)", "Credits Consumed"),
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
    *_numbers("People", "Sessions", "Total Time (min)", "Credits Consumed"),
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
    *_numbers("Sessions", "Total Time (min)", "Credits Consumed"),
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
    *_numbers("Sessions", "Total time (min)", "Credits", "Average (min)"),
)
_SESSIONS = (
    Column("Room ID"),
    Column("Title", Kind.TITLE),
    Column("Joined", Kind.INSTANT),
    Column("Left", Kind.INSTANT),
    *_numbers("Seconds", "Credits"),
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
        groups = RoomGroups(rule, now)
        async for batch in snapshot.newest_first(query):
            groups.add(batch.sessions)
        who = await snapshot.profile(query.org_id, query.uid)
        yield Table("Summary", list(_summary(who, question.days, groups.totals(), rule)))
        yield Table("Rooms", columns=_ROOMS, rows=map(_room, groups.by_latest_join()))
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
    yield Heading("Total time (min)", [_minutes(totals.seconds)], Kind.NUMBER)
    yield Heading("Credits", [totals.credits], Kind.NUMBER)
    yield Heading("Average session (min)", [totals.average_minutes], Kind.NUMBER)


def _room(group: RoomGroup) -> Row:
    totals = group.totals
    return (group.room_id, group.title, *_sums(totals), totals.average_minutes)


def _sessions(sessions: StoredSessions, rule: CreditRule, now: int) -> Iterator[Row]:
    for room_id, title, joined_at, left_at, ip_address, _, _ in sessions:
        line = session_line(joined_at, left_at, ip_address, rule, now)
        status = "Active" if line.left_at is None else "Completed"
        ends = (joined_at, line.left_at)
        yield (room_id, title, *ends, line.seconds, line.credits, status, ip_address)


def _sums(totals: Totals) -> tuple[int, int, int]:
    return totals.sessions, _minutes(totals.seconds), totals.credits


def _minutes(seconds: int) -> int:
    return rounded_quotient(seconds, 60)
