"""An import that was taken back was never there: every answer is the same, byte for byte."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from ingest.book import DEFAULT_ROLE, delivery, plain_rows
from ingest.streams import ADDRESSES, MINUTE, NOON, PEOPLE, ROOMS, Step, Told, cases
from support.examples import examples
from support.organizations import add_organization
from support.school import School

from rollbook.domain.context import Context
from rollbook.domain.errors import NotFound, StoreUnavailable
from rollbook.domain.events import Corrected, Joined, Left, Participant, PresenceFact, Role, Room
from rollbook.domain.ids import new_org_id
from rollbook.domain.organizations import Organization
from rollbook.domain.period import day_around
from rollbook.domain.presences import Presence, session_id_for
from rollbook.domain.sessions import Rules
from rollbook.domain.sources import OwnKind, Source
from rollbook.service.ingest.context import tell_context
from rollbook.service.ingest.fold import FoldRules, fold_facts
from rollbook.service.ingest.importing import ImportCount, import_rows, new_import, undo_import
from rollbook.service.ingest.ports import FileImport, ImportTransaction, StoredEvent
from rollbook.service.ingest.record import Arrival, record
from rollbook.service.reports.people import people
from rollbook.service.reports.ports import PeopleQuestion, RoomsQuestion
from rollbook.service.reports.rooms import rooms
from rollbook.service.upkeep.rebuild import RebuildRules, rebuild, verify
from rollbook.store.reports.overviews import DatabaseOverviews
from rollbook.stores import Stores

Row = Sequence[PresenceFact]

_EVERY = settings(
    deadline=None,
    phases=set(Phase) - {Phase.explain},
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
DAYS = {"startDate": "2024-01-01", "endDate": "2024-12-31"}
EVENING = "2024-01-15T22:00:00.000Z"
FILES, LIVE, CORRECTIONS = "files", "live", "corrections"
"""Ids of sources: the same in every organization here, so that sessions have the same ids too."""


# --- what is told ----------------------------------------------------------------------------


@st.composite
def rows(draw: st.DrawFn) -> Row:
    """A line of a file, about the people and rooms of which live events tell as well."""
    room = Room(draw(st.sampled_from(ROOMS)).room_id, draw(st.sampled_from((None, "Geometry"))))
    name = draw(st.sampled_from((None, "Ann", "Bob", "Zoë")))
    person = Participant(draw(st.sampled_from((*PEOPLE, "carol"))), name, _role(draw))
    began, lasted = draw(st.integers(0, 9)), draw(st.none() | st.integers(0, 5))
    address = draw(st.sampled_from((None, *ADDRESSES)))
    presence_id, at = draw(st.sampled_from(("s1", "s2", "s3"))), NOON + began * MINUTE
    joined = Joined(presence_id, room, person, at, address)
    if lasted is None:
        return (joined,)
    return joined, Left(presence_id, room, person, at + lasted * MINUTE, at)


def _role(draw: st.DrawFn) -> Role | None:
    return draw(st.sampled_from((None, Role.TEACHER, Role.STUDENT)))


@dataclass(frozen=True)
class Correction:
    """What somebody says of a session that is known by then: the end is so many minutes in."""

    which: int
    minute: int
    left: int | None
    void: bool


@dataclass(frozen=True)
class File:
    rows: tuple[Row, ...]


AStep = Step | Correction | File

_FILES = st.lists(rows(), min_size=1, max_size=6).map(lambda found: File(tuple(found)))
_CORRECTIONS = st.builds(
    Correction,
    st.integers(0, 9),
    st.integers(10, 20),
    st.none() | st.integers(0, 9),
    st.booleans(),
)


@st.composite
def stories(draw: st.DrawFn) -> tuple[list[AStep], list[AStep], list[AStep]]:
    """What is told before a file, between it and its end, and after that."""
    steps: list[AStep] = list(draw(cases()).one_way)
    first = draw(st.integers(0, len(steps)))
    last = draw(st.integers(first, len(steps)))
    parts = steps[:first], steps[first:last], steps[last:]
    for part in parts:
        for correction in draw(st.lists(_CORRECTIONS, max_size=2)):
            part.insert(draw(st.integers(0, len(part))), correction)
    # What a file tells that is known already it does not add. So here none comes between.
    for part in (parts[0], parts[2]):
        for file in draw(st.lists(_FILES, max_size=2)):
            part.insert(draw(st.integers(0, len(part))), file)
    return parts


# --- who is told -----------------------------------------------------------------------------


@dataclass
class Ledger:
    """An organization with files, live events and corrections."""

    stores: Stores
    organization: Organization
    files: int = 0
    corrections: int = 0

    def source(self, source_id: str, kind: str) -> Source:
        return Source(self.organization.org_id, source_id, kind, kind, 0)

    @property
    def imported(self) -> Source:
        return self.source(FILES, OwnKind.IMPORT)

    async def take(self, steps: Sequence[AStep], correctable: Sequence[Presence] = ()) -> None:
        for step in steps:
            if isinstance(step, File):
                await self.read(step)
            elif isinstance(step, Correction):
                await self.correct(step, correctable or await self.sessions())
            elif isinstance(step, Context):
                who = Participant(step.participant_id)
                await tell_context(self.stores.ledger, self.organization.org_id, step, who)
            else:
                await self.hear(step)

    async def hear(self, events: tuple[Told, ...]) -> None:
        deliveries = [delivery(event) for event in events]
        source = self.source(LIVE, "livekit")
        arrival = Arrival(source, deliveries, NOON, Rules(once=True), DEFAULT_ROLE)
        await record(self.stores.ledger, [arrival])

    async def read(self, file: File) -> tuple[FileImport, ImportCount]:
        self.files += 1
        record_ = new_import(self.imported, "a.jsonl", "jsonl", self.files)
        importing = import_rows(self.stores.ledger, self.imported, file.rows, record_)
        return record_, [count async for count in importing][-1]

    async def correct(self, step: Correction, sessions: Sequence[Presence]) -> None:
        sessions = [one for one in sessions if one.joined_at is not None]
        if not sessions:
            return
        session = sorted(sessions, key=lambda one: one.session_id)[step.which % len(sessions)]
        began = session.joined_at or 0
        left_at = None if step.left is None else began + step.left * MINUTE
        room, at = Room(session.room_id, None, session.instance_id), NOON + step.minute * MINUTE
        fact = Corrected(session.presence_id, room, at, began, left_at, step.void)
        self.corrections += 1
        event = StoredEvent(
            CORRECTIONS,
            f"correction-{self.corrections}",
            "session.corrected",
            at,
            at,
            "",
            (fact,),
            None,
            session.room_id,
            session_id_for(session.source_id, session.presence_id),
        )
        presences = Rules(once=True) if session.source_id == LIVE else Rules()
        async with self.stores.ledger.transaction(self.organization.org_id) as transaction:
            await transaction.add_events([event])
            await fold_facts(transaction, FoldRules(session.source_id, presences), [fact])

    async def undo(self, import_id: str, *, stopping_after: int | None = None) -> int:
        """Answers how many rows were taken back; may stop after so many batches."""
        counts: list[int] = []
        async for count in undo_import(self.stores.ledger, self.imported, import_id, 9):
            counts.append(count)
            if len(counts) == stopping_after:
                break
        return counts[-1]

    async def sessions(self) -> list[Presence]:
        """All sessions as they are stored."""
        org_id = self.organization.org_id
        sql = f"SELECT session_id FROM session WHERE org_id = '{org_id}'"
        ids = [str(row[0]) for row in await plain_rows(self.stores, sql)]
        async with self.stores.ledger.transaction(org_id) as transaction:
            found = await transaction.presences(ids)
        return sorted(found, key=lambda one: one.session_id)

    async def answers(self) -> dict[str, object]:
        """Everything that anybody can see of it."""
        org_id, school = self.organization.org_id, School(self.stores, self.organization, EVENING)
        told: dict[str, object] = {"sessions": await self.sessions()}
        overviews = DatabaseOverviews(self.stores.database)
        day = day_around(NOON, "UTC")
        told["people"] = await people(overviews, self.organization, day, PeopleQuestion(), NOON)
        told["rooms"] = await rooms(overviews, self.organization, day, RoomsQuestion(), NOON)
        for room in {room.room_id for room in ROOMS}:
            told[f"in {room}"] = await overviews.stays_in_room(org_id, room, 0, 2 * NOON, 1000)
        for uid in (*PEOPLE, "carol"):
            told[f"json of {uid}"] = await school.json(uid=uid, **DAYS)
            told[f"csv of {uid}"] = await school.csv(uid=uid, **DAYS)
            for room in {room.room_id for room in ROOMS}:
                told[f"json of {uid} in {room}"] = await school.json(uid=uid, roomId=room, **DAYS)
                told[f"csv of {uid} in {room}"] = await school.csv(uid=uid, roomId=room, **DAYS)
        told["verified"] = await self.differences()
        return told

    async def differences(self) -> list[object]:
        found: list[object] = []
        for source, rules in (
            (self.imported, Rules(lasts=86_400_000)),
            (self.source(LIVE, "livekit"), Rules(once=True, lasts=86_400_000)),
        ):
            checking = verify(self.stores.evidence, source, RebuildRules(rules))
            found += [one async for checked in checking for one in checked.differences]
        return found


async def opened_ledger(stores: Stores) -> Ledger:
    organization = Organization(new_org_id(), "Riverside", has_source=True)
    ledger = Ledger(stores, organization)
    await add_organization(stores, organization, ledger.imported)
    return ledger


# --- the law ---------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ["sqlite"])
@settings(_EVERY, max_examples=examples(60))
@given(data=st.data())
async def test_sqlite_forgets_an_import_that_is_taken_back(
    stores: Stores, data: st.DataObject
) -> None:
    await _as_if_it_had_never_been(stores, data)


@pytest.mark.parametrize("engine", ["postgres"])
@settings(_EVERY, max_examples=examples(30))
@given(data=st.data())
async def test_postgres_forgets_an_import_that_is_taken_back(
    stores: Stores, data: st.DataObject
) -> None:
    await _as_if_it_had_never_been(stores, data)


async def _as_if_it_had_never_been(stores: Stores, data: st.DataObject) -> None:
    before, between, after = data.draw(stories())
    wrong = data.draw(_FILES)
    stopping = data.draw(st.none() | st.integers(1, 2))
    told, untold = await opened_ledger(stores), await opened_ledger(stores)
    with patch.multiple("rollbook.service.ingest.importing", BATCH=2, UNDO_BATCH=2):
        await told.take(before)
        await untold.take(before)
        assert await told.answers() == await untold.answers()
        file, count = await told.read(wrong)
        for step in between:
            # Only of what both know of can somebody say something in both.
            known = await untold.sessions()
            await untold.take([step], known)
            if known or not isinstance(step, Correction):
                await told.take([step], known)
        if count.told:
            if stopping is not None:
                await told.undo(file.import_id, stopping_after=stopping)
            assert await _undone(told, file.import_id)
        assert await told.answers() == await untold.answers()
        await told.take(after)
        await untold.take(after)
        assert await told.answers() == await untold.answers()


async def _undone(ledger: Ledger, import_id: str) -> bool:
    """Take an import back, unless it is by now; whether it then says that it was."""
    imports = await ledger.stores.ledger.imports(ledger.organization.org_id)
    if next(one for one in imports if one.import_id == import_id).undone_at is None:
        await ledger.undo(import_id)
    with pytest.raises(NotFound):
        await ledger.undo(import_id)
    return True


# --- single stories --------------------------------------------------------------------------


def visit(
    presence_id: str,
    minute: int,
    uid: str = "ann",
    name: str | None = None,
    title: str = "Geometry",
) -> Row:
    room, person, at = Room("art", title), Participant(uid, name), NOON + minute * MINUTE
    return (
        Joined(presence_id, room, person, at),
        Left(presence_id, room, person, at + MINUTE, at),
    )


@pytest.fixture
async def ledger(stores: Stores) -> Ledger:
    return await opened_ledger(stores)


async def test_the_same_file_again_adds_nothing_and_there_is_nothing_of_it_to_take_back(
    ledger: Ledger,
) -> None:
    file = File((visit("s1", 1, name="Ann"), visit("s2", 2)))
    first, _ = await ledger.read(file)
    before = await ledger.answers()
    again, count = await ledger.read(file)
    assert count == ImportCount(unchanged=2)
    assert await ledger.answers() == before
    with pytest.raises(NotFound):
        await ledger.undo(again.import_id)
    assert await ledger.answers() == before
    imports = await ledger.stores.ledger.imports(ledger.organization.org_id)
    assert [(one.import_id, one.added) for one in imports] == [(first.import_id, 2)]


async def test_an_import_that_only_names_somebody_can_be_taken_back_too(ledger: Ledger) -> None:
    await ledger.read(File((visit("s1", 1, name="Ann"),)))
    before = await ledger.answers()
    renaming, count = await ledger.read(File((visit("s1", 1, name="Zoë", title="Topology"),)))
    assert (count.added, count.changed, count.told) == (0, 0, 1)
    assert await ledger.answers() != before
    assert await ledger.undo(renaming.import_id) == 1
    assert await ledger.answers() == before


async def test_an_undo_that_failed_between_batches_is_run_again(ledger: Ledger) -> None:
    await ledger.read(File((visit("s0", 9, uid="bob", name="Bob"),)))
    before = await ledger.answers()
    wrong, _ = await ledger.read(File(tuple(visit(f"s{n}", n, name="Zoë") for n in range(5))))
    imports = _failing(ledger, at=2)
    with patch("rollbook.service.ingest.importing.UNDO_BATCH", 2):
        with pytest.raises(StoreUnavailable):
            [_ async for _ in undo_import(imports, ledger.imported, wrong.import_id, 9)]  # type: ignore[arg-type]  # a failing stand-in
        assert len(await ledger.sessions()) == 4
        assert await ledger.undo(wrong.import_id) == 3
    assert await ledger.answers() == before


def _failing(ledger: Ledger, at: int) -> object:
    """The ledger whose transaction of this number fails at its very end."""
    number = 0

    class Failing:
        @asynccontextmanager
        async def importing(self, org_id: str) -> AsyncIterator[ImportTransaction]:
            nonlocal number
            async with ledger.stores.ledger.importing(org_id) as transaction:
                yield transaction
                number += 1
                if number == at:
                    message = "the database went away"
                    raise StoreUnavailable(message)

    return Failing()


async def test_a_correction_of_what_only_the_wrong_file_told_leaves_nothing_to_be_seen(
    ledger: Ledger,
) -> None:
    before = await ledger.answers()
    wrong, _ = await ledger.read(File((visit("s1", 1),)))
    await ledger.correct(Correction(0, 10, 0, void=False), await ledger.sessions())
    await ledger.undo(wrong.import_id)
    after = await ledger.answers()
    for seen in ("sessions", "verified"):  # what was said stays, and is about nobody
        before.pop(seen)
        after.pop(seen)
    assert after == before


async def test_rebuilding_after_an_undo_brings_nothing_back(ledger: Ledger) -> None:
    await ledger.read(File((visit("s1", 1),)))
    wrong, _ = await ledger.read(File((visit("s1", 0), visit("s2", 2))))
    await ledger.undo(wrong.import_id)
    before = await ledger.answers()
    rebuilding = rebuild(ledger.stores.evidence, ledger.imported, RebuildRules(Rules()))
    assert [one async for checked in rebuilding for one in checked.differences] == []
    assert await ledger.answers() == before
