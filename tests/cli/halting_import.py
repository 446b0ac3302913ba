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
from rollbook.domain.presences import Presence
from rollbook.service.ingest.fold import FoldCount, replace_stays
from rollbook.service.ingest.ports import LedgerTransaction

COMMITTED = 2
"""Batches that are in the ledger when it halts."""

_batches = count()


async def _write_and_halt(
    transaction: LedgerTransaction, stored: Mapping[str, Presence], ready: Sequence[Presence]
) -> FoldCount:
    folded = await replace_stays(transaction, stored, ready)
    if next(_batches) == COMMITTED:
        sys.stdout.write("halted\n")
        sys.stdout.flush()
        await asyncio.Event().wait()
    return folded


if __name__ == "__main__":
    with patch("rollbook.service.ingest.importing.replace_stays", _write_and_halt):
        main(prog_name="rollbook")
