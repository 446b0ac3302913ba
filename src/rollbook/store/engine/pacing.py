"""How the rows of long reads are handed on: a few at a time, so that others have their turns.

A small question needs several turns of the event loop until it is answered, and in each of them it
would meet every long read that is under way. Here it meets one of them in every fourth turn.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence

from rollbook.store.engine.database import Row

_ROWS = 100
"""Rows that are handed on at once: under a millisecond of work for whoever reads a report."""

_TURNS_FOR_OTHERS = 3
"""Turns of the loop between two such parts, of all long reads together. Where nobody else is there
they take a few microseconds each."""


class Pacing:
    """The pace of all long reads of a database in this process."""

    def __init__(self) -> None:
        self._one_at_a_time = asyncio.Lock()

    async def in_turns(self, rows: Sequence[Row]) -> AsyncGenerator[Sequence[Row], None]:
        """Rows in small parts."""
        for first in range(0, len(rows), _ROWS):
            async with self._one_at_a_time:
                for _ in range(_TURNS_FOR_OTHERS):
                    await asyncio.sleep(0)
            yield rows[first : first + _ROWS]
