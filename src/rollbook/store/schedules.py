"""What is planned for rooms, from a database."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, time

from rollbook.domain.schedules import Cancelled, Moved, Schedule, Single, Times, Weekly
from rollbook.service.reports.class_ports import RoomName
from rollbook.store.engine.database import Database, Reading, Row, Values


class DatabaseSchedules:
    """Finds what is planned for rooms (reports' class_ports.Schedules)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def schedule(self, org_id: str, room_id: str) -> Schedule:
        async with self._database.reading() as connection:
            return await fetch_schedule(connection, org_id, room_id)

    async def of_rooms(
        self, org_id: str, first: date, last: date, most: int
    ) -> Sequence[tuple[RoomName, Schedule]]:
        days = {"first_day": first.isoformat(), "last_day": last.isoformat()}
        values = {"org_id": org_id, **days, "most": most}
        async with self._database.reading() as connection:
            rows = await connection.fetch("schedules_of_rooms", values)
        by_room: dict[RoomName, list[Row]] = {}
        for room_id, title, *entry in rows:
            by_room.setdefault(RoomName(room_id, title), []).append(entry)
        if len(rows) == most and by_room:
            # Something may be missing of the last room: that a class is cancelled, say.
            by_room.popitem()
        return [(room, _schedule(entries)) for room, entries in by_room.items()]


async def fetch_schedule(connection: Reading, org_id: str, room_id: str) -> Schedule:
    """All that was ever planned for a room."""
    return _schedule(await connection.fetch("schedule", {"org_id": org_id, "room_id": room_id}))


def _schedule(entries: Iterable[Row]) -> Schedule:
    kinds: dict[str, list[Row]] = {}
    for kind, *row in entries:
        kinds.setdefault(kind, []).append(row)
    return Schedule(
        [_weekly(row) for row in kinds.get("weekly", ())],
        [_single(row) for row in kinds.get("single", ())],
        [_cancelled(row) for row in kinds.get("cancelled", ())],
        [_moved(row) for row in kinds.get("moved", ())],
    )


def schedule_rows(org_id: str, room_id: str, schedule: Schedule) -> list[Values]:
    """A schedule as the database keeps it."""
    return [
        {"org_id": org_id, "room_id": room_id, "entry": number, **_NOTHING, **values}
        for number, values in enumerate(_rows(schedule))
    ]


_NOTHING: Mapping[str, None] = dict.fromkeys(
    ("last_day", "weekday", "replaces", "starts", "ends", "title")
)


def _rows(schedule: Schedule) -> Iterator[Values]:
    for weekly in schedule.weekly:
        yield {
            "kind": "weekly",
            "first_day": weekly.first.isoformat(),
            "last_day": weekly.last.isoformat() if weekly.last else None,
            "weekday": weekly.weekday,
            "title": weekly.title,
            **_times_row(weekly.times),
        }
    for single in schedule.single:
        own = {"kind": "single", "first_day": single.day.isoformat(), "title": single.title}
        yield own | _times_row(single.times)
    for cancelled in schedule.cancelled:
        yield {
            "kind": "cancelled",
            "first_day": cancelled.first.isoformat(),
            "last_day": cancelled.last.isoformat(),
            "replaces": f"{cancelled.at:%H:%M}" if cancelled.at else None,
        }
    for moved in schedule.moved:
        own = {"kind": "moved", "first_day": moved.day.isoformat(), "replaces": f"{moved.at:%H:%M}"}
        yield own | _times_row(moved.times)


def _times_row(times: Times) -> dict[str, str | None]:
    return {"starts": f"{times.start:%H:%M}", "ends": f"{times.end:%H:%M}"}


def _weekly(row: Row) -> Weekly:
    first, last, weekday, _, starts, ends, title = row
    until = date.fromisoformat(last) if last else None
    return Weekly(weekday, _times(starts, ends), date.fromisoformat(first), until, title)


def _single(row: Row) -> Single:
    day, _, _, _, starts, ends, title = row
    return Single(date.fromisoformat(day), _times(starts, ends), title)


def _cancelled(row: Row) -> Cancelled:
    first, last, _, replaces, *_ = row
    at = time.fromisoformat(replaces) if replaces else None
    return Cancelled(date.fromisoformat(first), date.fromisoformat(last), at)


def _moved(row: Row) -> Moved:
    day, _, _, replaces, starts, ends, _ = row
    return Moved(date.fromisoformat(day), time.fromisoformat(replaces), _times(starts, ends))


def _times(starts: str, ends: str) -> Times:
    return Times(time.fromisoformat(starts), time.fromisoformat(ends))
