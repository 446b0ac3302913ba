"""However many ask the same, one question is under way, and nobody's leaving harms the others."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from rollbook.service.reports.shared import Shared

FRESH = 1000


class Database:
    """Answers when it is told to, and counts."""

    def __init__(self) -> None:
        self.asked = 0
        self.ended_early = 0
        self.may_answer = asyncio.Event()
        self.error: Exception | None = None

    async def question(self) -> int:
        self.asked += 1
        number = self.asked
        try:
            await self.may_answer.wait()
        except asyncio.CancelledError:
            self.ended_early += 1
            raise
        if self.error is not None:
            raise self.error
        return number


@pytest.fixture
def ask() -> Callable[..., Any]:
    shared: Shared[str, int] = Shared(FRESH)

    def asked(database: Database, now: int = 0, key: str = "o") -> asyncio.Task[int]:
        return asyncio.create_task(shared.answer(key, now, database.question()))

    return asked


async def settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_many_share_one_question(ask: Callable[..., Any]) -> None:
    database = Database()
    asking = [ask(database) for _ in range(50)]
    await settled()
    database.may_answer.set()
    assert set(await asyncio.gather(*asking)) == {1}
    assert database.asked == 1


async def test_an_answer_is_given_again_for_a_while_and_not_longer(ask: Callable[..., Any]) -> None:
    database = Database()
    database.may_answer.set()
    instants = (0, FRESH - 1, FRESH, FRESH - 1, 3 * FRESH)
    assert [await ask(database, now) for now in instants] == [1, 1, 2, 3, 4]


async def test_each_key_has_its_own(ask: Callable[..., Any]) -> None:
    database = Database()
    database.may_answer.set()
    assert [await ask(database, 0, key) for key in "aba"] == [1, 2, 1]


async def test_who_leaves_does_not_end_what_others_wait_for(ask: Callable[..., Any]) -> None:
    database = Database()
    first, second = ask(database), ask(database)
    await settled()
    first.cancel()
    await settled()
    assert first.cancelled()
    assert database.ended_early == 0
    database.may_answer.set()
    assert await second == 1


async def test_the_last_who_leaves_ends_the_question(ask: Callable[..., Any]) -> None:
    database = Database()
    asking = [ask(database) for _ in range(3)]
    await settled()
    for one in asking:
        one.cancel()
    # Who comes now begins anew, and does not meet the one that is being ended.
    later = ask(database)
    await settled()
    assert database.ended_early == 1
    database.may_answer.set()
    assert await later == 2


async def test_an_error_is_told_to_all_who_wait_and_is_not_remembered(
    ask: Callable[..., Any],
) -> None:
    database = Database()
    database.error = LookupError()
    asking = [ask(database) for _ in range(3)]
    await settled()
    database.may_answer.set()
    for one in asking:
        with pytest.raises(LookupError):
            await one
    database.error = None
    assert await ask(database) == 2
