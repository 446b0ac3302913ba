"""Files into the ledger, and out of it again.

Rows go in in batches, each batch one transaction. What a row says is kept like an event, as evidence
under the id of its import: so importing a file again changes nothing, an interrupted import can simply
be run again, and an import can be undone, which takes back what it added and nothing else.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from rollbook.domain.errors import NotFound
from rollbook.domain.events import Joined, Left, PresenceFact
from rollbook.domain.ids import random_text
from rollbook.domain.presences import session_id_for
from rollbook.domain.sources import Source
from rollbook.service.ingest.fold import FoldCount, FoldRules, notes, read_again, write_stays
from rollbook.service.ingest.ports import FileImport, Imports, ImportTransaction, StoredEvent
from rollbook.service.platforms import presences_of

BATCH = 2_000
"""Rows per transaction: some tens of milliseconds, after which live events get their turn."""

EVENT_TYPE = "session.imported"


@dataclass(frozen=True, slots=True)
class ImportCount:
    """Rows of a file that are in the ledger now: new, corrected, or known before."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0

    @property
    def rows(self) -> int:
        return self.added + self.changed + self.unchanged


Row = Sequence[PresenceFact]
"""The facts of one row of a file: all about one presence."""


def new_import(source: Source, file_name: str, form: str, now: int) -> FileImport:
    """An import that is about to begin, with a fresh id."""
    return FileImport(random_text(10), source.source_id, file_name, form, now)


async def import_rows(
    imports: Imports, source: Source, rows: Iterable[Row], file: FileImport
) -> AsyncIterator[ImportCount]:
    """Take in rows; tells after every batch how far it is.

    What was told is committed: stopping between two batches loses nothing of it. `file` says under
    which id it can be undone.
    """
    count = ImportCount()
    remaining = iter(rows)
    while batch := list(islice(remaining, BATCH)):
        async with imports.importing(source.org_id) as transaction:
            folded = await _take(transaction, source, batch, (file, count.rows))
            count = ImportCount(
                count.added + folded.added,
                count.changed + folded.changed,
                count.unchanged + len(batch) - folded.added - folded.changed,
            )
            await transaction.save_import(
                replace(file, added=count.added, changed=count.changed, unchanged=count.unchanged)
            )
        yield count


async def _take(
    transaction: ImportTransaction,
    source: Source,
    batch: Sequence[Row],
    place: tuple[FileImport, int],
) -> FoldCount:
    keys = [session_id_for(source.source_id, row[0].presence_id) for row in batch]
    known = await transaction.facts_of(list(dict.fromkeys(keys)))
    facts: dict[str, list[PresenceFact]] = {}
    events: list[StoredEvent] = []
    for number, (key, row) in enumerate(zip(keys, batch, strict=True), place[1] + 1):
        told = facts.get(key) or list(known.get(key, ()))
        if not all(fact in told for fact in row):
            facts[key] = [*told, *row]
            events.append(_event(source, place[0], number, key, row))
    if not events:
        return FoldCount()
    await transaction.add_events(events)
    before = [key for key in facts if key in known]
    found = await transaction.presences(before) if before else []
    people, rooms = notes(fact for event in events for fact in event.facts)
    await transaction.note_imported(place[0].import_id, people, rooms)
    return await write_stays(
        transaction, _rules(source), {one.session_id: one for one in found}, facts
    )


def _event(source: Source, file: FileImport, number: int, key: str, row: Row) -> StoredEvent:
    return StoredEvent(
        source.source_id,
        f"{file.import_id}:{number}",
        EVENT_TYPE,
        row[0].at,
        file.imported_at,
        "",
        tuple(row),
        None,
        row[0].room.room_id,
        key,
    )


async def undo_import(
    imports: Imports, source: Source, import_id: str, now: int
) -> AsyncIterator[int]:
    """Take back what an import added; tells after every batch how many rows are taken back.

    Interrupted, it can be run again. Raises NotFound for an import that there is not, or that was
    undone already.
    """
    count, more = 0, True
    while more:
        async with imports.importing(source.org_id) as transaction:
            file = await transaction.file_import(import_id)
            if file is None or file.undone_at is not None:
                raise NotFound("there is no such import; see `rollbook imports list`")
            taken = await _take_back(transaction, source, import_id)
            count, more = count + taken, taken == BATCH
            if not more:
                await transaction.save_import(replace(file, undone_at=now))
        yield count


async def _take_back(transaction: ImportTransaction, source: Source, import_id: str) -> int:
    rows = await transaction.remove_import_events(source.source_id, import_id, BATCH)
    facts = [fact for _, same in rows for fact in same]
    rooms = {fact.room.room_id for fact in facts}
    await transaction.forget_imported(import_id, sorted(_people(facts)), sorted(rooms))
    await read_again(transaction, _rules(source), {key for key, _ in rows})
    return len(rows)


def _rules(source: Source) -> FoldRules:
    return FoldRules(source.source_id, presences_of(source))


def _people(facts: Iterable[PresenceFact]) -> set[str]:
    return {
        fact.participant.uid
        for fact in facts
        if isinstance(fact, Joined | Left) and fact.participant is not None
    }
