"""Reports of Teams', made by the line."""

import hashlib

from rollbook.domain.events import Room
from rollbook.sources.files.rows import ImportedSession, ImportRow

SUMMARY = ("1. Summary", "Meeting title\tPhysics", "")
PARTICIPANTS = (
    "2. Participants",
    "Name\tFirst Join\tLast Leave\tIn-Meeting Duration\tEmail\tParticipant ID (UPN)\tRole",
    "Mei\t22/9/26, 14:00:00\t22/9/26, 15:00:00\t1h\tmei@a.example\tmei@a.example\tAttendee",
)


def report(*lines: str) -> bytes:
    return "\r\n".join(lines).encode("utf-16")


def rooms(rows: list[ImportRow]) -> set[Room]:
    return {row.joined.room for row in rows if isinstance(row, ImportedSession)}


def named(title: str) -> str:
    """The id of the room of a meeting with this title."""
    return "teams-" + hashlib.sha256(title.encode()).hexdigest()[:16]
