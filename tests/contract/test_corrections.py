"""Corrections: above all other evidence, explained like any, and taken back by another."""

import pytest
from ingest.book import Book, opened_book
from ingest.streams import MINUTE, NOON, Told

from rollbook.domain.errors import Conflict, InvalidInput, NotFound
from rollbook.domain.events import EndEvidence, Fact, Joined, Left, Participant, Room, RoomFinished
from rollbook.domain.period import period
from rollbook.domain.presences import Presence, session_id_for
from rollbook.domain.sessions import Rules
from rollbook.domain.sources import OwnKind
from rollbook.service.corrections import Correction, Corrections
from rollbook.service.ingest.importing import import_rows, new_import
from rollbook.service.organizations.sources import ensure_source
from rollbook.service.reports.explain import explain
from rollbook.service.reports.participant import ReportQuestion, rooms_of_participant
from rollbook.service.upkeep.rebuild import RebuildRules, verify
from rollbook.sources.table import SOURCE_KINDS
from rollbook.stores import Stores

ROOM, ANN = Room("math-101", instance_id="RM_1"), Participant("ann")
LATER = NOON + 600 * MINUTE
_numbers = iter(range(1_000_000))


def at(minute: int) -> int:
    return NOON + minute * MINUTE


async def tell(book: Book, *facts: Fact) -> None:
    await book.told(*(Told(f"EV_{next(_numbers)}", (fact,)) for fact in facts))


async def correct(
    book: Book, session_id: str, *, left: int | None = None, void: bool = False, now: int = LATER
) -> Presence:
    stores = book.stores
    corrections = Corrections(stores.ledger, stores.organizations, stores.history, SOURCE_KINDS)
    said = Correction("as the teacher says", "the test", left, void)
    return await corrections.correct(book.source.org_id, session_id, said, now)


async def totals(book: Book) -> tuple[int, int]:
    """How many sessions ann has, and for how many seconds."""
    organization = await book.stores.organizations.organization(book.source.org_id)
    assert organization is not None
    days = period("2024-01-01", "2024-01-31", "UTC", LATER)
    question = ReportQuestion("ann", days)
    report = await rooms_of_participant(book.stores.reports, organization, question, LATER)
    return report.totals.sessions, report.totals.seconds


async def differences(book: Book) -> list[object]:
    rules = RebuildRules(book.rules)
    parts = verify(book.stores.evidence, book.source, rules)
    return [difference async for part in parts for difference in part.differences]


@pytest.fixture(params=["livekit", "zoom"])
async def book(stores: Stores, request: pytest.FixtureRequest) -> Book:
    """A source of a platform of either kind: an id is one stay, or may come again."""
    rules = Rules(comes_again=request.param == "zoom", once=request.param == "livekit")
    return await opened_book(stores, rules=rules, kind=request.param)


def session_of(book: Book) -> str:
    return session_id_for(book.source.source_id, "one")


async def test_a_person_ends_a_session_that_runs_for_ever(book: Book) -> None:
    await tell(book, Joined("one", ROOM, ANN, at(0)))
    ended = await correct(book, session_of(book), left=at(40))
    assert (ended.left_at, ended.left_by) == (at(40), EndEvidence.CORRECTED)
    assert await totals(book) == (1, 2400)
    assert await differences(book) == []


async def test_no_later_evidence_changes_what_a_person_said(book: Book) -> None:
    await tell(book, Joined("one", ROOM, ANN, at(0)))
    await correct(book, session_of(book), left=at(40))
    await tell(book, Left("one", ROOM, ANN, at(70)), RoomFinished(ROOM, at(90)))
    assert await totals(book) == (1, 2400)
    assert await differences(book) == []


async def test_a_session_that_never_was_is_in_no_report_and_can_be_taken_back(book: Book) -> None:
    await tell(book, Joined("one", ROOM, ANN, at(0)), Left("one", ROOM, ANN, at(30)))
    await correct(book, session_of(book), void=True)
    assert await totals(book) == (0, 0)
    assert await differences(book) == []
    await correct(book, session_of(book))
    assert await totals(book) == (1, 1800)
    assert await differences(book) == []


async def test_of_two_corrections_the_last_word_counts_even_in_one_millisecond(book: Book) -> None:
    await tell(book, Joined("one", ROOM, ANN, at(0)))
    await correct(book, session_of(book), left=at(40))
    await correct(book, session_of(book), left=at(20))
    assert await totals(book) == (1, 1200)


async def test_a_correction_is_explained_like_any_event(book: Book) -> None:
    await tell(book, Joined("one", ROOM, ANN, at(0)))
    await correct(book, session_of(book), left=at(40))
    explanation = await explain(book.stores.history, book.source.org_id, session_of(book))
    assert [event.event_type for event in explanation.events] == ["event", "session.corrected"]
    assert "as the teacher says" in str(explanation.events[1].payload)
    assert '"by": "the test"' in str(explanation.events[1].payload)


async def test_only_the_stay_that_is_meant_is_corrected(stores: Stores) -> None:
    book = await opened_book(stores, rules=Rules(comes_again=True), kind="zoom")
    await tell(book, Joined("one", ROOM, ANN, at(0)), Left("one", ROOM, ANN, at(5)))
    await tell(book, Joined("one", ROOM, ANN, at(60)), Left("one", ROOM, ANN, at(90)))
    (second,) = [key for key in await book.sessions() if key != session_of(book)]
    await correct(book, second, left=at(70))
    assert await totals(book) == (2, 300 + 600)
    # What comes in later of the other stay leaves it as it is.
    await tell(book, Joined("one", ROOM, ANN, at(20)), Left("one", ROOM, ANN, at(21)))
    assert await totals(book) == (3, 300 + 60 + 600)
    assert await differences(book) == []


async def test_a_session_of_a_file_can_be_ended(stores: Stores) -> None:
    book = await opened_book(stores, kind="livekit")
    org_id = book.source.org_id
    files = await ensure_source(stores.organizations, org_id, OwnKind.IMPORT, None, 0)
    rows = [[Joined("row", ROOM, ANN, at(0))]]
    async for _ in import_rows(stores.ledger, files, rows, new_import(files, "f", "jsonl", NOON)):
        pass
    await correct(book, session_id_for(files.source_id, "row"), left=at(10))
    assert await totals(book) == (1, 600)


@pytest.mark.parametrize(
    ("left", "said"), [(-1, "from the join"), (601, "to now")], ids=["before", "in the future"]
)
async def test_an_end_that_cannot_be_is_refused(book: Book, left: int, said: str) -> None:
    await tell(book, Joined("one", ROOM, ANN, at(0)))
    with pytest.raises(InvalidInput, match=said):
        await correct(book, session_of(book), left=at(left))
    assert await book.event_ids()
    assert await differences(book) == []


async def test_what_there_is_not_cannot_be_corrected(book: Book) -> None:
    with pytest.raises(NotFound):
        await correct(book, "0" * 32, void=True)
    await tell(book, Left("one", ROOM, None, at(9)))
    with pytest.raises(Conflict, match="when this session began"):
        await correct(book, session_of(book), void=True)


@pytest.mark.parametrize("note", ["", "  ", "x" * 501])
def test_a_correction_says_why(note: str) -> None:
    with pytest.raises(InvalidInput, match="note"):
        Correction(note, "the test", void=True)


def test_a_session_that_never_was_has_no_end() -> None:
    with pytest.raises(InvalidInput, match="say one of them"):
        Correction("why", "the test", at(1), void=True)
