"""What tests say was in the classrooms, and its way into the ledger: as an imported file."""

import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rollbook.domain.events import PresenceFact
from rollbook.domain.organizations import Organization
from rollbook.domain.sources import OwnKind, Source, own_source_id
from rollbook.service.ingest.importing import ImportCount, import_rows, new_import
from rollbook.service.ingest.ports import Imports
from rollbook.sources.files.jsonl import read_jsonl
from rollbook.sources.files.rows import ImportedSession, ReadOptions


@dataclass(frozen=True, slots=True)
class Visit:
    """One line of an imported file. Without an id the person, room and joining are its identity."""

    joined: str = "2024-01-15T09:00:00.000Z"
    left: str | None = "2024-01-15T10:00:00.000Z"
    room: str = "math-101"
    uid: str = "student-123"
    name: str | None = "Jane Doe"
    role: str | None = "STUDENT"
    title: str | None = "Calculus I"
    ip: str | None = None
    id: str | None = None

    def line(self) -> str:
        return json.dumps(
            {
                "uid": self.uid,
                "name": self.name,
                "role": self.role,
                "roomId": self.room,
                "roomTitle": self.title,
                "joinedAt": self.joined,
                "leftAt": self.left,
                "ipAddress": self.ip,
                "sessionId": self.id,
            }
        )


def facts_of(visits: Iterable[Visit]) -> Iterator[Sequence[PresenceFact]]:
    """The facts of each visit, as the reader of files gives them."""
    return facts_in("\n".join(visit.line() for visit in visits).encode())


def facts_in(lines: bytes) -> Iterator[Sequence[PresenceFact]]:
    """The facts of each line of a file."""
    for row in read_jsonl(io.BytesIO(lines), ReadOptions()):
        assert isinstance(row, ImportedSession), row
        yield (row.joined,) if row.left is None else (row.joined, row.left)


async def told(
    imports: Imports, organization: Organization, rows: Iterable[Sequence[PresenceFact]]
) -> ImportCount:
    """Take rows into the ledger; answers what became of them."""
    source = import_source(organization)
    file = new_import(source, "visits.jsonl", "jsonl", 0)
    counts = [count async for count in import_rows(imports, source, rows, file)]
    return counts[-1] if counts else ImportCount()


def import_source(organization: Organization) -> Source:
    """The source of imported files, as `ensure_source` makes it."""
    org_id, kind = organization.org_id, OwnKind.IMPORT
    return Source(org_id, own_source_id(org_id, kind), kind, "files", 0)
