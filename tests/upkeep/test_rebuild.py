"""Stored events prove the ledger, show where it is wrong, and mend it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from functools import partial

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from ingest.book import expected_sessions, opened_book
from ingest.streams import Case, Told, cases
from support.examples import examples
from upkeep.world import HOUR, MATH, MINUTE, NOON, World, joined, left, sql

from rollbook.domain.context import Context
from rollbook.domain.errors import StoreLocked
from rollbook.domain.events import EndEvidence, Fact, Participant, Room, RoomFinished, RoomStarted
from rollbook.domain.sessions import Rules
from rollbook.domain.sources import Source
from rollbook.service.ingest.context import tell_context
from rollbook.service.upkeep import rebuild
from rollbook.service.upkeep.rebuild import Difference, DifferenceKind, RebuildRules
from rollbook.stores import Stores

ART = Room("art", None, "RM_9")

RULES = Rules(once=True, lasts=86_400_000)


async def differences(world: World, source: Source | None = None) -> list[Difference]:
    return await _checked(world.stores, source or world.source, mend=False)


async def mended(world: World, source: Source | None = None) -> list[Difference]:
    return await _checked(world.stores, source or world.source, mend=True)


async def _checked(
    stores: Stores, source: Source, *, mend: bool, rules: Rules = RULES
) -> list[Difference]:
    check = rebuild.rebuild if mend else rebuild.verify
    parts = check(stores.evidence, source, RebuildRules(rules))
    return [difference async for part in parts for difference in part.differences]


async def a_class(world: World) -> None:
    """A teacher who rejoins, a student whose leave is lost, a room that ends; a second room."""
    await world.told(
        RoomStarted(MATH, NOON),
        joined("PA_1", "ann", NOON),
        joined("PA_2", "ann", NOON + 20 * MINUTE),
        left("PA_2", NOON + 50 * MINUTE),
        joined("PA_3", "bob", NOON + MINUTE),
        RoomFinished(MATH, NOON + HOUR),
        joined("PA_4", "eve", NOON, ART),
    )


async def test_what_was_never_touched_is_as_the_events_tell(world: World) -> None:
    await a_class(world)
    assert await differences(world) == []
    assert await mended(world) == []


WRONG = {
    "another end": ("UPDATE session SET left_at = joined_at", {"left_at"}),
    "another evidence": ("UPDATE session SET left_by = 2", {"left_by"}),
    "open again": (
        "UPDATE session SET left_at = NULL, left_by = NULL, told_left_at = NULL",
        {"left_at", "left_by", "told_left_at"},
    ),
    "another join": ("UPDATE session SET joined_by = 1", {"joined_by"}),
    "another person": ("UPDATE session SET participant_id = 'eve'", {"participant_id"}),
    "another room": ("UPDATE session SET room_id = 'art'", {"room_id"}),
    "another source": ("UPDATE session SET source_id = 'x'", {"source_id"}),
    "another presence": ("UPDATE session SET presence_id = 'x'", {"presence_id"}),
    "an address": ("UPDATE session SET ip_address = '192.0.2.1'", {"ip_address"}),
}


@pytest.mark.parametrize("what", WRONG)
async def test_a_wrong_session_is_reported_field_by_field_and_mended(
    world: World, what: str
) -> None:
    await a_class(world)
    good = await world.existing("PA_2")
    statement, wrong_fields = WRONG[what]
    await sql(world.stores, f"{statement} WHERE presence_id = 'PA_2';")
    (difference,) = await differences(world)
    assert (difference.kind, difference.session_id) == (DifferenceKind.DIFFERENT, good.session_id)
    assert difference.fields.keys() == wrong_fields
    for name, (_, told) in difference.fields.items():
        assert told == getattr(good, name)
    # To look changes nothing.
    assert await differences(world) == [difference]
    assert await mended(world) == [difference]
    assert await world.existing("PA_2") == good
    assert await mended(world) == []


async def test_a_lost_session_is_reported_and_mended(world: World) -> None:
    await a_class(world)
    good = await world.existing("PA_3")
    await sql(world.stores, "DELETE FROM session WHERE presence_id = 'PA_3';")
    (difference,) = await differences(world)
    assert (difference.kind, difference.session_id) == (DifferenceKind.MISSING, good.session_id)
    assert difference.fields["left_by"] == (None, EndEvidence.ROOM_FINISHED)
    assert await mended(world) == [difference]
    assert await world.existing("PA_3") == good
    assert await differences(world) == []


async def test_a_session_that_no_event_tells_is_reported_and_removed(world: World) -> None:
    await a_class(world)
    await sql(
        world.stores,
        "INSERT INTO session (org_id, session_id, source_id, presence_id, room_id, joined_by)"
        f" VALUES ('{world.source.org_id}', 'aaa', '{world.source.source_id}', 'x', 'art', 2);",
    )
    (difference,) = await differences(world)
    assert (difference.kind, difference.session_id) == (DifferenceKind.EXTRA, "aaa")
    assert await mended(world) == [difference]
    assert await differences(world) == []


async def test_the_ends_of_rooms_are_proved_too(world: World) -> None:
    await a_class(world)
    await sql(world.stores, "DELETE FROM room_end;")
    (missing,) = await differences(world)
    assert (missing.kind, missing.session_id) == (DifferenceKind.MISSING, None)
    assert missing.fields == {"room_ended_at": (None, NOON + HOUR)}
    assert await mended(world) == [missing]
    await sql(world.stores, "UPDATE room_end SET instance_id = 'RM_other';")
    kinds = [difference.kind for difference in await mended(world)]
    assert kinds == [DifferenceKind.MISSING, DifferenceKind.EXTRA]
    assert await differences(world) == []


async def test_everything_lost_is_made_again(world: World) -> None:
    await a_class(world)
    good = [await world.existing(f"PA_{number}") for number in range(1, 5)]
    await sql(world.stores, "DELETE FROM session;\nDELETE FROM room_end;")
    assert len(await mended(world)) == 5
    assert [await world.existing(f"PA_{number}") for number in range(1, 5)] == good


async def test_what_upkeep_found_is_replayed_with_the_rest(world: World) -> None:
    await world.told(joined("PA_1"), joined("PA_2", "bob"))
    world.lists(joined("PA_2", "bob"), joined("PA_5", "eve"))
    for _ in range(4):
        await world.after(MINUTE)
    await world.after(25 * HOUR)
    good = [await world.existing(f"PA_{number}") for number in (1, 2, 5)]
    assert {one.left_by for one in good} == {EndEvidence.RECONCILED, EndEvidence.TIMED_OUT}
    await sql(world.stores, "DELETE FROM session;")
    await mended(world)
    assert [await world.existing(f"PA_{number}") for number in (1, 2, 5)] == good


async def test_other_sources_and_organizations_are_left_alone(world: World) -> None:
    await a_class(world)
    zoom = await world.another_source("zoom", kind="zoom")
    await world.told(joined("PA_2"), source=zoom)
    await sql(world.stores, "DELETE FROM session WHERE presence_id = 'PA_2';")
    assert len(await mended(world)) == 1
    assert await world.session("PA_2", zoom) is None
    assert len(await mended(world, zoom)) == 1


async def test_what_applications_told_is_in_the_rebuilt_sessions(world: World) -> None:
    context = Context("ann", MATH.room_id, NOON - MINUTE, "198.51.100.7", "Firefox")
    await tell_context(world.stores.ledger, world.source.org_id, context, Participant("ann"))
    await a_class(world)
    assert await differences(world) == []
    await sql(world.stores, "UPDATE session SET ip_address = NULL;")
    found = await mended(world)
    assert {tuple(one.fields) for one in found} == {("ip_address",)}
    assert (await world.existing("PA_1")).ip_address == "198.51.100.7"


@pytest.mark.parametrize(
    "address", ["::ffff:192.0.2.1", "2001:db8::1", "::1", "64:ff9b::192.0.2.1"]
)
async def test_every_way_of_writing_an_address_is_one_address(world: World, address: str) -> None:
    from rollbook.domain.fields import ip_address  # noqa: PLC0415 - beside its only use

    await world.told(replace(joined("PA_1"), ip_address=ip_address(address)))
    context = Context("bob", MATH.room_id, NOON, ip_address(address))
    await tell_context(world.stores.ledger, world.source.org_id, context, Participant("bob"))
    await world.told(joined("PA_2", "bob"))
    assert await differences(world) == []


async def test_a_presence_told_in_two_rooms_is_one_session(world: World) -> None:
    await world.told(joined("PA_1", room=MATH), left("PA_1", NOON + HOUR, room=ART))
    await world.told(joined("PA_2", "bob", room=ART), RoomFinished(ART, NOON + 2 * HOUR))
    assert await differences(world) == []
    await sql(world.stores, "DELETE FROM session;")
    assert len(await mended(world)) == 2
    assert (await world.existing("PA_1")).left_at == NOON + HOUR
    assert await differences(world) == []


async def test_many_rooms_are_gone_through_in_parts(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuild, "_PAGE", 7)
    monkeypatch.setattr(rebuild, "EVENTS_AT_A_TIME", 5)
    rooms = [Room(f"room-{number:02}", instance_id="RM") for number in range(50)]
    await world.told(
        *(
            joined(f"PA_{number}_{seat}", f"uid-{seat}", room=room)
            for number, room in enumerate(rooms)
            for seat in range(number % 8 + 1)
        )
    )
    parts = [
        part
        async for part in rebuild.verify(world.stores.evidence, world.source, RebuildRules(RULES))
    ]
    assert sum(part.rooms for part in parts) == 50
    assert sum(part.sessions for part in parts) == sum(number % 8 + 1 for number in range(50))
    assert len(parts) > 20
    await sql(world.stores, "DELETE FROM session WHERE participant_id = 'uid-3';")
    assert len(await mended(world)) == sum(number % 8 >= 3 for number in range(50))
    assert await differences(world) == []


async def in_turn(work: Callable[[], Awaitable[object]]) -> None:
    """Whoever finds the organization held for too long comes again, as senders and commands do."""
    for _ in range(20):
        with suppress(StoreLocked):
            await work()
            return
    pytest.fail("somebody holds the organization for good")


async def test_a_service_can_go_on_while_its_ledger_is_rebuilt(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuild, "EVENTS_AT_A_TIME", 3)
    rooms = [Room(f"room-{number}", instance_id="RM") for number in range(10)]

    async def teach(room: Room) -> None:
        for lesson in range(6):
            presence_id = f"{room.room_id} {lesson}"
            at = NOON + lesson * HOUR
            await in_turn(partial(world.told, joined(presence_id, at=at, room=room)))
            await in_turn(partial(world.told, left(presence_id, at + MINUTE, room=room)))

    async def disturb() -> None:
        for _ in range(10):
            await sql(world.stores, "DELETE FROM session WHERE told_left_at IS NOT NULL;")
            await in_turn(partial(mended, world))

    await asyncio.gather(disturb(), *(teach(room) for room in rooms))
    await mended(world)
    for room in rooms:
        for lesson in range(6):
            session = await world.existing(f"{room.room_id} {lesson}")
            assert session.left_at == NOON + lesson * HOUR + MINUTE
            assert session.joined_at == NOON + lesson * HOUR


_EVERY = settings(
    deadline=None,
    phases=set(Phase) - {Phase.explain},
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
_CASES = cases() | cases(contradictory=True)


@pytest.mark.parametrize("engine", ["sqlite"])
@settings(_EVERY, max_examples=examples(60))
@given(case=_CASES)
async def test_any_ledger_is_proved_and_made_again_on_sqlite(stores: Stores, case: Case) -> None:
    await _proved_and_made_again(stores, case)


@pytest.mark.parametrize("engine", ["postgres"])
@settings(_EVERY, max_examples=examples(25))
@given(case=_CASES)
async def test_any_ledger_is_proved_and_made_again_on_postgres(stores: Stores, case: Case) -> None:
    await _proved_and_made_again(stores, case)


async def _proved_and_made_again(stores: Stores, case: Case) -> None:
    book = await opened_book(stores, once=True)
    for step in case.one_way:
        if isinstance(step, Context):
            await book.told_context(step)
        else:
            await book.told(*step)
    assert await _checked(stores, book.source, mend=False) == []
    expected = expected_sessions(book, _facts(case.events), case.contexts)
    assert await book.sessions() == expected
    org_id = book.source.org_id
    await sql(
        stores,
        f"DELETE FROM session WHERE org_id = '{org_id}';\n"
        f"DELETE FROM room_end WHERE org_id = '{org_id}';",
    )
    await _checked(stores, book.source, mend=True)
    assert await book.sessions() == expected
    assert await _checked(stores, book.source, mend=True) == []


def _facts(events: Iterable[Told]) -> list[Fact]:
    return [fact for event in events for fact in event.facts]


@pytest.mark.parametrize("kept_under", ["NULL", "'an id of an early build'"])
async def test_what_a_rebuild_adds_it_does_not_take_away(world: World, kept_under: str) -> None:
    await a_class(world)
    before = await world.existing("PA_3")
    await sql(world.stores, f"UPDATE event SET session_id = {kept_under};\nDELETE FROM session;")
    assert {one.kind for one in await mended(world)} == {DifferenceKind.MISSING}
    assert await world.existing("PA_3") == before
    assert await mended(world) == []
    assert await world.existing("PA_3") == before
