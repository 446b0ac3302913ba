"""Clocks that jump a day ahead, and back."""

from dataclasses import replace

from upkeep.world import HOUR, MINUTE, NOON, Clock, World, joined, left, listed

from rollbook.domain.credits import CreditRule
from rollbook.domain.events import EndEvidence
from rollbook.domain.report import session_line
from rollbook.service.upkeep.clocks import ClockWatch, Seen
from rollbook.service.upkeep.rebuild import RebuildRules, verify
from rollbook.service.upkeep.round import keep_up

DAY = 24 * HOUR
GOOD = Seen(believed=True, was_ahead=False)


async def steady_world(world: World) -> tuple[World, Clock]:
    """The same with a clock beside that nobody sets, after a first look at both."""
    steady = Clock()
    world.upkeep = replace(world.upkeep, steady=steady)
    await keep_up(world.upkeep)
    return world, steady


async def test_a_jump_of_a_day_closes_nothing_and_no_end_lies_ahead(world: World) -> None:
    world, _ = await steady_world(world)
    zoom = await world.another_source("zoom", kind="zoom")
    await world.told(joined("P1", at=NOON - HOUR), source=zoom)
    assert await world.after(DAY)
    assert (await world.existing("P1", zoom)).left_at is None
    assert world.log.heard("warning") == [
        "the clock jumped ahead: time-outs and forgetting wait ten minutes"
    ]
    assert await world.after(-DAY)
    assert (await world.existing("P1", zoom)).left_at is None


async def test_a_clock_that_stands_by_its_jump_is_believed_after_ten_minutes(world: World) -> None:
    world, steady = await steady_world(world)
    zoom = await world.another_source("zoom", kind="zoom")
    await world.told(joined("P1", at=NOON - HOUR), source=zoom)
    await world.after(DAY)
    steady.at += 9 * MINUTE
    await world.after(9 * MINUTE)
    assert (await world.existing("P1", zoom)).left_at is None
    steady.at += MINUTE
    await world.after(MINUTE)
    session = await world.existing("P1", zoom)
    assert (session.left_at, session.left_by) == (NOON + 23 * HOUR, EndEvidence.TIMED_OUT)


async def test_what_a_process_closed_too_early_is_taken_back_when_the_clock_is_right(
    world: World,
) -> None:
    zoom = await world.another_source("zoom", kind="zoom")
    await world.told(joined("P1", at=NOON - HOUR), joined("P2", at=NOON - 2 * DAY), source=zoom)
    await world.told(joined("PA_1", at=NOON - HOUR), left("PA_1", NOON - MINUTE))
    world.clock.at += DAY
    # As one that began with the wrong clock: it cannot know.
    await keep_up(world.upkeep)
    assert (await world.existing("P1", zoom)).left_at == NOON + 23 * HOUR
    await world.after(-DAY)
    assert (await world.existing("P1", zoom)).left_at is None
    assert (await world.existing("P2", zoom)).left_by is EndEvidence.TIMED_OUT
    assert (await world.existing("PA_1")).left_by is EndEvidence.LEAVE
    kind = world.upkeep.kinds["zoom"]
    async for part in verify(world.stores.evidence, zoom, RebuildRules(kind.presences)):
        assert part.differences == []
    # Its time comes all the same, and nobody told anything better.
    await world.after(DAY)
    assert (await world.existing("P1", zoom)).left_at == NOON + 23 * HOUR


async def test_who_was_seen_by_a_clock_ahead_is_over_no_later_than_now(world: World) -> None:
    await world.told(joined("PA_1"))
    world.lists(listed("PA_1"))
    await world.after(DAY)
    world.lists()
    await world.after(-DAY)
    await world.after(MINUTE)
    session = await world.existing("PA_1")
    assert (session.left_at, session.left_by) == (NOON, EndEvidence.RECONCILED)


def test_a_session_whose_end_is_still_to_come_runs() -> None:
    line = session_line(NOON, NOON + DAY, None, CreditRule(), NOON + MINUTE)
    assert (line.left_at, line.seconds) == (None, 60)
    line = session_line(NOON, NOON + MINUTE, None, CreditRule(), NOON + MINUTE)
    assert (line.left_at, line.seconds) == (NOON + MINUTE, 60)
    # One that is to come as a whole is told as it was told.
    line = session_line(NOON, NOON + MINUTE, None, CreditRule(), NOON - MINUTE)
    assert (line.left_at, line.seconds) == (NOON + MINUTE, 60)


def test_small_steps_and_slow_drift_are_no_jumps() -> None:
    watch = ClockWatch()
    assert watch.look(0, 0) == Seen(believed=True, was_ahead=True)
    for minute in range(1, 100):
        assert watch.look(minute * 60_000 + minute * 2_000, minute * 60_000) == GOOD
