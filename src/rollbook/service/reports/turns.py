"""Turns of an organization: so much of one thing at a time, and the others wait for theirs.

What one organization reads for long must not keep others from reading. They are counted in each
process, as its connections are.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from rollbook.domain.errors import RollbookError, TooOften

_RETRY_AFTER = 10


class TooManyReads(TooOften):
    """An organization reads so much at once that no more of it can wait."""


class TookTooLong(RollbookError):
    """The time is over in which an answer of this kind must be there."""


@dataclass(slots=True)
class _Queue:
    free: asyncio.Semaphore
    inside: int = 0
    """Those who have a turn, and those who wait."""


class Turns:
    """Gives turns to organizations: to each so many at a time, in the order of asking."""

    def __init__(self, at_a_time: int, *, waiting: int, patience: float, refusal: str) -> None:
        """At most `waiting` of an organization wait, and none longer than `patience` seconds.

        `refusal` is what the others are told.
        """
        self._at_a_time = at_a_time
        self._most_inside = at_a_time + waiting
        self._patience = patience
        self._refusal = refusal
        self._queues: dict[str, _Queue] = {}

    @asynccontextmanager
    async def turn(self, org_id: str) -> AsyncIterator[None]:
        """A turn, for as long as the context lasts. Raises TooManyReads."""
        queue = self._queues.setdefault(org_id, _Queue(asyncio.Semaphore(self._at_a_time)))
        if queue.inside >= self._most_inside:
            raise TooManyReads(self._refusal, _RETRY_AFTER)
        queue.inside += 1
        try:
            await self._wait(queue.free)
            try:
                yield
            finally:
                queue.free.release()
        finally:
            queue.inside -= 1
            if not queue.inside:
                del self._queues[org_id]

    async def _wait(self, free: asyncio.Semaphore) -> None:
        try:
            async with asyncio.timeout(self._patience):
                await free.acquire()
        except TimeoutError:
            raise TooManyReads(self._refusal, _RETRY_AFTER) from None
