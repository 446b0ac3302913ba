"""Packed files and workbooks: what is in them, and bounds to what a small one can become."""

import csv
import errno
import gzip
import zipfile
from datetime import datetime, timedelta
from io import BytesIO, StringIO
from pathlib import Path

import pytest
import xlsxwriter  # type: ignore[import-untyped]
from hypothesis import given, settings
from hypothesis import strategies as st
from support.examples import examples

from rollbook.domain.errors import InvalidInput
from rollbook.sources.files import unpacking, workbooks
from rollbook.sources.files.unpacking import unpacked

CASES = Path(__file__).parents[2] / "fixtures" / "import" / "cases"
PACKED = {name: (CASES / name).read_bytes() for name in ("z.xlsx", "z.zip", "z.csv.gz")}


def content_of(packed: bytes, name: str = "f") -> tuple[bytes, str]:
    with unpacked(BytesIO(packed), name) as (stream, inner):
        return stream.read(), inner


def archive(*files: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = BytesIO()
    with zipfile.ZipFile(made, "w", method) as target:
        for name, content in files:
            target.writestr(name, content)
    return made.getvalue()


def workbook(*sheets: list[list[object]]) -> bytes:
    made = BytesIO()
    formats = {datetime: "yyyy-mm-dd hh:mm:ss", timedelta: "[h]:mm:ss"}
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        styles = {kind: book.add_format({"num_format": form}) for kind, form in formats.items()}
        for rows in sheets:
            sheet = book.add_worksheet()
            for number, row in enumerate(rows):
                for column, cell in enumerate(row):
                    sheet.write(number, column, cell, styles.get(type(cell)))
    return made.getvalue()


def repacked(book: bytes, part: str, change: tuple[bytes, bytes]) -> bytes:
    with zipfile.ZipFile(BytesIO(book)) as source:
        parts = [(name, source.read(name)) for name in source.namelist()]
    assert change[0] in dict(parts)[part]
    return archive(
        *((name, data.replace(*change) if name == part else data) for name, data in parts)
    )


def test_what_is_not_packed_stays_as_it_is() -> None:
    assert content_of(b"uid,roomId", "a.csv") == (b"uid,roomId", "a.csv")
    assert content_of(b"", "a.csv") == (b"", "a.csv")


def test_gzip_and_zip_give_the_file_in_them_and_its_name() -> None:
    assert content_of(gzip.compress(b"abc"), "a.jsonl.gz") == (b"abc", "a.jsonl")
    assert content_of(archive(("folder/a.csv", b"abc")), "a.zip") == (b"abc", "folder/a.csv")
    assert content_of(gzip.compress(archive(("a.csv", b"abc")))) == (b"abc", "a.csv")
    mac = archive(("folder/", b""), ("folder/a.csv", b"abc"), ("__MACOSX/folder/._a.csv", b"x"))
    assert content_of(mac) == (b"abc", "folder/a.csv")


def test_a_sheet_becomes_lines_of_text_one_for_each_row() -> None:
    rows: list[list[object]] = [
        [],
        ["name", "at", "for", "number", "rest"],
        [],
        ["two\nlines", datetime(2024, 3, 25, 14, 5, 59), timedelta(seconds=3603), 60245167821, 1.5],  # noqa: DTZ001 - a sheet knows no zones
        ['say "hi"\t;', True],
    ]
    text, name = content_of(workbook(rows, []), "a.xlsx")
    assert name == "a.xlsx"
    assert text.decode().splitlines() == [
        "\ufeff\t\t\t\t",
        "name\tat\tfor\tnumber\trest",
        "\t\t\t\t",
        "two lines\t2024-03-25 14:05:59\t3603s\t60245167821\t1.5",
        '"say ""hi""\t;"\tTrue\t\t\t',
    ]


@given(
    st.lists(
        st.lists(
            st.text(st.characters(categories=["L", "N", "P", "Zs"]), max_size=20).filter(
                lambda text: text == text.strip() and not text.startswith(("=", "{", "<"))
            ),
            min_size=1,
            max_size=5,
        ),
        min_size=1,
        max_size=5,
    )
)
@settings(max_examples=examples(25), deadline=None)
def test_every_text_of_a_sheet_is_read_as_it_was_written(rows: list[list[str]]) -> None:
    rows.insert(0, ["first"])
    made = BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                sheet.write_string(number, column, cell)
    text = content_of(made.getvalue())[0].decode("utf-8-sig")
    read = list(csv.reader(StringIO(text), delimiter="\t"))
    assert [[cell for cell in row if cell] for row in read[: len(rows)]] == [
        [cell for cell in row if cell] for row in rows
    ]


@pytest.mark.parametrize(
    ("packed", "told"),
    [
        (archive(("a.csv", b""), ("b.csv", b"")), "f has 2 files in it: unpack it, .* one by one"),
        (
            archive(("mimetype", b"x"), ("content.xml", b"")),
            "OpenDocument .*CSV UTF-8, or as .xlsx",
        ),
        (archive(("a", b"x"), method=zipfile.ZIP_BZIP2), "packed in a rare way: unpack it"),
        (gzip.compress(gzip.compress(gzip.compress(b"x"))), "several times: unpack it"),
        (gzip.compress(b"abc" * 100)[:-9], "damaged and cannot be unpacked"),
        (gzip.compress(b"abc" * 100)[:-4] + b"\0\0\0\1", "damaged and cannot be unpacked"),
        (archive(("a.csv", b"abc"))[:-30], "damaged and cannot be unpacked"),
        (workbook([]), "one sheet must have rows, and not 0 .none"),
        (workbook([["a"]], [["b"]]), "not 2 .Sheet1, Sheet2.: save the right sheet as CSV UTF-8"),
        (archive(("[Content_Types].xml", b"<a/>")), "no workbook that can be read"),
        (archive(("[Content_Types].xml", b"<a")), "damaged, or locked with a password"),
    ],
    # Without the bytes, which hold the time at which they were packed.
    ids=lambda value: value if isinstance(value, str) else "packed",
)
def test_what_cannot_be_unpacked_is_told_with_what_to_do(packed: bytes, told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        content_of(packed)


def damaged(packed: bytes, *changes: tuple[bytes, int, bytes]) -> bytes:
    """What is packed, other bytes so far behind where these first stand."""
    made = bytearray(packed)
    for mark, behind, octets in changes:
        place = made.index(mark) + behind
        made[place : place + len(octets)] = octets
    return bytes(made)


ZIP = archive(("a.csv", b"abc"))
BOOK = archive(("[Content_Types].xml", b"<a/>"), ("xl/a.xml", b"<a/>"))


@pytest.mark.parametrize(
    ("packed", "told"),
    [
        # A name that is said to be UTF-8 and is not.
        (damaged(ZIP, (b"PK\x01\x02", 9, b"\x08"), (b"PK\x01\x02", 46, b"\xff")), "damaged"),
        # A place before the beginning of the file.
        (damaged(ZIP, (b"PK\x05\x06", 16, b"\xff\xff\xff\x00")), "damaged"),
        (BOOK.replace(b"xl/a.xml", b"XL/A.xml", 1), "damaged"),
        (
            archive(("[Content_Types].xml", b"<a/>"), method=zipfile.ZIP_LZMA),
            "packed in a rare way: save its sheet as CSV",
        ),
        (
            archive(("[Content_Types].xml", b'<?xml version="1.0" encoding="A0"?><a/>')),
            "unknown encoding",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "packed",
)
@pytest.mark.parametrize("on_disk", [True, False])
def test_damage_is_told_whatever_library_finds_it(
    packed: bytes, told: str, on_disk: bool, tmp_path: Path
) -> None:
    (tmp_path / "f").write_bytes(packed)
    with (
        (tmp_path / "f").open("rb") as file,
        pytest.raises(InvalidInput, match=told),
        unpacked(file if on_disk else BytesIO(packed), "f") as (stream, _),
    ):
        stream.read()


def test_a_workbook_that_has_a_part_twice_is_not_read() -> None:
    parts = [("[Content_Types].xml", b"<a/>")] * 2
    with pytest.warns(UserWarning, match="Duplicate"):
        packed = archive(*parts)
    with pytest.raises(InvalidInput, match="has a part twice: save its sheet as CSV"):
        content_of(packed)


def test_trouble_with_the_disk_is_no_damage_of_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(unpacking, "_copy", full)
    with pytest.raises(OSError, match="No space"):
        content_of(ZIP)


def test_the_last_moment_of_the_calendar_is_a_date_of_a_sheet() -> None:
    text, _ = content_of(workbook([["a"], [datetime(9999, 12, 31, 23, 59, 59, 999_000)]]))  # noqa: DTZ001 - a sheet knows no zones
    assert text.decode().splitlines()[1] == "9999-12-31 23:59:59"


def test_a_zip_that_is_locked_is_told() -> None:
    packed = bytearray(archive(("a.csv", b"abc")))
    packed[packed.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(InvalidInput, match="locked with a password: unpack it"):
        content_of(bytes(packed))


@pytest.mark.parametrize("pack", [gzip.compress, lambda data: archive(("a.csv", data))])
def test_a_bomb_is_unpacked_to_a_bound_only(pack: object, monkeypatch: pytest.MonkeyPatch) -> None:
    assert callable(pack)
    regular = pack(b"\0" * 17 * 1024 * 1024)
    assert len(regular) * 200 < 17 * 1024 * 1024
    with pytest.raises(InvalidInput, match=r"f unpacks to more than 16 MiB: unpack it"):
        content_of(regular)
    monkeypatch.setattr(unpacking, "MAX_UNPACKED", 1024 * 1024)
    with pytest.raises(InvalidInput, match="f unpacks to more than 1 MiB: unpack it"):
        content_of(regular)


def test_a_workbook_that_is_a_bomb_is_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "MAX_UNPACKED", 2_000)
    with pytest.raises(InvalidInput, match="unpacks to too much: save its sheet as CSV UTF-8"):
        content_of(workbook([["a"]]))


def test_a_workbook_is_not_taken_at_its_word_about_its_size() -> None:
    book = bytearray(workbook([["a" * 5000]]))
    directory = book.index(b"PK\x01\x02")
    while b"xl/sharedStrings.xml" not in book[directory : directory + 70]:
        directory = book.index(b"PK\x01\x02", directory + 1)
    book[directory + 24 : directory + 28] = (100).to_bytes(4, "little")
    with pytest.raises(InvalidInput, match="damaged"):
        content_of(bytes(book))


@pytest.mark.parametrize(
    "change",
    [
        (b'<row r="2"', b'<row r="1048576"'),
        (b'<c r="B2"', b'<c r="XFD9999"'),
        (b'<c r="B2"', b'<c r="b9999999"'),
    ],
)
def test_cells_far_apart_need_no_room_between_them(change: tuple[bytes, bytes]) -> None:
    book = workbook([["a"] * 20, ["b"] * 20])
    with pytest.raises(
        InvalidInput, match=r"cells far apart, .*: delete the empty rows and columns"
    ):
        content_of(repacked(book, "xl/worksheets/sheet1.xml", change))


@pytest.mark.parametrize(
    "change",
    [
        (b'<c r="B2"', b'<c r="2B"'),
        (b'<row r="2"', b'<row r="two"'),
        (b'<row r="2"', b'<row r="' + b"9" * 4_290 + b'"'),
        (b"<worksheet", b"<!DOCTYPE a [<!ENTITY b 'c'>]><worksheet"),
    ],
)
def test_a_sheet_that_is_none_is_told(change: tuple[bytes, bytes]) -> None:
    book = workbook([["a"] * 20, ["b"] * 20])
    with pytest.raises(InvalidInput, match="damaged"):
        content_of(repacked(book, "xl/worksheets/sheet1.xml", change))


@given(
    st.sampled_from(sorted(PACKED)),
    st.lists(st.tuples(st.integers(0, 6000), st.integers(0, 255)), min_size=1, max_size=6),
    st.integers(0, 6000),
)
@settings(max_examples=examples(150), deadline=None)
def test_no_damage_makes_unpacking_fail(
    name: str, damage: list[tuple[int, int]], length: int
) -> None:
    packed = bytearray(PACKED[name])
    for place, byte in damage:
        packed[place % len(packed)] = byte
    for content in (packed, packed[:length]):
        try:
            content_of(bytes(content), name)
        except InvalidInput as problem:
            assert problem.message  # noqa: PT017 - either is right, and nothing else
