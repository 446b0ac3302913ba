"""Sessions that are open for longer than their organization allows."""

import pytest
from upkeep.world import HOUR, MINUTE, NOON, World, joined, left, listed

from rollbook.domain.errors import InvalidInput
from rollbook.domain.events import EndEvidence
from rollbook.service.ingest.fold import FoldRules, fold_facts
from rollbook.service.organizations.settings import set_session_timeout


async def test_a_session_is_closed_a_day_after_its_join(world: World) -> None:
    zoom = await world.another_source("zoom", kind="zoom")
    await world.told(joined("P1"), source=zoom)
    await world.after(24 * HOUR - 1)
    assert (await world.existing("P1", zoom)).left_at is None
    await world.after(1)
    session = await world.existing("P1", zoom)
    assert (session.left_at, session.left_by) == (NOON + 24 * HOUR, EndEvidence.TIMED_OUT)


async def test_each_organization_has_its_own_time(world: World) -> None:
    zoom = await world.another_source("zoom", kind="zoom")
    await set_session_timeout(world.stores.organizations, zoom.org_id, 1.5)
    await world.told(joined("P1"), joined("P2", at=NOON + HOUR), source=zoom)
    await world.after(2 * HOUR)
    assert (await world.existing("P1", zoom)).left_at == NOON + 90 * MINUTE
    assert (await world.existing("P2", zoom)).left_at is None


async def test_zero_is_for_ever(world: World) -> None:
    zoom = await world.another_source("zoom", kind="zoom")
    await set_session_timeout(world.stores.organizations, zoom.org_id, 0)
    await world.told(joined("P1"), source=zoom)
    await world.after(10_000 * HOUR)
    assert (await world.existing("P1", zoom)).left_at is None


@pytest.mark.parametrize("hours", [-1, -0.001, float("nan"), float("inf"), 87_601])
async def test_hours_that_are_none_are_refused(world: World, hours: float) -> None:
    with pytest.raises(InvalidInput, match="hours must be from 0"):
        await set_session_timeout(world.stores.organizations, world.source.org_id, hours)


async def test_very_little_time_is_not_for_ever(world: World) -> None:
    await set_session_timeout(world.stores.organizations, world.source.org_id, 0.00001)
    assert (await world.stores.organizations.session_timeouts())[world.source.org_id] == 1


async def test_later_better_evidence_corrects_it(world: World) -> None:
    zoom = await world.another_source("zoom", kind="zoom")
    await world.told(joined("P1"), source=zoom)
    await world.after(25 * HOUR)
    await world.told(left("P1", NOON + HOUR), source=zoom)
    session = await world.existing("P1", zoom)
    assert (session.left_at, session.left_by) == (NOON + HOUR, EndEvidence.LEAVE)


async def test_when_it_was_last_seen_is_better_than_how_long_it_may_be(world: World) -> None:
    await world.told(joined("PA_1"))
    world.lists(listed("PA_1"))
    await world.after(HOUR)
    world.lists()
    await world.after(30_000)
    await world.after(24 * HOUR)
    session = await world.existing("PA_1")
    assert (session.left_at, session.left_by) == (NOON + HOUR, EndEvidence.RECONCILED)
    assert (await world.events("PA_1")).count("rollbook.timed_out") == 1


async def test_what_a_file_says_is_running_stays(world: World) -> None:
    files = await world.another_source("import", kind="import")
    async with world.stores.ledger.transaction(files.org_id) as transaction:
        await fold_facts(transaction, FoldRules(files.source_id), [joined("P1")])
    await world.after(1000 * HOUR)
    assert (await world.existing("P1", files)).left_at is None


async def test_more_than_fit_into_one_part_are_all_closed_at_once(world: World) -> None:
    zoom = await world.another_source("zoom", kind="zoom")
    await world.told(*(joined(f"P{number}") for number in range(1203)), source=zoom)
    await world.after(25 * HOUR)
    assert not await world.stores.upkeep.overdue(zoom.org_id, zoom.source_id, world.clock(), 1)
    assert world.log.heard("info") == ["upkeep changed the ledger"] * 3


async def test_a_session_that_stays_open_all_the_same_is_not_tried_for_ever(world: World) -> None:
    zoom = await world.another_source("zoom", kind="zoom")
    await world.told(*(joined(f"P{number}") for number in range(500)), source=zoom)
    await world.after(25 * HOUR)
    async with world.stores.database.writing() as connection:
        await connection.run_script(
            "UPDATE session SET left_at = NULL, left_by = NULL, "
            "told_left_at = NULL, told_left_by = NULL;"
        )
    assert await world.after(MINUTE)
