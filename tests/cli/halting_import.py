"""`rollbook` whose import halts in its third batch, when that is written and not yet committed.

    python halting_import.py import FILE --org ORG

Says `halted` on standard output and goes no further: what follows is for a test to choose.
"""

import asyncio
import sys
from collections.abc import Mapping, Sequence
from itertools import count
from unittest.mock import patch

from rollbook.cli import main
from rollbook.domain.events import PresenceFact
from rollbook.domain.presences import Presence
from rollbook.service.ingest.fold import FoldCount, FoldRules, write_stays
from rollbook.service.ingest.ports import LedgerTransaction

COMMITTED = 2
"""Batches that are in the ledger when it halts."""

_batches = count()


async def _write_and_halt(
    transaction: LedgerTransaction,
    rules: FoldRules,
    stored: Mapping[str, Presence],
    facts: Mapping[str, Sequence[PresenceFact]],
) -> FoldCount:
    folded = await write_stays(transaction, rules, stored, facts)
    if next(_batches) == COMMITTED:
        sys.stdout.write("halted\n")
        sys.stdout.flush()
        await asyncio.Event().wait()
    return folded


if __name__ == "__main__":
    with patch("rollbook.service.ingest.importing.write_stays", _write_and_halt):
        main(prog_name="rollbook")
