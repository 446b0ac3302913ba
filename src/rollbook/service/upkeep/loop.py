"""The background work of a service: upkeep, again and again, until it is told to stop."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from rollbook.domain.errors import StoreUnavailable
from rollbook.service.upkeep.ports import RoundOutcome
from rollbook.service.upkeep.round import Upkeep, keep_up


class UpkeepLoop:
    """Does upkeep every so many seconds; never, where that is 0."""

    def __init__(
        self, upkeep: Upkeep, every_seconds: float, count: Callable[[RoundOutcome], None]
    ) -> None:
        """`count` is called after every round with what became of it."""
        self._upkeep = upkeep
        self._count = count
        self._every_seconds = every_seconds
        self._work: asyncio.Task[None] | None = None
        self._stopping = False

    async def start(self) -> None:
        if self._every_seconds > 0:
            self._work = asyncio.create_task(self._keep_up_again_and_again())

    async def stop(self) -> None:
        if self._work is None:
            return
        # A group of tasks that fails just then raises its errors and forgets that it was cancelled
        # (before Python 3.13), so the work is told in two ways.
        self._stopping = True
        self._work.cancel()
        await asyncio.wait({self._work})
        self._work = None
        with suppress(StoreUnavailable):
            await self._upkeep.lease.give_up()

    async def _keep_up_again_and_again(self) -> None:
        while not self._stopping:
            # First of all wait: what platforms send again after a restart comes in meanwhile.
            await asyncio.sleep(self._every_seconds)
            try:
                done = await keep_up(self._upkeep)
            except* StoreUnavailable:
                self._count("failed")
                self._upkeep.log.warning("upkeep waits for the database")
            except* Exception:
                self._count("failed")
                self._upkeep.log.exception("upkeep failed")
            else:
                self._count("done" if done else "elsewhere")
