"""Eight clients deliver at once to several processes on one database: still the sessions of the fold."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from ingest.account import NO_UPKEEP, Account, opened_account
from ingest.conftest import new_database
from ingest.load import Load, deliver
from ingest.webhooks import shuffled, term
from server.process import Service, serving

from rollbook.domain.sessions import Rules, fold

STAYS = 150
AGAIN = 150


@pytest.fixture(
    scope="module",
    params=[
        ("postgres", ((), ())),
        ("sqlite", ((),)),
        ("sqlite", (("--workers", "2"),)),
    ],
    ids=["two processes on PostgreSQL", "one process on SQLite", "two workers on SQLite"],
)
def services(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, list[Service]]]:
    """A database, and the services that share it."""
    engine, processes = request.param
    url = new_database(engine, request, tmp_path_factory)
    folder = tmp_path_factory.mktemp("services")
    with ExitStack() as stack:
        yield (
            url,
            [
                stack.enter_context(serving(url, folder, *options, settings=NO_UPKEEP))
                for options in processes
            ],
        )


@pytest.fixture
def served(services: tuple[str, list[Service]]) -> tuple[Account, list[str]]:
    """A new account, and its webhook at each of the services."""
    database_url, running = services
    account = opened_account(running[0].url, database_url)
    return account, [f"{one.url}/v1/webhooks/livekit/{account.source_id}" for one in running]


def test_a_shuffled_stream_with_repeats_makes_the_sessions_of_the_pure_fold(
    served: tuple[Account, list[str]],
) -> None:
    account, urls = served
    events = term(seed=1, stays=STAYS)
    load = Load()
    asyncio.run(deliver(urls, shuffled(events, seed=2, again=AGAIN), load))
    assert load.statuses == {200: len(events) + AGAIN}
    facts = [fact for event in events for fact in event.facts]
    assert account.sessions() == fold(account.source_id, facts, Rules(once=True))
    assert account.event_ids() == {event.event_id for event in events}
    health = account.health()
    assert (health["accepted"], health["duplicate"]) == (len(events), AGAIN)


def test_telling_everything_again_in_another_order_changes_nothing(
    served: tuple[Account, list[str]],
) -> None:
    account, urls = served
    events = term(seed=3, stays=40)
    asyncio.run(deliver(urls, events, Load()))
    kept = account.kept()
    again = Load()
    asyncio.run(deliver(urls[::-1], shuffled(events, seed=4, again=0), again))
    assert again.statuses == {200: len(events)}
    assert account.kept() == kept
