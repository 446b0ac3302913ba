"""Which errors are the PostgreSQL server's trouble, and which are faults of the program."""

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from rollbook.domain.errors import StoreLocked, StoreUnavailable

# https://www.postgresql.org/docs/current/errcodes-appendix.html
_TROUBLE_CLASSES = {
    "08",  # connections
    "28",  # who may connect
    "3D",  # no such database, as while one is restored
    "40",  # taken back, for a deadlock or for others' sake
    "53",  # out of disk, memory, connections
    "57",  # cancelled, shut down, starting
    "58",  # the system under the server
    "F0",  # its configuration
    "XX",  # damaged, or a fault of its own
}
_TROUBLE = {
    "25006",  # it takes no writes
    "25P03",  # it ended a transaction that did nothing for long
    "25P04",  # or one that took long
    "55P03",  # a lock that was not to be had in time
}
_LOCKED = {"55P03", "40P01"}

FAILURES = (
    asyncpg.PostgresError,
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)
"""All that the driver raises."""


@contextmanager
def explained() -> Iterator[None]:
    """Raise the server's trouble as StoreUnavailable, and leave faults of the program as they are."""
    try:
        yield
    except FAILURES as error:
        raise_explained(error)
        raise


def raise_explained(error: Exception) -> None:
    """Raise StoreUnavailable if an error of the driver is the server's trouble."""
    if _is_trouble(error):
        # The server's own words may quote the connection's URL or parameters: say only the kind.
        message = f"The database is unavailable ({type(error).__name__})"
        locked = getattr(error, "sqlstate", None) in _LOCKED
        raise (StoreLocked if locked else StoreUnavailable)(message) from error


def _is_trouble(error: Exception) -> bool:
    if isinstance(error, asyncpg.PostgresError):
        state = error.sqlstate or ""
        return state[:2] in _TROUBLE_CLASSES or state in _TROUBLE
    # A value of ours that does not fit is both a ValueError and the driver's.
    return not isinstance(error, ValueError)
