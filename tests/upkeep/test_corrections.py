"""What people said of sessions, beside upkeep, a rebuild and retention."""

import json

import pytest
from upkeep.world import HOUR, MATH, MINUTE, NOON, World, joined, left, listed, sql

from rollbook.domain.context import Context
from rollbook.domain.events import Corrected, EndEvidence, Participant
from rollbook.domain.presences import Presence
from rollbook.domain.retention import Retention
from rollbook.domain.sessions import Rules
from rollbook.domain.sources import OwnKind
from rollbook.service.corrections import Correction
from rollbook.service.ingest.context import tell_context
from rollbook.service.organizations.settings import set_retention
from rollbook.service.upkeep.rebuild import (
    Difference,
    DifferenceKind,
    RebuildRules,
    rebuild,
    verify,
)

DAY = 24 * HOUR
RULES = RebuildRules(Rules(once=True, lasts=DAY))
NEVER = Correction("a test of the camera", "some-key", void=True)
TAKEN_BACK = Correction("it was the lesson", "some-key")


def ended(at: int, note: str = "as told") -> Correction:
    return Correction(note, "some-key", at)


async def differences(world: World) -> list[Difference]:
    parts = verify(world.stores.evidence, world.source, RULES)
    return [one async for part in parts for one in part.differences]


async def mended(world: World) -> list[Difference]:
    parts = rebuild(world.stores.evidence, world.source, RULES)
    return [one async for part in parts for one in part.differences]


def shown(session: Presence) -> tuple[int | None, EndEvidence | None]:
    return session.left_at, session.left_by


@pytest.mark.parametrize("what", [NEVER, ended(NOON + MINUTE)])
async def test_what_was_corrected_neither_times_out_nor_is_reconciled(
    world: World, what: Correction
) -> None:
    await world.told(joined("PA_1"))
    world.lists(listed("PA_1"))
    await world.after(2 * MINUTE)
    await world.corrected("PA_1", what)
    corrected = shown(await world.existing("PA_1"))
    for passed in (2 * MINUTE, 2 * DAY):
        await world.after(passed)
    world.lists()
    for _ in range(3):
        await world.after(HOUR)
    assert shown(await world.existing("PA_1")) == corrected
    assert await world.events("PA_1") == ["told", "session.corrected"]


async def test_what_was_taken_back_times_out_like_any_other(world: World) -> None:
    zoom = await world.another_source("zoom", kind="zoom")
    world.source = zoom
    await world.told(joined("P1"))
    world.clock.at += HOUR
    await world.corrected("P1", ended(NOON + MINUTE))
    await world.corrected("P1", TAKEN_BACK)
    await world.after(DAY)
    assert shown(await world.existing("P1")) == (NOON + DAY, EndEvidence.TIMED_OUT)


async def test_a_correction_may_put_an_end_beyond_the_time_out(world: World) -> None:
    zoom = await world.another_source("zoom", kind="zoom")
    world.source = zoom
    await world.told(joined("P1"))
    await world.after(2 * DAY)
    assert (await world.existing("P1")).left_by is EndEvidence.TIMED_OUT
    await world.corrected("P1", ended(NOON + 30 * HOUR))
    assert shown(await world.existing("P1")) == (NOON + 30 * HOUR, EndEvidence.CORRECTED)


async def a_corrected_class(world: World) -> list[Presence]:
    """Ended, never been, and taken back; with what an application told in between."""
    await world.told(joined("PA_1"), joined("PA_2", "bob"), joined("PA_3", "eve"))
    world.clock.at += HOUR
    await world.told(left("PA_1", NOON + HOUR))
    await world.corrected("PA_1", ended(NOON + MINUTE))
    await world.corrected("PA_2", NEVER)
    await world.corrected("PA_3", NEVER)
    await world.corrected("PA_3", TAKEN_BACK)
    for uid in ("ann", "eve"):
        told = Context(uid, MATH.room_id, NOON + 30 * MINUTE, "198.51.100.7")
        await tell_context(world.stores.ledger, world.source.org_id, told, Participant(uid))
    return [await world.existing(f"PA_{number}") for number in (1, 2, 3)]


async def test_what_people_said_is_replayed_with_the_rest(world: World) -> None:
    good = await a_corrected_class(world)
    # Told long after the end that counts, a context belongs to another session.
    assert [one.ip_address for one in good] == [None, None, "198.51.100.7"]
    assert await differences(world) == []
    await sql(world.stores, "DELETE FROM session;")
    assert {one.kind for one in await mended(world)} == {DifferenceKind.MISSING}
    assert [await world.existing(f"PA_{number}") for number in (1, 2, 3)] == good
    assert await differences(world) == []


@pytest.mark.parametrize(
    "wrong",
    ["corrected_left_at = NULL", "corrected_at = NULL", "voided = NULL", "voided = 1"],
)
async def test_a_correction_that_is_stored_wrong_is_found_and_mended(
    world: World, wrong: str
) -> None:
    good = await a_corrected_class(world)
    await sql(world.stores, f"UPDATE session SET {wrong};")
    found = await mended(world)
    assert {field for one in found for field in one.fields} == {"correction"}
    assert [await world.existing(f"PA_{number}") for number in (1, 2, 3)] == good


async def test_the_source_of_corrections_has_no_sessions_of_its_own(world: World) -> None:
    await a_corrected_class(world)
    sources = await world.stores.organizations.sources(world.source.org_id)
    (own,) = (source for source in sources if source.kind == OwnKind.CORRECTIONS)
    parts = rebuild(world.stores.evidence, own, RULES)
    assert [part async for part in parts] == []


async def test_what_people_said_outlives_the_words_of_platforms_but_no_address_does(
    world: World,
) -> None:
    await set_retention(
        world.stores.organizations, world.source.org_id, Retention(address_days=30, payload_days=30)
    )
    await world.told(joined("PA_1"))
    world.clock.at += HOUR
    await world.corrected("PA_1", ended(NOON + MINUTE, "left on at 203.0.113.9"))
    await world.after(31 * DAY)
    session = await world.existing("PA_1")
    assert shown(session) == (NOON + MINUTE, EndEvidence.CORRECTED)
    events = await world.stores.history.events_of_session(world.source.org_id, session.session_id)
    platform, person = (event.payload for event in events)
    assert platform is None
    told = json.loads(person or "")
    assert (told["note"], told["by"]) == ("left on at [redacted]", "some-key")
    async with world.stores.ledger.transaction(world.source.org_id) as transaction:
        facts = (await transaction.facts_of([session.session_id]))[session.session_id]
    (note,) = (fact.note for fact in facts if isinstance(fact, Corrected))
    assert note == "left on at [redacted]"
    assert await differences(world) == []
