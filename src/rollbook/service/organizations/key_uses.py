"""When keys were used last, to a day: kept beside what they are used for, so that who asks never waits."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from rollbook.domain.errors import StoreUnavailable
from rollbook.service.organizations.user_ports import Users

_DAY_MS = 86_400_000
_EVERY_SECONDS = 30.0
_MOST = 10_000


class KeyUses:
    """Uses of keys that are yet to be kept, in the memory of this process."""

    def __init__(self, users: Users, now: Callable[[], int]) -> None:
        self._users = users
        self._now = now
        self._used: set[tuple[str, str]] = set()
        self._task: asyncio.Task[None] | None = None

    def note(self, org_id: str, key_hash: str, used_at: int | None, now: int) -> None:
        """A key is used; `used_at` is what is kept of that (ms UTC)."""
        if (used_at is None or now - used_at >= _DAY_MS) and len(self._used) < _MOST:
            self._used.add((org_id, key_hash))

    async def keep(self) -> None:
        """Keep all that was noted. What cannot be written is noted again with the next use."""
        used, self._used = self._used, set()
        with suppress(StoreUnavailable):
            for org_id, key_hash in sorted(used):
                await self._users.note_key_used(org_id, key_hash, self._now())

    async def start(self) -> None:
        """Keep what is noted, again and again."""
        self._task = asyncio.create_task(self._go_on())

    async def stop(self) -> None:
        """Keep what is left."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        await self.keep()

    async def _go_on(self) -> None:
        while True:
            await asyncio.sleep(_EVERY_SECONDS)
            await self.keep()
