"""`rollbook` whose import halts in its third batch, when that is written and not yet committed.

    python halting_import.py import FILE --org ORG

Says `halted` on standard output and goes no further: what follows is for a test to choose.
"""

import asyncio
import sys
from itertools import count
from unittest.mock import patch

from rollbook.cli import main
from rollbook.service.ingest.erased import Kept, forget_before
from rollbook.service.ingest.fold import FoldRules
from rollbook.service.ingest.ports import LedgerTransaction

COMMITTED = 2
"""Batches that are in the ledger when it halts."""

_batches = count()


async def _halt_when_written(transaction: LedgerTransaction, rules: FoldRules, kept: Kept) -> None:
    await forget_before(transaction, rules, kept)
    if next(_batches) == COMMITTED:
        sys.stdout.write("halted\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    with patch("rollbook.service.ingest.importing.forget_before", _halt_when_written):
        main(prog_name="rollbook")
