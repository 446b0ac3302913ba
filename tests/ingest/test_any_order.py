"""Whatever order, repeats and batches events come in, a real store keeps the sessions of the fold."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from ingest.book import (
    DEFAULT_ROLE,
    Book,
    expected_profile,
    expected_sessions,
    expected_title,
    opened_book,
)
from ingest.returning import returning
from ingest.streams import (
    MINUTE,
    NOON,
    PEOPLE,
    ROOMS,
    Case,
    Step,
    Told,
    cases,
    streams,
    tellings,
)
from support.examples import examples
from support.settings import settings_of

from rollbook.domain.context import Context
from rollbook.domain.errors import Conflict, InvalidInput, NotFound
from rollbook.domain.events import Fact, Joined, Left, Participant, Role, Room
from rollbook.domain.sessions import Rules
from rollbook.service.corrections import Correction
from rollbook.service.ingest.record import Outcome
from rollbook.service.upkeep.rebuild import RebuildRules, verify
from rollbook.stores import Stores, stores_for

_EVERY = settings(
    deadline=None,
    phases=set(Phase) - {Phase.explain},
    # One database serves all examples: each brings an organization of its own, with the same
    # people, rooms and ids as the others have, so tenants are held apart in passing.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
_CASES = cases() | cases(contradictory=True)


@pytest.mark.parametrize("engine", ["sqlite"])
@settings(_EVERY, max_examples=examples(100))
@given(case=_CASES, once=st.booleans())
async def test_sqlite_keeps_the_sessions_of_the_pure_fold(
    stores: Stores, case: Case, *, once: bool
) -> None:
    await _both_ways_are_one(stores, case, once=once)


@pytest.mark.parametrize("engine", ["postgres"])
@settings(_EVERY, max_examples=examples(50))
@given(case=_CASES, once=st.booleans())
async def test_postgres_keeps_the_sessions_of_the_pure_fold(
    stores: Stores, case: Case, *, once: bool
) -> None:
    await _both_ways_are_one(stores, case, once=once)


RETURNING = Rules(comes_again=True, lasts=6 * MINUTE)
_KINDS_OF_IDS = st.sampled_from((RETURNING, Rules(once=True), Rules()))


@pytest.mark.parametrize("engine", ["sqlite"])
@settings(_EVERY, max_examples=examples(100))
@given(data=st.data(), rules=_KINDS_OF_IDS)
async def test_sqlite_keeps_the_sessions_that_people_correct_in_between(
    stores: Stores, data: st.DataObject, rules: Rules
) -> None:
    await _corrected_in_between(stores, stores, data, rules)


@pytest.mark.parametrize("engine", ["postgres"])
@settings(_EVERY, max_examples=examples(50))
@given(data=st.data(), rules=_KINDS_OF_IDS)
async def test_postgres_keeps_the_sessions_that_people_correct_in_between(
    stores: Stores, data: st.DataObject, rules: Rules
) -> None:
    await _corrected_in_between(stores, stores, data, rules)


@settings(_EVERY, max_examples=examples(15))
@given(data=st.data(), rules=_KINDS_OF_IDS)
async def test_two_services_keep_the_sessions_that_people_correct_in_between(
    stores: Stores, database_url: str, data: st.DataObject, rules: Rules
) -> None:
    other = stores_for(settings_of(database_url))
    await other.database.open()
    try:
        await _corrected_in_between(stores, other, data, rules)
    finally:
        await other.database.close()


async def _corrected_in_between(
    stores: Stores, others: Stores, data: st.DataObject, rules: Rules
) -> None:
    """Each of two services is told everything, and people say what they want in between."""
    events = data.draw((returning() if rules.comes_again else streams()).filter(bool))
    book = await opened_book(stores, rules=rules)
    ways = [data.draw(_acts(events)), data.draw(_acts(events))]
    await asyncio.gather(_live(book, ways[0]), _live(replace(book, stores=others), ways[1]))
    # What the ledger says follows from the set of all that was told, by whom and how ever.
    facts = [fact for event in events for fact in event.facts] + await book.said()
    assert await book.sessions() == expected_sessions(book, facts)
    async for part in verify(stores.evidence, book.source, RebuildRules(book.rules)):
        assert part.differences == []


@st.composite
def _acts(draw: st.DrawFn, events: Sequence[Told]) -> tuple[Step | Correction, ...]:
    acts: list[Step | Correction] = list(draw(tellings(events)))
    for said in draw(st.lists(_SAID, max_size=4)):
        acts.insert(draw(st.integers(0, len(acts))), said)
    return tuple(acts)


_SAID = st.builds(
    lambda left_at, void: Correction("as told", "ann's key", None if void else left_at, void),
    st.none() | st.integers(0, 20).map(lambda minute: NOON + minute * MINUTE),
    st.booleans(),
)


async def _live(book: Book, acts: Sequence[Step | Correction]) -> None:
    for number, act in enumerate(acts):
        if isinstance(act, Correction):
            await _say(book, act, number)
        else:
            await book.told_steps((act,))


async def _say(book: Book, said: Correction, number: int) -> None:
    known = sorted(await book.sessions())
    # Of many nothing can be said: that it ended before it began, that nothing counts any more.
    with suppress(Conflict, InvalidInput, NotFound):
        if known:
            await book.corrected(known[number % len(known)], said, NOON + 30 * MINUTE)


@pytest.mark.parametrize("engine", ["sqlite"])
@settings(_EVERY, max_examples=examples(150))
@given(data=st.data())
async def test_sqlite_keeps_the_stays_of_ids_that_come_again(
    stores: Stores, data: st.DataObject
) -> None:
    await _both_ways_keep_the_stays(stores, data)


@pytest.mark.parametrize("engine", ["postgres"])
@settings(_EVERY, max_examples=examples(75))
@given(data=st.data())
async def test_postgres_keeps_the_stays_of_ids_that_come_again(
    stores: Stores, data: st.DataObject
) -> None:
    await _both_ways_keep_the_stays(stores, data)


async def _both_ways_keep_the_stays(stores: Stores, data: st.DataObject) -> None:
    events = data.draw(returning())
    facts = [fact for event in events for fact in event.facts]
    for steps in (data.draw(tellings(events)), data.draw(tellings(events))) if events else ():
        book = await opened_book(stores, rules=RETURNING)
        await book.told_steps(steps)
        assert await book.sessions() == expected_sessions(book, facts)
        async for part in verify(stores.evidence, book.source, RebuildRules(book.rules)):
            assert part.differences == []


@settings(_EVERY, max_examples=examples(15))
@given(data=st.data())
async def test_two_services_keep_the_stays_of_ids_that_come_again(
    stores: Stores, database_url: str, data: st.DataObject
) -> None:
    events = data.draw(returning().filter(bool))
    # Drawn before anything is opened: a draw may give the example up.
    ways = data.draw(tellings(events)), data.draw(tellings(events))
    book = await opened_book(stores, rules=RETURNING)
    other = stores_for(settings_of(database_url))
    await other.database.open()
    try:
        told = replace(book, stores=other)
        await asyncio.gather(book.told_steps(ways[0]), told.told_steps(ways[1]))
    finally:
        await other.database.close()
    facts = [fact for event in events for fact in event.facts]
    assert await book.sessions() == expected_sessions(book, facts)


@settings(_EVERY, max_examples=examples(15))
@given(case=_CASES, once=st.booleans())
async def test_services_that_write_at_once_keep_the_sessions_of_the_pure_fold(
    stores: Stores, database_url: str, case: Case, *, once: bool
) -> None:
    book = await opened_book(stores, once=once)
    other = stores_for(settings_of(database_url))
    await other.database.open()
    try:
        # Each of two services is told everything, in its own order.
        await asyncio.gather(
            book.told_steps(case.one_way),
            replace(book, stores=other).told_steps(case.other_way),
        )
    finally:
        await other.database.close()
    assert await book.sessions() == expected_sessions(book, case.facts(), case.contexts)
    await _people_and_rooms_are_the_latest_told(book, case)


async def _both_ways_are_one(stores: Stores, case: Case, *, once: bool) -> None:
    for steps in (case.one_way, case.other_way):
        book = await opened_book(stores, once=once)
        await _tell(book, steps)
        assert await book.sessions() == expected_sessions(book, case.facts(), case.contexts)
        await _people_and_rooms_are_the_latest_told(book, case)
        await _each_event_is_kept_and_counted_once(book, case, steps)


async def _tell(book: Book, steps: tuple[Step, ...]) -> None:
    seen: set[str] = set()
    for step in steps:
        if isinstance(step, Context):
            await book.told_context(step)
        else:
            assert await book.told(*step) == [_expected_outcome(event, seen) for event in step]


def _expected_outcome(event: Told, seen: set[str]) -> Outcome:
    known = event.event_id in seen
    seen.add(event.event_id)
    return Outcome.DUPLICATE if known else Outcome.ACCEPTED


async def _people_and_rooms_are_the_latest_told(book: Book, case: Case) -> None:
    for uid in PEOPLE:
        assert await book.profile(uid) == expected_profile(uid, case.facts())
    for room_id in {room.room_id for room in ROOMS}:
        assert await book.title(room_id) == expected_title(room_id, case.facts())


async def _each_event_is_kept_and_counted_once(
    book: Book, case: Case, steps: tuple[Step, ...]
) -> None:
    assert await book.event_ids() == sorted(event.event_id for event in case.events)
    told = sum(len(step) for step in steps if not isinstance(step, Context))
    health = await book.health()
    assert (health.accepted, health.duplicates) == (len(case.events), told - len(case.events))


async def test_a_presence_that_moves_on_better_evidence_frees_the_one_it_had_ended(
    stores: Stores,
) -> None:
    book = await opened_book(stores, once=True)
    ann, here, there = Participant("ann"), Room("math-101", None, "RM_1"), Room("art", None, "RM_2")
    facts: list[Fact] = [
        Joined("one", here, ann, NOON),
        Left("two", here, ann, NOON + 9 * MINUTE, joined_at=NOON + 5 * MINUTE),
        Joined("two", there, ann, NOON + 6 * MINUTE),
    ]
    for number, fact in enumerate(facts):
        await book.told(Told(f"EV_{number}", (fact,)))
    assert await book.sessions() == expected_sessions(book, facts)


async def test_a_default_role_told_beside_a_role_hides_no_telling(stores: Stores) -> None:
    """A default is no telling, also where the very same role was told in the same batch."""
    room, student = Room("math-101"), Participant("ann", role=DEFAULT_ROLE)
    facts: list[Fact] = [
        Joined("one", room, student, NOON + MINUTE),
        Joined("two", room, Participant("ann"), NOON + 2 * MINUTE),
        Joined("three", room, Participant("ann", role=Role.TEACHER), NOON),
    ]
    book = await opened_book(stores, once=True)
    events = [Told(f"EV_{number}", (fact,)) for number, fact in enumerate(facts)]
    await book.told(*events[:2])
    await book.told(events[2])
    assert (await book.profile("ann")).role is DEFAULT_ROLE
