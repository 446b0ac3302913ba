"""What upkeep finds is one more teller: in any order with the platform's events, one ledger."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from support.examples import examples
from support.organizations import add_source
from upkeep.world import MATH, MINUTE, World, joined, left, listed, opened_world

from rollbook.domain.events import Fact, Joined, Left, RoomFinished
from rollbook.domain.presences import Presence
from rollbook.domain.sessions import Rules, fold
from rollbook.service.ingest.record import Arrival, record
from rollbook.service.platforms import Delivery
from rollbook.service.upkeep.ports import EventFacts
from rollbook.service.upkeep.rebuild import RebuildRules, verify
from rollbook.store.organizations import DatabaseOrganizations
from rollbook.store.sealing import Sealing
from rollbook.stores import Stores, clock

_EVERY = settings(
    deadline=None,
    phases=set(Phase) - {Phase.explain},
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
_PRESENCES = 4
ROOMS = (MATH, replace(MATH, instance_id="RM_2"))


@dataclass(frozen=True, slots=True)
class Act:
    """Something that happens: the platform tells, lists other people, or time goes by."""

    what: str
    number: int = 0
    here: frozenset[int] = frozenset()


RULES = Rules(once=True, lasts=86_400_000)


class OneOrganization(DatabaseOrganizations):
    def __init__(self, stores: Stores, org_id: str) -> None:
        super().__init__(stores.database, Sealing(stores.keys), clock, stores.audit._tell)
        self._org_id = org_id

    async def session_timeouts(self) -> Mapping[str, int]:
        return {self._org_id: (await super().session_timeouts())[self._org_id]}


_ACTS = st.one_of(
    st.builds(Act, st.sampled_from(("joined", "left")), st.integers(0, _PRESENCES - 1)),
    st.builds(Act, st.just("finished"), st.integers(0, 1)),
    st.builds(Act, st.just("listed"), here=st.frozensets(st.integers(0, _PRESENCES - 1))),
    st.builds(Act, st.just("upkeep"), st.sampled_from((1, 1, 1, 2, 60, 25 * 60))),
)


@pytest.mark.parametrize("engine", ["sqlite"])
@settings(_EVERY, max_examples=examples(60))
@given(acts=st.lists(_ACTS, max_size=25), random=st.randoms(use_true_random=False))
async def test_any_order_on_sqlite(stores: Stores, acts: list[Act], random: Random) -> None:
    await _one_ledger(stores, acts, random)


@pytest.mark.parametrize("engine", ["postgres"])
@settings(_EVERY, max_examples=examples(25))
@given(acts=st.lists(_ACTS, max_size=25), random=st.randoms(use_true_random=False))
async def test_any_order_on_postgres(stores: Stores, acts: list[Act], random: Random) -> None:
    await _one_ledger(stores, acts, random)


async def _one_ledger(stores: Stores, acts: Sequence[Act], random: Random) -> None:
    world, other = await opened_world(stores), await opened_world(stores)
    # The same ids in another organization: where two begin at one instant, ids decide who is first.
    other.source = replace(world.source, org_id=other.source.org_id)
    await add_source(stores, other.source)
    # All examples share a database, and each looks after its own organization alone.
    organizations = OneOrganization(stores, world.source.org_id)
    world.upkeep = replace(world.upkeep, organizations=organizations)
    for act in acts:
        await _happens(world, act)
    events = await _events(world)
    facts = [fact for event in events for fact in event.facts]
    told = fold(world.source.source_id, facts, RULES)
    assert await _sessions(world) == told
    await _tell_again(other, events, random)
    assert await _sessions(other) == told
    for one in (world, other):
        async for checked in verify(stores.evidence, one.source, RebuildRules(RULES)):
            assert checked.differences == []


async def _happens(world: World, act: Act) -> None:
    at = world.clock()
    match act.what:
        case "joined":
            await world.told(_joined(act.number, at))
        case "left":
            await world.told(_left(act.number, at))
        case "finished":
            await world.told(RoomFinished(ROOMS[act.number], at))
        case "listed":
            world.lists(*(_listed(number) for number in act.here))
        case _:
            await world.after(act.number * MINUTE)


async def _tell_again(world: World, events: Sequence[EventFacts], random: Random) -> None:
    """All events, in another order, some twice, in parts."""
    deliveries = [
        Delivery(event.event_id, "told", 0, event.facts, f'"{event.facts!r}"') for event in events
    ]
    deliveries += random.sample(deliveries, len(deliveries) // 2)
    random.shuffle(deliveries)
    while deliveries:
        size = random.randint(1, 5)
        part, deliveries = deliveries[:size], deliveries[size:]
        await record(world.stores.ledger, [Arrival(world.source, part, 0, Rules(once=True))])


async def _events(world: World) -> list[EventFacts]:
    async with world.stores.evidence.reading(world.source.org_id) as reader:
        return await reader.events_of_rooms(world.source.source_id, [MATH.room_id])


async def _sessions(world: World) -> dict[str, Presence]:
    source = world.source
    async with world.stores.evidence.reading(source.org_id) as reader:
        ids = await reader.sessions_after(source.source_id, "", 100)
        return {presence.session_id: presence for presence in await reader.stays(ids)}


def _who(number: int) -> tuple[str, str]:
    """Two people with two presences each."""
    return f"PA_{number}", ("ann", "bob")[number % 2]


def _room(number: int) -> int:
    return number // 3


def _joined(number: int, at: int) -> Fact:
    return joined(*_who(number), at, ROOMS[_room(number)])


def _left(number: int, at: int) -> Left:
    presence_id, uid = _who(number)
    return left(presence_id, at, uid, ROOMS[_room(number)])


def _listed(number: int) -> Joined:
    return listed(*_who(number), room=ROOMS[_room(number)])
