"""One question for all who ask the same at a time, and its answer for a while."""

import asyncio
from collections.abc import Coroutine, Hashable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass(slots=True)
class _Asking(Generic[V]):
    """A question that is being answered, and how many wait for that."""

    task: asyncio.Task[V]
    waiting: int = 0


class Shared(Generic[K, V]):
    """Answers by key. Of one key no two questions are ever under way; instants are ms UTC."""

    def __init__(self, fresh_ms: int) -> None:
        """An answer is given again for `fresh_ms` after it was asked for."""
        self._fresh_ms = fresh_ms
        self._known: dict[K, tuple[int, V]] = {}
        self._asking: dict[K, _Asking[V]] = {}

    def known(self, key: K, now: int) -> V | None:
        """The answer of a moment ago; None where there is none."""
        known = self._known.get(key)
        return known[1] if known and self._is_fresh(known[0], now) else None

    async def answer(self, key: K, now: int, question: Coroutine[Any, Any, V]) -> V:
        """The answer of a moment ago, or to the question that is under way, or to this one.

        A question whose last asker is cancelled is cancelled too. What it raises all are told who
        wait for it.
        """
        known = self.known(key, now)
        if known is not None:
            question.close()
            return known
        asking = self._asking.get(key)
        if asking is None:
            asking = self._asking[key] = _Asking(
                asyncio.create_task(self._asked(key, now, question))
            )
            asking.task.add_done_callback(_seen)
        else:
            question.close()
        return await self._waited_for(key, asking)

    async def _waited_for(self, key: K, asking: _Asking[V]) -> V:
        asking.waiting += 1
        try:
            return await asyncio.shield(asking.task)
        finally:
            asking.waiting -= 1
            if not asking.waiting:
                # Whoever asks from now on begins anew, and does not meet one that is being ended.
                if self._asking.get(key) is asking:
                    del self._asking[key]
                asking.task.cancel()

    async def _asked(self, key: K, now: int, question: Coroutine[Any, Any, V]) -> V:
        value = await question
        # Only what is fresh is kept: not a page for each organization that ever looked.
        self._known = {k: kept for k, kept in self._known.items() if self._is_fresh(kept[0], now)}
        self._known[key] = (now, value)
        return value

    def _is_fresh(self, since: int, now: int) -> bool:
        return 0 <= now - since < self._fresh_ms


def _seen(task: asyncio.Task[Any]) -> None:
    """What it raised is no news: whoever waited was told, and perhaps nobody did."""
    if not task.cancelled():
        task.exception()
