"""What an organization keeps for a time only is forgotten then, and nothing else is."""

from dataclasses import replace

import pytest
from ingest.book import plain_rows
from support.organizations import add_organization
from upkeep.world import HOUR, MATH, MINUTE, NOON, World, joined, left, opened_world

from rollbook.domain.context import Context
from rollbook.domain.events import Fact, Joined, Left, Participant
from rollbook.domain.ids import new_org_id
from rollbook.domain.organizations import Organization, key_hash
from rollbook.domain.retention import Retention
from rollbook.domain.sessions import Rules
from rollbook.service.ingest.context import tell_context
from rollbook.service.ingest.fold import FoldRules, fold_facts
from rollbook.service.ingest.record import Arrival, record
from rollbook.service.organizations.settings import set_retention, set_session_timeout
from rollbook.service.platforms import Delivery
from rollbook.service.reports.ports import EventRecord
from rollbook.service.upkeep.rebuild import Difference, RebuildRules, verify
from rollbook.stores import Stores

LEASE_MS = 80_000
DAY = 24 * HOUR
ADDRESS = "2001:db8::7"


@pytest.fixture
async def world(stores: Stores) -> World:
    """A source whose platform is never asked, so that upkeep has nothing else to tell of it."""
    world = await opened_world(stores)
    world.source = await world.another_source("zoom", kind="zoom")
    return world


def located(presence_id: str, at: int = NOON) -> Joined:
    return replace(joined(presence_id, at=at), ip_address=ADDRESS)


async def delivered(world: World, *facts: Fact) -> None:
    """The platform told facts, each in an event whose own words hold an address."""
    deliveries = [
        Delivery(key_hash(str(fact)), "told", fact.at, (fact,), f'{{"ip":"{ADDRESS}","sid":"x"}}')
        for fact in facts
    ]
    await record(world.stores.ledger, [Arrival(world.source, deliveries, world.clock())])


async def keeps(world: World, **days: int) -> None:
    """Set what is kept; and that sessions may run for ever."""
    await set_session_timeout(world.stores.organizations, world.source.org_id, 0)
    await set_retention(world.stores.organizations, world.source.org_id, Retention(**days))


async def events_of(world: World, presence_id: str) -> list[EventRecord]:
    session = await world.existing(presence_id)
    history = world.stores.history
    return await history.events_of_session(world.source.org_id, session.session_id)


async def differences(world: World, days: int | None = None) -> list[Difference]:
    before = None if days is None else world.clock() - days * DAY
    rules = RebuildRules(Rules(), addresses_before=before)
    parts = verify(world.stores.evidence, world.source, rules)
    return [difference async for part in parts for difference in part.differences]


async def test_everything_is_kept_for_ever_unless_something_else_is_set(world: World) -> None:
    await delivered(world, located("P1"))
    await world.after(20_000 * DAY)
    assert (await world.existing("P1")).ip_address == ADDRESS
    assert ADDRESS in str(await events_of(world, "P1"))
    assert await world.stores.organizations.retention(world.source.org_id) == Retention()


async def test_addresses_go_when_their_time_is_over_and_not_before(world: World) -> None:
    await keeps(world, address_days=30)
    await delivered(world, located("P1"), left("P1", NOON + HOUR))
    await world.after(30 * DAY)
    assert (await world.existing("P1")).ip_address == ADDRESS
    await world.after(MINUTE)
    session = await world.existing("P1")
    assert (session.ip_address, session.ip_told_at) == (None, None)
    assert (session.joined_at, session.left_at) == (NOON, NOON + HOUR)
    events = await events_of(world, "P1")
    assert [event.payload for event in events] == ['{"ip":"[redacted]","sid":"x"}'] * 2
    assert await differences(world, 30) == []
    assert await differences(world) == []


async def test_the_ledger_agrees_with_its_events_before_upkeep_has_come_by(world: World) -> None:
    await keeps(world, address_days=30)
    await delivered(world, located("P1"))
    world.clock.at += 31 * DAY
    assert await differences(world, 30) == []


async def test_payloads_go_and_what_they_meant_stays(world: World) -> None:
    await keeps(world, payload_days=7)
    await delivered(world, located("P1"), left("P1", NOON + HOUR))
    world.clock.at += 3 * DAY
    await delivered(world, located("P2", world.clock()))
    await world.after(4 * DAY + MINUTE)
    assert [event.payload for event in await events_of(world, "P1")] == [None, None]
    assert [event.payload is None for event in await events_of(world, "P2")] == [False]
    assert (await world.existing("P1")).ip_address == ADDRESS
    assert await differences(world) == []
    # The same delivery once more is still known, and changes nothing.
    await delivered(world, located("P1"))
    assert len(await events_of(world, "P1")) == 2


async def test_an_event_that_comes_late_tells_an_address_for_a_round_only(world: World) -> None:
    await keeps(world, address_days=1)
    await delivered(world, joined("P1"))
    world.clock.at += 3 * DAY
    told_late = replace(left("P1", NOON + HOUR), ip_address=ADDRESS)
    await delivered(world, told_late)
    await world.after(0)
    assert (await world.existing("P1")).ip_address is None
    await world.after(2 * DAY)
    assert ADDRESS not in str(await events_of(world, "P1"))
    assert await differences(world) == []


async def test_contexts_are_forgotten_once_they_can_serve_no_kept_session(world: World) -> None:
    org_id = world.source.org_id
    await keeps(world, address_days=2)
    context = Context("ann", MATH.room_id, NOON, "192.0.2.7", "Firefox")
    await tell_context(world.stores.ledger, org_id, context, Participant("ann"))
    await delivered(world, joined("P1", at=NOON + 20 * HOUR))
    assert (await world.existing("P1")).ip_address == "192.0.2.7"
    await world.after(2 * DAY + HOUR)
    assert (await world.existing("P1")).ip_address == "192.0.2.7"
    assert await differences(world, 2) == []
    await world.after(DAY)
    session = await world.existing("P1")
    assert (session.ip_address, session.user_agent) == (None, "Firefox")
    assert await differences(world) == []


async def test_imported_sessions_lose_their_addresses_too(world: World) -> None:
    files = await world.another_source("import", kind="import")
    async with world.stores.ledger.transaction(files.org_id) as transaction:
        await fold_facts(transaction, FoldRules(files.source_id), [located("P1", NOON - 99 * DAY)])
    await keeps(world, address_days=30)
    await world.after(0)
    assert (await world.existing("P1", files)).ip_address is None


async def test_more_than_fit_into_one_part_are_forgotten_in_one_round(world: World) -> None:
    await keeps(world, address_days=1, payload_days=1)
    await delivered(world, *(located(f"P{number}") for number in range(1203)))
    world.clock.at += 1
    await delivered(world, *(located(f"Q{number}") for number in range(600)))
    await world.after(2 * DAY)
    assert not await plain_rows(world.stores, "SELECT 1 FROM session WHERE ip_address IS NOT NULL")
    for presence_id in ("P0", "P1202", "Q0", "Q599"):
        (event,) = await events_of(world, presence_id)
        assert event.payload is None
        assert (await world.existing(presence_id)).ip_address is None
    assert await differences(world) == []


async def test_who_is_told_late_of_a_time_that_is_forgotten_has_no_address(world: World) -> None:
    await keeps(world, address_days=30)
    await delivered(world, located("P1"))
    await world.after(40 * DAY)
    await delivered(world, located("P2", NOON + MINUTE), located("P3", world.clock() - DAY))
    assert (await world.existing("P2")).ip_address is None
    assert (await world.existing("P3")).ip_address == ADDRESS
    assert await differences(world, 30) == []
    await delivered(world, replace(left("P3", at=NOON + 5), joined_at=NOON, ip_address=ADDRESS))
    assert await differences(world, 30) == []


async def test_who_shall_be_kept_longer_is_looked_at_anew(world: World) -> None:
    await keeps(world, address_days=30)
    await world.after(40 * DAY)
    await keeps(world, address_days=60)
    await delivered(world, located("P1"))
    await world.after(0)
    assert (await world.existing("P1")).ip_address == ADDRESS
    assert await differences(world, 60) == []
    await world.after(30 * DAY)
    assert (await world.existing("P1")).ip_address is None
    assert await differences(world, 60) == []


async def test_an_end_without_a_join_loses_its_address_too(world: World) -> None:
    await keeps(world, address_days=30)
    adrift = Left("P1", MATH, None, NOON, ip_address=ADDRESS)
    await delivered(world, adrift)
    await world.after(29 * DAY)
    assert (await world.existing("P1")).ip_address == ADDRESS
    await world.after(2 * DAY)
    assert (await world.existing("P1")).ip_address is None


async def test_a_longer_time_does_not_begin_anew(world: World) -> None:
    await keeps(world, payload_days=1)
    await delivered(world, joined("P1"))
    await world.after(2 * DAY)
    await keeps(world, payload_days=5)
    await delivered(world, joined("P2", at=world.clock()))
    await world.after(4 * DAY)
    assert [event.payload for event in await events_of(world, "P1")] == [None]
    assert all(event.payload for event in await events_of(world, "P2"))
    await world.after(2 * DAY)
    assert [event.payload for event in await events_of(world, "P2")] == [None]


async def test_nothing_of_another_organization_is_touched(world: World, stores: Stores) -> None:
    other = Organization(new_org_id(), "Hillside")
    await add_organization(stores, other)
    await set_retention(stores.organizations, other.org_id, Retention(1, 1))
    await delivered(world, located("P1"))
    await world.after(100 * DAY)
    assert (await world.existing("P1")).ip_address == ADDRESS
    assert ADDRESS in str(await events_of(world, "P1"))


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_who_lost_the_lease_forgets_no_more(world: World) -> None:
    await keeps(world, payload_days=1)
    await delivered(world, joined("P1"))
    world.clock.at += 2 * DAY
    now = world.clock()
    await world.stores.upkeep.take_lease("upkeep", "another", now, now + LEASE_MS)
    assert not await world.after(0)
    assert all(event.payload for event in await events_of(world, "P1"))
