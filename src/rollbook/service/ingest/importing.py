"""Files into the ledger: rows in batches, each batch one transaction.

A row is folded like any event, so importing a file again changes nothing, and a file whose
import was interrupted can simply be imported again.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from rollbook.domain.events import Fact
from rollbook.domain.sources import Source
from rollbook.service.ingest.fold import FoldRules, fold_facts
from rollbook.service.ingest.ports import Ledger

BATCH = 2_000
"""Rows per transaction: some tens of milliseconds, after which live events get their turn."""


@dataclass(frozen=True, slots=True)
class ImportCount:
    """Rows of a file that are in the ledger now: new, corrected, or known before."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0

    @property
    def rows(self) -> int:
        return self.added + self.changed + self.unchanged


async def import_rows(
    ledger: Ledger, source: Source, rows: Iterable[Sequence[Fact]]
) -> AsyncIterator[ImportCount]:
    """Take in rows, each the facts of one session; tells after every batch how far it is.

    What was told is committed: stopping between two batches loses nothing of it.
    """
    count = ImportCount()
    remaining = iter(rows)
    while batch := list(islice(remaining, BATCH)):
        facts = [fact for row in batch for fact in row]
        async with ledger.transaction(source.org_id) as transaction:
            folded = await fold_facts(transaction, FoldRules(source.source_id), facts)
        count = ImportCount(
            count.added + folded.added,
            count.changed + folded.changed,
            count.unchanged + len(batch) - folded.added - folded.changed,
        )
        yield count
