"""Excel workbooks as tables of text. The only module that knows python-calamine.

That reader trusts a workbook: it makes room for every cell between the first and the last, and
unpacks whatever there is. So it is given a copy of what was looked at before.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from tempfile import TemporaryFile
from typing import IO
from xml.parsers import expat

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum

from rollbook.domain.errors import InvalidInput

MAX_UNPACKED = 1024 * 1024 * 1024
"""Most bytes that a packed file may have when it is unpacked."""

MAX_RATIO = 200
"""How many times its size that may be; tables of people come to a tenth of it."""

MAX_CELLS = 10_000_000
"""Most cells between the first and the last of a sheet: some hundred MB of memory."""

USUAL_WAYS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""How archives are packed by all that people save and send them with."""

_CHUNK = 64 * 1024
_SMALL = 16 * 1024 * 1024
_PLACE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_ROW = re.compile(r"\d{1,7}", re.ASCII)
_ADVICE = "save its sheet as CSV UTF-8, and import that"

Cell = int | float | str | bool | time | date | datetime | timedelta


def write_table(archive: zipfile.ZipFile, name: str, target: IO[bytes]) -> None:
    """The one sheet of a workbook that has rows, as text in UTF-8 with tabs, a line for each row.

    Raises InvalidInput where there is none or more than one, and where it is damaged or too large.
    """
    with TemporaryFile() as copy:
        _copy_checked(archive, name, copy)
        copy.seek(0)
        try:
            with CalamineWorkbook.from_filelike(copy) as book:
                _write_rows(_only_sheet(book, name).iter_rows(), target)
        except CalamineError as problem:
            raise InvalidInput(
                f"{name} is no workbook that can be read ({problem}): {_ADVICE}"
            ) from None


def _only_sheet(book: CalamineWorkbook, name: str) -> CalamineSheet:
    sheets = [
        book.get_sheet_by_name(sheet.name)
        for sheet in book.sheets_metadata
        if sheet.typ == SheetTypeEnum.WorkSheet
    ]
    filled = [sheet for sheet in sheets if sheet.end is not None]
    if len(filled) != 1:
        found = ", ".join(sheet.name for sheet in filled) or "none"
        problem = f"{name} is a workbook, of which one sheet must have rows, and not {len(filled)}"
        raise InvalidInput(f"{problem} ({found}): {_ADVICE.replace('its', 'the right')}")
    return filled[0]


def _write_rows(rows: Iterable[list[Cell]], target: IO[bytes]) -> None:
    # The mark says that this is UTF-8, whatever is said of the file that it was in.
    text = io.TextIOWrapper(target, "utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text, delimiter="\t", lineterminator="\n")
    writer.writerows([_text(cell) for cell in row] for row in rows)
    text.detach()


def _text(cell: Cell) -> str:
    """A cell as a report has it, in one line: so the lines are those of the sheet."""
    if isinstance(cell, datetime):
        # Excel counts in fractions of a day, a second is not always a whole one.
        nearest = cell + min(timedelta(milliseconds=500), cell.max - cell)
        return nearest.replace(microsecond=0).isoformat(" ")
    if isinstance(cell, timedelta):
        return f"{round(cell.total_seconds())}s"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return " ".join(str(cell).splitlines())


def _copy_checked(archive: zipfile.ZipFile, name: str, target: IO[bytes]) -> None:
    """Pack the parts that are XML anew, so that nothing is read that was not looked at."""
    parts = [part for part in archive.infolist() if part.filename.endswith((".xml", ".rels"))]
    limit = min(MAX_UNPACKED, max(_SMALL, MAX_RATIO * sum(part.compress_size for part in parts)))
    if len({part.filename for part in parts}) < len(parts):
        raise InvalidInput(f"{name} is damaged, it has a part twice: {_ADVICE}")
    if any(part.compress_type not in USUAL_WAYS for part in parts):
        raise InvalidInput(f"{name} is packed in a rare way: {_ADVICE}")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as copy:
        for part in parts:
            limit -= part.file_size
            if limit < 0:
                raise InvalidInput(f"{name} unpacks to too much: {_ADVICE}")
            _copy_part(archive, part, copy, name)


def _copy_part(
    archive: zipfile.ZipFile, part: zipfile.ZipInfo, copy: zipfile.ZipFile, name: str
) -> None:
    extent = _Extent()
    try:
        with (
            archive.open(part) as source,
            copy.open(part.filename, "w", force_zip64=True) as target,
        ):
            for chunk in _chunks(source):
                extent.feed(chunk)
                target.write(chunk)
            extent.close()
    except (expat.ExpatError, LookupError, ValueError, RuntimeError) as problem:
        # LookupError: of an encoding that there is not; RuntimeError: zipfile wants a password.
        message = f"{name} is damaged, or locked with a password ({part.filename}: {problem})"
        raise InvalidInput(f"{message}: {_ADVICE}") from None
    if extent.cells > MAX_CELLS:
        message = f"{name} has a sheet with cells far apart, as if it had {extent.cells:,} of them"
        raise InvalidInput(f"{message}: delete the empty rows and columns, or {_ADVICE}")


def _chunks(source: IO[bytes]) -> Iterator[bytes]:
    while chunk := source.read(_CHUNK):
        yield chunk


class _Extent:
    """How far the cells of a sheet reach, counted from its XML."""

    def __init__(self) -> None:
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._start
        self._parser.StartDoctypeDeclHandler = self._refuse
        self._row = self._column = 0
        self._rows = self._columns = 0

    @property
    def cells(self) -> int:
        return self._rows * self._columns

    def feed(self, chunk: bytes) -> None:
        self._parser.Parse(chunk, False)

    def close(self) -> None:
        self._parser.Parse(b"", True)

    def _refuse(self, *_: object) -> None:
        message = "a workbook declares no document type"
        raise ValueError(message)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        kind = name.rpartition(":")[2]
        if kind == "row":
            self._begin_row(attributes.get("r", str(self._row + 1)))
        elif kind == "c":
            self._place(attributes.get("r", ""))
        self._rows = max(self._rows, self._row)
        self._columns = max(self._columns, self._column)

    def _begin_row(self, number: str) -> None:
        if not _ROW.fullmatch(number):
            message = f"{number[:20]} is no row"
            raise ValueError(message)
        self._row, self._column = int(number), 0

    def _place(self, reference: str) -> None:
        if not reference:
            self._column += 1
        elif found := _PLACE.fullmatch(reference.upper()):
            self._row, self._column = int(found[2]), _number(found[1])
        else:
            message = f"{reference[:20]} is no cell"
            raise ValueError(message)


def _number(letters: str) -> int:
    """The number of a column: A is 1, Z 26, AA 27."""
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - ord("A") + 1
    return number
