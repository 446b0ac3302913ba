"""Counts by quarters of an hour are kept as long as they are needed, and looked through hourly."""

from upkeep.world import HOUR, NOON, World, joined

from rollbook.domain.sharing import checked_view
from rollbook.domain.silence import KEPT_MS
from rollbook.service.organizations.sharing import share, usual_until
from rollbook.service.organizations.sign_in import Entered

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


async def test_shared_links_whose_time_is_over_are_taken_away(world: World) -> None:
    org_id, stores = world.source.org_id, world.stores
    organization = await stores.organizations.organization(org_id)
    assert organization is not None
    view = checked_view("sheet", {"id": "math", "from": "2024-01-08", "to": "2024-01-12"})
    until, over = usual_until(organization, NOON, 0), NOON + 24 * HOUR
    for _ in range(2):
        by = Entered(organization, key_hash="of nobody")
        await share(stores.organizations, by, view, until, NOON)
        await world.after(0)
    assert len(await stores.shared_links.links(org_id, NOON)) == 2
    await world.after(24 * HOUR)
    assert await stores.shared_links.forget_shared(org_id, over) == 0
