"""Tables as an .xlsx workbook, a sheet for each. The only module that knows XlsxWriter."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

from rollbook.domain.instants import to_datetime
from rollbook.domain.table import Column, Heading, Kind, Table, Value

_BYTES_AT_ONCE = 64 * 1024
_MOST_ROWS = 1_048_576
"""Rows of a sheet, as many as Excel opens."""

_WIDTHS = {Kind.TEXT: 28, Kind.TITLE: 28, Kind.NUMBER: 16, Kind.INSTANT: 28}
_WIDTHS_OF_HEADINGS = (24, 48)


def workbook_chunks(tables: Iterable[Table], zone: ZoneInfo) -> Iterator[bytes]:
    """The file in chunks: written to disk row by row, so that no workbook is ever in memory.

    Instants become dates on the wall in `zone`, which the head of their column names: Excel
    knows no time zones.
    """
    with TemporaryDirectory() as folder, WorkbookFile(Path(folder), zone) as book:
        for table in tables:
            book.write(table)
        yield from book.chunks()


class WorkbookFile:
    """A workbook that is written into a folder, from the top down, and then read in chunks.

    A table may come in parts: one that is called as the one before it goes on with its rows. What
    does not fit a sheet of Excel's goes on in another one.
    """

    def __init__(self, folder: Path, zone: ZoneInfo) -> None:
        # Few processes ever write one, and each would be ready later, and hold it in memory.
        from xlsxwriter import Workbook  # type: ignore[import-untyped]  # noqa: PLC0415 - see above

        self._path = folder / "workbook.xlsx"
        self._book = Workbook(str(self._path), {"constant_memory": True, "tmpdir": str(folder)})
        self._bold = self._book.add_format({"bold": True})
        self._date = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss", "align": "left"})
        self._zone = zone
        self._table = ""
        self._sheets = 0
        self._sheet: _Sheet

    def __enter__(self) -> "WorkbookFile":
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of the files of sheets, where the workbook was not finished."""
        for sheet in self._book.worksheets():
            sheet.row_data_fh.close()

    def write(self, table: Table) -> None:
        """Write a table, or the rows that go on with the one before."""
        if table.name != self._table:
            self._table, self._sheets = table.name, 0
            self._begin_sheet(table, table.headings)
        for row in table.rows:
            if self._sheet.next_row == _MOST_ROWS:
                self._begin_sheet(table, ())
            self._sheet.write_row(row)

    def chunks(self) -> Iterator[bytes]:
        """The finished file."""
        self._book.close()
        with self._path.open("rb") as file:
            while chunk := file.read(_BYTES_AT_ONCE):
                yield chunk

    def _begin_sheet(self, table: Table, headings: Sequence[Heading]) -> None:
        self._sheets += 1
        name = table.name if self._sheets == 1 else f"{table.name} {self._sheets}"
        made = self._book.add_worksheet(name)
        self._sheet = _Sheet(made, self._bold, self._date, self._zone)
        self._sheet.begin(headings, table.columns)


class _Sheet:
    """Writes a sheet, from the top down: a row that is left is on disk, and cannot be changed."""

    def __init__(self, sheet: Any, bold: Any, date: Any, zone: ZoneInfo) -> None:
        self._sheet = sheet
        self._bold = bold
        self._date = date
        self._zone = zone
        self._kinds: Sequence[Kind] = ()
        self.next_row = 0

    def begin(self, headings: Sequence[Heading], columns: Sequence[Column]) -> None:
        self._set_widths(columns)
        for number, heading in enumerate(headings):
            self._sheet.write_string(number, 0, heading.name, self._bold)
            for column, value in enumerate(heading.values, 1):
                self._write_cell(number, column, heading.kind, value)
        self.next_row = len(headings)
        if columns:
            self._write_heads(columns)

    def write_row(self, values: Sequence[Value]) -> None:
        for number, (kind, value) in enumerate(zip(self._kinds, values, strict=True)):
            self._write_cell(self.next_row, number, kind, value)
        self.next_row += 1

    def _write_heads(self, columns: Sequence[Column]) -> None:
        for number, column in enumerate(columns):
            self._sheet.write_string(self.next_row, number, self._head(column), self._bold)
        self.next_row += 1
        self._sheet.freeze_panes(self.next_row, 0)
        self._kinds = [column.kind for column in columns]

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
