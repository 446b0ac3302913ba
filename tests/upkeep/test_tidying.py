"""Counts by quarters of an hour are kept as long as they are needed, and looked through hourly."""

from upkeep.world import HOUR, NOON, World, joined

from rollbook.domain.silence import KEPT_MS

MINUTE = HOUR // 60


async def counted(world: World) -> int:
    source, spans = world.source, [(0, NOON + 2 * KEPT_MS)] * 4
    org = world.stores.organizations
    found = await org.heard(source.org_id, source.source_id, [0, 0, 0], spans)
    return found.lately[0].accepted


async def test_what_is_needed_no_more_is_forgotten_once_an_hour(world: World) -> None:
    await world.told(joined("stay-1"))
    assert await counted(world) == 1
    await world.after(MINUTE)
    assert await counted(world) == 1
    await world.after(KEPT_MS - 2 * MINUTE)
    assert await counted(world) == 1
    # The hour of the look before is not over.
    await world.after(30 * MINUTE)
    assert await counted(world) == 1
    await world.after(31 * MINUTE)
    assert await counted(world) == 0
