"""The background work of a service: on time, stubborn, and gone when the service goes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from litestar.testing import AsyncTestClient
from support.organizations import add_source
from support.settings import SECRET_KEY
from upkeep.twirp import SECRETS, room_service
from upkeep.world import HOUR, NOON, World, joined

from rollbook.app import create_app
from rollbook.domain.errors import InvalidInput, StoreUnavailable
from rollbook.service.organizations.ports import Organizations
from rollbook.service.upkeep.loop import UpkeepLoop
from rollbook.settings import read_settings

EVERY = 0.02


@asynccontextmanager
async def working(world: World, every: float = EVERY) -> AsyncIterator[UpkeepLoop]:
    upkeep_loop = UpkeepLoop(world.upkeep, every, lambda _: None)
    await upkeep_loop.start()
    try:
        yield upkeep_loop
    finally:
        await upkeep_loop.stop()


async def until(world: World, rounds: int) -> None:
    async with asyncio.timeout(10):
        while len(world.rooms.looks) < rounds:  # noqa: ASYNC110 - the platform is a plain list
            await asyncio.sleep(EVERY / 4)


async def test_it_works_again_and_again(world: World) -> None:
    async with working(world):
        await until(world, 3)


async def test_it_waits_before_its_first_round(world: World) -> None:
    async with working(world, 60):
        await asyncio.sleep(0.05)
        assert world.rooms.looks == []


async def test_zero_is_never(world: World) -> None:
    async with working(world, 0):
        await asyncio.sleep(0.05)
        assert world.rooms.looks == []


async def test_it_ends_at_once_and_gives_up_its_lease(world: World) -> None:
    async with working(world) as upkeep_loop:
        await until(world, 1)
        await asyncio.wait_for(upkeep_loop.stop(), 5)
        looks = len(world.rooms.looks)
        await asyncio.sleep(3 * EVERY)
        assert len(world.rooms.looks) == looks
    assert await world.stores.upkeep.take_lease("upkeep", "the next one", world.clock(), NOON)


@pytest.mark.parametrize(
    ("error", "how", "said"),
    [
        (StoreUnavailable(), "warning", "upkeep waits for the database"),
        (RuntimeError("a fault"), "exception", "upkeep failed"),
    ],
)
async def test_it_goes_on_after_trouble(
    world: World, monkeypatch: pytest.MonkeyPatch, error: Exception, how: str, said: str
) -> None:
    times = 0
    read = type(world.stores.organizations).session_timeouts

    async def at_last(self: Organizations) -> object:
        nonlocal times
        times += 1
        if times <= 2:
            raise error
        return await read(world.stores.organizations)

    monkeypatch.setattr(type(world.stores.organizations), "session_timeouts", at_last)
    async with working(world):
        await until(world, 1)
    assert world.log.heard(how) == [said, said]


async def test_a_database_that_goes_away_in_a_round_is_waited_for(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise StoreUnavailable

    monkeypatch.setattr(type(world.stores.upkeep), "sightings", away)
    async with working(world):
        await until(world, 2)
    assert "upkeep waits for the database" in world.log.heard("warning")
    assert world.log.heard("exception") == []


async def test_it_ends_where_a_round_fails_just_as_it_is_told_to(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = asyncio.Event()

    async def away(*_: object) -> None:
        begun.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            raise StoreUnavailable from None

    monkeypatch.setattr(type(world.stores.upkeep), "sightings", away)
    async with working(world) as upkeep_loop:
        await asyncio.wait_for(begun.wait(), 10)
        await asyncio.wait_for(upkeep_loop.stop(), 5)


async def test_a_fault_in_one_source_does_not_stop_the_others(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    zoom = await world.another_source("zoom", kind="zoom")
    broken = await world.another_source("a", kind="daily")
    await world.told(joined("P1"), source=zoom)
    overdue = type(world.stores.upkeep).overdue

    async def fails_for_one(
        self: object, org_id: str, source_id: str, joined_until: int, most: int
    ) -> object:
        if source_id == broken.source_id:
            raise ValueError
        return await overdue(world.stores.upkeep, org_id, source_id, joined_until, most)

    monkeypatch.setattr(type(world.stores.upkeep), "overdue", fails_for_one)
    await world.after(25 * HOUR)
    assert (await world.existing("P1", zoom)).left_at == NOON + 24 * HOUR
    assert world.log.heard("exception") == ["a part of upkeep failed"]


async def test_a_service_asks_its_platforms_and_stops_with_it(
    world: World, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROLLBOOK_DATABASE_URL", database_url)
    monkeypatch.setenv("ROLLBOOK_SECRET_KEY", SECRET_KEY)
    monkeypatch.setenv("ROLLBOOK_UPKEEP_SECONDS", "1")
    async with room_service() as server:
        server.fill()
        settings = {"server_url": server.url}
        source = replace(world.source, source_id="real", secrets=SECRETS, settings=settings)
        await add_source(world.stores, source)
        async with AsyncTestClient(create_app()) as client:
            assert (await client.get("/readyz")).status_code == 200
            async with asyncio.timeout(20):
                while await world.session("PA_k7RzVn3QpXyd", source) is None:  # noqa: ASYNC110 - it is in a database
                    await asyncio.sleep(0.05)
    assert await world.stores.upkeep.take_lease("upkeep", "the next one", 0, 1)


@pytest.mark.parametrize("told", ["-1", "1.5", "often", "1e3", "99999999", "\u0663"])
def test_seconds_that_are_none_are_refused(told: str) -> None:
    with pytest.raises(InvalidInput, match="ROLLBOOK_UPKEEP_SECONDS must be a whole number"):
        read_settings({"ROLLBOOK_UPKEEP_SECONDS": told})


def test_the_default_is_half_a_minute() -> None:
    assert read_settings({}).upkeep_seconds == 30
    assert read_settings({"ROLLBOOK_UPKEEP_SECONDS": "0"}).upkeep_seconds == 0
