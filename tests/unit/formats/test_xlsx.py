"""Tables as a workbook: what a spreadsheet reads is what was written, and nothing runs."""

import gc
import io
import tempfile
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from rollbook.domain.instants import from_text
from rollbook.domain.table import Column, Heading, Kind, Table
from rollbook.formats import xlsx
from rollbook.formats.xlsx import workbook_chunks

PARIS = ZoneInfo("Europe/Paris")
WHO = (Column("Who"),)
# What XML cannot hold is another matter: a spreadsheet shows it as _x0001_.
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"))


def book_of(*tables: Table, zone: ZoneInfo = PARIS) -> Any:
    return load_workbook(io.BytesIO(b"".join(workbook_chunks(tables, zone))))


def rows_of(sheet: Any) -> list[tuple[Any, ...]]:
    return list(sheet.iter_rows(values_only=True))


def test_each_table_is_a_sheet_with_its_headings_above_its_columns() -> None:
    sums = Table("Sums", [Heading("Person", ["jane"]), Heading("Both", [1, 2], Kind.NUMBER)])
    people = Table("People", [Heading("Room", ["a"], Kind.TITLE)], WHO, [("jane",), (None,)])
    book = book_of(sums, people)
    assert book.sheetnames == ["Sums", "People"]
    assert rows_of(book["Sums"]) == [("Person", "jane", None), ("Both", 1, 2)]
    assert rows_of(book["People"]) == [("Room", "a"), ("Who", None), ("jane", None)]
    bold = [cell.coordinate for row in book["People"] for cell in row if cell.font.b]
    assert bold == ["A1", "A2"]
    assert book["People"].freeze_panes == "A3"


@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_a_text_is_read_as_it_was_written(texts: list[str]) -> None:
    columns = (*WHO, Column("Number", Kind.NUMBER))
    table = Table("T", columns=columns, rows=[(text, 0) for text in texts])
    read = rows_of(book_of(table)["T"])
    assert [row[0] or "" for row in read[1:]] == texts


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "{=1+1}",
        "http://example.org/",
        "mailto:a@example.org",
        "0123",
        "TRUE",
        " lead",
        "<r>",
        "<r><t>bold</t></r>",
        "<r>&</r>",
        "<r></r>",
        "two\nlines",
    ],
)
def test_a_text_is_no_formula_no_link_no_number_and_no_markup(text: str) -> None:
    book = book_of(Table("T", [Heading("Room", [text])], WHO, [(text,)]))
    for cell in (book["T"]["B1"], book["T"]["A3"]):
        assert cell.value == text
        assert cell.data_type == "s"
        assert cell.hyperlink is None


def test_an_instant_is_a_date_on_the_wall_and_its_column_says_of_which_zone() -> None:
    joined = Column("Joined", Kind.INSTANT)
    summer, winter = from_text("2024-07-01T22:30:00.250Z"), from_text("2024-01-01T12:00:00Z")
    sheet = book_of(Table("T", columns=[joined], rows=[(summer,), (winter,)]))["T"]
    assert rows_of(sheet) == [
        ("Joined (Europe/Paris)",),
        (datetime(2024, 7, 2, 0, 30, 0, 250_000),),  # noqa: DTZ001 - Excel knows no zones
        (datetime(2024, 1, 1, 13, 0),),  # noqa: DTZ001 - Excel knows no zones
    ]
    assert sheet["A2"].number_format == "yyyy-mm-dd hh:mm:ss"


def test_a_table_may_come_in_parts_which_go_on_where_it_ended() -> None:
    parts = [Table("A", [Heading("Room", ["a"])], WHO), *[Table("A", (), WHO, [("x",)])] * 2]
    book = book_of(*parts, Table("B", columns=WHO), Table("B", columns=WHO, rows=[("y",)]))
    assert rows_of(book["A"]) == [("Room", "a"), ("Who", None), ("x", None), ("x", None)]
    assert rows_of(book["B"]) == [("Who",), ("y",)]


def test_what_does_not_fit_a_sheet_of_excel_goes_on_in_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert xlsx._MOST_ROWS == 1_048_576
    monkeypatch.setattr(xlsx, "_MOST_ROWS", 4)
    table = Table("T", [Heading("Room", ["a"])], WHO, [(str(number),) for number in range(8)])
    book = book_of(table, Table("U", columns=WHO))
    assert book.sheetnames == ["T", "T 2", "T 3", "U"]
    read = [row[0] for name in ("T", "T 2", "T 3") for row in rows_of(book[name])]
    assert read == ["Room", "Who", "0", "1", "Who", "2", "3", "4", "Who", "5", "6", "7"]
    assert book["T 2"].freeze_panes == "A2"


def test_a_row_that_does_not_fit_the_columns_is_a_fault() -> None:
    with pytest.raises(ValueError, match="zip"):
        list(workbook_chunks([Table("T", columns=WHO, rows=[("a", "b")])], PARIS))


def test_a_large_workbook_comes_in_pieces_and_leaves_nothing_behind(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(xlsx, "_BYTES_AT_ONCE", 1_000)
    used: set[int] = set()

    def rows() -> Iterator[tuple[str]]:
        for number in range(2_000):
            used.add(len(list(tmp_path.iterdir())))
            yield (f"person-{number}",)

    chunks = workbook_chunks([Table("T", columns=WHO, rows=rows())], PARIS)
    pieces = [next(chunks), next(chunks)]
    assert all(len(piece) == 1_000 for piece in pieces)
    # While rows come, they are on disk and not in memory.
    assert used - {0}
    del chunks
    gc.collect()
    assert list(tmp_path.iterdir()) == []
