"""Rows that a transaction has yet to write: together, and before anybody could miss them.

What is inserted table by table is often read by nobody before the commit. So rows are gathered until
a statement names their table, or the transaction ends: a group of events then goes to the database
once, however many tables it touches.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from rollbook.domain.values import value
from rollbook.store.engine.statements import Statement


@value
class Insert:
    """Rows of one INSERT, each with its values in the order of the statement's numbers."""

    statement: Statement
    rows: Sequence[Sequence[object]]


@dataclass(slots=True)
class DueRows:
    """The rows that are due in a transaction, at most one INSERT for each table."""

    _inserts: dict[str, Insert] = field(default_factory=dict)

    def add(self, statement: Statement, rows: Iterable[Sequence[object]]) -> list[Insert]:
        """Gather rows of an INSERT; answers what has to be written at once.

        That is all before it, where its table has rows already: two statements may mean the same row.
        """
        before = self.before(statement)
        if told := list(rows):
            self._inserts[statement.table] = Insert(statement, told)
        return before

    def before(self, statement: Statement) -> list[Insert]:
        """What has to be written before a statement is run, and is due no more."""
        return self.all() if self._inserts and statement.names(self._inserts) else []

    def all(self) -> list[Insert]:
        """All that is due, and is due no more."""
        inserts = list(self._inserts.values())
        self._inserts.clear()
        return inserts
