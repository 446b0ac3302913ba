"""Rows that a transaction gathers are there for whoever asks, all or none, however many they are."""

import pytest

from rollbook.domain.events import JoinEvidence, Participant, Room
from rollbook.domain.organizations import Organization
from rollbook.domain.presences import Presence
from rollbook.service.ingest.notes import person_note
from rollbook.service.ingest.ports import LedgerTransaction, RoomMark, StoredEvent
from rollbook.store.engine.sqlite_statements import MOST_ROWS
from rollbook.stores import Stores

SOURCE, OTHER = "the-source", "another"
NOON = 1_704_067_200_000


def event(event_id: str) -> StoredEvent:
    return StoredEvent(SOURCE, event_id, "told", NOON, NOON, "hash", (), None)


def ids(many: int) -> list[str]:
    return [f"event-{number:05}" for number in range(many)]


async def kept(stores: Stores, organization: Organization, asked: list[str]) -> set[str]:
    async with stores.ledger.transaction(organization.org_id) as transaction:
        return set(await transaction.known_events(SOURCE, asked))


@pytest.mark.parametrize("many", [0, 1, 2, MOST_ROWS - 1, MOST_ROWS, MOST_ROWS + 1, 1_000])
async def test_any_number_of_rows_is_kept(
    stores: Stores, organization: Organization, many: int
) -> None:
    async with stores.ledger.transaction(organization.org_id) as transaction:
        await transaction.add_events(map(event, ids(many)))
    assert await kept(stores, organization, ids(many + 1)) == set(ids(many))


async def test_who_asks_in_the_same_transaction_finds_them(
    stores: Stores, organization: Organization
) -> None:
    async with stores.ledger.transaction(organization.org_id) as transaction:
        await transaction.add_events([event("one")])
        assert set(await transaction.known_events(SOURCE, ["one"])) == {"one"}
        await transaction.add_events([event("two")])
        await transaction.remove_events(SOURCE, ["two"])
    assert await kept(stores, organization, ["one", "two"]) == {"one"}


@pytest.mark.parametrize("many", [1, 3 * MOST_ROWS])
async def test_what_is_wrong_with_a_row_is_told_and_nothing_of_its_transaction_stays(
    stores: Stores, organization: Organization, many: int
) -> None:
    with pytest.raises(Exception, match=r"(?i)unique"):
        await _told_twice(stores, organization, many)
    assert await kept(stores, organization, ids(many)) == set()
    async with stores.ledger.transaction(organization.org_id) as transaction:
        await transaction.add_events([event("later")])
    assert await kept(stores, organization, ["later"]) == {"later"}


async def _told_twice(stores: Stores, organization: Organization, many: int) -> None:
    async with stores.ledger.transaction(organization.org_id) as transaction:
        await transaction.add_events(map(event, ids(many)))
        await transaction.add_events([event(ids(many)[0])])
        await transaction.add_events(map(event, [f"more-{one}" for one in ids(many)]))


async def test_of_many_sessions_some_are_new_and_all_hold_what_was_said_last(
    stores: Stores, organization: Organization
) -> None:
    before, after = _stays(100, NOON), _stays(3 * MOST_ROWS // 2, NOON + 1)
    for stays in before, after:
        async with stores.ledger.transaction(organization.org_id) as transaction:
            await transaction.save_presences(stays)
    async with stores.ledger.transaction(organization.org_id) as transaction:
        found = await transaction.presences([stay.session_id for stay in after])
    assert sorted(found, key=lambda stay: stay.session_id) == after


def _stays(many: int, joined_at: int) -> list[Presence]:
    return [
        Presence(one, SOURCE, one, "math", None, "ann", joined_at, JoinEvidence.SEEN)
        for one in ids(many)
    ]


async def test_a_person_may_be_told_of_again_and_again_in_a_transaction(
    stores: Stores, organization: Organization
) -> None:
    async with stores.ledger.transaction(organization.org_id) as transaction:
        for at, name in ((NOON, "Ann"), (NOON + 2, "Anna"), (NOON + 1, "Annie")):
            await transaction.note_people([person_note(Participant("ann", name), at)])
    async with stores.reports.snapshot() as reader:
        assert (await reader.profile(organization.org_id, "ann")).name == "Anna"


async def test_of_an_end_told_by_several_events_of_a_batch_the_latest_start_counts(
    stores: Stores, organization: Organization
) -> None:
    marks = [
        RoomMark(Room("math"), NOON, f"event-{start}", ended=True, started_at=start)
        for start in (None, NOON - 2, NOON - 1, NOON - 3)
    ]
    begun = [RoomMark(Room("math"), NOON, f"event-{number}", ended=False) for number in range(2)]
    async with stores.ledger.transaction(organization.org_id) as transaction:
        await transaction.add_room_marks(SOURCE, [*marks, *begun])
        told = await room_marks(transaction)
    assert sorted(told, key=lambda mark: mark.ended) == [
        begun[0],
        RoomMark(Room("math"), NOON, "event-None", ended=True, started_at=NOON - 1),
    ]


async def room_marks(transaction: LedgerTransaction) -> list[RoomMark]:
    assert await transaction.room_marks(OTHER, ["math"]) == []
    return await transaction.room_marks(SOURCE, ["math"])
