"""What a platform lists closes sessions that nobody closed and opens those that nobody told of."""

import asyncio

import pytest
from upkeep.world import (
    HOUR,
    MINUTE,
    NOON,
    SERVER,
    Listed,
    World,
    joined,
    left,
    listed,
    out_of_reach,
)

from rollbook.domain.errors import StoreUnavailable
from rollbook.domain.events import EndEvidence, JoinEvidence, RoomFinished
from rollbook.domain.sources import Source
from rollbook.service.organizations.sources import configure, set_disabled
from rollbook.service.upkeep import round as upkeep_module
from rollbook.sources.table import SOURCE_KINDS

LOOK = 30_000
"""Between two looks of a service that runs with the default settings."""


async def test_a_session_missed_in_looks_a_minute_apart_ends_when_it_was_last_seen(
    world: World,
) -> None:
    await world.told(joined("PA_1"))
    world.lists(listed("PA_1"))
    await world.after(LOOK)
    await world.after(LOOK)
    seen_at = world.clock()
    world.lists()
    await world.after(LOOK)
    await world.after(LOOK)
    assert (await world.existing("PA_1")).left_at is None
    await world.after(LOOK)
    session = await world.existing("PA_1")
    assert (session.left_at, session.left_by) == (seen_at, EndEvidence.RECONCILED)
    assert await world.events("PA_1") == ["told", "rollbook.reconciled"]


async def test_a_session_that_was_never_seen_ends_with_its_join(world: World) -> None:
    await world.told(joined("PA_1"))
    await world.after(HOUR)
    await world.after(MINUTE)
    session = await world.existing("PA_1")
    assert (session.left_at, session.left_by) == (NOON, EndEvidence.RECONCILED)


async def test_one_millisecond_less_than_a_minute_is_not_enough(world: World) -> None:
    await world.told(joined("PA_1"))
    await world.after(LOOK)
    await world.after(MINUTE - 1)
    assert (await world.existing("PA_1")).left_at is None
    await world.after(1)
    assert (await world.existing("PA_1")).left_at == NOON


async def test_who_shows_up_between_two_misses_stays(world: World) -> None:
    await world.told(joined("PA_1"))
    for _ in range(5):
        world.lists()
        await world.after(LOOK)
        world.lists(listed("PA_1"))
        await world.after(LOOK)
    assert (await world.existing("PA_1")).left_at is None


async def test_more_looks_add_no_more_events(world: World) -> None:
    await world.told(joined("PA_1"))
    world.lists(listed("PA_2", "bob"))
    for _ in range(8):
        await world.after(LOOK)
    assert await world.events("PA_1") == ["told", "rollbook.reconciled"]
    assert await world.events("PA_2") == ["rollbook.found"]


async def test_what_looks_showed_survives_a_restart(world: World) -> None:
    await world.told(joined("PA_1"))
    world.lists(listed("PA_1"))
    await world.after(HOUR)
    seen_at = world.clock()
    world.lists()
    await world.after(LOOK)
    # Nothing but the database knows of the looks: any other process goes on from here.
    sightings = await world.stores.upkeep.sightings(world.source.org_id, world.source.source_id)
    assert [(one.seen_at, one.missed_at) for one in sightings.values()] == [
        (seen_at, seen_at + LOOK)
    ]
    await world.after(10 * HOUR)
    assert (await world.existing("PA_1")).left_at == seen_at


async def test_a_join_told_long_after_it_happened_was_not_seen_in_looks_before(
    world: World,
) -> None:
    for _ in range(3):
        await world.after(HOUR)
    await world.told(joined("PA_1", at=NOON))
    await world.after(LOOK)
    await world.after(MINUTE)
    assert (await world.existing("PA_1")).left_at == NOON


async def test_a_real_leave_corrects_what_was_found_out(world: World) -> None:
    await world.told(joined("PA_1"))
    await world.after(LOOK)
    await world.after(MINUTE)
    await world.told(left("PA_1", NOON + 20_000))
    session = await world.existing("PA_1")
    assert (session.left_at, session.left_by) == (NOON + 20_000, EndEvidence.LEAVE)


async def test_who_is_listed_and_was_not_told_of_is_opened(world: World) -> None:
    world.lists(listed("PA_1", at=NOON - HOUR))
    await world.after(LOOK)
    session = await world.existing("PA_1")
    assert (session.joined_at, session.joined_by) == (NOON - HOUR, JoinEvidence.TOLD)
    assert (session.participant_id, session.left_at) == ("ann", None)
    await world.told(joined("PA_1", at=NOON - HOUR + 900))
    assert (await world.existing("PA_1")).joined_at == NOON - HOUR + 900


async def test_who_does_not_count_is_not_opened(world: World) -> None:
    world.rooms.listed[world.source.source_id] = Listed({"EG_1": None})
    await world.after(LOOK)
    assert await world.session("EG_1") is None


async def test_a_listing_older_than_a_leave_reopens_nothing(world: World) -> None:
    await world.told(joined("PA_1"), left("PA_1", NOON + 1000))
    # An aborted connection: the leave is all that is known of it.
    aborted = left("PA_2", NOON + 1000)
    await world.told(type(aborted)("PA_2", aborted.room, None, aborted.at))
    world.lists(listed("PA_1"), listed("PA_2", "bob"))
    await world.after(LOOK)
    assert (await world.existing("PA_1")).left_at == NOON + 1000
    assert (await world.existing("PA_2")).joined_at is None
    assert "rollbook.found" not in await world.events("PA_1") + await world.events("PA_2")


async def test_a_room_that_ended_is_better_evidence(world: World) -> None:
    await world.told(joined("PA_1"))
    await world.after(LOOK)
    await world.after(MINUTE)
    await world.told(RoomFinished(joined("PA_1").room, NOON + HOUR))
    session = await world.existing("PA_1")
    assert (session.left_at, session.left_by) == (NOON + HOUR, EndEvidence.ROOM_FINISHED)


async def test_who_comes_back_after_being_given_up_ends_when_last_seen(world: World) -> None:
    await world.told(joined("PA_1"))
    await world.after(LOOK)
    await world.after(MINUTE)
    world.lists(listed("PA_1"))
    await world.after(HOUR)
    seen_at = world.clock()
    world.lists()
    await world.after(LOOK)
    await world.after(MINUTE)
    assert (await world.existing("PA_1")).left_at == seen_at
    await world.after(LOOK)
    await world.after(MINUTE)
    assert (await world.events("PA_1")).count("rollbook.reconciled") == 2


@pytest.mark.parametrize("trouble", [out_of_reach(), TimeoutError(), RuntimeError("a fault")])
async def test_a_platform_in_trouble_closes_nothing_and_holds_up_nobody(
    world: World, trouble: Exception
) -> None:
    other = await world.another_source("other")
    await world.told(joined("PA_1"))
    await world.told(joined("PA_1"), source=other)
    world.rooms.trouble[world.source.source_id] = trouble
    await world.after(LOOK)
    await world.after(MINUTE)
    await world.after(MINUTE)
    assert (await world.existing("PA_1")).left_at is None
    assert (await world.existing("PA_1", other)).left_by is EndEvidence.RECONCILED


async def test_looks_before_and_after_a_trouble_count(world: World) -> None:
    await world.told(joined("PA_1"))
    await world.after(LOOK)
    world.rooms.trouble[world.source.source_id] = out_of_reach()
    await world.after(HOUR)
    world.rooms.trouble.clear()
    await world.after(LOOK)
    assert (await world.existing("PA_1")).left_at == NOON


async def test_trouble_is_said_once_and_its_end_too(world: World) -> None:
    world.rooms.trouble[world.source.source_id] = out_of_reach()
    for _ in range(3):
        await world.after(LOOK)
    world.rooms.trouble.clear()
    for _ in range(3):
        await world.after(LOOK)
    assert world.log.heard("warning") == ["a platform does not answer"]
    assert world.log.heard("info") == ["a platform answers again"]


async def test_a_slow_platform_is_given_up(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(source: Source, server_url: str) -> Listed:
        await asyncio.Event().wait()
        return Listed()

    monkeypatch.setattr(upkeep_module, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(world.rooms, "listing", never)
    await world.told(joined("PA_1"))
    for _ in range(3):
        await world.after(MINUTE)
    assert (await world.existing("PA_1")).left_at is None
    assert world.log.heard("warning") == ["a platform does not answer"]


async def test_only_enabled_sources_with_a_server_are_looked_at(world: World) -> None:
    await world.another_source("zoom", kind="zoom")
    bare = await world.another_source("bare")
    await configure(world.stores.organizations, bare, SOURCE_KINDS["livekit"], {"server_url": None})
    off = await world.another_source("off")
    await set_disabled(world.stores.organizations, off, NOON)
    await world.after(LOOK)
    assert world.rooms.looks == [world.source.source_id]
    assert world.source.settings["server_url"] == SERVER


async def test_a_process_that_ends_before_it_saved_the_look_finds_the_same_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: object) -> None:
        raise StoreUnavailable

    await world.told(joined("PA_1"))
    world.lists(listed("PA_2", "bob"))
    await world.after(LOOK)
    with monkeypatch.context() as patch:
        patch.setattr(type(world.stores.upkeep), "save_look", fails)
        with pytest.raises(ExceptionGroup):
            await world.after(MINUTE)
    assert (await world.existing("PA_1")).left_at == NOON
    await world.after(LOOK)
    assert await world.events("PA_1") == ["told", "rollbook.reconciled"]
    assert await world.events("PA_2") == ["rollbook.found"]


async def test_thousands_of_people_are_compared(world: World) -> None:
    people = [joined(f"PA_{number}", f"uid-{number}") for number in range(2500)]
    await world.told(*people)
    world.lists(*people[1200:])
    await world.after(LOOK)
    await world.after(MINUTE)
    open_ones = await world.stores.upkeep.presences_to_compare(
        world.source.org_id, world.source.source_id, ()
    )
    assert {one.presence_id for one in open_ones} == {one.presence_id for one in people[1200:]}


async def test_who_is_left_out_is_not_brought_in_by_a_listing(world: World) -> None:
    platform = SOURCE_KINDS["livekit"]
    setting = {"leave_out_names": ["bot*"]}
    await configure(world.stores.organizations, world.source, platform, setting)
    world.lists(listed("PA_1", "bot-7"), listed("PA_2", "ann"))
    await world.after(LOOK)
    await world.after(LOOK)
    assert await world.session("PA_1") is None
    assert (await world.existing("PA_2")).participant_id == "ann"
