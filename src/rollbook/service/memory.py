"""What was looked up a moment ago, remembered so that it need not be looked up again."""

from collections.abc import Hashable
from typing import Generic, TypeVar

FRESH_MS = 2_000
"""How long a look-up is remembered; what was changed elsewhere is noticed after this at most."""

_MOST = 10_000

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Memory(Generic[K, V]):
    """Values by key, each for two seconds (instants in milliseconds UTC), and never very many."""

    def __init__(self) -> None:
        self._known: dict[K, tuple[int, V]] = {}

    def get(self, key: K, now: int) -> V | None:
        """What is known of a key; None where nothing is, or no longer."""
        known = self._known.get(key)
        return known[1] if known and 0 <= now - known[0] < FRESH_MS else None

    def keep(self, key: K, value: V, now: int) -> V:
        """Remember a value; answers it."""
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[key] = (now, value)
        return value

    def clear(self) -> None:
        """Look everything up again."""
        self._known.clear()
