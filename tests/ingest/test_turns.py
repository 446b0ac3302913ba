"""Writers of one organization take turns, and those of several do not wait for each other for ever."""

import asyncio
from collections.abc import Sequence

import pytest
from ingest.book import opened_book
from support.turns import until_waiting

from rollbook.stores import Stores


@pytest.mark.parametrize("engine", ["postgres"])
async def test_two_that_want_the_same_organizations_never_wait_for_each_other(
    stores: Stores,
) -> None:
    books = [await opened_book(stores, once=True) for _ in "12"]
    first, last = sorted(book.source.org_id for book in books)

    async def held(org_ids: Sequence[str]) -> None:
        async with stores.ledger.transactions(org_ids):
            pass

    async with stores.ledger.transaction(first):
        # It is the next that gets the first organization, and then asks for the last one,
        one = asyncio.create_task(held((first, last)))
        await until_waiting(stores, one)
        # which this must not have taken, while it waits for the first.
        other = asyncio.create_task(held((last, first)))
        await until_waiting(stores, one, other)
    await asyncio.gather(one, other)
