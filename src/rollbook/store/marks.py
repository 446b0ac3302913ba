"""Beginnings and ends of rooms to rows and back."""

from rollbook.domain.events import Room
from rollbook.service.ingest.ports import RoomMark
from rollbook.store.engine.database import Row, Values


def from_mark(org_id: str, source_id: str, mark: RoomMark) -> Values:
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
