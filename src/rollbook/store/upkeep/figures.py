"""What the whole ledger holds now, in a few numbers for whoever runs the service."""

from collections.abc import Sequence

from rollbook.domain.values import value
from rollbook.store.engine.database import Database

_HOUR_MS = 3_600_000
HEARD_WITHIN = {"1h": _HOUR_MS, "1d": 24 * _HOUR_MS, "3d": 72 * _HOUR_MS, "14d": 336 * _HOUR_MS}
"""The times for which it is told how many sources were heard of, in milliseconds."""


@value
class Figures:
    """`sources`: by kind, how many are not disabled, and how many were heard of within each time."""

    open_sessions: int
    sources: Sequence[tuple[str, int, Sequence[int]]]


class DatabaseFigures:
    """Counts over all organizations; names none."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def now(self, now: int) -> Figures:
        """The figures at this instant (ms UTC). Raises StoreUnavailable."""
        since = {f"since_{name}": now - within for name, within in zip(
            ("hour", "day", "days", "weeks"), HEARD_WITHIN.values(), strict=True)}  # fmt: skip
        async with self._database.reading() as connection:
            ((running,),) = await connection.fetch("open_sessions_of_all", {})
            rows = await connection.fetch("sources_heard_of", since)
        return Figures(running, [(kind, count, heard) for kind, count, *heard in rows])
