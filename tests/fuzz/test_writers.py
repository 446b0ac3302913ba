"""Writers: a spreadsheet finds in a CSV and in a workbook what was written, and none of it runs."""

import csv
import io
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from fuzz.cells import unescaped
from fuzz.hunt import Hunt
from fuzz.odd import any_text
from openpyxl import load_workbook

from rollbook.domain import fields
from rollbook.domain.csv_cells import DELIMITERS, CsvForm, disarmed
from rollbook.domain.instants import to_datetime
from rollbook.domain.redaction import clean
from rollbook.domain.table import Column, Heading, Kind, Table, Value
from rollbook.formats.csv_lines import csv_chunks
from rollbook.formats.xlsx import workbook_chunks

_ZONES = ("UTC", "Pacific/Apia", "America/St_Johns", "Asia/Kathmandu", "Africa/Monrovia")
_FIRST_OF_EXCEL = datetime(1900, 3, 1)  # noqa: DTZ001 - Excel knows no zones


@dataclass(frozen=True)
class Written:
    """A table, and how it is to be written."""

    headings: tuple[str, ...]
    kinds: tuple[Kind, ...]
    rows: tuple[tuple[Value, ...], ...]
    form: CsvForm
    zone: str

    def table(self) -> Table:
        """The table, whose rows are read once."""
        headings = [Heading(f"Line {number}", [text]) for number, text in enumerate(self.headings)]
        columns = [Column(f"Column {number}", kind) for number, kind in enumerate(self.kinds)]
        return Table("Sessions", headings, columns, iter(self.rows))


def _written(chance: Random) -> Written:
    kinds = (Kind.TEXT, *chance.choices(list(Kind), k=chance.randint(1, 5)))
    return Written(
        tuple(_text(chance) for _ in range(chance.randint(0, 2))),
        kinds,
        tuple(tuple(_value(chance, kind) for kind in kinds) for _ in range(chance.randint(0, 8))),
        CsvForm(chance.choice(sorted(DELIMITERS)), chance.random() < 0.5),
        chance.choice(_ZONES),
    )


def _text(chance: Random) -> str:
    """What a ledger can hold: no NUL, and no half of a character."""
    return clean(any_text(chance))[: fields.MAX_LABEL_LENGTH]


def _value(chance: Random, kind: Kind) -> Value:
    if chance.random() < 0.2:
        return None
    if kind is Kind.NUMBER:
        return chance.choice((0, -1, 2**31, 10**12, chance.randint(-(10**6), 10**6)))
    if kind is Kind.INSTANT:
        return chance.choice((0, fields.END_OF_TIME - 1, chance.randrange(fields.END_OF_TIME)))
    return _text(chance)


def test_csv_files(hunt: Hunt) -> None:
    hunt.through(_written, csv_is_read)


def csv_is_read(written: Written) -> None:
    text = "".join(csv_chunks(written.table(), written.form))
    text.encode()
    lines = io.StringIO(text.removeprefix("\ufeff"), newline="")
    rows = list(csv.reader(lines, delimiter=written.form.delimiter, strict=True))
    head = len(written.headings) + 2
    assert len(rows) == head + len(written.rows)
    assert [row[1] for row in rows[1 : head - 1]] == [disarmed(one) for one in written.headings]
    for row, values in zip(rows[head:], written.rows, strict=True):
        assert len(row) == len(values)
        for cell, kind, value in zip(row, written.kinds, values, strict=True):
            if kind in (Kind.TEXT, Kind.TITLE):
                assert cell == disarmed(str(value or ""))
                assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))


def test_workbooks(hunt: Hunt) -> None:
    hunt.through(_written, workbook_is_read, few=50)


def workbook_is_read(written: Written) -> None:
    zone = ZoneInfo(written.zone)
    content = b"".join(workbook_chunks([written.table()], zone))
    sheet = load_workbook(io.BytesIO(content))["Sessions"]
    rows = list(sheet.iter_rows())
    head = len(written.headings) + 1
    for cells, values in zip(rows[head:], written.rows, strict=False):
        for cell, kind, value in zip(cells, written.kinds, values, strict=False):
            assert cell.data_type in ("s", "n", "d")
            assert cell.hyperlink is None
            if kind in (Kind.TEXT, Kind.TITLE):
                assert unescaped(cell.value) == str(value or "")
            elif kind is Kind.NUMBER:
                assert cell.value == value
            elif value is not None:
                _is_the_wall_clock(cell.value, to_datetime(int(value)).astimezone(zone))


def _is_the_wall_clock(shown: object, expected: datetime) -> None:
    plain = expected.replace(tzinfo=None)
    assert isinstance(shown, datetime), shown
    if plain > _FIRST_OF_EXCEL:
        assert abs(shown - plain) <= timedelta(milliseconds=1)
