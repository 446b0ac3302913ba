"""Upkeep finishes erasures, and forgets user agents and people whose time is over."""

from dataclasses import replace

import pytest
from support.erasing import everything_in
from upkeep.test_retention import DAY, delivered, differences, keeps
from upkeep.world import HOUR, MINUTE, NOON, World, joined, left, opened_world

from rollbook.domain.context import Context
from rollbook.domain.events import Participant
from rollbook.domain.retention import Addresses, Retention
from rollbook.domain.sessions import Rules
from rollbook.service.ingest.context import tell_context
from rollbook.service.organizations.settings import set_addresses, set_retention
from rollbook.service.upkeep.erasing import erase
from rollbook.service.upkeep.rebuild import RebuildRules, verify
from rollbook.stores import Stores

AGENT = "Mozilla/5.0 (Agent; rare)"


@pytest.fixture
async def world(stores: Stores) -> World:
    world = await opened_world(stores)
    world.source = await world.another_source("zoom", kind="zoom")
    return world


async def held(world: World) -> str:
    return str(await everything_in(world.stores, world.source.org_id))


async def test_upkeep_looks_through_all_events_after_an_erasure(world: World) -> None:
    await delivered(world, joined("P1"), left("P1", NOON + HOUR))
    uid = (await world.existing("P1")).participant_id or ""
    await erase(world.upkeep.erasing, world.source.org_id, uid, world.clock())
    assert await world.stores.organizations.erasing() == [world.source.org_id]
    await world.after(MINUTE)
    assert await world.stores.organizations.erasing() == []
    assert world.log.heard("exception") == []
    assert await differences(world) == []


async def test_user_agents_go_when_their_time_is_over_and_not_before(world: World) -> None:
    await keeps(world, agent_days=30)
    told = replace(joined("P1"), user_agent=AGENT)
    await delivered(world, told, left("P1", NOON + HOUR))
    context = Context("carl", "math-101", NOON, None, AGENT)
    await tell_context(world.stores.ledger, world.source.org_id, context, Participant("carl"))
    await world.after(30 * DAY)
    assert (await world.existing("P1")).user_agent == AGENT
    await world.after(2 * DAY)
    session = await world.existing("P1")
    assert (session.user_agent, session.user_agent_told_at) == (None, None)
    assert (session.joined_at, session.left_at) == (NOON, NOON + HOUR)
    assert "Agent; rare" not in await held(world)
    assert await differences(world) == []
    # What comes late has none either.
    await delivered(world, replace(told, presence_id="P1", at=NOON + 1))
    assert (await world.existing("P1")).user_agent is None


async def test_the_ledger_agrees_before_upkeep_has_taken_the_agents(world: World) -> None:
    await keeps(world, agent_days=30)
    await delivered(world, replace(joined("P1"), user_agent=AGENT))
    world.clock.at += 31 * DAY
    rules = RebuildRules(Rules(), agents_before=world.clock() - 30 * DAY)
    async for part in verify(world.stores.evidence, world.source, rules):
        assert part.differences == []


async def test_who_was_not_seen_for_long_goes_nameless_and_may_come_back(world: World) -> None:
    await keeps(world, people_days=365)
    await delivered(world, joined("P1"), left("P1", NOON + HOUR))
    uid = (await world.existing("P1")).participant_id or ""
    await world.after(365 * DAY)
    assert (await world.existing("P1")).participant_id == uid
    await world.after(2 * DAY)
    session = await world.existing("P1")
    assert session.participant_id is not None
    assert session.participant_id.startswith("erased-")
    assert (session.joined_at, session.left_at) == (NOON, NOON + HOUR)
    assert f'"{uid}"' not in await held(world)
    # Nobody is remembered, so who comes back is somebody new.
    await delivered(world, joined("P2", at=world.clock()))
    assert (await world.existing("P2")).participant_id == uid
    assert await world.stores.organizations.erasing() == []
    assert world.log.heard("exception") == []


async def test_of_addresses_only_what_is_wanted_comes_in(world: World) -> None:
    org_id, address = world.source.org_id, "2001:db8:1:2::7"
    for kept, seen in (
        (Addresses.NETWORK, "2001:db8:1::"), (Addresses.NONE, None), (Addresses.WHOLE, address)
    ):  # fmt: skip
        await set_addresses(world.stores.organizations, org_id, kept)
        presence = f"P{kept}"
        await delivered(world, replace(joined(presence), ip_address=address))
        assert (await world.existing(presence)).ip_address == seen
        if kept is not Addresses.WHOLE:
            assert address not in await held(world)
    assert await world.stores.organizations.addresses(org_id) is Addresses.WHOLE
    await set_retention(world.stores.organizations, org_id, Retention())
