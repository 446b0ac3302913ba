"""Whole tables, batch by batch: what both engines do alike when tables are moved."""

from collections.abc import Sequence

from rollbook.domain.errors import Conflict
from rollbook.store.engine.database import Row, Table

FETCHED = 100
"""Rows that are asked for at once: few, since one may hold a payload of megabytes."""

_MOST_ROWS = 5_000
_MOST_CHARACTERS = 4_000_000


class Batch:
    """Rows that are put together until they are worth a transaction, in bounded memory."""

    def __init__(self) -> None:
        self._rows: list[Row] = []
        self._characters = 0

    def add(self, rows: Sequence[Row]) -> None:
        self._rows.extend(rows)
        self._characters += sum(
            len(value) for row in rows for value in row if isinstance(value, str | bytes)
        )

    @property
    def full(self) -> bool:
        return len(self._rows) >= _MOST_ROWS or self._characters >= _MOST_CHARACTERS

    def taken(self) -> Sequence[Row]:
        """The rows so far; it is empty then."""
        rows, self._rows, self._characters = self._rows, [], 0
        return rows


def why_unmovable(strange: Sequence[str], in_order: bool) -> str | None:
    """Why a table cannot be moved: columns of types that the domain has no values for, or its key."""
    if strange:
        return f"has a column of another type than Rollbook's: {strange[0]}"
    return None if in_order else "has no primary key in the order of bytes"


def does_not_fit(table: Table, rows: Sequence[Row], why: str) -> Conflict:
    """What is raised where rows cannot be added: some row of these, by its key, and no content."""
    places = [table.columns.index(column) for column in table.key]
    first, last = (", ".join(str(row[place]) for place in places) for row in (rows[0], rows[-1]))
    return Conflict(f"a row of {table.name} from ({first}) to ({last}) does not fit: {why}")
