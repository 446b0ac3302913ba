"""Every case of `fixtures/cases/platforms`, signed and delivered, is the sessions that are right."""

import random

import pytest
from ingest.book import expected_sessions
from ingest.cases import ALL, Case, assert_right, facts_in, opened, play

from rollbook.stores import Stores

of_every_case = pytest.mark.parametrize("case", ALL, ids=[case.name for case in ALL])


@of_every_case
async def test_a_case_gives_the_sessions_that_are_right(stores: Stores, case: Case) -> None:
    book = await opened(stores, case)
    await play(book, case.requests())
    assert_right(case, (await book.sessions()).values())


@of_every_case
@pytest.mark.parametrize("seed", range(3))
async def test_no_order_and_no_repeat_of_a_case_changes_them(
    stores: Stores, case: Case, seed: int
) -> None:
    chance, requests = random.Random(seed), case.requests()  # noqa: S311 - an order, not a secret
    told = [*requests, *chance.choices(requests, k=3)]
    chance.shuffle(told)
    book = await opened(stores, case)
    await play(book, told)
    assert_right(case, (await book.sessions()).values())
    assert await book.sessions() == expected_sessions(book, facts_in(book, requests))
