"""Who is erased is gone from all that is kept, stays gone, and nobody's credits change by it."""

import asyncio
import json
from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import cast

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from ingest.book import Book, opened_book
from ingest.returning import returning
from ingest.streams import MINUTE, NOON, PEOPLE, cases, tellings
from support.erasing import events_in, everything_in, looked_through
from support.examples import examples
from support.organizations import add_organization

from rollbook.domain.context import Context
from rollbook.domain.errors import Conflict
from rollbook.domain.events import Joined, Left, Participant, PresenceFact, Role, Room
from rollbook.domain.ids import new_org_id
from rollbook.domain.organizations import Organization
from rollbook.domain.presences import Presence
from rollbook.domain.sessions import Rules
from rollbook.service.corrections import Correction
from rollbook.service.ingest.importing import ImportCount, import_rows, new_import
from rollbook.service.ingest.ports import Unfinished
from rollbook.service.ingest.record import Arrival, Outcome, record
from rollbook.service.organizations.rosters import set_roster
from rollbook.service.organizations.settings import set_session_timeout
from rollbook.service.platforms import Delivery, SourceKind
from rollbook.service.upkeep.erasing import Erasing, erase
from rollbook.service.upkeep.rebuild import RebuildRules, verify
from rollbook.stores import Stores

_EVERY = settings(
    deadline=None,
    phases=set(Phase) - {Phase.explain},
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
RETURNING = Rules(comes_again=True, lasts=6 * MINUTE)
_RULES = st.sampled_from((RETURNING, Rules(once=True), Rules()))


def erasing(book: Book) -> Erasing:
    """What a service works with whose source behaves like the book's."""
    kind = cast("SourceKind", SimpleNamespace(presences=book.rules))
    return Erasing(book.stores.ledger, book.stores.organizations, {book.source.kind: kind})


async def erased(book: Book, uid: str) -> str:
    """Erase somebody as a service does whose source behaves like the book's."""
    work = erasing(book)
    pseudonym = await erase(work, book.source.org_id, uid, NOON)
    await looked_through(work, book.source.org_id)
    return pseudonym


@pytest.mark.parametrize("engine", ["sqlite"])
@settings(_EVERY, max_examples=examples(100))
@given(data=st.data(), rules=_RULES)
async def test_sqlite_keeps_all_credits_whenever_somebody_is_erased(
    stores: Stores, data: st.DataObject, rules: Rules
) -> None:
    await _erased_anywhere(stores, data, rules)


@pytest.mark.parametrize("engine", ["postgres"])
@settings(_EVERY, max_examples=examples(40))
@given(data=st.data(), rules=_RULES)
async def test_postgres_keeps_all_credits_whenever_somebody_is_erased(
    stores: Stores, data: st.DataObject, rules: Rules
) -> None:
    await _erased_anywhere(stores, data, rules)


async def _erased_anywhere(stores: Stores, data: st.DataObject, rules: Rules) -> None:
    if rules.comes_again:
        events, contexts = data.draw(returning().filter(bool)), tuple[Context, ...]()
    else:
        case = data.draw(cases())
        events, contexts = case.events, case.contexts
    both = tellings(events, contexts)
    uid = data.draw(st.sampled_from(PEOPLE))
    steps = data.draw(both) if events else ()
    never = await opened_book(stores, rules=rules)
    book = await _beside(never)
    await never.told_steps(steps)
    where = data.draw(st.integers(0, len(steps)))
    await book.told_steps(steps[:where])
    pseudonym = await erased(book, uid)
    await book.told_steps(steps[where:])
    for again in data.draw(st.lists(st.sampled_from(steps), max_size=3)) if steps else ():
        await book.told_steps([again])
    assert _counted(await book.sessions(), {}) == _counted(await never.sessions(), {uid: pseudonym})
    async for part in verify(stores.evidence, book.source, RebuildRules(book.rules)):
        assert part.differences == []
    people = {row[0] for row in await book.rows("SELECT participant_id FROM participant")}
    assert uid not in people
    assert f'"{uid}"' not in str(await everything_in(stores, book.source.org_id))


async def _beside(book: Book) -> Book:
    """Another organization with a source of the same id, so that its sessions have the same ids."""
    organization = Organization(new_org_id(), "Lakeside")
    source = replace(book.source, org_id=organization.org_id)
    await add_organization(book.stores, organization, source)
    if book.rules.lasts is not None:
        hours = book.rules.lasts / 3_600_000
        await set_session_timeout(book.stores.organizations, organization.org_id, hours)
    return replace(book, source=source)


def _counted(sessions: dict[str, Presence], names: dict[str, str]) -> list[tuple[object, ...]]:
    """What reports count of sessions, under the names that people have by now."""
    return sorted(
        (
            one.presence_id,
            one.room_id,
            names.get(one.participant_id or "", one.participant_id) or "",
            one.joined_at or 0,
            one.joined_by,
            one.left_at or 0,
            one.left_by or 0,
            str(one.correction),
        )
        for one in sessions.values()
    )


# --- one person, named wherever a ledger can name anybody ----------------------------------------

UID, OTHER_ID = "zoe-4711@school.example", "zoe.quill"
NAME = "Zoë Quill"
MARKS = ("zoe-4711", "zoe.quill", "Quill", "203.0.113.77", "2001:db8::77", "Zoefox", "Zoesafari")
"""What must be nowhere: ids, the name, addresses and user agents."""

ROOM = Room("math-101", "Calculus I", "RM_1")
ZOE = Participant(UID, NAME, Role.TEACHER, OTHER_ID)
BEN = Participant("ben", "Ben", Role.STUDENT)


def joined(presence_id: str, who: Participant, at: int = NOON) -> Joined:
    where = ("203.0.113.77", "Zoefox 1.0") if who is ZOE else ("192.0.2.1", "Opera")
    return Joined(presence_id, ROOM, who, at, *where)


def told(event_id: str, *facts: Joined | Left, payload: object = None) -> Delivery:
    at = facts[0].at if facts else NOON
    said = {"id": event_id, "who": [str(fact) for fact in facts]} if payload is None else payload
    return Delivery(event_id, "event", at, facts, json.dumps(said))


ABOUT_ZOE = (
    told("EV_1", joined("PA_1", ZOE)),
    told(f"{UID}:join:2", joined(f"math-101:{UID}", ZOE, NOON + MINUTE)),
    # Names nobody, and tells an address: by the session it is known whose it is.
    told("EV_3", Left("PA_1", ROOM, None, NOON + 9 * MINUTE, None, "2001:db8::77", "Zoesafari")),
    told("EV_4", Left(f"math-101:{UID}", ROOM, None, NOON + 5 * MINUTE)),
    told("EV_5", payload={"event": "track", "by": {"identity": OTHER_ID, "name": NAME, "n": 1}}),
    told("EV_6", payload={"deep": json.dumps({"metadata": [f"<{UID}>"]})}),
)
ABOUT_BEN = (
    told("EV_B1", joined("PA_B", BEN)),
    told("EV_B2", Left("PA_B", ROOM, BEN, NOON + 7 * MINUTE), payload={"host": UID, "n": 7}),
)


async def arrived(book: Book, *deliveries: Delivery) -> list[Outcome]:
    (outcomes,) = await record(
        book.stores.ledger, [Arrival(book.source, deliveries, NOON, book.rules)]
    )
    return outcomes


async def told_all(book: Book) -> None:
    await book.told_context(Context(UID, "math-101", NOON - MINUTE, "203.0.113.77", "Zoefox"))
    await arrived(book, *ABOUT_ZOE, *ABOUT_BEN)
    await set_roster(
        book.stores.organizations, book.source.org_id, "math-101", {UID: NAME}, date(2024, 1, 1)
    )


def rows_imported() -> list[list[PresenceFact]]:
    """Rows of a file that tells of both."""
    return [
        [joined("row-1", ZOE, NOON - 60 * MINUTE), Left("row-1", ROOM, ZOE, NOON - 50 * MINUTE)],
        [joined("row-2", BEN, NOON - 60 * MINUTE), Left("row-2", ROOM, BEN, NOON - 50 * MINUTE)],
    ]


async def imported(book: Book) -> ImportCount:
    file = new_import(book.source, "january.csv", "csv", NOON)
    rows = import_rows(book.stores.ledger, book.source, rows_imported(), file)
    return [count async for count in rows][-1]


async def left_of_zoe(book: Book) -> list[str]:
    held = await everything_in(book.stores, book.source.org_id)
    text = {name: str(rows) for name, rows in held.items()}
    return [f"{mark} in {name}" for mark in MARKS for name, rows in text.items() if mark in rows]


@pytest.fixture(params=[Rules(once=True), RETURNING, Rules()], ids=["once", "returning", "plain"])
async def book(stores: Stores, request: pytest.FixtureRequest) -> Book:
    return await opened_book(stores, rules=request.param)


async def test_nothing_is_left_of_who_is_erased_but_what_counts(book: Book) -> None:
    await told_all(book)
    await imported(book)
    (noted,) = [
        one.session_id for one in (await book.sessions()).values() if one.presence_id == "PA_1"
    ]
    said = Correction("Quill had left by then", "office", NOON + 8 * MINUTE)
    await book.corrected(noted, said, NOON + 60 * MINUTE)
    before = await book.sessions()
    assert await left_of_zoe(book)
    pseudonym = await erased(book, UID)
    assert await left_of_zoe(book) == []
    after = await book.sessions()
    assert _times(after, {}) == _times(before, {UID: pseudonym})
    ben = [one for one in before.values() if one.participant_id == "ben"]
    assert [after[one.session_id] for one in ben] == ben
    assert (await book.profile(pseudonym)).role == Role.TEACHER
    assert await book.said()
    (member,) = await book.rows("SELECT participant_id, name FROM roster")
    assert list(member) == [pseudonym, None]


def _times(sessions: dict[str, Presence], names: dict[str, str]) -> list[tuple[object, ...]]:
    """The same as `_counted`, where ids of presences may have changed too."""
    return sorted(one[1:] for one in _counted(sessions, names))


async def test_who_was_erased_does_not_come_back(book: Book) -> None:
    await told_all(book)
    await imported(book)
    await erased(book, UID)
    before = await book.sessions()
    assert await arrived(book, *ABOUT_ZOE, *ABOUT_BEN) == [Outcome.DUPLICATE] * 8
    assert (await imported(book)).told == 0
    await told_all(book)
    await arrived(book, told("EV_9", joined("PA_9", ZOE, NOON + 30 * MINUTE)))
    await book.told_context(Context(UID, "math-101", NOON, "203.0.113.77", "Zoefox"))
    assert await left_of_zoe(book) == []
    news = {one.presence_id for one in (await book.sessions()).values()}
    assert news - {one.presence_id for one in before.values()} == {"PA_9"}


async def test_a_leave_that_names_nobody_is_forgotten_whenever_it_comes(book: Book) -> None:
    await arrived(book, ABOUT_ZOE[2])
    await erased(book, UID)
    # Nobody knew whose it was until this came.
    await arrived(book, ABOUT_ZOE[0])
    assert await left_of_zoe(book) == []
    (session,) = (await book.sessions()).values()
    assert session.left_at == NOON + 9 * MINUTE


async def test_another_id_of_somebody_erased_is_learnt_and_forgotten_too(book: Book) -> None:
    await arrived(
        book, told("EV_1", replace(joined("PA_1", ZOE), participant=replace(ZOE, identity=None)))
    )
    await arrived(book, ABOUT_ZOE[4])
    await erased(book, UID)
    await arrived(book, told("EV_2", joined("PA_2", ZOE, NOON + 20 * MINUTE)))
    await looked_through(erasing(book), book.source.org_id)
    held = str(await everything_in(book.stores, book.source.org_id))
    assert OTHER_ID not in held


async def test_what_others_said_stays_but_for_the_name(book: Book) -> None:
    await told_all(book)
    pseudonym = await erased(book, UID)
    events = await events_in(book.stores, book.source.org_id)
    (payload,) = [one.payload for one in events if one.event_id == "EV_B2"]
    assert json.loads(payload or "") == {"host": pseudonym, "n": 7}
    (own,) = [one.payload for one in events if one.event_id == "EV_B1"]
    assert own is not None
    assert "192.0.2.1" in own


async def test_who_is_left_out_is_not_erased_until_reports_show_them(stores: Stores) -> None:
    book = await opened_book(stores, rules=Rules())
    settings_of = {"leave_out_names": ["*Quill"]}
    source = replace(book.source, settings=settings_of)
    async with stores.organizations.changing(book.source.org_id) as change:
        await change.set_settings(source)
    await arrived(book, ABOUT_ZOE[0])
    with pytest.raises(Conflict, match="leaves this person out"):
        await erased(book, UID)
    assert (await book.profile(UID)).name == NAME


async def test_a_pseudonym_is_not_erased_again(book: Book) -> None:
    await told_all(book)
    pseudonym = await erased(book, UID)
    with pytest.raises(Conflict, match="pseudonym"):
        await erased(book, pseudonym)
    # The person may be, by the id that they have elsewhere, and nothing comes of it.
    assert await erased(book, UID) == pseudonym


async def test_an_erasure_that_was_cut_off_is_finished_by_looking_through_all_events(
    book: Book,
) -> None:
    await told_all(book)
    before = await book.sessions()
    async with book.stores.ledger.erasing(book.source.org_id) as transaction:
        pseudonyms = await transaction.known_pseudonyms()
        ids = sorted(map(pseudonyms.of, (UID, OTHER_ID)))
        await transaction.note_erased(ids, NOON, Unfinished.ID)
        await transaction.note_erased([pseudonyms.of(NAME)], NOON, Unfinished.NAME)
        await transaction.rename_person(UID, pseudonyms.of(UID))
    await looked_through(erasing(book), book.source.org_id)
    assert await left_of_zoe(book) == []
    names = {UID: pseudonyms.of(UID)}
    assert _times(await book.sessions(), {}) == _times(before, names)


async def test_another_organization_keeps_who_is_erased_in_this_one(stores: Stores) -> None:
    book = await opened_book(stores)
    other = await _beside(book)
    await told_all(book)
    await told_all(other)
    before = await other.sessions()
    await erased(book, UID)
    assert await other.sessions() == before
    assert (await other.profile(UID)).name == NAME


async def test_deliveries_that_come_meanwhile_bring_nobody_back_and_lose_nothing(
    stores: Stores,
) -> None:
    never = await opened_book(stores, rules=Rules(once=True))
    book = await _beside(never)
    deliveries = [
        told(f"{UID}:{n}", joined(f"PA_{n % 60}", ZOE if n % 3 else BEN, NOON + n * MINUTE))
        for n in range(180)
    ] + [told(f"L_{n}", Left(f"PA_{n}", ROOM, None, NOON + 400 * MINUTE)) for n in range(60)]
    for delivery in deliveries:
        await arrived(never, delivery)
    for delivery in deliveries[:90]:
        await arrived(book, delivery)

    async def come() -> None:
        for delivery in deliveries[60:]:
            await arrived(book, delivery)

    pseudonym, _ = await asyncio.gather(erased(book, UID), come())
    await looked_through(erasing(book), book.source.org_id)
    assert await left_of_zoe(book) == []
    names = {UID: pseudonym}
    assert _counted(await book.sessions(), {}) == _counted(await never.sessions(), names)
