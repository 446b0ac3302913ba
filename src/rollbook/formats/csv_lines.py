"""A table as CSV."""

from collections.abc import Iterator
from itertools import islice
from zoneinfo import ZoneInfo

from rollbook.domain.csv_cells import CsvForm
from rollbook.domain.instants import to_datetime, to_text
from rollbook.domain.table import Kind, Table, Value

_LINES_AT_ONCE = 1_000


def csv_chunks(table: Table, form: CsvForm, zone: ZoneInfo | None = None) -> Iterator[str]:
    """The file in chunks of many lines: the table's name, its headings, its columns, its rows.

    With a `zone`, instants are told as on the wall there, and their columns name it; else in UTC.
    """
    lines = _lines(table, form, zone)
    while chunk := "".join(islice(lines, _LINES_AT_ONCE)):
        yield chunk


def more_csv_chunks(table: Table, form: CsvForm, zone: ZoneInfo | None = None) -> Iterator[str]:
    """The rows of a table that goes on with one before it."""
    lines = _rows(table, form, zone)
    while chunk := "".join(islice(lines, _LINES_AT_ONCE)):
        yield chunk


def _lines(table: Table, form: CsvForm, zone: ZoneInfo | None) -> Iterator[str]:
    yield form.first_line(table.name)
    for heading in table.headings:
        name = _named(heading.name, heading.kind, zone)
        yield form.line(name, *(_cell(form, zone, heading.kind, one) for one in heading.values))
    if table.columns:
        yield form.line(*(_named(column.name, column.kind, zone) for column in table.columns))
    yield from _rows(table, form, zone)


def _rows(table: Table, form: CsvForm, zone: ZoneInfo | None) -> Iterator[str]:
    kinds = [column.kind for column in table.columns]
    for row in table.rows:
        yield form.line(*(_cell(form, zone, *cell) for cell in zip(kinds, row, strict=True)))


def _named(name: str, kind: Kind, zone: ZoneInfo | None) -> str:
    return f"{name} ({zone.key})" if zone and kind is Kind.INSTANT else name


def _cell(form: CsvForm, zone: ZoneInfo | None, kind: Kind, value: Value) -> str:
    if kind is Kind.TITLE:
        return form.title(None if value is None else str(value))
    if value is None:
        return ""
    if kind is Kind.TEXT:
        return form.text(str(value))
    return _instant(int(value), zone) if kind is Kind.INSTANT else str(value)


def _instant(instant: int, zone: ZoneInfo | None) -> str:
    if zone is None:
        return to_text(instant)
    return f"{to_datetime(instant).astimezone(zone):%Y-%m-%d %H:%M:%S}"
