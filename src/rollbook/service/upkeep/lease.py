"""A lease: of all processes on one database, one at a time may do a work."""

from collections.abc import Callable

from rollbook.service.upkeep.ports import UpkeepStore


class Lease:
    """The right to do a work for some time, taken over by another process once it has lapsed."""

    def __init__(
        self, store: UpkeepStore, name: str, holder: str, lasts_ms: int, now: Callable[[], int]
    ) -> None:
        self._store = store
        self._name = name
        self._holder = holder
        self._lasts_ms = lasts_ms
        self._now = now
        self._until = 0

    async def held(self) -> bool:
        """Whether this process has it; takes it where it is free, renews it where half is over."""
        now = self._now()
        # A clock that was set back does not make it last longer than it was given.
        if self._until - self._lasts_ms <= now < self._until - self._lasts_ms // 2:
            return True
        until = now + self._lasts_ms
        taken = await self._store.take_lease(self._name, self._holder, now, until)
        self._until = until if taken else 0
        return taken

    async def give_up(self) -> None:
        """Let another process have it at once."""
        if self._until:
            self._until = 0
            await self._store.give_up_lease(self._name, self._holder)
