"""Reads comma-, semicolon- and tab-separated text: records with the line each begins on."""

import csv
import re
from collections.abc import Callable, Iterator, Sequence

from rollbook.domain.errors import InvalidInput
from rollbook.domain.values import value
from rollbook.sources.files.rows import MAX_RAW, RejectedRow, rejected
from rollbook.sources.files.text import MAX_LINE, Text, is_cut, numbered_lines

_HINT = re.compile(r'"?sep=(.)"?\s*?(?:\n|$)', re.IGNORECASE)
"""The first line by which Excel knows what separates the cells."""


ENCODING_ADVICE = (
    "Save the file as CSV UTF-8, or say how it is written with --encoding, such as windows-1252"
)


@value
class Record:
    """The cells of one record, and its text for whoever has to repair it."""

    line: int
    cells: list[str]
    raw: str

    def cell(self, place: int | None) -> str:
        """The cell at `place` without space around; "" where there is no such column or cell."""
        if place is None or place >= len(self.cells):
            return ""
        return self.cells[place].strip()


def delimiter_of(text: str) -> str:
    """What separates the cells of this text.

    Names and dates have commas in them, so a tab decides, wherever there is one.
    """
    if hint := _HINT.match(text):
        return hint[1]
    if "\t" in text:
        return "\t"
    return ";" if text.count(";") > text.count(",") else ","


def without_hint(text: str) -> str:
    """What follows the line that only tells the delimiter, if there is one."""
    return _HINT.sub("", text, count=1) if _HINT.match(text) else text


def records(source: Text, delimiter: str) -> Iterator[Record | RejectedRow]:
    """The records of `source`, and rejects where the text is none; empty ones are passed over.

    A quote that is never closed takes the lines after it into its own record until that is too
    long, and so costs a limited number of rows; the reject says which.
    """
    lines = _RecordLines(source)
    # strict: what is quoted badly must be repaired, not guessed at.
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        lines.begin_record()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except (csv.Error, _Unreadable) as problem:
            yield rejected(lines.first, _reason(lines, problem), lines.raw)
            continue
        is_hint = lines.first == 1 and _HINT.fullmatch(lines.raw)
        if not is_hint and any(cell.strip() for cell in cells):
            yield Record(lines.first, cells, lines.raw)


def label(cell: str) -> str:
    """The name of a column in one spelling: no case, single spaces."""
    return " ".join(cell.split()).casefold()


def width_of(labels: Sequence[str]) -> int:
    """How many columns there are: a spreadsheet fills shorter rows up with empty cells."""
    return max((place for place, name in enumerate(labels, 1) if name), default=0)


def refuse_lost_heading(
    row: RejectedRow, delimiter: str, is_heading: Callable[[list[str]], bool]
) -> None:
    """Raise InvalidInput where a row that cannot be read may be what tells the rows below apart.

    A quote that is not closed may have taken such a row into another one, hence every line counts.
    """
    for text in row.raw.splitlines():
        labels = [label(cell.strip(' "')) for cell in text.split(delimiter)]
        if _is_all_words(labels) or is_heading(labels):
            break
    else:
        if len(row.raw) < MAX_RAW:
            return
    raise InvalidInput(
        f"line {row.line} may be a heading, and cannot be read: {row.reason}. Nothing is imported, since "
        f"the rows below belong to it. {ENCODING_ADVICE}"
    )


def _is_all_words(labels: Sequence[str]) -> bool:
    """Whether this is how columns are named: rows of people have a time."""
    words = [name for name in labels if name]
    return len(words) > 2 and not any(map(str.isdigit, "".join(words)))


def place_of(labels: Sequence[str], names: Sequence[str]) -> int | None:
    """Where the first of these columns stands that there is."""
    return next((labels.index(name) for name in names if name in labels), None)


class _Unreadable(Exception):
    """A line that no record may contain."""


class _RecordLines:
    """Hands the lines of one record after another to csv.reader, and remembers them.

    Not a generator: csv.reader goes on after an exception, and a generator would have ended.
    """

    def __init__(self, source: Text) -> None:
        self._encoding = source.encoding
        self._lines = numbered_lines(source)
        self.last = 0
        self.begin_record()

    def begin_record(self) -> None:
        self.first = self.last + 1
        self.raw = ""
        self._size = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        self.last, line = next(self._lines)
        self._size += len(line)
        if len(self.raw) < MAX_RAW:
            self.raw += line[: 4 * MAX_RAW].decode(errors="replace")
        if is_cut(line) or self._size > MAX_LINE + 1:
            raise _Unreadable("row must be at most 1 MiB long")
        try:
            return line.decode()
        except UnicodeDecodeError:
            raise _Unreadable(f"row must be valid {self._encoding} text") from None


def _reason(lines: _RecordLines, problem: Exception) -> str:
    if isinstance(problem, csv.Error):
        limit = csv.field_size_limit()
        text = f"row must be quoted correctly, each cell at most {limit:,} characters long"
    else:
        text = str(problem)
    return text if lines.first == lines.last else f"{text} (it runs to line {lines.last})"
