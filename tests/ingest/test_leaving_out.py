"""Who is left out has no sessions: from now on, for what was told before, and until taken back."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ingest.book import LASTS, Book, expected_sessions, opened_book
from ingest.cases import ALL, assert_right, configured, opened, play
from ingest.streams import NOON, Case, Told, cases
from support.examples import examples

from rollbook.domain.events import Fact, Joined, Left, Participant, Room, RoomFinished
from rollbook.domain.leaving_out import LeftOut
from rollbook.domain.sessions import Rules, fold
from rollbook.domain.sources import OwnKind
from rollbook.service.corrections import Correction, Corrections
from rollbook.service.ingest.importing import import_rows, new_import, undo_import
from rollbook.service.organizations.sources import configure, ensure_source
from rollbook.service.upkeep.rebuild import (
    Difference,
    DifferenceKind,
    RebuildRules,
    rebuild,
    verify,
)
from rollbook.sources.table import SOURCE_KINDS
from rollbook.stores import Stores

NOTE_TAKER = next(case for case in ALL if case.name == "zoom_note_taker_left_out")
NOW_NOBODY: dict[str, object] = dict.fromkeys(NOTE_TAKER.settings)
ROOM = Room("physics")


async def differences(book: Book, *, mend: bool = False) -> list[Difference]:
    check = rebuild if mend else verify
    parts = check(book.stores.evidence, book.source, RebuildRules(book.rules))
    return [difference async for part in parts for difference in part.differences]


async def people(book: Book) -> set[str | None]:
    return {presence.participant_id for presence in (await book.sessions()).values()}


async def test_a_pattern_that_is_set_later_holds_for_what_was_told_before(stores: Stores) -> None:
    everybody = await configured(await opened(stores, NOTE_TAKER), NOW_NOBODY)
    await play(everybody, NOTE_TAKER.requests())
    assert await people(everybody) == {"bot-1", "BOT-2", "reg-ada"}
    book = await configured(everybody, NOTE_TAKER.settings)
    # Payloads are forgotten after a while; facts outlive them.
    async with stores.database.writing() as connection:
        await connection.run_script("UPDATE event SET payload = NULL;")
    found = await differences(book)
    assert {one.kind for one in found} == {DifferenceKind.EXTRA}
    assert await differences(book, mend=True) == found
    assert_right(NOTE_TAKER, (await book.sessions()).values())
    assert await differences(book) == []


async def test_a_pattern_that_is_taken_away_brings_everybody_back(stores: Stores) -> None:
    book = await opened(stores, NOTE_TAKER)
    await play(book, NOTE_TAKER.requests())
    assert await people(book) == {"reg-ada"}
    everybody = await configured(book, NOW_NOBODY)
    await differences(everybody, mend=True)
    assert await people(everybody) == {"bot-1", "BOT-2", "reg-ada"}
    again = await opened(stores, replace(NOTE_TAKER, settings={}))
    await play(again, NOTE_TAKER.requests())
    assert len(await everybody.sessions()) == len(await again.sessions())


async def test_a_correction_goes_by_the_pattern_as_well(stores: Stores) -> None:
    everybody = await configured(await opened(stores, NOTE_TAKER), NOW_NOBODY)
    await play(everybody, NOTE_TAKER.requests())
    book = await configured(everybody, NOTE_TAKER.settings)
    stored = await book.sessions()
    (session_id,) = (key for key, one in stored.items() if one.participant_id == "bot-1")
    corrections = Corrections(stores.ledger, stores.organizations, stores.history, SOURCE_KINDS)
    said = Correction("it stayed till the end", "the test", void=False)
    await corrections.correct(book.source.org_id, session_id, said, NOON + 86_400_000)
    assert await people(book) == {"BOT-2", "reg-ada"}


async def test_rows_of_files_are_left_out_as_well_and_undone_like_all(stores: Stores) -> None:
    book = await opened_book(stores)
    org_id, organizations = book.source.org_id, stores.organizations
    source = await ensure_source(organizations, org_id, OwnKind.IMPORT, None, 0)
    await configure(organizations, source, None, {"leave_out_names": ["*bot"]})
    source = await ensure_source(organizations, org_id, OwnKind.IMPORT, None, 0)
    rows = [
        [Joined(str(number), ROOM, Participant(name, name), NOON)]
        for number, name in enumerate(("ann", "Note Bot"))
    ]
    file = new_import(source, "visits.jsonl", "jsonl", 0)
    async for count in import_rows(stores.ledger, source, rows, file):
        assert count.added == 1
    assert await people(book) == {"ann"}
    async for _ in undo_import(stores.ledger, source, file.import_id, 1):
        pass
    assert await people(book) == set()


async def test_who_is_left_out_gives_nobody_a_name(stores: Stores) -> None:
    """A note taker may come under the id of the person who sent it."""
    book = await opened_book(stores, rules=Rules(left_out=LeftOut(names=("*notes*",))))
    await book.told(Told("EV_1", (Joined("one", ROOM, Participant("ann", "Ann"), NOON),)))
    await book.told(
        Told("EV_2", (Joined("two", ROOM, Participant("ann", "Ann's Notes"), NOON + 1),))
    )
    assert (await book.profile("ann")).name == "Ann"
    assert len(await book.sessions()) == 1


async def test_the_end_of_a_named_run_hides_no_stay_from_the_end_of_the_room(
    stores: Stores,
) -> None:
    book = await opened_book(stores, rules=Rules(left_out=LeftOut(names=("*bot*",))))
    await book.told(Told("EV_1", (Joined("one", ROOM, Participant("ann", "Ann"), NOON),)))
    named = RoomFinished(replace(ROOM, instance_id="RM_1"), NOON + 60_000)
    await book.told(Told("EV_2", (named,)), Told("EV_3", (RoomFinished(ROOM, NOON + 120_000),)))
    (found,) = (await book.sessions()).values()
    assert found.left_at == NOON + 120_000


_PATTERNS = st.sampled_from(
    (LeftOut(ids=("ann",)), LeftOut(names=("a*",)), LeftOut(("*b*",), ("J?RG",)))
)


@settings(
    deadline=None,
    max_examples=examples(40),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    case=cases() | cases(contradictory=True),
    once=st.booleans(),
    again=st.booleans(),
    left_out=_PATTERNS,
)
async def test_no_order_and_no_repeat_brings_in_who_is_left_out(
    stores: Stores, case: Case, *, once: bool, again: bool, left_out: LeftOut
) -> None:
    rules = Rules(once=once, comes_again=again, lasts=LASTS, left_out=left_out)
    for steps in (case.one_way, case.other_way):
        book = await opened_book(stores, rules=rules)
        await book.told_steps(steps)
        assert await book.sessions() == expected_sessions(book, case.facts(), case.contexts)
        assert await differences(book) == []


@pytest.mark.parametrize(
    ("pattern", "name", "gone"),
    [
        ("*notetaker*", "Ann's NOTETAKER (Fireflies)", True),
        ("otter.ai", "Otter.ai", True),
        ("otter.ai", "Otter.ai of Ann", False),
        ("otterxai", "Otter.ai", False),
        ("straße*", "STRASSE 7", True),
        ("bot-?", "bot-7", True),
        ("bot-?", "bot-77", False),
        ("*a*a*a*a*a*a*a*a*b", "a" * 1000, False),
    ],
)
def test_a_pattern_fits_a_whole_name_in_any_case(pattern: str, name: str, *, gone: bool) -> None:
    left_out = LeftOut(names=(pattern,))
    told = [Joined("one", ROOM, Participant("u", name), 0)]
    assert left_out.presences(told) == ({"one"} if gone else set())


def test_a_person_is_left_out_by_either_id_and_a_nameless_leave_with_their_join() -> None:
    facts: list[Fact] = [
        Joined("one", ROOM, Participant("usr-1", "Ann", identity="Bot-9"), 0),
        Left("one", ROOM, None, 60_000),
        Joined("two", ROOM, Participant("bob"), 0),
    ]
    rules = Rules(left_out=LeftOut(ids=("bot-*",)))
    assert {one.presence_id for one in fold("s", facts, rules).values()} == {"two"}
