"""CSV that every reader takes apart as it was put together, and no spreadsheet runs."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollbook.domain.csv_cells import DELIMITERS, CsvForm

ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, ""),
        ("", ""),
        ("plain", "plain"),
        ("a;b", "a;b"),
        ("a,b", '"a,b"'),
        ('say "hi"', '"say ""hi"""'),
        ("two\nlines", '"two\nlines"'),
        ("two\r\nlines", '"two\r\nlines"'),
        (" lead", '" lead"'),
        ("trail ", '"trail "'),
        ("日本語", "日本語"),
    ],
)
def test_a_text_is_quoted_only_where_it_must_be(value: str | None, cell: str) -> None:
    assert CsvForm().text(value) == cell


def test_what_must_be_quoted_depends_on_the_delimiter() -> None:
    assert CsvForm(";").text("a;b") == '"a;b"'
    assert CsvForm(";").text("a,b") == "a,b"
    assert CsvForm("\t").text("a\tb") == '"a\tb"'


def test_a_title_is_always_quoted() -> None:
    assert CsvForm().title("Calculus I") == '"Calculus I"'
    assert CsvForm().title(None) == '""'


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_text_that_a_spreadsheet_would_run_is_disarmed(start: str) -> None:
    for cell in (CsvForm().text(f"{start}1+1"), CsvForm().title(f"{start}1+1")):
        assert cell.strip('"') == f"'{start}1+1"


@pytest.mark.parametrize("value", ["a=1", "1-1", "'quoted", "#x", "|cmd"])
def test_other_texts_are_left_alone(value: str) -> None:
    assert CsvForm().text(value) == value


@given(st.sampled_from(DELIMITERS), st.lists(ANY_TEXT, min_size=2, max_size=5))
def test_a_line_reads_back_as_its_cells(delimiter: str, values: list[str]) -> None:
    form = CsvForm(delimiter)
    line = form.line(*map(form.text, values), *map(form.title, values))
    assert line.endswith("\r\n")
    (cells,) = csv.reader(io.StringIO(line, newline=""), delimiter=delimiter)
    armed = tuple("=+-@\t\r")
    safe = [f"'{value}" if value.startswith(armed) else value for value in values]
    assert cells == [*safe, *safe]
