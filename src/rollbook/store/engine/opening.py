"""Which driver a URL names."""

from collections.abc import Callable

from rollbook.domain.errors import InvalidInput
from rollbook.store.engine.database import Database
from rollbook.store.engine.replica import Replica, ReplicaBounds


def database_for(url: str, *, own_folder: bool = False) -> Database:
    """The driver for `sqlite:///path` or `postgresql://...`. Opens nothing yet.

    With `own_folder`, opening a file makes its folder where it is missing.
    """
    scheme, separator, rest = url.partition("://")
    if separator and scheme == "sqlite" and rest.startswith("/") and len(rest) > 1:
        from rollbook.store.engine.sqlite import SqliteDatabase  # noqa: PLC0415 - load one driver only

        return SqliteDatabase(rest[1:], own_folder=own_folder)
    if separator and scheme in {"postgresql", "postgres"}:
        from rollbook.store.engine.postgres import PostgresDatabase  # noqa: PLC0415 - as above

        return PostgresDatabase(url)
    # The URL itself may hold a password, so the message does not repeat it.
    message = "ROLLBOOK_DATABASE_URL must be sqlite:///path or postgresql://user@host/database"
    raise InvalidInput(message, field="ROLLBOOK_DATABASE_URL")


def replica_for(
    ledger: Database, url: str, bounds: ReplicaBounds, now: Callable[[], int]
) -> Replica:
    """What reads from the server that `postgresql://...` names, which follows the ledger's."""
    if not url.startswith(("postgresql://", "postgres://")):
        message = "ROLLBOOK_READ_DATABASE_URL must be postgresql://user@host/database"
        raise InvalidInput(message, field="ROLLBOOK_READ_DATABASE_URL")
    from rollbook.store.engine.postgres import PostgresDatabase  # noqa: PLC0415 - as above

    return Replica(ledger, PostgresDatabase(url, follows=True), bounds, now)
