"""Upkeep takes its turn among those who write to an organization."""

import asyncio
from dataclasses import replace

import pytest
from support.turns import until_waiting
from upkeep.world import NOON, World, joined

from rollbook.domain.presences import session_id_for


@pytest.mark.parametrize("engine", ["postgres"])
async def test_an_address_that_is_forgotten_beside_a_fold_does_not_come_back(world: World) -> None:
    retention, ledger, source = world.stores.retention, world.stores.ledger, world.source
    session_ids = [session_id_for(source.source_id, "P1")]
    await world.told(replace(joined("P1"), ip_address="192.0.2.1"))
    async with ledger.transaction(source.org_id) as transaction:
        known = await transaction.presences(session_ids)

        async def forget() -> None:
            await retention.forget_session_addresses(source.org_id, NOON + 1, 10)

        forgetting = asyncio.create_task(forget())
        await until_waiting(world.stores, forgetting)
        await transaction.save_presences(known)
    await forgetting
    assert (await world.existing("P1")).ip_address is None
