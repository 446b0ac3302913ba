"""Tables as an .xlsx workbook, a sheet for each. The only module that knows XlsxWriter."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from tempfile import TemporaryFile
from typing import IO, Any
from zoneinfo import ZoneInfo

from xlsxwriter import Workbook  # type: ignore[import-untyped]

from rollbook.domain.instants import to_datetime
from rollbook.domain.table import Column, Kind, Table, Value

_BYTES_AT_ONCE = 64 * 1024
_WIDTHS = {Kind.TEXT: 28, Kind.TITLE: 28, Kind.NUMBER: 16, Kind.INSTANT: 28}
_WIDTHS_OF_HEADINGS = (24, 48)


def workbook_chunks(tables: Iterable[Table], zone: ZoneInfo) -> Iterator[bytes]:
    """The file in chunks: written to disk row by row, so that no workbook is ever in memory.

    Instants become dates on the wall in `zone`, which the head of their column names: Excel
    knows no time zones.
    """
    with TemporaryFile() as file:
        _write(file, tables, zone)
        file.seek(0)
        while chunk := file.read(_BYTES_AT_ONCE):
            yield chunk


def _write(file: IO[bytes], tables: Iterable[Table], zone: ZoneInfo) -> None:
    with Workbook(file, {"constant_memory": True}) as book:
        bold = book.add_format({"bold": True})
        date = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss", "align": "left"})
        for table in tables:
            _Sheet(book.add_worksheet(table.name), bold, date, zone).write(table)


class _Sheet:
    """Writes a table, from the top down: a row that is left is on disk, and cannot be changed."""

    def __init__(self, sheet: Any, bold: Any, date: Any, zone: ZoneInfo) -> None:
        self._sheet = sheet
        self._bold = bold
        self._date = date
        self._zone = zone

    def write(self, table: Table) -> None:
        self._set_widths(table.columns)
        for number, heading in enumerate(table.headings):
            self._sheet.write_string(number, 0, heading.name, self._bold)
            for column, value in enumerate(heading.values, 1):
                self._write_cell(number, column, heading.kind, value)
        if table.columns:
            self._write_columns(table, len(table.headings))

    def _write_columns(self, table: Table, top: int) -> None:
        for number, column in enumerate(table.columns):
            self._sheet.write_string(top, number, self._head(column), self._bold)
        self._sheet.freeze_panes(top + 1, 0)
        kinds = [column.kind for column in table.columns]
        for row, values in enumerate(table.rows, top + 1):
            for number, (kind, value) in enumerate(zip(kinds, values, strict=True)):
                self._write_cell(row, number, kind, value)

    def _set_widths(self, columns: Sequence[Column]) -> None:
        widths = [_WIDTHS[column.kind] for column in columns] or _WIDTHS_OF_HEADINGS
        for number, width in enumerate(widths):
            self._sheet.set_column(number, number, width)

    def _head(self, column: Column) -> str:
        return f"{column.name} ({self._zone.key})" if column.kind is Kind.INSTANT else column.name

    def _write_cell(self, row: int, column: int, kind: Kind, value: Value) -> None:
        if value is None or value == "":
            return
        if kind is Kind.INSTANT:
            self._sheet.write_datetime(row, column, self._on_the_wall(int(value)), self._date)
        elif kind is Kind.NUMBER:
            self._sheet.write_number(row, column, value)
        else:
            self._write_text(row, column, str(value))

    def _write_text(self, row: int, column: int, text: str) -> None:
        """Never as a formula, a link or a number: a name such as =1+1 stays a name."""
        if text.startswith("<r>") and text.endswith("</r>"):
            # XlsxWriter takes it for XML of its own and would write it unescaped: no program
            # opens such a file. In pieces it is what it is.
            self._sheet.write_rich_string(row, column, "<", text[1:-1], ">")
        else:
            self._sheet.write_string(row, column, text)

    def _on_the_wall(self, instant: int) -> datetime:
        return to_datetime(instant).astimezone(self._zone).replace(tzinfo=None)
