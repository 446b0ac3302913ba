"""A table as CSV."""

from collections.abc import Iterator
from itertools import islice

from rollbook.domain.csv_cells import CsvForm
from rollbook.domain.instants import to_text
from rollbook.domain.table import Kind, Table, Value

_LINES_AT_ONCE = 1_000


def csv_chunks(table: Table, form: CsvForm) -> Iterator[str]:
    """The file in chunks of many lines: the table's name, its headings, its columns, its rows."""
    lines = _lines(table, form)
    while chunk := "".join(islice(lines, _LINES_AT_ONCE)):
        yield chunk


def more_csv_chunks(table: Table, form: CsvForm) -> Iterator[str]:
    """The rows of a table that goes on with one before it."""
    lines = _rows(table, form)
    while chunk := "".join(islice(lines, _LINES_AT_ONCE)):
        yield chunk


def _lines(table: Table, form: CsvForm) -> Iterator[str]:
    yield form.first_line(table.name)
    for heading in table.headings:
        yield form.line(heading.name, *(_cell(form, heading.kind, one) for one in heading.values))
    if table.columns:
        yield form.line(*(column.name for column in table.columns))
    yield from _rows(table, form)


def _rows(table: Table, form: CsvForm) -> Iterator[str]:
    kinds = [column.kind for column in table.columns]
    for row in table.rows:
        yield form.line(*(_cell(form, *cell) for cell in zip(kinds, row, strict=True)))


def _cell(form: CsvForm, kind: Kind, value: Value) -> str:
    if kind is Kind.TITLE:
        return form.title(None if value is None else str(value))
    if value is None:
        return ""
    if kind is Kind.TEXT:
        return form.text(str(value))
    return to_text(int(value)) if kind is Kind.INSTANT else str(value)
