"""`rollbook` whose import halts in its third batch, when that is written and not yet committed.

    python halting_import.py import FILE --org ORG

Says `halted` on standard output and goes no further: what follows is for a test to choose.
"""

import asyncio
import sys
from collections.abc import Sequence
from itertools import count
from unittest.mock import patch

from rollbook.cli import main
from rollbook.domain.events import Fact
from rollbook.service.ingest.fold import FoldCount, FoldRules, fold_facts
from rollbook.service.ingest.ports import LedgerTransaction

COMMITTED = 2
"""Batches that are in the ledger when it halts."""

_batches = count()


async def _fold_and_halt(
    transaction: LedgerTransaction, rules: FoldRules, facts: Sequence[Fact]
) -> FoldCount:
    folded = await fold_facts(transaction, rules, facts)
    if next(_batches) == COMMITTED:
        sys.stdout.write("halted\n")
        sys.stdout.flush()
        await asyncio.Event().wait()
    return folded


if __name__ == "__main__":
    with patch("rollbook.service.ingest.importing.fold_facts", _fold_and_halt):
        main(prog_name="rollbook")
