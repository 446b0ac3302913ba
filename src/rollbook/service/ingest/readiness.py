"""Whether events can be kept: by the last commit, or by a write made to find out."""

import asyncio
import math
from collections.abc import Awaitable, Callable

from rollbook.domain.errors import StoreUnavailable
from rollbook.service.ingest.group_commit import GroupCommit

FRESH_SECONDS = 10.0
"""How long a commit that came through speaks for the next one."""

_PATIENCE = 3.0
"""Seconds that the write may take: who asks whether a service is ready does not wait for long."""


class Readiness:
    """Says no from the commit on that failed, until one comes through, its own or another."""

    def __init__(self, group_commit: GroupCommit, prove: Callable[[], Awaitable[None]]) -> None:
        """`prove` makes a write of no meaning durable, or raises StoreUnavailable."""
        self._group_commit = group_commit
        self._prove = prove
        self._proved_at = -math.inf
        self._proving: asyncio.Task[None] | None = None

    async def require(self) -> None:
        """Raises StoreUnavailable where no event could be kept now."""
        good = max(self._proved_at, self._group_commit.committed_at)
        fresh = asyncio.get_running_loop().time() - good < FRESH_SECONDS
        if fresh and good > self._group_commit.failed_at:
            return
        # One write for all who ask meanwhile.
        if self._proving is None or self._proving.done():
            self._proving = asyncio.create_task(self._prove_in_time())
        await asyncio.wait({self._proving})
        self._proving.result()

    async def _prove_in_time(self) -> None:
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._prove()
        except TimeoutError as error:
            message = "nothing can be written: the store takes too long"
            raise StoreUnavailable(message) from error
        self._proved_at = asyncio.get_running_loop().time()
