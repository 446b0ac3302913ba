"""What was refused, in the log: a line a second for each kind with a count, whoever knocks how often."""

import asyncio
from contextvars import Context
from dataclasses import dataclass, field

from rollbook.domain.values import value
from rollbook.loggers import structlog

log = structlog.get_logger()

_EVERY = 1.0
"""Seconds between two lines of one kind."""

_MOST_CLIENTS = 1_000


@value
class Refusal:
    """An answer that lets nobody in: its `status` and `error` code are its kind.

    `reason` is for the operator, and never holds a key.
    """

    status: int
    error: str
    reason: str
    path: str
    client: str


@dataclass(slots=True)
class _Counted:
    """What came of one kind since its last line."""

    latest: Refusal | None = None
    count: int = 0
    clients: set[str] = field(default_factory=set)

    def add(self, refusal: Refusal) -> None:
        self.latest = refusal
        self.count += 1
        if len(self.clients) < _MOST_CLIENTS:
            self.clients.add(refusal.client)


class Refusals:
    """Those of this process. The first of a kind is told at once, the others each second."""

    def __init__(self) -> None:
        self._counted: dict[tuple[int, str], _Counted] = {}

    def note(self, refusal: Refusal) -> None:
        """Tell of a refusal, now or with others of its kind."""
        kind = (refusal.status, refusal.error)
        counted = self._counted.get(kind)
        if counted is None:
            counted = self._counted[kind] = _Counted()
            counted.add(refusal)
            self._tell(kind)
        else:
            counted.add(refusal)

    def tell_all(self) -> None:
        """Tell what was not told yet: the service ends."""
        for counted in self._counted.values():
            _say(counted)

    def _tell(self, kind: tuple[int, str]) -> None:
        counted = self._counted.pop(kind)
        if counted.count:
            _say(counted)
            self._counted[kind] = _Counted()
            # In a context of its own: what it tells later is not of the request that began it.
            loop = asyncio.get_running_loop()
            loop.call_later(_EVERY, self._tell, kind, context=Context())


def _say(counted: _Counted) -> None:
    if counted.latest is not None:
        told = counted.latest
        log.warning(
            "refused",
            count=counted.count,
            status=told.status,
            error=told.error,
            reason=told.reason,
            path=told.path,
            client=told.client,
            clients=len(counted.clients),
        )
