"""Hashes of passwords: Argon2id, made beside other work, and so many at a time."""

import asyncio
import unicodedata
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from rollbook.domain.errors import TooOften

_AT_A_TIME = 2
_MOST_WAITING = 32

P = ParamSpec("P")
T = TypeVar("T")


class PasswordHashes:
    """What is kept of passwords (user_ports.Passwords), by what OWASP asks for of Argon2id: 19 MiB, twice.

    A worker makes two at a time, so that whoever sends many passwords takes neither its memory nor the
    processor from those who ask something else.
    """

    def __init__(self) -> None:
        self._hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
        self._turns = asyncio.Semaphore(_AT_A_TIME)
        self._inside = 0
        self._of_nobody = ""

    async def hashed(self, password: str) -> str:
        return await self._in_turn(self._hasher.hash, _as_typed(password))

    async def fits(self, password: str, hashed: str | None) -> bool:
        if hashed is None:
            # It takes as long as for somebody, so that nobody learns who is a user here.
            self._of_nobody = self._of_nobody or await self.hashed("nobody")
        found = await self._in_turn(self._fits, _as_typed(password), hashed or self._of_nobody)
        return found and hashed is not None

    def _fits(self, password: str, hashed: str) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _in_turn(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        if self._inside >= _AT_A_TIME + _MOST_WAITING:
            raise TooOften("Too many people sign in at once: try again in a moment", 2)
        self._inside += 1
        try:
            async with self._turns:
                return await asyncio.to_thread(work, *args, **kwargs)
        finally:
            self._inside -= 1


def _as_typed(password: str) -> str:
    """The same letters are the same bytes, whichever keyboard made them."""
    return unicodedata.normalize("NFKC", password)
