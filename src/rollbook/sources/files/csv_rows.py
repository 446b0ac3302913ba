"""Reads Rollbook's own CSV: a header of the field names of JSON Lines, in any order and case."""

import re
from collections.abc import Iterator
from typing import BinaryIO

from rollbook.domain.errors import InvalidInput
from rollbook.sources.files.rows import (
    ImportRow,
    ReadOptions,
    RejectedRow,
    SessionFields,
    checked_session,
    rejected,
)
from rollbook.sources.files.tables import (
    ENCODING_ADVICE,
    Record,
    delimiter_of,
    label,
    records,
)
from rollbook.sources.files.text import utf8

# Fields by the name of their column, such as joinedAt, and in the order of SessionFields.
_COLUMNS = SessionFields.__struct_encode_fields__
_REQUIRED = ("uid", "roomId", "joinedAt")


def read_csv(stream: BinaryIO, options: ReadOptions) -> Iterator[ImportRow]:
    """Each record after the header as a session or a reject.

    Raises InvalidInput where the header lacks a column that no session can be without. Of
    the options only the encoding counts: here every row names its room and its offsets.
    """
    source = utf8(stream, options.encoding)
    first_line = source.peek(1).lstrip().partition(b"\n")[0]
    rows = records(source, delimiter_of(first_line.decode(errors="replace")))
    header = _header(next(rows, None))
    places = _places(header)
    for row in rows:
        yield row if isinstance(row, RejectedRow) else _row(row, places, len(header))


def recognizes(text: str) -> bool:
    """Whether a file that begins like this is our CSV."""
    first_line = text.lstrip().partition("\n")[0]
    names = {label(cell.strip(' "')) for cell in re.split(r"[,;\t|]", first_line)}
    return {name.casefold() for name in _REQUIRED} <= names


def _header(record: Record | RejectedRow | None) -> list[str]:
    if not isinstance(record, Record):
        message = f"the first line must name the columns, among them {_listed(_REQUIRED)}"
        # Where bytes of it are no text, it was written in another encoding.
        lost = record is not None and "\ufffd" in record.raw
        raise InvalidInput(f"{message}, readably. {ENCODING_ADVICE}" if lost else message)
    return [label(cell) for cell in record.cells]


def _places(header: list[str]) -> list[int | None]:
    """Where each field stands, in the order of SessionFields; None for a field without column."""
    for name in _COLUMNS:
        if header.count(name.casefold()) > 1:
            raise InvalidInput(f"the column {name} must be there only once", field=name)
        if name in _REQUIRED and name.casefold() not in header:
            raise InvalidInput(f"the column {name} is missing", field=name)
    found = {name: place for place, name in enumerate(header)}
    return [found.get(name.casefold()) for name in _COLUMNS]


def _row(record: Record, places: list[int | None], width: int) -> ImportRow:
    cells = record.cells
    if len(cells) != width:
        reason = f"row must have {width} cells like the header, not {len(cells)}"
        return rejected(record.line, reason, record.raw)
    # An empty cell is how CSV says nothing at all: a leftAt of a session that still runs.
    values = [None if place is None else cells[place] or None for place in places]
    try:
        return checked_session(record.line, SessionFields(*values))
    except InvalidInput as problem:
        return rejected(record.line, problem.message, record.raw)


def _listed(names: tuple[str, ...]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"
