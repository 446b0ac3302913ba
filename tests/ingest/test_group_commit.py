"""Deliveries of one moment share a transaction; each is answered after the commit that holds it."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace

import pytest
from ingest.book import Book, delivery, opened_book
from ingest.streams import NOON, Told
from support.meters import Uncounted
from support.settings import settings_of

from rollbook.domain.errors import StoreUnavailable
from rollbook.domain.events import Joined, Participant, Room
from rollbook.domain.sources import Refused
from rollbook.service.ingest import group_commit
from rollbook.service.ingest.group_commit import MOST_EVENTS, GroupCommit
from rollbook.service.ingest.ports import Ledger, LedgerTransaction
from rollbook.service.ingest.record import REMEMBERED, Arrival, Outcome, Rejection
from rollbook.stores import Stores, stores_for
from rollbook.web.http.request_ids import answering, current_request_id

ROOM = Room("math-101", "Calculus I", "RM_1")


class Watched:
    """A ledger whose commits are counted, can be made to wait, and can be made to fail."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.may_commit = asyncio.Event()
        self.may_commit.set()
        self.reached_commit = asyncio.Event()
        self.commits = 0
        self.out_of_reach = False
        self.fails_to_commit = False
        self.known_to_the_log: list[str | None] = []

    def transaction(self, org_id: str) -> AbstractAsyncContextManager[LedgerTransaction]:
        return self._ledger.transaction(org_id)

    @asynccontextmanager
    async def transactions(
        self, org_ids: Collection[str], lock_seconds: float | None = None
    ) -> AsyncIterator[Mapping[str, LedgerTransaction]]:
        self.known_to_the_log.append(current_request_id())
        if self.out_of_reach:
            raise StoreUnavailable
        async with self._ledger.transactions(org_ids, lock_seconds) as held:
            yield held
            self.reached_commit.set()
            await self.may_commit.wait()
            if self.fails_to_commit:
                self.fails_to_commit = False
                raise StoreUnavailable
        self.commits += 1


@pytest.fixture
async def book(stores: Stores) -> Book:
    return await opened_book(stores, once=True)


@pytest.fixture
def watched(stores: Stores) -> Watched:
    return Watched(stores.ledger)


@pytest.fixture
def group(watched: Watched) -> GroupCommit:
    return GroupCommit(watched, Uncounted())


def told(number: int) -> Told:
    stay = f"PA_{number}"
    return Told(f"EV_{number}", (Joined(stay, ROOM, Participant(f"student-{number}"), NOON),))


def arrival(book: Book, *events: Told) -> Arrival:
    return Arrival(book.source, [delivery(event) for event in events], NOON, book.rules)


async def all_at_once(group: GroupCommit, arrivals: Sequence[Arrival]) -> list[list[Outcome]]:
    return await asyncio.gather(*(group.record(one) for one in arrivals))


async def test_concurrent_deliveries_share_few_commits(
    book: Book, group: GroupCommit, watched: Watched
) -> None:
    outcomes = await all_at_once(group, [arrival(book, told(number)) for number in range(200)])
    assert outcomes == [[Outcome.ACCEPTED]] * 200
    assert watched.commits <= 2
    assert len(await book.event_ids()) == 200


async def test_what_a_group_logs_is_not_told_under_the_id_of_the_request_that_began_it(
    book: Book, group: GroupCommit, watched: Watched
) -> None:
    before = answering.set("the-first-of-many")
    await group.record(arrival(book, told(1)))
    answering.reset(before)
    assert watched.known_to_the_log == [None]


async def test_deliveries_of_several_tenants_share_a_commit_too(
    stores: Stores, group: GroupCommit, watched: Watched
) -> None:
    books = [await opened_book(stores, once=True) for _ in range(5)]
    await all_at_once(group, [arrival(book, told(1)) for book in books])
    assert watched.commits <= 2
    assert [await book.event_ids() for book in books] == [["EV_1"]] * 5


async def test_nobody_is_answered_before_the_commit_and_nothing_shows_before_it(
    book: Book, group: GroupCommit, watched: Watched
) -> None:
    watched.may_commit.clear()
    answers = [
        asyncio.create_task(group.record(arrival(book, told(number)))) for number in range(3)
    ]
    await watched.reached_commit.wait()
    await asyncio.sleep(0.05)
    assert not any(answer.done() for answer in answers)
    assert await book.event_ids() == []
    watched.may_commit.set()
    assert await asyncio.gather(*answers) == [[Outcome.ACCEPTED]] * 3
    assert len(await book.event_ids()) == 3


async def test_while_one_group_is_committed_the_next_one_gathers(
    book: Book, group: GroupCommit, watched: Watched
) -> None:
    watched.may_commit.clear()
    first = asyncio.create_task(group.record(arrival(book, told(0))))
    await watched.reached_commit.wait()
    others = [asyncio.create_task(group.record(arrival(book, told(n)))) for n in range(1, 50)]
    await asyncio.sleep(0)
    watched.may_commit.set()
    await asyncio.gather(first, *others)
    assert watched.commits == 2


async def test_a_group_is_of_bounded_size(book: Book, group: GroupCommit, watched: Watched) -> None:
    arrivals = [arrival(book, *map(told, range(n, n + 128))) for n in range(0, 128 * 12, 128)]
    await all_at_once(group, arrivals)
    assert watched.commits == 128 * 12 // MOST_EVENTS


@pytest.mark.parametrize("senders", [1, 2, 20])
async def test_an_event_that_cannot_be_stored_takes_no_other_with_it(
    book: Book, group: GroupCommit, senders: int
) -> None:
    poison = Told("EV_\ud800", told(0).facts)
    arrivals = [arrival(book, told(number)) for number in range(1, senders)]
    arrivals.insert(senders // 2, arrival(book, poison))
    answers = await asyncio.gather(*(group.record(one) for one in arrivals), return_exceptions=True)
    refused = answers.pop(senders // 2)
    assert isinstance(refused, Exception)
    assert not isinstance(refused, StoreUnavailable)
    assert answers == [[Outcome.ACCEPTED]] * (senders - 1)
    assert len(await book.event_ids()) == senders - 1


async def test_while_the_store_is_away_everybody_is_told_and_afterwards_nothing_is_missing(
    book: Book, group: GroupCommit, watched: Watched
) -> None:
    watched.out_of_reach = True
    arrivals = [arrival(book, told(number)) for number in range(20)]
    answers = await asyncio.gather(*(group.record(one) for one in arrivals), return_exceptions=True)
    assert all(isinstance(answer, StoreUnavailable) for answer in answers)
    assert await book.event_ids() == []
    watched.out_of_reach = False
    assert await all_at_once(group, arrivals) == [[Outcome.ACCEPTED]] * 20


async def test_who_has_waited_long_when_the_store_fails_is_told_at_once(
    book: Book, group: GroupCommit, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_commit, "_PATIENCE", 0.05)
    watched.may_commit.clear()
    first = asyncio.create_task(group.record(arrival(book, told(0))))
    await watched.reached_commit.wait()
    patient = asyncio.create_task(group.record(arrival(book, told(1))))
    await asyncio.sleep(0.1)
    late = asyncio.create_task(group.record(arrival(book, told(2))))
    await asyncio.sleep(0)
    watched.fails_to_commit = True
    watched.may_commit.set()
    answers = await asyncio.gather(first, patient, late, return_exceptions=True)
    assert [isinstance(answer, StoreUnavailable) for answer in answers] == [True, True, False]
    assert await book.event_ids() == ["EV_2"]
    assert group._waiting_events == 0


async def test_a_commit_that_does_not_end_is_given_up_and_the_next_one_has_its_turn(
    book: Book, group: GroupCommit, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_commit, "_LONGEST_WAIT", 0.05)
    watched.may_commit.clear()
    async with asyncio.timeout(20):
        with pytest.raises(StoreUnavailable):
            await group.record(arrival(book, told(0)))
    watched.may_commit.set()
    monkeypatch.undo()
    assert await book.event_ids() == []
    assert await group.record(arrival(book, told(0))) == [Outcome.ACCEPTED]


def test_whoever_waits_for_a_commit_is_answered_before_livekit_gives_up() -> None:
    assert 2 * group_commit._LONGEST_WAIT < 30


async def test_when_too_much_waits_senders_are_told_to_come_back(
    book: Book, group: GroupCommit, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_commit, "_MOST_WAITING", 3)
    watched.may_commit.clear()
    first = asyncio.create_task(group.record(arrival(book, told(0))))
    await watched.reached_commit.wait()
    waiting = asyncio.create_task(group.record(arrival(book, *map(told, (1, 2, 3)))))
    await asyncio.sleep(0)
    with pytest.raises(StoreUnavailable) as refused:
        await group.record(arrival(book, told(4)))
    assert refused.value.retry_after == 1
    watched.may_commit.set()
    await asyncio.gather(first, waiting)
    assert await group.record(arrival(book, told(4))) == [Outcome.ACCEPTED]


async def test_a_sender_that_hangs_up_does_not_stop_the_others(
    book: Book, group: GroupCommit, watched: Watched
) -> None:
    watched.may_commit.clear()
    answers = [asyncio.create_task(group.record(arrival(book, told(n)))) for n in range(3)]
    await watched.reached_commit.wait()
    answers[1].cancel()
    watched.may_commit.set()
    with pytest.raises(asyncio.CancelledError):
        await answers[1]
    assert await answers[0] == await answers[2] == [Outcome.ACCEPTED]
    # What it had handed in is kept all the same, as it cannot know what became of it.
    assert len(await book.event_ids()) == 3


async def test_rejections_are_counted_with_a_group_and_drained_at_the_end(
    book: Book, group: GroupCommit, watched: Watched
) -> None:
    for _ in range(50):
        group.reject(Rejection(book.source, "No secret of this source signed the token", NOON))
    await group.drain()
    health = await book.health()
    assert (health.rejected, health.last_rejection) == (
        50,
        "No secret of this source signed the token",
    )
    assert watched.commits == 1
    assert await book.event_ids() == []


async def test_the_latest_rejections_are_remembered_and_a_flood_leaves_no_more(
    book: Book, group: GroupCommit
) -> None:
    org_id, source_id = book.source.org_id, book.source.source_id
    other = replace(book.source, source_id=f"{source_id}-other")
    for number in range(700):
        # Two of each reason at each moment.
        group.reject(Rejection(book.source, f"reason {number % 2}", NOON + number // 4))
        if number % 100 == 0:
            group.reject(Rejection(other, "none of the first", NOON + number))
        if number % 301 == 300:
            await group.drain()
    await group.drain()
    remembered = await book.stores.organizations.refused(org_id, source_id)
    assert remembered == [
        Refused(NOON + 174 - number // 2, f"reason {number % 2}", 2) for number in range(REMEMBERED)
    ]
    assert len(await book.stores.organizations.refused(org_id, other.source_id)) == 7
    assert (await book.health()).rejected == 700


async def test_what_was_told_twice_within_a_group_is_one_event(
    book: Book, group: GroupCommit
) -> None:
    outcomes = await all_at_once(group, [arrival(book, told(1))] * 10)
    assert sorted(outcome for (outcome,) in outcomes) == [
        Outcome.ACCEPTED,
        *[Outcome.DUPLICATE] * 9,
    ]
    other = Told("EV_1", told(2).facts)
    assert await group.record(arrival(book, other)) == [Outcome.CONFLICT]
    assert set(await book.sessions()) == {
        session_id
        for session_id, one in (await book.sessions()).items()
        if one.presence_id == "PA_1"
    }


async def test_several_services_on_one_database_agree_on_every_event(
    book: Book, database_url: str
) -> None:
    everybody = [stores_for(settings_of(database_url)) for _ in "123"]
    for stores in everybody:
        await stores.database.open()
    groups = [GroupCommit(stores.ledger, Uncounted()) for stores in everybody]
    outcomes = await asyncio.gather(
        *(group.record(arrival(book, told(number))) for number in range(60) for group in groups)
    )
    for stores in everybody:
        await stores.database.close()
    assert sum(outcome == [Outcome.ACCEPTED] for outcome in outcomes) == 60
    assert sum(outcome == [Outcome.DUPLICATE] for outcome in outcomes) == 120
    assert len(await book.event_ids()) == len(await book.sessions()) == 60
