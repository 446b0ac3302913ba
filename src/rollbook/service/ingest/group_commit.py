"""Group commit: deliveries that come at the same time share one transaction.

While one group is being committed the next one gathers, so a group is as large as the disk is
slow, and nobody waits for company. Each delivery is answered after the commit that holds it.
"""

import asyncio
from collections.abc import Sequence
from contextvars import Context
from dataclasses import dataclass
from typing import Protocol

from rollbook.domain.errors import StoreUnavailable
from rollbook.service.ingest.ports import Ledger
from rollbook.service.ingest.record import Arrival, Outcome, Rejection, record

MOST_EVENTS = 512
"""Events in one transaction, about: enough that the commit's own cost does not show."""

_MOST_WAITING = 20_000
"""Events that may wait in memory; beyond it senders are told to come back."""

_MOST_REJECTIONS = 1_000

_PATIENCE = 5.0
"""Seconds after which a sender who waits is not made to wait for another try, if one has failed:
the store may take its time to fail, and LiveKit drops what waited for half a minute."""


_LONGEST_COMMIT = 12.0
"""Seconds after which senders are told to come back, whatever the store is still doing. What is
committed after all is recognized when it comes again."""


class GroupMeter(Protocol):
    """Counts what becomes of groups."""

    def committed(
        self, arrivals: Sequence[Arrival], outcomes: Sequence[Sequence[Outcome]], seconds: float
    ) -> None:
        """A group is durable; `seconds` is how long its transaction took."""
        ...

    def failed(self) -> None:
        """A group could not be stored."""
        ...

    def rejected(self, kind: str) -> None:
        """A delivery of a source of this kind was refused."""
        ...


@dataclass(frozen=True, slots=True)
class _Waiting:
    arrival: Arrival
    outcomes: asyncio.Future[list[Outcome]]
    since: float


class GroupCommit:
    """Records arrivals in groups; one at work per process."""

    def __init__(self, ledger: Ledger, meter: GroupMeter) -> None:
        self._ledger = ledger
        self._meter = meter
        self._waiting: list[_Waiting] = []
        self._waiting_events = 0
        self._rejections: list[Rejection] = []
        self._work: asyncio.Task[None] | None = None

    @property
    def waiting_events(self) -> int:
        """Events that wait for a commit to begin."""
        return self._waiting_events

    async def record(self, arrival: Arrival) -> list[Outcome]:
        """Record an arrival; durable when this returns. Raises StoreUnavailable."""
        if self._waiting_events >= _MOST_WAITING:
            raise StoreUnavailable("too many events are waiting to be stored", retry_after=1)
        loop = asyncio.get_running_loop()
        waiting = _Waiting(arrival, loop.create_future(), loop.time())
        self._waiting.append(waiting)
        self._waiting_events += len(arrival.deliveries)
        self._start()
        return await waiting.outcomes

    def reject(self, rejection: Rejection) -> None:
        """Count a rejected delivery, with the next group; a flood of them costs no more."""
        self._meter.rejected(rejection.source.kind)
        if len(self._rejections) < _MOST_REJECTIONS:
            self._rejections.append(rejection)
        self._start()

    async def drain(self) -> None:
        """Wait until everything that was handed in is recorded."""
        while self._work is not None:
            await asyncio.wait({self._work})

    def _start(self) -> None:
        if self._work is None:
            # In a context of its own: it works for many requests, not for the one that began it.
            loop = asyncio.get_running_loop()
            self._work = loop.create_task(self._record_groups(), context=Context())

    async def _record_groups(self) -> None:
        try:
            while self._waiting or self._rejections:
                await self._record_group(self._next_group())
        finally:
            self._work = None

    def _next_group(self) -> list[_Waiting]:
        events = count = 0
        for waiting in self._waiting:
            events += len(waiting.arrival.deliveries)
            count += 1
            if events >= MOST_EVENTS:
                break
        group, self._waiting = self._waiting[:count], self._waiting[count:]
        self._waiting_events -= events
        return group

    async def _record_group(self, group: Sequence[_Waiting]) -> None:
        rejections, self._rejections = self._rejections, []
        arrivals, loop = [waiting.arrival for waiting in group], asyncio.get_running_loop()
        begun = loop.time()
        try:
            async with asyncio.timeout(_LONGEST_COMMIT):
                outcomes = await record(self._ledger, arrivals, rejections)
        except StoreUnavailable as error:
            self._meter.failed()
            _answer_all([*group, *self._impatient()], error)
        except TimeoutError:
            self._meter.failed()
            late = StoreUnavailable("the store takes too long")
            _answer_all([*group, *self._impatient()], late)
        except Exception as error:  # noqa: BLE001 - whatever it is, its sender must hear of it
            await self._record_one_by_one(group, error)
        else:
            self._meter.committed(arrivals, outcomes, loop.time() - begun)
            for waiting, outcome in zip(group, outcomes, strict=True):
                if not waiting.outcomes.done():
                    waiting.outcomes.set_result(outcome)

    def _impatient(self) -> list[_Waiting]:
        """Take out those who have waited long already; they stand in the order of coming."""
        before = asyncio.get_running_loop().time() - _PATIENCE
        impatient = [waiting for waiting in self._waiting if waiting.since <= before]
        self._waiting = self._waiting[len(impatient) :]
        self._waiting_events -= sum(len(one.arrival.deliveries) for one in impatient)
        return impatient

    async def _record_one_by_one(self, group: Sequence[_Waiting], error: Exception) -> None:
        """One event that cannot be stored must not take the others of its group with it."""
        if len(group) <= 1:
            _answer_all(group, error)
            return
        for waiting in group:
            await self._record_group([waiting])


def _answer_all(group: Sequence[_Waiting], error: Exception) -> None:
    for waiting in group:
        if not waiting.outcomes.done():
            waiting.outcomes.set_exception(error)
