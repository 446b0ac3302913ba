"""Limits and quotas of organizations, counted together by all who share a database."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from support.school import School, opened_school

from rollbook.domain.errors import InvalidInput, StoreUnavailable
from rollbook.domain.limits import BURST_SECONDS, Intake, Limits, QuotaUsedUp, RateExceeded
from rollbook.service.organizations.limits import (
    IntakeMeter,
    KnownLimits,
    RequestLimits,
    set_limits,
)
from rollbook.stores import Stores

NOON = 1_705_320_000_000
EACH = 40
BURST = EACH * BURST_SECONDS
LEASE = BURST // 20
"""Requests: in a second, at once, and what a process borrows at a time."""


@pytest.fixture
async def other(stores: Stores) -> School:
    return await opened_school(stores)


def process(stores: Stores, general: Limits = Limits()) -> RequestLimits:  # noqa: B008 - frozen
    """What one worker has of them."""
    return RequestLimits(stores.limits, KnownLimits(stores.limits, general))


async def asked(limits: RequestLimits, org_id: str, times: int, now: int) -> int:
    """How many of so many requests are let through."""
    passed = 0
    waits: set[int] = set()
    for _ in range(times):
        try:
            await limits.take(org_id, now)
            passed += 1
        except RateExceeded as error:
            waits.add(error.retry_after)
    assert waits <= set(range(1, BURST_SECONDS + 1))
    return passed


async def test_without_a_limit_nothing_is_counted(school: School, stores: Stores) -> None:
    org_id = school.organization.org_id
    assert await process(stores).take(org_id, NOON) is None
    assert await stores.limits.full_at(org_id) is None


async def test_a_burst_goes_through_and_then_so_many_a_second(
    school: School, stores: Stores
) -> None:
    org_id = school.organization.org_id
    await set_limits(stores.organizations, org_id, Limits(EACH))
    limits = process(stores)
    first = await limits.take(org_id, NOON)
    assert first is not None
    assert (first.rate.most, first.left) == (BURST, BURST - 1)
    assert await asked(limits, org_id, 2 * BURST, NOON) == BURST - 1
    for second in range(1, 4):
        assert await asked(limits, org_id, 2 * EACH, NOON + second * 1000) == EACH
    assert await asked(limits, org_id, 2 * BURST, NOON + 60_000) == BURST


async def test_all_processes_together_get_no_more_than_what_each_has_borrowed(
    school: School, other: School, stores: Stores
) -> None:
    ours, theirs = school.organization.org_id, other.organization.org_id
    for org_id in (ours, theirs):
        await set_limits(stores.organizations, org_id, Limits(EACH))
    processes = [process(stores) for _ in range(4)]
    passed = await asyncio.gather(*(asked(one, ours, BURST, NOON) for one in processes))
    assert BURST <= sum(passed) <= BURST + 4 * LEASE
    assert await asked(processes[0], theirs, BURST, NOON) == BURST


async def test_a_limit_of_its_own_wins_over_that_of_the_service(
    school: School, other: School, stores: Stores
) -> None:
    ours, theirs = school.organization.org_id, other.organization.org_id
    await set_limits(stores.organizations, ours, Limits(0))
    limits = process(stores, Limits(1))
    assert await limits.take(ours, NOON) is None
    assert await asked(limits, theirs, 100, NOON) == BURST_SECONDS


async def test_a_clock_that_ran_far_ahead_holds_nobody_up(school: School, stores: Stores) -> None:
    org_id = school.organization.org_id
    await set_limits(stores.organizations, org_id, Limits(EACH))
    assert await stores.limits.move(org_id, None, (NOON + 86_400_000) * 1000)
    limits = process(stores)
    assert await asked(limits, org_id, 2 * BURST, NOON) == BURST


async def test_what_cannot_be_counted_is_let_through(school: School, stores: Stores) -> None:
    class Away:
        async def limits(self, org_id: str) -> Limits:
            return Limits(EACH)

        def __getattr__(self, name: str) -> Callable[..., Any]:
            async def fails(*_: object) -> None:
                raise StoreUnavailable

            return fails

    away: Any = Away()
    limits = RequestLimits(away, KnownLimits(away, Limits()))
    assert await asked(limits, school.organization.org_id, 100, NOON) == 100


@pytest.mark.parametrize(
    ("limits", "intake", "said"),
    [
        (Limits(events_per_day=5), {"2024-01-15": Intake(5, 0)}, "5 events in a day"),
        (Limits(events_per_month=5), {"2024-01": Intake(6, 0)}, "5 events in a month"),
        (Limits(bytes_per_day=5_000), {"2024-01-15": Intake(1, 5_000)}, "5,000 bytes in a day"),
        (Limits(bytes_per_month=5), {"2024-01": Intake(0, 9)}, "the next begins on 2024-02-01"),
        (Limits(events_per_day=6), {"2024-01-15": Intake(5, 0)}, None),
        (Limits(events_per_day=5), {"2024-01-14": Intake(9, 9), "2024-01": Intake(9, 9)}, None),
        (Limits(events_per_day=0), {"2024-01-15": Intake(9, 9)}, None),
    ],
)
async def test_a_quota_is_used_up(
    school: School, stores: Stores, limits: Limits, intake: Mapping[str, Intake], said: str | None
) -> None:
    org_id = school.organization.org_id
    await set_limits(stores.organizations, org_id, limits)
    async with stores.ledger.transactions({org_id}) as transactions:
        await transactions[org_id].count_intake(intake)
    meter = IntakeMeter(stores.limits, KnownLimits(stores.limits, Limits()))
    if said is None:
        assert await meter.metered(org_id, NOON) is limits.have_quota
        return
    with pytest.raises(QuotaUsedUp, match=said) as refused:
        await meter.metered(org_id, NOON)
    assert 0 < refused.value.retry_after <= 31 * 86_400


async def test_what_is_no_limit_is_refused_by_its_name(school: School, stores: Stores) -> None:
    for limits in (Limits(-1), Limits(10_001), Limits(events_per_month=-1)):
        with pytest.raises(InvalidInput, match="must be from 0 to"):
            await set_limits(stores.organizations, school.organization.org_id, limits)
