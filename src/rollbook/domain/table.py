"""A table as files hold it, in any format: named columns of values of one kind each."""

from collections.abc import Iterable, Sequence
from enum import Enum, auto

from rollbook.domain.values import value


class Kind(Enum):
    """What the values of a column are; any of them may be None."""

    TEXT = auto()
    TITLE = auto()
    """The title of a room: a text that CSV always quotes, as the contract does."""
    NUMBER = auto()
    INSTANT = auto()
    """Milliseconds UTC."""


Value = str | int | None


@value
class Column:
    """A column, and what its values are."""

    name: str
    kind: Kind = Kind.TEXT


@value
class Heading:
    """A line above the columns: what it is about, and its values."""

    name: str
    values: Sequence[Value]
    kind: Kind = Kind.TEXT


@value
class Table:
    """A table; its rows are read once, one after another, so that they may be made on the way."""

    name: str
    headings: Sequence[Heading] = ()
    columns: Sequence[Column] = ()
    rows: Iterable[Sequence[Value]] = ()
