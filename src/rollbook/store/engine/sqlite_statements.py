"""Statements on a connection of SQLite, and what its errors mean."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from rollbook.domain.errors import StoreUnavailable
from rollbook.store.engine.database import Values
from rollbook.store.engine.sqlite_file import LedgerFile
from rollbook.store.engine.statements import statements


@contextmanager
def explained(file: LedgerFile | None = None, where: str = "") -> Iterator[None]:
    """Raise StoreUnavailable for what ails the database, and nothing else for faults of ours.

    Of a file that another was put in the place of, SQLite tells only how it does not fit.
    """
    try:
        yield
    except sqlite3.DatabaseError as error:
        # SQLITE_ERROR is bad SQL: a fault of the program, which trying again does not mend.
        known = getattr(error, "sqlite_errorcode", None)
        if known == sqlite3.SQLITE_CONSTRAINT_TRIGGER:
            # The one thing that triggers are there for: moves.py.
            message = f"The database is unavailable ({error})"
            raise StoreUnavailable(message) from error
        if known in {None, sqlite3.SQLITE_ERROR} or isinstance(error, sqlite3.IntegrityError):
            raise
        if file is not None:
            file.require_unmoved()
        message = f"The database is unavailable ({error}{where})"
        raise StoreUnavailable(message) from error


def run(connection: sqlite3.Connection, statement: str, values: Values) -> sqlite3.Cursor:
    """Begin a statement by its name."""
    found = statements("sqlite")[statement]
    return connection.execute(found.sql, found.arguments(values))
