"""Attempts to get in: those that fail are slowed, each client's for itself.

A key that nobody can guess needs no protection from being guessed, so it is always looked at and a
right one goes in, however many others fail before it and from wherever. What can be guessed is
looked at only as long as its client has failures left; so are passwords, whose hashes are dear to look
at, and beside that only as long as their account has.
"""

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from rollbook.domain.errors import TooOften, Unauthorized
from rollbook.domain.organizations import can_be_guessed, key_hash
from rollbook.domain.rates import Rate, seconds

FAILURES = Rate(most=100, refill_us=3_000_000)
"""How often a client may fail: a hundred times at once, and once more every three seconds. Many
programs may share an address, and one with an old key asks again and again."""

BY_HAND = 10
"""What a failure at the sign-in counts for: people try few keys, so ten at once are enough."""

OF_ACCOUNT = Rate(most=20, refill_us=180_000_000)
"""How often all clients together may fail at the password of one account: twenty times at once, and
once more every three minutes, which are 40 in an hour. Who signed in to it before, from where they ask, is not held up by others."""

_MOST_CLIENTS = 10_000
_MOST_OPENED = 1_000

_V = TypeVar("_V")


class TooManyAttempts(TooOften):
    """Somebody tried too many keys in a short time."""

    def __init__(self, retry_after: int = 30) -> None:
        super().__init__("Too many attempts. Wait a little, then try again.", retry_after)


class Attempts:
    """The failures of clients, in the memory of this process. Instants in milliseconds UTC."""

    def __init__(self) -> None:
        self._full_at: OrderedDict[str, int] = OrderedDict()
        self._opened: OrderedDict[str, None] = OrderedDict()
        self._accounts_full_at: OrderedDict[str, int] = OrderedDict()

    @contextmanager
    def attempt(self, client: str, key: str, now: int, weight: int = 1) -> Iterator[None]:
        """For looking at a key, which raises Unauthorized where it is wrong.

        A failure counts as `weight`. Raises TooManyAttempts where the client has too few left:
        before that of a key that could be guessed, and after it of any other.
        """
        if can_be_guessed(key) and key_hash(key) not in self._opened:
            self._require_left(client, now, weight)
        try:
            yield
        except Unauthorized:
            self._note_failure(client, now, weight)
            raise
        if can_be_guessed(key):
            # Whoever has it guesses no more, so it is never held up again.
            _remember(self._opened, key_hash(key), None, _MOST_OPENED)

    @contextmanager
    def guess(self, client: str, account: str, now: int) -> Iterator[None]:
        """For looking at the password of an account, which raises Unauthorized where it is wrong.

        Raises TooManyAttempts, before it, where the client or the account has too few failures left.
        """
        known = f"{client} {account}"
        self._require_left(client, now, BY_HAND)
        if known not in self._opened:
            full_at = self._accounts_full_at.get(account, 0)
            account_wait = OF_ACCOUNT.next_after(full_at, now * 1000, 1)
            if account_wait > 0:
                raise TooManyAttempts(seconds(account_wait))
        try:
            yield
        except Unauthorized:
            self._note_failure(client, now, BY_HAND)
            _, full_at = OF_ACCOUNT.taken(self._accounts_full_at.get(account, 0), now * 1000, 1)
            _remember(self._accounts_full_at, account, full_at, _MOST_CLIENTS)
            raise
        _remember(self._opened, known, None, _MOST_OPENED)

    def _note_failure(self, client: str, now: int, weight: int) -> None:
        self._require_left(client, now, weight)
        _, full_at = FAILURES.taken(self._full_at.get(client, 0), now * 1000, weight)
        _remember(self._full_at, client, full_at, _MOST_CLIENTS)

    def _require_left(self, client: str, now: int, wanted: int) -> None:
        wait = FAILURES.next_after(self._full_at.get(client, 0), now * 1000, wanted)
        if wait > 0:
            raise TooManyAttempts(seconds(wait))


def _remember(memory: OrderedDict[str, _V], name: str, value: _V, most: int) -> None:
    """Keep a value, and forget whom nothing was heard of for the longest time."""
    memory[name] = value
    memory.move_to_end(name)
    if len(memory) > most:
        memory.popitem(last=False)
