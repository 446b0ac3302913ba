"""What a file holds of the classes of a room: a class, all of them, their sheet."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from rollbook.domain.attendance import Attended, UsedRule, Verdict
from rollbook.domain.classes import HeldClass
from rollbook.domain.instants import to_datetime
from rollbook.domain.sheets import Cell, JudgedClass, SheetRow, sheet
from rollbook.domain.table import Column, Heading, Kind, Table
from rollbook.service.reports.room import RoomClasses, RoomView
from rollbook.service.reports.table_parts import Row, minutes, numbers

_ATTENDANCE = (
    Column("UID"),
    Column("Name"),
    Column("Role"),
    Column("First Join", Kind.INSTANT),
    Column("Last Leave", Kind.INSTANT),
    *numbers("Joins", "Total Time (min)", "Merged Time (min)", "Share (%)"),
    *numbers("Late (min)", "Left Early (min)"),
    Column("Attendance"),
    *numbers("Credits"),
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
        minutes(one.times.raw),
        minutes(one.times.merged),
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
    *numbers("People", "Present", "Partly", "Absent", "Excused", "Late", "Left Early", "Peak"),
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
        *numbers("Present", "Partly", "Absent", "Excused", "Late"),
        *numbers("Present (%)", "Merged Time (min)"),
    ]
    rows = (_sheet_row(row, len(found.classes)) for row in sheet(found.classes))
    return Table("Sheet", headings, columns, rows)


def _class_name(held: HeldClass, zone: ZoneInfo) -> str:
    return f"{to_datetime(held.start).astimezone(zone):%Y-%m-%d %H:%M}"


def _sheet_row(row: SheetRow, classes: int) -> Row:
    counts = [row.count(verdict) for verdict in Verdict]
    cells = [_cell(row.cells.get(number)) for number in range(classes)]
    sums = (*counts, row.late, row.share, minutes(row.seconds))
    return row.uid, row.name, row.role, *cells, *sums


def _cell(cell: Cell | None) -> str | None:
    if cell is None:
        return None
    late = f"{cell.late // 60} min late" if cell.late else None
    return ", ".join(filter(None, (cell.verdict.value, late, cell.note)))
