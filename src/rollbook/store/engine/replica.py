"""Reading from a server that follows the ledger's, as long as it is not too far behind.

A process leaves marks in the ledger, and knows when it did. Whoever shows a mark shows all that was
committed before it, so how far behind a follower may be is told by what it shows itself: by no
clock of another machine, and whatever is between the two. docs/decisions/0040-replicas.md.
"""

import asyncio
import secrets
import time
from collections import Counter, OrderedDict
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from typing import Literal, TypeVar

from rollbook.domain.errors import StoreUnavailable
from rollbook.domain.values import value
from rollbook.store.engine.database import Database, Lane, Reading, Snapshot

Standing = Literal["fresh", "behind", "away"]
"""How a replica stands: it is read from, it is too far behind, or it does not answer."""

_MARKS = "present "
"""What the names of all marks begin with; and the first text after all of them."""
_AFTER_MARKS = "present!"

_MARKS_IN_TIME = 4
"""How many marks are left within the time that a replica may be behind."""

_LEAST_PAUSE = 0.1
_AWAY_SECONDS = 2.0
"""How long a replica that did not answer is not asked again by readers."""

_KEPT_MARKS = 1000
_DAY_MS = 86_400_000

_R = TypeVar("_R", bound=Reading)


@value
class ReplicaState:
    """How a replica stands, at most how many seconds it was behind, and who read where.

    `behind` is None while nobody knows.
    """

    standing: Standing
    behind: float | None
    reads: Mapping[str, int]


@value
class ReplicaBounds:
    """How many seconds what is read may be behind, and what is read there.

    With `short`, single statements as well, and not only what reads for long.
    """

    seconds: float
    short: bool = False


class Replica:
    """A ledger that is read from a follower where that is fresh, and from itself otherwise."""

    def __init__(
        self,
        ledger: Database,
        follower: Database,
        bounds: ReplicaBounds,
        now: Callable[[], int],
    ) -> None:
        """`now` is in ms UTC."""
        self._ledger = ledger
        self._follower = follower
        self._limit = bounds.seconds
        self._short = bounds.short
        self._now = now
        self._changed: Callable[[Standing], None] = lambda _: None
        self._name = f"{_MARKS}{secrets.token_hex(8)}"
        self._left: OrderedDict[int, float] = OrderedDict()
        """When marks were begun to be left, by the clock that nobody sets."""
        self._standing: Standing = "away"
        self._shown: float | None = None
        self._ask_again_at = 0.0
        self._reads: Counter[str] = Counter()
        self._working: asyncio.Task[None] | None = None
        self._opened = False

    @property
    def state(self) -> ReplicaState:
        """How it stands now."""
        behind = None if self._shown is None else time.monotonic() - self._shown
        return ReplicaState(self._standing, behind, dict(self._reads))

    async def start(self, changed: Callable[[Standing], None]) -> None:
        """Begin to leave marks; until the follower shows one, it is not read from.

        `changed` is told how it stands whenever that changes.
        """
        self._changed = changed
        self._working = asyncio.create_task(self._mark_again_and_again())

    async def stop(self) -> None:
        """End that, and let go of the follower."""
        if self._working is None:
            return
        self._working.cancel()
        await asyncio.wait({self._working})
        with suppress(StoreUnavailable):
            await self._follower.close()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Reading]:
        async with AsyncExitStack() as stack:
            yield await self._entered(
                stack, self._follower.reading, self._ledger.reading, allowed=self._short
            )

    @asynccontextmanager
    async def snapshot(self, lane: Lane = "background") -> AsyncIterator[Snapshot]:
        async with AsyncExitStack() as stack:
            yield await self._entered(
                stack,
                lambda: self._follower.snapshot(lane),
                lambda: self._ledger.snapshot(lane),
                # What upkeep does is written into the ledger, so it looks at nothing else.
                allowed=lane != "background",
            )

    async def _entered(
        self,
        stack: AsyncExitStack,
        there: Callable[[], AbstractAsyncContextManager[_R]],
        here: Callable[[], AbstractAsyncContextManager[_R]],
        *,
        allowed: bool,
    ) -> _R:
        if allowed and self._opened and time.monotonic() >= self._ask_again_at:
            try:
                async with AsyncExitStack() as trial:
                    connection = await trial.enter_async_context(there())
                    if await self._is_fresh(connection):
                        await stack.enter_async_context(trial.pop_all())
                        self._reads["replica"] += 1
                        return connection
            except StoreUnavailable:
                self._note_away()
        if allowed:
            self._reads["ledger"] += 1
        return await stack.enter_async_context(here())

    async def _is_fresh(self, connection: Reading) -> bool:
        """Whether what this connection shows, now and later, is young enough."""
        rows = await connection.fetch("mark_shown", {"name": self._name})
        begun = self._left.get(rows[0][0]) if rows else None
        self._shown = begun
        fresh = begun is not None and time.monotonic() - begun <= self._limit
        self._note("fresh" if fresh else "behind")
        return fresh

    async def _mark_again_and_again(self) -> None:
        pause = max(_LEAST_PAUSE, self._limit / _MARKS_IN_TIME)
        while True:
            with suppress(StoreUnavailable):
                await self._leave_mark()
            try:
                await self._look()
            except StoreUnavailable:
                self._note_away()
            await asyncio.sleep(pause)

    async def _leave_mark(self) -> None:
        # No two bear the same time, whatever the clock does: what is shown must be one of them.
        begun, left_at = time.monotonic(), max(self._now(), next(reversed(self._left), 0) + 1)
        values = {"name": self._name, "holder": "a service that reads elsewhere"}
        async with self._ledger.writing() as connection:
            if not self._left:
                before = {"first": _MARKS, "after_last": _AFTER_MARKS, "before": left_at - _DAY_MS}
                await connection.execute("forget_marks", before)
            await connection.execute("leave_mark", values | {"left_at": left_at})
        self._left[left_at] = begun
        while len(self._left) > _KEPT_MARKS:
            self._left.popitem(last=False)

    async def _look(self) -> None:
        """See how far behind the follower is, so that it is known also when nobody reads."""
        if not self._opened:
            await self._follower.open()
            self._opened = True
        async with self._follower.reading() as connection:
            await self._is_fresh(connection)

    def _note_away(self) -> None:
        self._ask_again_at = time.monotonic() + _AWAY_SECONDS
        self._shown = None
        self._note("away")

    def _note(self, standing: Standing) -> None:
        if standing != self._standing:
            self._standing = standing
            self._changed(standing)
