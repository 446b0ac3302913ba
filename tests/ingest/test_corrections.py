"""What people with the right to it say of sessions counts, is explained, and can be taken back."""

import asyncio
import json

import pytest
from ingest.book import Book, opened_book
from ingest.streams import MINUTE, NOON, Told

from rollbook.domain.errors import Conflict, InvalidInput, NotFound
from rollbook.domain.events import EndEvidence, Fact, Joined, JoinEvidence, Left, Participant, Room
from rollbook.domain.presences import Presence, session_id_for
from rollbook.domain.sessions import Rules
from rollbook.domain.sources import OwnKind
from rollbook.service.corrections import EVENT_TYPE, Correction
from rollbook.service.organizations.sources import source_states
from rollbook.service.reports.explain import explain
from rollbook.store.reports.overviews import DatabaseOverviews
from rollbook.stores import Stores

ROOM = Room("math-101", "Calculus I", "RM_1")
ANN = Participant("ann", "Ann")
NOW = NOON + 600 * MINUTE


def at(minute: float) -> int:
    return NOON + int(minute * MINUTE)


def joined(minute: float, stay: str = "one") -> Joined:
    return Joined(stay, ROOM, ANN, at(minute))


def left(minute: float, stay: str = "one", of: float | None = None) -> Left:
    return Left(stay, ROOM, ANN, at(minute), None if of is None else at(of))


def ended(minute: float, note: str = "as told") -> Correction:
    return Correction(note, "some-key", at(minute))


NEVER = Correction("a test of the camera", "some-key", void=True)
TAKEN_BACK = Correction("it was the lesson", "another-key")


async def opened(stores: Stores, *facts: Fact, rules: Rules | None = None) -> Book:
    book = await opened_book(stores, rules=rules)
    await told(book, *facts)
    return book


async def told(book: Book, *facts: Fact) -> None:
    await book.told(*(Told(f"EV_{fact}", (fact,)) for fact in facts))


async def correct(book: Book, what: Correction, stay: str = "one", now: int = NOW) -> None:
    await book.corrected(session_id_for(book.source.source_id, stay), what, now)


async def session(book: Book, stay: str = "one") -> Presence:
    return (await book.sessions())[session_id_for(book.source.source_id, stay)]


async def end(book: Book, stay: str = "one") -> tuple[int | None, EndEvidence | None]:
    found = await session(book, stay)
    return found.left_at, found.left_by


async def visible(book: Book) -> int:
    """How many of the person's sessions a report counts."""
    overviews = DatabaseOverviews(book.stores.database)
    return len(await overviews.stays_of_person(book.source.org_id, "ann", NOON - 1, NOW, 100))


async def test_a_running_session_is_ended(stores: Stores) -> None:
    book = await opened(stores, joined(0))
    await correct(book, ended(30))
    assert await end(book) == (at(30), EndEvidence.CORRECTED)


async def test_a_session_is_shortened_and_made_longer(stores: Stores) -> None:
    book = await opened(stores, joined(0), left(50))
    await correct(book, ended(30))
    assert await end(book) == (at(30), EndEvidence.CORRECTED)
    await correct(book, ended(70))
    assert await end(book) == (at(70), EndEvidence.CORRECTED)


async def test_what_is_told_later_does_not_count_above_a_correction(stores: Stores) -> None:
    book = await opened(stores, joined(0))
    await correct(book, ended(30))
    await told(book, left(55))
    assert await end(book) == (at(30), EndEvidence.CORRECTED)


async def test_what_was_taken_back_leaves_what_was_told_in_between(stores: Stores) -> None:
    book = await opened(stores, joined(0))
    await correct(book, ended(30))
    await told(book, left(55))
    await correct(book, TAKEN_BACK)
    assert await end(book) == (at(55), EndEvidence.LEAVE)


async def test_the_latest_word_counts_whatever_the_clock_of_the_machine(stores: Stores) -> None:
    book = await opened(stores, joined(0))
    for minute, now in ((30, NOW), (20, NOW), (40, NOW - MINUTE)):
        await correct(book, ended(minute), now=now)
        assert await end(book) == (at(minute), EndEvidence.CORRECTED)
    assert len(await book.said()) == 3


async def test_a_session_that_never_was_is_counted_nowhere_until_that_is_taken_back(
    stores: Stores,
) -> None:
    book = await opened(stores, joined(0), left(50), joined(60, "two"))
    await correct(book, NEVER)
    assert await end(book) == (at(0), EndEvidence.CORRECTED)
    assert await visible(book) == 1
    explanation = await explain(
        stores.history, book.source.org_id, (await session(book)).session_id
    )
    assert [event.event_type for event in explanation.events][-1] == EVENT_TYPE
    await correct(book, TAKEN_BACK)
    assert await visible(book) == 2


async def test_a_correction_is_explained_with_its_note_and_who_said_it(stores: Stores) -> None:
    book = await opened(stores, joined(0), left(50))
    await correct(book, ended(30, "the tablet stayed on"))
    await correct(book, TAKEN_BACK)
    session_id = (await session(book)).session_id
    events = (await explain(stores.history, book.source.org_id, session_id)).events
    one, other = (json.loads(event.payload or "") for event in events[2:])
    assert (one["leftAt"], one["note"]) == ("2024-01-15T12:30:00.000Z", "the tablet stayed on")
    assert (one["by"], one["withdrawn"]) == ("some-key", False)
    assert (other["leftAt"], other["note"]) == (None, "it was the lesson")
    assert (other["by"], other["withdrawn"]) == ("another-key", True)
    assert {event.source_id for event in events[2:]} == {f"{book.source.org_id}corrections"}


async def test_the_source_of_corrections_is_one_whose_deliveries_nobody_counts(
    stores: Stores,
) -> None:
    book = await opened(stores, joined(0))
    await correct(book, ended(30))
    await correct(book, ended(20))
    states = await source_states(stores.organizations, book.source.org_id)
    (own,) = (state for state in states if state.source.kind == OwnKind.CORRECTIONS)
    assert (own.health.accepted, own.source.secrets) == (0, ())


@pytest.mark.parametrize("minute", [-1, 601])
async def test_an_end_that_cannot_be_is_refused_and_leaves_nothing_behind(
    stores: Stores, minute: int
) -> None:
    book = await opened(stores, joined(0))
    before = await session(book)
    with pytest.raises(InvalidInput, match="from the join"):
        await correct(book, ended(minute))
    assert (await session(book), await book.said()) == (before, [])


async def test_both_ends_of_what_can_be_are_taken(stores: Stores) -> None:
    book = await opened(stores, joined(0))
    for minute in (0, 600):
        await correct(book, ended(minute))
        assert await end(book) == (at(minute), EndEvidence.CORRECTED)


async def test_of_a_session_whose_beginning_is_not_known_nothing_can_be_said(
    stores: Stores,
) -> None:
    book = await opened(stores, Left("one", ROOM, None, at(9)))
    with pytest.raises(Conflict, match="when this session began"):
        await correct(book, NEVER)


async def test_a_session_that_there_is_not_or_of_somebody_else_is_not_found(
    stores: Stores,
) -> None:
    book, other = await opened(stores, joined(0)), await opened(stores, joined(0))
    for session_id in ("0" * 32, "one", '"', (await session(other)).session_id):
        with pytest.raises(NotFound):
            await book.corrected(session_id, ended(1), NOW)
    assert await end(other) == (None, None)


@pytest.mark.parametrize("note", ["a\0b", "\ud800"])
def test_a_note_that_no_database_could_keep_is_refused(note: str) -> None:
    with pytest.raises(InvalidInput, match="note"):
        Correction(note, "key", void=True)


async def test_a_note_is_kept_without_the_space_around_it(stores: Stores) -> None:
    book = await opened(stores, joined(0))
    await correct(book, ended(1, "  é\n"))
    assert [fact.note for fact in await book.said()] == ["é"]


async def test_of_two_who_speak_at_once_each_is_heard(stores: Stores) -> None:
    book = await opened(stores, joined(0))
    await asyncio.gather(*(correct(book, ended(minute)) for minute in range(1, 9)))
    said = await book.said()
    assert len({fact.at for fact in said}) == len(said) == 8
    latest = max(said, key=lambda fact: fact.at)
    assert await end(book) == (latest.left_at, EndEvidence.CORRECTED)


async def test_what_is_said_of_a_session_says_nothing_of_another(stores: Stores) -> None:
    """That the next join ended one stays true, though that join is said never to have been."""
    book = await opened(stores, joined(0), joined(20, "two"), rules=Rules(once=True))
    await correct(book, NEVER, "two")
    assert await end(book) == (at(20), EndEvidence.SUPERSEDED)


AGAIN = Rules(comes_again=True)


async def stays(book: Book) -> list[Presence]:
    found = [one for one in (await book.sessions()).values() if one.joined_at is not None]
    return sorted(found, key=lambda one: one.joined_at or 0)


async def test_of_an_id_that_comes_again_the_stay_that_is_meant_is_corrected(
    stores: Stores,
) -> None:
    book = await opened(stores, joined(0), left(10), joined(60), left(90), rules=AGAIN)
    first, second = await stays(book)
    await book.corrected(second.session_id, ended(70), NOW)
    assert await stays(book) == [first, *(await stays(book))[1:]]
    assert [(one.left_at, one.left_by) for one in await stays(book)] == [
        (at(10), EndEvidence.LEAVE),
        (at(70), EndEvidence.CORRECTED),
    ]


async def test_it_stays_with_its_stay_when_the_join_of_that_is_told_better(
    stores: Stores,
) -> None:
    """A leave repeats the time of connecting; the join, a little later, comes only afterwards."""
    book = await opened(stores, joined(0), left(10), left(90, of=60), rules=AGAIN)
    await book.corrected((await stays(book))[1].session_id, ended(70), NOW)
    await told(book, joined(60.02))
    first, second = await stays(book)
    assert (first.left_at, second.left_at) == (at(10), at(70))
    assert (second.joined_at, second.joined_by) == (at(60.02), JoinEvidence.SEEN)


async def test_a_stay_that_cannot_be_told_from_another_is_left_alone(stores: Stores) -> None:
    """In one moment into a room and, with the same id, into another."""
    elsewhere = Room("art", instance_id="RM_2")
    there = Joined("one", elsewhere, ANN, at(0))
    book = await opened(stores, joined(0), there, left(30), rules=AGAIN)
    found = await stays(book)
    assert len(found) == 2
    outcomes = []
    for one in found:
        try:
            await book.corrected(one.session_id, ended(20), NOW)
            outcomes.append("corrected")
        except Conflict:
            outcomes.append("refused")
    assert sorted(outcomes) == ["corrected", "refused"]
    assert len(await book.said()) == 1
