"""Reads the contract's own CSV, as this service or the hosted API answers it: a person's history.

The person stands at the head and in no row. Both forms are read: of all rooms, where each row names
its room, and of a single room, which stands at the head too. What the summaries say is passed over.
"""

from collections.abc import Iterator, Sequence
from typing import BinaryIO

from rollbook.domain.csv_cells import armed
from rollbook.domain.errors import InvalidInput
from rollbook.sources.files.rows import (
    ImportRow,
    ReadOptions,
    RejectedRow,
    SessionFields,
    checked_session,
    rejected,
    require_end,
)
from rollbook.sources.files.tables import (
    Record,
    delimiter_of,
    label,
    place_of,
    records,
    refuse_lost_heading,
    width_of,
)
from rollbook.sources.files.text import all_or_nothing, utf8

_TITLE = "participant session report"
_HEAD = {
    "participant uid": "uid",
    "participant name": "name",
    "role": "role",
    "room id": "room_id",
    "room title": "room_title",
}


def read_contract_csv(stream: BinaryIO, options: ReadOptions) -> Iterator[ImportRow]:
    """Each session of the report; several reports may follow each other.

    Raises InvalidInput, before anything is given back, where there is no table of sessions, and where
    a line cannot be read that says whose sessions stand below. Of the options only the encoding counts.
    """
    return all_or_nothing(stream, lambda: _rows(stream, options))


def recognizes(text: str) -> bool:
    """Whether a file that begins like this is such a report."""
    return label(text.lstrip(' \r\n"').partition("\n")[0]).startswith(_TITLE)


def _rows(stream: BinaryIO, options: ReadOptions) -> Iterator[ImportRow]:
    source = utf8(stream, options.encoding)
    delimiter = delimiter_of(source.peek(1).decode(errors="replace"))
    report = _Report()
    for row in records(source, delimiter):
        if isinstance(row, RejectedRow):
            refuse_lost_heading(row, delimiter, report.may_be_heading)
            yield row
        else:
            yield from report.take(row)
    if not report.found:
        raise InvalidInput("the file must have a table with the columns Joined At and Left At")


class _Report:
    """Goes through a report and knows whom it is about."""

    def __init__(self) -> None:
        self.found = False
        self._about = SessionFields()
        self._labels: Sequence[str] | None = None

    def may_be_heading(self, labels: list[str]) -> bool:
        """Whether this is about the rows below it, as far as it can be read."""
        return self._labels is None or labels[0].startswith(_TITLE)

    def take(self, row: Record) -> Iterator[ImportRow]:
        labels = [label(cell) for cell in row.cells]
        if labels[0].startswith(_TITLE):
            self._about, self._labels = SessionFields(), None
        elif "joined at" in labels:
            self.found, self._labels = True, labels
        elif self._labels is not None:
            yield _session(row, self._labels, self._about)
        elif width_of(labels) == 2 and labels[0] in _HEAD:
            setattr(self._about, _HEAD[labels[0]], armed(row.cells[1]) or None)


def _session(row: Record, labels: Sequence[str], about: SessionFields) -> ImportRow:
    if len(row.cells) != len(labels):
        reason = f"row must have {len(labels)} cells like the header, not {len(row.cells)}"
        return rejected(row.line, reason, row.raw)

    def cell(name: str) -> str | None:
        return armed(row.cell(place_of(labels, (name,)))) or None

    try:
        require_end(cell("left at"), active=label(cell("status") or "") == "active")
        fields = SessionFields(
            about.uid,
            about.name,
            about.role,
            cell("room id") or about.room_id,
            cell("room title") or about.room_title,
            cell("joined at"),
            cell("left at"),
            cell("ip address"),
        )
        return checked_session(row.line, fields)
    except InvalidInput as problem:
        return rejected(row.line, problem.message, row.raw)
