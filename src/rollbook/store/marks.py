"""Beginnings and ends of rooms to rows and back."""

from collections.abc import Iterable
from dataclasses import replace

from rollbook.domain.events import Room
from rollbook.service.ingest.ports import RoomMark
from rollbook.store.engine.database import Row, Values


def from_marks(
    org_id: str, source_id: str, marks: Iterable[RoomMark]
) -> tuple[list[Values], list[Values]]:
    """Rows of beginnings and of ends, each once: of those that tell the same end, the latest start.

    The event of the first counts, as it would if they were written one after another.
    """
    told: dict[bool, dict[tuple[str, str | None, int], RoomMark]] = {False: {}, True: {}}
    for mark in marks:
        key = (mark.room.room_id, mark.room.instance_id, mark.at)
        known = told[mark.ended].setdefault(key, mark)
        if (mark.started_at or 0) > (known.started_at or 0):
            told[mark.ended][key] = replace(known, started_at=mark.started_at)
    starts, ends = (
        [_from_mark(org_id, source_id, mark) for mark in same.values()] for same in told.values()
    )
    return starts, ends


def _from_mark(org_id: str, source_id: str, mark: RoomMark) -> Values:
    return {
        "org_id": org_id,
        "source_id": source_id,
        "room_id": mark.room.room_id,
        "instance_id": mark.room.instance_id or "",
        "at": mark.at,
        "event_id": mark.event_id,
        "started_at": mark.started_at,
    }


def to_mark(row: Row) -> RoomMark:
    room_id, instance_id, at, ended, event_id, started_at = row
    room = Room(room_id, instance_id=instance_id or None)
    return RoomMark(room, at, event_id, bool(ended), started_at)
