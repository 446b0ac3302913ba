"""A table as CSV: its name, its headings, its columns and its rows, each value by its kind."""

import csv
import io
from collections.abc import Iterator

import pytest

from rollbook.domain.csv_cells import CsvForm
from rollbook.domain.table import Column, Heading, Kind, Table, Value
from rollbook.formats.csv_lines import csv_chunks

COLUMNS = (
    Column("Who"),
    Column("Title", Kind.TITLE),
    Column("Minutes", Kind.NUMBER),
    Column("Joined", Kind.INSTANT),
)


def text_of(table: Table, form: CsvForm | None = None) -> str:
    return "".join(csv_chunks(table, form or CsvForm()))


def test_every_value_is_written_as_its_kind_is() -> None:
    rows = [("=1+1", "Art", 5, 1_500), ("0123", "-1", -7, 0), (None, None, None, None)]
    assert text_of(Table("Report", columns=COLUMNS, rows=rows)) == (
        "Report\r\n"
        "Who,Title,Minutes,Joined\r\n"
        '\'=1+1,"Art",5,1970-01-01T00:00:01.500Z\r\n'
        '0123,"\'-1",-7,1970-01-01T00:00:00.000Z\r\n'
        ',"",,\r\n'
    )


def test_headings_stand_above_the_columns_in_the_form_that_is_asked_for() -> None:
    headings = [Heading("Room", ["a;b"]), Heading("Sums", [1, 2], Kind.NUMBER)]
    table = Table("Report", headings, [Column("Who")])
    form = CsvForm(";", byte_order_mark=True)
    assert text_of(table, form) == '\ufeffReport\r\nRoom;"a;b"\r\nSums;1;2\r\nWho\r\n'


def test_a_table_without_columns_is_its_headings() -> None:
    assert text_of(Table("Report", [Heading("Room", ["a"])])) == "Report\r\nRoom,a\r\n"


def test_a_row_that_does_not_fit_the_columns_is_a_fault() -> None:
    with pytest.raises(ValueError, match="zip"):
        text_of(Table("Report", columns=COLUMNS, rows=[("too", "short")]))


def test_rows_are_made_on_the_way() -> None:
    made = []

    def rows() -> Iterator[tuple[Value]]:
        for number in range(5_000):
            made.append(number)
            yield (f"person-{number}",)

    chunks = csv_chunks(Table("Report", columns=[Column("Who")], rows=rows()), CsvForm())
    first = next(chunks)
    assert 0 < len(made) < 2_000
    lines = list(csv.reader(io.StringIO(first + "".join(chunks))))
    assert lines == [["Report"], ["Who"], *([f"person-{number}"] for number in range(5_000))]
