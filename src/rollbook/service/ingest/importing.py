"""Files into the ledger, and out of it again.

Rows go in in batches, each batch one transaction. What a row says is kept like an event, as evidence
under the id of its import: so importing a file again changes nothing, an interrupted import can simply
be run again, and an import can be undone, which takes back what it added and nothing else.
"""

import asyncio
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Collection,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from dataclasses import dataclass, field, replace
from itertools import islice, takewhile
from typing import Self

from rollbook.domain.errors import NotFound
from rollbook.domain.events import Joined, Left, PresenceFact, about_presences
from rollbook.domain.ids import random_text
from rollbook.domain.presences import Presence, session_id_for
from rollbook.domain.retention import Addresses
from rollbook.domain.sources import Source
from rollbook.domain.values import value
from rollbook.service.ingest.erased import Kept, forget_before, forget_on_arrival
from rollbook.service.ingest.fold import (
    FoldCount,
    FoldRules,
    read_again,
    replace_stays,
    stays_ready,
    weighed,
)
from rollbook.service.ingest.notes import notes
from rollbook.service.ingest.ports import FileImport, Imports, ImportTransaction, StoredEvent
from rollbook.service.platforms import presences_of

BATCH = 8_000
"""Rows per transaction: some tenths of a second, after which live events get their turn. Ids of
sessions are random, so that a third as many rows would write almost as many pages of the indexes.
As many ids of sessions are remembered (presences.py)."""

UNDO_BATCH = 2_000
"""Rows that are taken back in one transaction: what is left of each of their sessions is read again."""

EVENT_TYPE = "session.imported"

_MANY_TIMES = 10
"""How many times more rows there are when the database counts anew what it holds."""


@value
class ImportCount:
    """Rows of a file that are in the ledger now: new, corrected, or known before.

    `told` are those that told anything new, were it only a name: what an undo takes back.
    """

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    told: int = field(default=0, compare=False)

    @property
    def rows(self) -> int:
        return self.added + self.changed + self.unchanged

    def plus(self, rows: int, told: int, folded: FoldCount) -> "ImportCount":
        """With a batch of so many rows more."""
        return ImportCount(
            self.added + folded.added,
            self.changed + folded.changed,
            self.unchanged + rows - folded.added - folded.changed,
            self.told + told,
        )


Row = Sequence[PresenceFact]
"""The facts of one row of a file: all about one presence."""


def new_import(source: Source, file_name: str, form: str, now: int) -> FileImport:
    """An import that is about to begin, with a fresh id."""
    return FileImport(random_text(10), source.source_id, file_name, form, now)


async def import_rows(
    imports: Imports,
    source: Source,
    rows: Iterable[Row],
    file: FileImport,
    at_once: int = BATCH,
) -> AsyncIterator[ImportCount]:
    """Take in rows; tells after every batch, of so many rows `at_once`, how far it is.

    What was told is committed: stopping between two batches loses nothing of it. `file` says under
    which id it can be undone; of a file that tells nothing new, nothing is kept.
    """
    count = ImportCount()
    async with _Batches(rows, at_once) as batches:
        while batch := await batches.following():
            async with imports.importing(source.org_id) as transaction:
                kept, rows = await _without_erased(transaction, source, batch, now=file.imported_at)
                news = await _news(transaction, source, rows)
                folded = await _keep(transaction, source, news, (file, count.rows))
                batches.read_ahead()
                await forget_before(transaction, _rules(source), kept)
                count = count.plus(len(batch), len(news.rows), folded)
                if count.told:
                    await transaction.save_import(_so_far(file, count))
            yield count


async def stocked(
    counts: AsyncIterator[ImportCount], take_stock: Callable[[], Awaitable[None]], least: int = 1
) -> AsyncIterator[ImportCount]:
    """The counts of an import, in the course of which the database counts anew what it holds.

    The next batches are looked up in what the first made of an empty ledger. Fewer rows than `least`
    change nothing that matters.
    """
    counted = added = 0
    async for count in counts:
        yield count
        added = count.added
        if added >= max(least, _MANY_TIMES * counted + 1):
            await take_stock()
            counted = added
    if added >= counted + least:
        await take_stock()


def _so_far(file: FileImport, count: ImportCount) -> FileImport:
    return replace(file, added=count.added, changed=count.changed, unchanged=count.unchanged)


class _Batches:
    """Rows in batches, which a thread reads: the next one while the one before is written.

    Not before: what is written leaves Python to others, all else would only be done in turns.
    """

    def __init__(self, rows: Iterable[Row], at_once: int) -> None:
        self._remaining = iter(rows)
        self._at_once = at_once
        self._reading: asyncio.Task[list[Row]] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        # Whoever stops here is about to close the file.
        if self._reading is not None:
            await asyncio.wait([self._reading])
            if not self._reading.cancelled():
                self._reading.exception()  # seen: nobody is there to be told of it

    async def following(self) -> list[Row]:
        """The next batch; empty after the last."""
        self.read_ahead()
        # No thread can be stopped: whoever is cancelled meanwhile waits for it when they leave.
        batch = await asyncio.shield(self._reading) if self._reading else []
        self._reading = None
        return batch

    def read_ahead(self) -> None:
        """Begin to read the next batch."""
        if self._reading is None:
            reading = asyncio.to_thread(_next_batch, self._remaining, self._at_once)
            self._reading = asyncio.create_task(reading)


def _next_batch(rows: Iterator[Row], most: int) -> list[Row]:
    return list(islice(rows, most))


@value
class _News:
    """What a batch tells that is not known yet.

    `rows`: by their places in the batch, with the ids of the sessions that they are about. `facts`:
    all that is then known of each of these sessions; `known`: those that something is known of
    already.
    """

    rows: Sequence[tuple[int, str, Row]]
    facts: Mapping[str, Sequence[PresenceFact]]
    known: Collection[str]


async def _without_erased(
    transaction: ImportTransaction, source: Source, batch: Sequence[Row], now: int | None = None
) -> tuple[Kept, Sequence[Row]]:
    """The rows as they are kept where people were erased."""
    if not batch or (transaction.pseudonyms is None and transaction.addresses is Addresses.WHOLE):
        return Kept(()), batch
    file = FileImport("", source.source_id, "", "", 0)
    rows = [_event(source, file, 0, "", row) for row in batch]
    kept = await forget_on_arrival(transaction, source.source_id, rows, now)
    return kept, [about_presences(event.facts) for event in kept.events]


async def _news(transaction: ImportTransaction, source: Source, batch: Sequence[Row]) -> _News:
    keys = [session_id_for(source.source_id, row[0].presence_id) for row in batch]
    known = await transaction.facts_of(list(dict.fromkeys(keys)))
    facts: dict[str, Sequence[PresenceFact]] = {}
    rows: list[tuple[int, str, Row]] = []
    for place, (key, row) in enumerate(zip(keys, batch, strict=True)):
        told = facts.get(key) or known.get(key)
        if told is None or not all(fact in told for fact in row):
            facts[key] = row if told is None else [*told, *row]
            rows.append((place, key, row))
    return _News(rows, facts, facts.keys() & known.keys())


async def _keep(
    transaction: ImportTransaction, source: Source, news: _News, at: tuple[FileImport, int]
) -> FoldCount:
    """Keep what is new, of a batch that begins after so many rows of a file."""
    if not news.rows:
        return FoldCount()
    file, before = at
    # Sessions first: they take the longest to write, and all else is made meanwhile.
    folded = await replace_stays(transaction, *await _stored_and_ready(transaction, source, news))
    await transaction.add_events(
        [_event(source, file, before + place + 1, key, row) for place, key, row in news.rows]
    )
    people, rooms = notes(fact for _, _, row in news.rows for fact in _words(row))
    await transaction.note_imported(file.import_id, people, rooms)
    return folded


def _words(row: Row) -> Row:
    """The facts of a row that name anything; a leave says mostly what the join said."""
    first, last = row[0], row[-1]
    if isinstance(first, Joined) and isinstance(last, Left):
        same = first.participant is last.participant and first.room is last.room
        return row[-1:] if same and first.at <= last.at else row
    return row


async def _stored_and_ready(
    transaction: ImportTransaction, source: Source, news: _News
) -> tuple[dict[str, Presence], list[Presence]]:
    """What is stored of the presences that the news are about, and what is to be."""
    found = await transaction.presences(sorted(news.known)) if news.known else []
    stored = {presence.session_id: presence for presence in found}
    return stored, await stays_ready(transaction, _rules(source), news.facts)


def _event(source: Source, file: FileImport, number: int, key: str, row: Row) -> StoredEvent:
    return StoredEvent(
        source.source_id,
        f"{file.import_id}:{number:09}",
        EVENT_TYPE,
        row[0].at,
        file.imported_at,
        "",
        tuple(row),
        None,
        row[0].room.room_id,
        key,
    )


# --- before it goes in -----------------------------------------------------------------------


@dataclass(slots=True)
class Preview:
    """What an import would do: to how many rows, about whom and where, and joined when (ms UTC)."""

    count: ImportCount = field(default_factory=ImportCount)
    people: set[str] = field(default_factory=set)
    rooms: set[str] = field(default_factory=set)
    first_join: int | None = None
    last_join: int | None = None

    def look_at(self, batch: Sequence[Row], told: int, folded: FoldCount) -> None:
        facts = [fact for row in batch for fact in row]
        self.count = self.count.plus(len(batch), told, folded)
        self.people |= _people(facts)
        self.rooms |= {fact.room.room_id for fact in facts}
        joins = [fact.at for fact in facts if isinstance(fact, Joined)]
        known = [at for at in (self.first_join, self.last_join) if at is not None]
        self.first_join = min(joins + known, default=None)
        self.last_join = max(joins + known, default=None)


async def preview_import(
    imports: Imports, source: Source, rows: Iterable[Row], at_once: int = BATCH
) -> AsyncIterator[Preview]:
    """What `import_rows` would do with these rows; tells after every batch, and changes nothing.

    The ledger is asked batch by batch, so nobody waits for it. What earlier batches would have
    added is therefore remembered here, by hashes: of a session that a file tells again elsewhere
    and in other words, every such row counts as a change, also where it would change nothing.
    """
    preview, before = Preview(), dict[int, int]()
    async with _Batches(rows, at_once) as batches:
        while batch := await batches.following():
            fresh = [row for row in batch if hash(row[0].presence_id) not in before]
            again = [row for row in batch if hash(row[0].presence_id) in before]
            others = sum(before[hash(row[0].presence_id)] != hash(tuple(row)) for row in again)
            async with imports.importing(source.org_id) as transaction:
                _, known = await _without_erased(transaction, source, fresh)
                told, folded = await _weighed(transaction, source, known)
            folded = replace(folded, changed=folded.changed + others)
            preview.look_at(batch, told + others, folded)
            before |= {hash(row[0].presence_id): hash(tuple(row)) for row in batch}
            yield preview


async def _weighed(
    transaction: ImportTransaction, source: Source, batch: Sequence[Row]
) -> tuple[int, FoldCount]:
    """How many rows would tell anything new, and what would become of the sessions."""
    news = await _news(transaction, source, batch)
    return len(news.rows), weighed(*await _stored_and_ready(transaction, source, news))


# --- out of it again -------------------------------------------------------------------------


async def undo_import(
    imports: Imports, source: Source, import_id: str, now: int, at_once: int | None = None
) -> AsyncIterator[int]:
    """Take back what an import added; tells after every batch how many rows are taken back.

    Interrupted, it can be run again. Raises NotFound for an import that there is not, or that was
    undone already.
    """
    count, more, most = 0, True, at_once or UNDO_BATCH
    while more:
        async with imports.importing(source.org_id) as transaction:
            file = await transaction.file_import(import_id)
            if file is None or file.undone_at is not None:
                raise NotFound("there is no such import; see `rollbook imports list`")
            taken = await _take_back(transaction, source, import_id, most)
            count, more = count + taken, taken == most
            if not more:
                await transaction.save_import(replace(file, undone_at=now))
        yield count


def told_again(files: Sequence[FileImport], import_id: str) -> list[FileImport]:
    """Later imports that knew some of their rows already, maybe from the one that was taken back.

    `files`: those that were imported, the latest first.
    """
    later = takewhile(lambda file: file.import_id != import_id, files)
    return [file for file in later if file.unchanged and file.undone_at is None]


async def _take_back(
    transaction: ImportTransaction, source: Source, import_id: str, most: int
) -> int:
    rows = await transaction.remove_import_events(source.source_id, import_id, most)
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
