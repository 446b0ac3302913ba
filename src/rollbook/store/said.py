"""What people say of rooms and of who is excused, from a database and into it."""

from collections.abc import Sequence
from datetime import date

from rollbook.domain.attendance import AttendanceRule, SetRule
from rollbook.domain.excuses import MOST_DAYS, Excuse
from rollbook.domain.kept import MOST_HOURS, KeptClass
from rollbook.domain.period import Period
from rollbook.domain.said import Said, TakenBack
from rollbook.domain.stays import Span
from rollbook.service.reports.class_ports import EverSaid, RoomRules, SaidOfRoom
from rollbook.store.engine.database import Database, Reading, Row, Values

_OF_ALL = ""
"""In place of a room's id: the organization itself, or all of its rooms."""

_LONGEST_MS = MOST_HOURS * 3_600_000


class DatabaseSayings:
    """Finds what people said (reports' ports.Sayings)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_room(
        self, org_id: str, room_id: str, span: Span, days: Period, most: int
    ) -> SaidOfRoom:
        async with self._database.reading() as connection:
            return SaidOfRoom(
                await _fetch_rules(connection, org_id, room_id),
                await fetch_kept(connection, org_id, room_id, span),
                await _fetch_excuses(connection, org_id, room_id, days, most),
            )

    async def rules(self, org_id: str, room_id: str | None = None) -> RoomRules:
        async with self._database.reading() as connection:
            return await _fetch_rules(connection, org_id, room_id or _OF_ALL)

    async def excuses_of(self, org_id: str, uid: str) -> list[Excuse]:
        async with self._database.reading() as connection:
            return await fetch_excuses_of(connection, org_id, uid)

    async def ever_of_room(self, org_id: str, room_id: str, most: int) -> EverSaid:
        values = {"org_id": org_id, "room_id": room_id, "most": most}
        async with self._database.reading() as connection:
            kept = await connection.fetch("classes_ever_kept", values)
            excuses = await connection.fetch("excuses_ever_in_room", values)
        return EverSaid(
            [(to_kept(row), _taken_back(by, at)) for *row, by, at in kept],
            [(_to_excuse(row), _taken_back(by, at)) for *row, by, at in excuses],
        )


def _taken_back(by: str | None, at: int | None) -> TakenBack | None:
    return None if by is None or at is None else TakenBack(by, at)


async def _fetch_rules(connection: Reading, org_id: str, room_id: str) -> RoomRules:
    rows = await connection.fetch("attendance_rules", {"org_id": org_id, "room_id": room_id})
    rules = {of: SetRule(AttendanceRule(*numbers), by, at) for of, *numbers, by, at in rows}
    organization = rules.pop(_OF_ALL, None)
    return RoomRules(rules.get(room_id), organization)


async def fetch_kept(connection: Reading, org_id: str, room_id: str, span: Span) -> list[KeptClass]:
    """What holds of what was said of the classes of a room that share time with a span."""
    values = {
        "org_id": org_id,
        "room_id": room_id,
        "earliest_begin": span[0] - _LONGEST_MS,
        "range_start": span[0],
        "range_end": span[1],
    }
    return [to_kept(row) for row in await connection.fetch("kept_classes", values)]


def to_kept(row: Row) -> KeptClass:
    """A row as what was said."""
    start, end, held, *said = row
    return KeptClass(start, end, bool(held), Said(*said))


async def _fetch_excuses(
    connection: Reading, org_id: str, room_id: str, days: Period, most: int
) -> list[Excuse]:
    latest = min(days.last.toordinal() + MOST_DAYS, date.max.toordinal())
    values = {
        "org_id": org_id,
        "room_id": room_id,
        "first_day": days.first.isoformat(),
        "last_day": days.last.isoformat(),
        "latest_end": date.fromordinal(latest).isoformat(),
        "most": most,
    }
    return _to_excuses(await connection.fetch("excuses_in_room", values))


async def fetch_excuses_of(connection: Reading, org_id: str, uid: str) -> list[Excuse]:
    """What holds of the excuses of a person, by their days."""
    values = {"org_id": org_id, "participant_id": uid}
    return _to_excuses(await connection.fetch("excuses_of_person", values))


def _to_excuses(rows: Sequence[Row]) -> list[Excuse]:
    return [_to_excuse(row) for row in rows]


def _to_excuse(row: Row) -> Excuse:
    uid, room_id, first, last, class_at, *said = row
    days = (date.fromisoformat(first), date.fromisoformat(last))
    return Excuse(uid, room_id or None, *days, class_at, Said(*said))


def rule_row(room_id: str | None, rule: SetRule) -> Values:
    """A rule as the database keeps it."""
    numbers = rule.rule
    return {
        "room_id": room_id or _OF_ALL,
        "share": numbers.share,
        "late": numbers.late,
        "early": numbers.early,
        "gap": numbers.gap,
        "set_by": rule.by,
        "set_at": rule.at,
    }


def rule_key(room_id: str | None) -> Values:
    """By what the database finds a rule."""
    return {"room_id": room_id or _OF_ALL}


def kept_row(room_id: str, kept: KeptClass) -> Values:
    """What was said of a class, as the database keeps it."""
    return {
        "room_id": room_id,
        "began_at": kept.start,
        "ended_at": kept.end,
        "held": int(kept.held),
        **_said_row(kept.said),
    }


def excuse_row(excuse: Excuse) -> Values:
    """An excuse as the database keeps it."""
    return {
        "participant_id": excuse.uid,
        "room_id": excuse.room_id or _OF_ALL,
        "first_day": excuse.first.isoformat(),
        "last_day": excuse.last.isoformat(),
        "class_at": excuse.class_at,
        **_said_row(excuse.said),
    }


def _said_row(said: Said) -> Values:
    return {"said_id": said.said_id, "said_by": said.by, "said_at": said.at, "note": said.note}
