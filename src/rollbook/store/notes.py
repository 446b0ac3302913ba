"""What is told of people and rooms, as rows."""

from rollbook.service.ingest.ports import PersonNote, RoomNote


def from_person(note: PersonNote) -> dict[str, object]:
    return {
        "key": note.uid,
        "name": note.name,
        "name_told_at": note.name_told_at,
        "role": note.role.value if note.role else None,
        "role_told_at": note.role_told_at,
    }


def from_title(note: RoomNote) -> dict[str, object]:
    return {"key": note.room_id, "title": note.title, "told_at": note.told_at}
