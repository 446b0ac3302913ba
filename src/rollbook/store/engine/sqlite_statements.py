"""Statements on a connection of SQLite, and what its errors mean."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import chain

from rollbook.domain.errors import StoreUnavailable
from rollbook.store.engine.database import Values
from rollbook.store.engine.due import Insert
from rollbook.store.engine.sqlite_file import LedgerFile
from rollbook.store.engine.statements import Statement, statement

MOST_ROWS = 512
"""How many rows one statement inserts at most: its own cost does not show then, and the longest has a
third of the parameters that SQLite takes (https://www.sqlite.org/limits.html#max_variable_number)."""

_MANY = 32
"""From how many rows on it is worth a statement more to find that all are new."""

_PARTS = tuple(MOST_ROWS >> power for power in range(MOST_ROWS.bit_length()))
"""The numbers of rows that there are statements for: few texts, each prepared once."""


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


def sqlite_statement(name: str) -> Statement:
    return statement(name, "sqlite")


def run(connection: sqlite3.Connection, statement: str, values: Values) -> sqlite3.Cursor:
    """Begin a statement by its name."""
    found = sqlite_statement(statement)
    return connection.execute(found.sql, found.arguments(values))


def insert(connection: sqlite3.Connection, inserts: Sequence[Insert]) -> None:
    """Write rows, many with each statement.

    Between two statements a thread asks for Python's lock, which others hold for milliseconds: for
    each row one would be slow wherever anybody else has work.
    """
    for one in inserts:
        begun = 0
        for size in _PARTS:
            while len(one.rows) - begun >= size:
                part = list(chain(*one.rows[begun : begun + size]))
                if not (size >= _MANY and _were_new(connection, one.statement, size, part)):
                    connection.execute(_of_rows(one.statement.name, size), part)
                begun += size


def _were_new(
    connection: sqlite3.Connection, statement: Statement, size: int, values: Sequence[object]
) -> bool:
    """Write the rows whose keys nobody has, and answer whether that were all.

    Who writes over others keeps a copy of each page until all is done, also where there are none.
    Those who were new are then written once more with the others, which has to be as good as once.
    """
    if not statement.overwrites:
        return False
    return connection.execute(_of_new_rows(statement.name, size), values).rowcount == size


@cache
def _of_new_rows(name: str, count: int) -> str:
    """The text of the same INSERT, that leaves alone who is there."""
    return f"{_of_rows(name, count).partition(' DO UPDATE ')[0]} DO NOTHING"


@cache
def _of_rows(name: str, count: int) -> str:
    """The text of an INSERT of so many rows."""
    found = sqlite_statement(name)
    if found.many is None:
        message = f"{name} does not say what its rows are"
        raise ValueError(message)
    row = f"({', '.join('?' * len(found.parameters))})"
    return found.many.replace("%s", ", ".join([row] * count))
