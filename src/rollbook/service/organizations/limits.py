"""What an organization may: how often it asks, and how much comes in.

A limit holds for an organization, whichever workers and hosts it asks: its bucket is in the database.
A request does not go there. Each process borrows the tokens of half a second at a time, and gives out
what it borrowed; so an organization can get that much more for each process, and never a second more.
"""

import asyncio
from dataclasses import dataclass, field

from rollbook.domain.audit import Action
from rollbook.domain.errors import StoreUnavailable
from rollbook.domain.limits import (
    Intake,
    Limits,
    RateExceeded,
    checked_limits,
    require_room,
    spans_of,
)
from rollbook.domain.rates import Rate, seconds
from rollbook.domain.values import value
from rollbook.service.memory import Memory
from rollbook.service.organizations.ports import LimitStore, Organizations

_LEASES_A_BURST = 20
"""A lease is this part of a burst of ten seconds: half a second."""

_TRIES = 5
_MOST_LEASES = 10_000


async def set_limits(organizations: Organizations, org_id: str, limits: Limits) -> None:
    """Say what an organization may; services follow within seconds. Raises InvalidInput."""
    checked = checked_limits(limits)
    async with organizations.changing(org_id) as change:
        await change.set_limits(checked)
        await change.note(Action.LIMITS_CHANGED)


class KnownLimits:
    """What organizations may, remembered for two seconds."""

    def __init__(self, store: LimitStore, general: Limits) -> None:
        self._store = store
        self._general = general
        self._memory: Memory[str, Limits] = Memory()

    async def of(self, org_id: str, now: int) -> Limits:
        known = self._memory.get(org_id, now)
        if known is not None:
            return known
        own = await self._store.limits(org_id)
        return self._memory.keep(org_id, own.over(self._general), now)


@value
class Allowed:
    """A request that may be answered: of this rate, `left` more may follow at once.

    After `full_in` seconds it is as if nothing had been asked.
    """

    rate: Rate
    left: int
    full_in: int


@dataclass(slots=True)
class _Lease:
    """Tokens that this process has of an organization; `full_at` as the bucket was seen last."""

    tokens: int = 0
    full_at: int = 0
    empty_until: int = 0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class RequestLimits:
    """Counts the requests of organizations that have a limit. Instants in milliseconds UTC."""

    def __init__(self, store: LimitStore, known: KnownLimits) -> None:
        self._store = store
        self._known = known
        self._leases: dict[str, _Lease] = {}

    async def take(self, org_id: str, now: int) -> Allowed | None:
        """Count a request; None where nothing limits it. Raises RateExceeded."""
        rate = (await self._known.of(org_id, now)).rate
        if rate is None:
            return None
        lease, instant = self._lease(org_id), now * 1000
        if lease.tokens < 1:
            async with lease.lock:
                if lease.tokens < 1 and lease.empty_until <= instant:
                    await self._borrow(org_id, lease, rate, instant)
        if lease.tokens < 1:
            wait = seconds(lease.empty_until - instant)
            raise RateExceeded(f"Too many requests. Try again in {wait} s.", wait)
        lease.tokens -= 1
        left = lease.tokens + rate.left(lease.full_at, instant)
        return Allowed(rate, max(0, left), seconds(max(0, lease.full_at - instant)))

    def _lease(self, org_id: str) -> _Lease:
        lease = self._leases.get(org_id)
        if lease is None:
            if len(self._leases) >= _MOST_LEASES:
                self._leases.clear()
            lease = self._leases[org_id] = _Lease()
        return lease

    async def _borrow(self, org_id: str, lease: _Lease, rate: Rate, now: int) -> None:
        """Take tokens out of the bucket, or learn when there will be one (`now` in microseconds)."""
        wanted = max(1, rate.most // _LEASES_A_BURST)
        try:
            for _ in range(_TRIES):
                seen = await self._store.full_at(org_id)
                full_at = _believable(seen or 0, rate, now)
                granted, lease.full_at = rate.taken(full_at, now, wanted)
                if granted == 0:
                    lease.empty_until = now + rate.next_after(full_at, now)
                    return
                if await self._store.move(org_id, seen, lease.full_at):
                    lease.tokens = granted
                    return
        except StoreUnavailable:
            # What cannot be counted is let through: a limit takes nothing off the service.
            lease.tokens = wanted
            return
        lease.empty_until = now + rate.refill_us


def _believable(full_at: int, rate: Rate, now: int) -> int:
    """What was read of a bucket; one of a clock that ran far ahead is begun anew.

    Clocks of hosts may differ by as long as a burst lasts.
    """
    return full_at if full_at <= now + 2 * rate.most * rate.refill_us else 0


class IntakeMeter:
    """Looks after quotas. What came in a moment ago is seen two seconds later at most."""

    def __init__(self, store: LimitStore, known: KnownLimits) -> None:
        self._store = store
        self._known = known
        self._memory: Memory[str, dict[str, Intake]] = Memory()

    async def metered(self, org_id: str, now: int) -> bool:
        """Whether what comes in has to be counted. Raises QuotaUsedUp where no more may."""
        limits = await self._known.of(org_id, now)
        if not limits.have_quota:
            return False
        intake = self._memory.get(org_id, now)
        if intake is None:
            read = await self._store.intake(org_id, spans_of(now))
            intake = self._memory.keep(org_id, dict(read), now)
        require_room(limits, intake, now)
        return True
