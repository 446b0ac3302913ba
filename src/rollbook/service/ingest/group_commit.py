"""Group commit: deliveries that come at the same time share one transaction.

While one group is being committed the next one gathers, so a group is as large as the disk is
slow, and nobody waits for company. Each delivery is answered after the commit that holds it, or
told to come back once its time is over, by a clock that runs beside whatever the store does.
"""

import asyncio
import math
from collections import deque
from collections.abc import Mapping, Sequence
from contextvars import Context
from dataclasses import dataclass, field
from typing import Protocol

from rollbook.domain.errors import StoreLocked, StoreUnavailable
from rollbook.domain.values import value
from rollbook.service.ingest.held import HeldOrganizations, still_held
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


_LONGEST_WAIT = 12.0
"""Seconds after which a sender is told to come back, whatever the store is doing then. What is
committed after all is recognized when it comes again."""

_APART_SECONDS = 0.25
"""How long is waited for an organization that somebody else holds, if others wait behind it."""

_LONGEST_APART = 4.0
"""Seconds for which a group is recorded one organization at a time before the rest is given up."""


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


@value
class _Waiting:
    arrival: Arrival
    outcomes: asyncio.Future[list[Outcome]]
    since: float

    def answer(self, outcomes: list[Outcome]) -> None:
        if not self.outcomes.done():
            self.outcomes.set_result(outcomes)

    def refuse(self, error: Exception) -> None:
        if not self.outcomes.done():
            self.outcomes.set_exception(error)

    @property
    def refused(self) -> bool:
        """Whether the sender was told to come back. One that hung up was not."""
        return self.outcomes.done() and not self.outcomes.cancelled()


@dataclass(slots=True)
class _Part:
    """What belongs to one organization in a group."""

    waiting: list[_Waiting] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)


class GroupCommit:
    """Records arrivals in groups; one at work per process."""

    def __init__(self, ledger: Ledger, meter: GroupMeter) -> None:
        self._ledger = ledger
        self._meter = meter
        self._waiting: deque[_Waiting] = deque()
        self._waiting_events = 0
        self._rejections: list[Rejection] = []
        self._work: asyncio.Task[None] | None = None
        self._held = HeldOrganizations()
        self.committed_at = self.failed_at = -math.inf
        """When a commit last came through, and when the store last failed (seconds of the loop)."""

    @property
    def waiting_events(self) -> int:
        """Events that wait for a commit to begin."""
        return self._waiting_events

    async def record(self, arrival: Arrival) -> list[Outcome]:
        """Record an arrival; durable when this returns. Raises StoreUnavailable."""
        if arrival.source.org_id in self._held:
            return await self._record_apart(arrival)
        if self._waiting_events >= _MOST_WAITING:
            raise StoreUnavailable("too many events are waiting to be stored", retry_after=1)
        loop = asyncio.get_running_loop()
        waiting = _Waiting(arrival, loop.create_future(), loop.time())
        self._waiting.append(waiting)
        self._waiting_events += len(arrival.deliveries)
        self._start()
        clock = loop.call_at(waiting.since + _LONGEST_WAIT, self._give_up, waiting)
        try:
            return await waiting.outcomes
        finally:
            clock.cancel()

    def reject(self, rejection: Rejection) -> None:
        """Count a rejected delivery, with the next group; a flood of them costs no more."""
        self._meter.rejected(rejection.source.kind)
        if rejection.source.org_id in self._held:
            return
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
        group: list[_Waiting] = []
        events = 0
        while self._waiting and events < MOST_EVENTS:
            first = self._take_first()
            if first.arrival.source.org_id in self._held:
                # It came before that was known, and would keep the others of the group waiting.
                first.refuse(still_held())
                continue
            group.append(first)
            events += len(first.arrival.deliveries)
        return group

    def _take_first(self) -> _Waiting:
        first = self._waiting.popleft()
        self._waiting_events -= len(first.arrival.deliveries)
        return first

    async def _record_group(self, group: Sequence[_Waiting]) -> None:
        rejections, self._rejections = self._rejections, []
        try:
            await self._commit(group, rejections)
        except StoreLocked:
            await self._record_by_organization(_parts(group, rejections))
        except StoreUnavailable as error:
            _refuse_all([*group, *self._impatient()], error)
        except Exception as error:  # noqa: BLE001 - whatever it is, its sender must hear of it
            await self._record_one_by_one(group, error)

    async def _commit(
        self,
        group: Sequence[_Waiting],
        rejections: Sequence[Rejection] = (),
        lock_seconds: float | None = None,
    ) -> None:
        """Record a group and answer it, all in one transaction."""
        arrivals, loop = [waiting.arrival for waiting in group], asyncio.get_running_loop()
        begun = loop.time()
        try:
            async with asyncio.timeout(_LONGEST_WAIT):
                outcomes = await record(self._ledger, arrivals, rejections, lock_seconds)
        except StoreLocked:
            raise
        except StoreUnavailable:
            self._note_failure()
            raise
        except TimeoutError as error:
            self._note_failure()
            raise _too_late() from error
        self.committed_at = loop.time()
        for waiting, outcome in zip(group, outcomes, strict=True):
            waiting.answer(outcome)
        self._meter.committed(arrivals, outcomes, self.committed_at - begun)

    def _note_failure(self) -> None:
        self.failed_at = asyncio.get_running_loop().time()
        self._meter.failed()

    async def _record_by_organization(self, parts: Mapping[str, _Part]) -> None:
        """An organization that somebody else holds must not take the others of its group with it."""
        loop = asyncio.get_running_loop()
        until = loop.time() + _LONGEST_APART
        for org_id, part in parts.items():
            if loop.time() > until:
                _refuse_all(part.waiting, still_held())
                continue
            try:
                await self._commit(part.waiting, part.rejections, _APART_SECONDS)
            except StoreLocked:
                self._held.note(org_id)
                _refuse_all(part.waiting, still_held())
            except StoreUnavailable as error:
                _refuse_all(part.waiting, error)
            except Exception as error:  # noqa: BLE001 - as above
                await self._record_one_by_one(part.waiting, error)

    async def _record_apart(self, arrival: Arrival) -> list[Outcome]:
        """Beside the groups, as one that waits for this organization would keep others waiting."""
        org_id = arrival.source.org_id
        self._held.try_again(org_id)
        loop = asyncio.get_running_loop()
        waiting = _Waiting(arrival, loop.create_future(), loop.time())
        try:
            await self._commit([waiting], (), _APART_SECONDS)
        except StoreLocked:
            self._held.note(org_id)
            raise still_held() from None
        self._held.free(org_id)
        return waiting.outcomes.result()

    def _give_up(self, late: _Waiting) -> None:
        """Its time is over; where it had not come to its turn, it is not recorded any more."""
        late.refuse(_too_late())
        while self._waiting and self._waiting[0].refused:
            self._take_first()

    def _impatient(self) -> list[_Waiting]:
        """Take out those who have waited long already; they stand in the order of coming."""
        before = asyncio.get_running_loop().time() - _PATIENCE
        impatient: list[_Waiting] = []
        while self._waiting and self._waiting[0].since <= before:
            impatient.append(self._take_first())
        return impatient

    async def _record_one_by_one(self, group: Sequence[_Waiting], error: Exception) -> None:
        """One event that cannot be stored must not take the others of its group with it."""
        if len(group) <= 1:
            _refuse_all(group, error)
            return
        for waiting in group:
            await self._record_group([waiting])


def _parts(group: Sequence[_Waiting], rejections: Sequence[Rejection]) -> dict[str, _Part]:
    """A group by organization."""
    parts: dict[str, _Part] = {}
    for waiting in group:
        parts.setdefault(waiting.arrival.source.org_id, _Part()).waiting.append(waiting)
    for rejection in rejections:
        parts.setdefault(rejection.source.org_id, _Part()).rejections.append(rejection)
    return parts


def _too_late() -> StoreUnavailable:
    return StoreUnavailable("the store takes too long")


def _refuse_all(group: Sequence[_Waiting], error: Exception) -> None:
    for waiting in group:
        waiting.refuse(error)
