"""The JSON of rooms, their classes and the people in them."""

from collections.abc import Iterable, Sequence

from rollbook.domain.attendance import Attended, RuleFrom, UsedRule, Verdict
from rollbook.domain.classes import HeldClass, How
from rollbook.domain.events import Role
from rollbook.domain.instants import optional_text, to_text
from rollbook.domain.rosters import Member
from rollbook.domain.said import Said
from rollbook.domain.schedules import Planned
from rollbook.domain.sheets import JudgedClass, SheetRow, sheet
from rollbook.service.reports.room import RoomClasses
from rollbook.web.api.wire import Wire

CLASS_NAMES = {"start": "from", "end": "to"}


class RuleWire(Wire, rename={"whence": "from"}):
    """What attendance was judged by, and who says so: `share` in percent, the others in minutes."""

    share: int
    late: int
    early: int
    gap: int
    whence: RuleFrom


class SaidWire(Wire):
    """Who said something, when and why; it is taken back by its id."""

    id: str
    by: str
    at: str
    note: str


class PlannedWire(Wire, rename=CLASS_NAMES):
    """What a class was planned as; it goes on where this ends later than the class does so far."""

    start: str
    end: str
    title: str | None


class ClassWire(Wire, rename=CLASS_NAMES):
    """When a class was, and what its times are known by; `said` where they were kept."""

    start: str
    end: str
    how: How
    planned: PlannedWire | None
    said: SaidWire | None


class NoClassWire(Wire, rename=CLASS_NAMES):
    """When there was no class, as somebody said."""

    start: str
    end: str
    said: SaidWire


class CountedClassWire(Wire, rename=CLASS_NAMES | {"left_early": "leftEarly"}):
    """A class, and how many people were in it, or were not."""

    start: str
    end: str
    how: How
    planned: PlannedWire | None
    said: SaidWire | None
    people: int
    present: int
    partly: int
    absent: int
    excused: int
    late: int
    left_early: int
    peak: int


class ClassesData(Wire):
    """The classes of a room, earliest first; with `cut` the earliest are missing.

    `dropped` is when somebody said that there was none.
    """

    room_id: str
    room_title: str | None
    rule: RuleWire
    classes: list[CountedClassWire]
    dropped: list[NoClassWire]
    cut: bool


class ClassesAnswer(Wire):
    """The answer to which classes a room had."""

    success: bool
    data: ClassesData


class AttendedWire(Wire):
    """A person in a class; `share` in percent of it. Time, raw and merged, is that of whole sessions."""

    uid: str
    name: str | None
    role: Role | None
    joined_at: str
    left_at: str | None
    seconds: int
    merged_seconds: int
    reconnects: int
    share: int
    late_seconds: int
    early_seconds: int
    verdict: Verdict
    excuse: SaidWire | None


class AbsentWire(Wire):
    """Somebody who belonged to the room and was not in the class: absent, or excused from it."""

    uid: str
    name: str | None
    verdict: Verdict
    excuse: SaidWire | None


class AttendanceData(
    Wire, rename={"held": "class", "room_id": "roomId", "room_title": "roomTitle"}
):
    """A class, the rule, who was in it by when they came, and who was not."""

    room_id: str
    room_title: str | None
    held: ClassWire
    rule: RuleWire
    people: list[AttendedWire]
    absent: list[AbsentWire]


class AttendanceAnswer(Wire):
    """The answer to who was in a class."""

    success: bool
    data: AttendanceData


class CellWire(Wire):
    """A person in a class: merged time and lateness in seconds, and a note where excused."""

    verdict: Verdict
    seconds: int
    late_seconds: int
    note: str | None


class SheetRowWire(Wire):
    """A person; `cells` are those of the classes in order, null where they did not belong to one."""

    uid: str
    name: str | None
    role: Role | None
    cells: list[CellWire | None]
    present: int
    partly: int
    absent: int
    excused: int
    late: int
    share: int | None
    merged_seconds: int


class SheetData(Wire):
    """People by name and classes, earliest first; with `cut` the earliest are missing."""

    room_id: str
    room_title: str | None
    rule: RuleWire
    classes: list[ClassWire]
    people: list[SheetRowWire]
    cut: bool


class SheetAnswer(Wire):
    """The answer to what became of everybody in a room's classes."""

    success: bool
    data: SheetData


class MemberWire(Wire):
    """Somebody who belongs to a room, since a day and until one, if that was said."""

    uid: str
    name: str | None
    since: str
    until: str | None


class RosterData(Wire):
    """Who belongs to a room on a day."""

    room_id: str
    day: str
    members: list[MemberWire]


class RosterAnswer(Wire):
    """The answer to who belongs to a room."""

    success: bool
    data: RosterData


def classes_answer(found: RoomClasses) -> ClassesAnswer:
    classes = [_counted(judged) for judged in found.classes]
    dropped = [
        NoClassWire(to_text(one.start), to_text(one.end), said_wire(one.said))
        for one in found.dropped
    ]
    data = ClassesData(
        found.room_id, found.title, rule_wire(found.rule), classes, dropped, found.cut
    )
    return ClassesAnswer(success=True, data=data)


def attendance_answer(found: RoomClasses) -> AttendanceAnswer:
    """Of the one class that was found."""
    (judged,) = found.classes
    people = [_attended(judged, one) for one in judged.people]
    absent = [_absent(judged, uid, name) for uid, name in judged.absent.items()]
    held, rule = held_wire(judged.held), rule_wire(found.rule)
    data = AttendanceData(found.room_id, found.title, held, rule, people, absent)
    return AttendanceAnswer(success=True, data=data)


def sheet_answer(found: RoomClasses) -> SheetAnswer:
    classes = [held_wire(judged.held) for judged in found.classes]
    people = [_sheet_row(row, len(classes)) for row in sheet(found.classes)]
    rule = rule_wire(found.rule)
    data = SheetData(found.room_id, found.title, rule, classes, people, found.cut)
    return SheetAnswer(success=True, data=data)


def roster_answer(room_id: str, day: str, members: Iterable[Member]) -> RosterAnswer:
    told = [
        MemberWire(
            one.uid, one.name, one.first.isoformat(), one.last.isoformat() if one.last else None
        )
        for one in members
    ]
    return RosterAnswer(success=True, data=RosterData(room_id, day, told))


def rule_wire(used: UsedRule) -> RuleWire:
    """A rule as every answer about the classes of a room tells it."""
    rule = used.rule
    return RuleWire(rule.share, rule.late, rule.early, rule.gap, used.whence)


def said_wire(said: Said) -> SaidWire:
    return SaidWire(said.said_id, said.by, to_text(said.at), said.note)


def _optional_said(said: Said | None) -> SaidWire | None:
    return said_wire(said) if said else None


def _excuse(judged: JudgedClass, uid: str, verdict: Verdict) -> SaidWire | None:
    excuse = judged.excuse(uid, verdict)
    return _optional_said(excuse.said if excuse else None)


def _absent(judged: JudgedClass, uid: str, name: str | None) -> AbsentWire:
    verdict = judged.missed(uid)
    return AbsentWire(uid, name, verdict, _excuse(judged, uid, verdict))


def held_wire(held: HeldClass) -> ClassWire:
    """When a class was, as every answer tells it."""
    return ClassWire(
        to_text(held.start),
        to_text(held.end),
        held.how,
        _planned(held.plan),
        _optional_said(held.said),
    )


def _planned(plan: Planned | None) -> PlannedWire | None:
    return PlannedWire(to_text(plan.start), to_text(plan.end), plan.title) if plan else None


def _counted(judged: JudgedClass) -> CountedClassWire:
    held, people = judged.held, judged.people
    return CountedClassWire(
        to_text(held.start),
        to_text(held.end),
        held.how,
        _planned(held.plan),
        _optional_said(held.said),
        len(people),
        judged.count(Verdict.PRESENT),
        judged.count(Verdict.PARTLY),
        judged.count(Verdict.ABSENT),
        judged.count(Verdict.EXCUSED),
        sum(one.late > 0 for one in people),
        sum(one.early > 0 for one in people),
        held.peak,
    )


def _attended(judged: JudgedClass, one: Attended) -> AttendedWire:
    return AttendedWire(
        one.person.uid,
        one.person.name,
        _role(one.person.role),
        to_text(one.first_join),
        optional_text(one.last_leave),
        one.times.raw,
        one.times.merged,
        one.times.reconnects,
        one.share,
        one.late,
        one.early,
        one.verdict,
        _excuse(judged, one.person.uid, one.verdict),
    )


def _sheet_row(row: SheetRow, classes: int) -> SheetRowWire:
    cells: Sequence[CellWire | None] = [
        CellWire(cell.verdict, cell.seconds, cell.late, cell.note)
        if (cell := row.cells.get(number))
        else None
        for number in range(classes)
    ]
    return SheetRowWire(
        row.uid,
        row.name,
        _role(row.role),
        list(cells),
        row.count(Verdict.PRESENT),
        row.count(Verdict.PARTLY),
        row.count(Verdict.ABSENT),
        row.count(Verdict.EXCUSED),
        row.late,
        row.share,
        row.seconds,
    )


def _role(role: str | None) -> Role | None:
    return Role(role) if role else None
