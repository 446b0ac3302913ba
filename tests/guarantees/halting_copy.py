"""`rollbook` whose copying of a ledger halts in the middle, with some rows written.

    python halting_copy.py db copy --to URL

Says `halted` on standard output and goes no further: what follows is for a test to choose.
"""

import asyncio
import sys
from collections.abc import Sequence
from itertools import count
from unittest.mock import patch

from rollbook.cli import main
from rollbook.store.engine.bulk import Batch
from rollbook.store.engine.database import Bulk, Row, Table
from rollbook.store.engine.postgres_bulk import PostgresBulk
from rollbook.store.engine.sqlite_bulk import SqliteBulk

COPIED = 6
"""Batches that are in the target when it halts."""

_batches = count()
_ADD = {kind: kind.add for kind in (SqliteBulk, PostgresBulk)}


async def _add_or_halt(bulk: Bulk, table: Table, rows: Sequence[Row]) -> None:
    if next(_batches) == COPIED:
        sys.stdout.write("halted\n")
        sys.stdout.flush()
        await asyncio.Event().wait()
    await _ADD[type(bulk)](bulk, table, rows)  # type: ignore[index, arg-type]  # it is one of these


if __name__ == "__main__":
    with (
        patch.object(SqliteBulk, "add", _add_or_halt),
        patch.object(PostgresBulk, "add", _add_or_halt),
        patch.object(Batch, "full", new=True),
    ):
        main(prog_name="rollbook")
