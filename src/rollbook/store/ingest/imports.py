"""Imported files: what each told is kept apart, so that it can be taken back."""

import json
from collections.abc import Iterable, Sequence

from rollbook.domain.events import PresenceFact, about_presences
from rollbook.domain.presences import session_id_for
from rollbook.service.ingest.ports import FileImport, PersonNote, RoomNote
from rollbook.store.facts import facts_from_text
from rollbook.store.ingest.transaction import Transaction
from rollbook.store.notes import from_person, from_title

_IMPORTED_ONLY = 1


class FileTransaction(Transaction):
    """The ledger for files (ports.ImportTransaction)."""

    async def file_import(self, import_id: str) -> FileImport | None:
        values = {"org_id": self._org_id, "import_id": import_id}
        rows = await self._connection.fetch("file_import", values)
        return FileImport(*rows[0]) if rows else None

    async def save_import(self, file: FileImport) -> None:
        values = {
            "org_id": self._org_id,
            "import_id": file.import_id,
            "source_id": file.source_id,
            "file_name": file.file_name,
            "form": file.form,
            "imported_at": file.imported_at,
            "added": file.added,
            "changed": file.changed,
            "unchanged": file.unchanged,
            "undone_at": file.undone_at,
        }
        await self._connection.execute("save_file_import", values)

    async def remove_import_events(
        self, source_id: str, import_id: str, most: int
    ) -> list[tuple[str, Sequence[PresenceFact]]]:
        values = self._of(source_id) | {
            "first_id": f"{import_id}:",
            "end_id": f"{import_id};",
            "most": most,
        }
        rows = await self._connection.fetch("import_events", values)
        await self._connection.execute_many(
            "remove_event", [self._of(source_id) | {"event_id": row[0]} for row in rows]
        )
        told = [about_presences(facts_from_text(*row[1:])) for row in rows]
        return [(session_id_for(source_id, facts[-1].presence_id), facts) for facts in told]

    async def note_imported(
        self, import_id: str, people: Iterable[PersonNote], rooms: Iterable[RoomNote]
    ) -> None:
        own = {"org_id": self._org_id, "import_id": import_id, "imported_only": _IMPORTED_ONLY}
        names = [own | from_person(note) for note in people]
        titles = [own | from_title(note) for note in rooms]
        for name, rows in (("person", names), ("title", titles)):
            await self._connection.execute_many(f"note_imported_{name}", rows)
            await self._connection.execute_many(f"note_latest_imported_{name}", rows)

    async def forget_imported(
        self, import_id: str, participant_ids: Sequence[str], room_ids: Sequence[str]
    ) -> None:
        for statement, ids in (
            ("forget_imported_person", participant_ids),
            ("forget_imported_title", room_ids),
        ):
            rows = [self._key(import_id, one) for one in ids]
            await self._connection.execute_many(statement, rows)
        await self._sum_up(participant_ids, room_ids)
        for statement, ids in (
            ("remove_unknown_people", participant_ids),
            ("remove_unknown_rooms", room_ids),
        ):
            values = {"org_id": self._org_id, "ids": json.dumps(list(ids))}
            await self._connection.execute(statement, values)

    async def _sum_up(self, participant_ids: Sequence[str], room_ids: Sequence[str]) -> None:
        """Of what is still told of a person or room, the latest stands beside what events told."""
        for statement, ids in (
            ("sum_up_imported_person", participant_ids),
            ("sum_up_imported_title", room_ids),
        ):
            rows = [{"org_id": self._org_id, "key": one} for one in ids]
            await self._connection.execute_many(statement, rows)

    def _key(self, import_id: str, key: str) -> dict[str, object]:
        return {"org_id": self._org_id, "import_id": import_id, "key": key}
