"""Of all processes on one database, one at a time does upkeep."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from upkeep.world import MINUTE, Clock, World, joined, lease

from rollbook.service.upkeep.round import keep_up
from rollbook.stores import Stores

HOLDER = Path(__file__).with_name("holder.py")
LASTS_MS = 1500
DAY = 86_400_000


async def test_one_holds_it_until_it_lapses(stores: Stores) -> None:
    clock = Clock()
    one, other = lease(stores, clock, "one"), lease(stores, clock, "other")
    assert await one.held()
    assert not await other.held()
    clock.at += 79_999
    assert not await other.held()
    clock.at += 1
    assert await other.held()
    assert not await one.held()


async def test_who_renews_it_keeps_it(stores: Stores) -> None:
    clock = Clock()
    one, other = lease(stores, clock, "one"), lease(stores, clock, "other")
    for _ in range(20):
        assert await one.held()
        clock.at += 30_000
        assert not await other.held()


async def test_who_gives_it_up_lets_the_next_one_in(stores: Stores) -> None:
    clock = Clock()
    one, other = lease(stores, clock, "one"), lease(stores, clock, "other")
    assert await one.held()
    await other.give_up()
    assert not await other.held()
    await one.give_up()
    assert await other.held()


async def test_who_lost_it_without_knowing_takes_it_from_nobody_by_giving_it_up(
    stores: Stores,
) -> None:
    clock = Clock()
    one, other, third = (lease(stores, clock, holder) for holder in ("one", "other", "third"))
    assert await one.held()
    clock.at += 80_000
    assert await other.held()
    await one.give_up()
    assert not await third.held()
    assert await other.held()


async def test_who_took_it_with_a_clock_a_day_ahead_and_died_keeps_it_from_nobody(
    stores: Stores,
) -> None:
    clock = Clock()
    clock.at += DAY
    assert await lease(stores, clock, "ahead").held()
    clock.at -= DAY
    other = lease(stores, clock, "other")
    assert await other.held()
    assert not await lease(stores, clock, "third").held()


async def test_who_has_it_when_the_clock_is_set_back_takes_it_anew(stores: Stores) -> None:
    clock = Clock()
    clock.at += DAY
    one = lease(stores, clock, "one")
    assert await one.held()
    clock.at -= DAY
    assert await one.held()
    clock.at += 79_999
    assert not await lease(stores, clock, "other").held()
    clock.at += 1
    assert await lease(stores, clock, "other").held()
    assert not await one.held()


async def test_a_clock_some_seconds_ahead_is_no_reason_to_take_it_away(stores: Stores) -> None:
    clock, ahead = Clock(), Clock()
    ahead.at += 9_000
    assert await lease(stores, ahead, "ahead").held()
    assert not await lease(stores, clock, "other").held()


async def test_leases_of_other_names_do_not_concern_it(stores: Stores) -> None:
    assert await stores.upkeep.take_lease("upkeep", "one", 0, 100)
    assert await stores.upkeep.take_lease("something else", "other", 0, 100)


async def test_who_does_not_hold_it_does_nothing(world: World) -> None:
    other = replace(world.upkeep, lease=lease(world.stores, world.clock, "other"))
    await world.told(joined("PA_1"))
    assert await world.after(MINUTE)
    assert not await keep_up(other)
    assert len(world.rooms.looks) == 1


async def test_who_lost_it_on_the_way_stops(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([True, True, False, False])

    async def held() -> bool:
        return next(answers)

    await world.another_source("a")
    monkeypatch.setattr(world.upkeep.lease, "held", held)
    assert await world.after(MINUTE)
    assert world.rooms.looks == []


Start = Callable[[str], "subprocess.Popen[str]"]


@pytest.fixture
def start(database_url: str) -> Iterator[Start]:
    started: list[subprocess.Popen[str]] = []

    def one(name: str) -> "subprocess.Popen[str]":
        command = [sys.executable, str(HOLDER), name, database_url, str(LASTS_MS)]
        tests = {**os.environ, "PYTHONPATH": str(HOLDER.parents[1])}
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=tests)
        started.append(process)
        return process

    yield one
    for process in started:
        process.kill()
        process.communicate()


def test_when_its_holder_is_killed_another_process_takes_over(start: Start) -> None:
    first = start("first")
    assert first.stdout is not None
    began_at = float(first.stdout.readline().split()[1])
    second = start("second")
    time.sleep(2 * LASTS_MS / 1000)
    first.kill()
    assert second.stdout is not None
    name, taken_at = second.stdout.readline().split()
    rounds = [began_at, *(float(line.split()[1]) for line in first.stdout)]
    # The first one worked for longer than a lease lasts, the second one not before that was over.
    assert name == "second"
    assert rounds[-1] > began_at + LASTS_MS / 2
    assert rounds[-1] + LASTS_MS / 2 <= float(taken_at)
