"""Archives and workbooks as people make them, damaged within and without."""

import gzip
import io
import re
import warnings
import zipfile
from datetime import datetime
from random import Random

from fuzz.files import File, content_of, decoded, name_of_any, options, said, samples, texts
from fuzz.odd import damaged
from xlsxwriter import Workbook  # type: ignore[import-untyped]  # it comes without types

_LONG_AGO = datetime(2026, 1, 1)  # noqa: DTZ001 - XlsxWriter knows no zones


def packed_file(chance: Random) -> File:
    """Archives and workbooks, damaged within and without."""
    name = name_of_any(chance)
    content = content_of(chance, name) if chance.random() < 0.5 else texts()[name]
    ways = {".gz": _gzipped, ".zip": _zipped, ".xlsx": _workbook}
    end = chance.choice(sorted(ways))
    packed = ways[end](chance, name, content)
    for _ in range(chance.choice((0, 0, 1, 2))):
        packed = damaged(chance, packed)
    return File(f"{name}{end}", packed, said(chance), options(chance))


def _gzipped(chance: Random, name: str, content: bytes) -> bytes:
    packed = gzip.compress(content, mtime=0)
    return chance.choice(
        (packed, packed + packed, packed + b"\0" * 9, gzip.compress(packed, mtime=0))
    )


def _zipped(chance: Random, name: str, content: bytes) -> bytes:
    names = (
        name,
        "\u00e9.csv",
        "../a.csv",
        "a/",
        "__MACOSX/a",
        "mimetype",
        "\x00.csv",
        "",
        "a" * 300,
    )
    ways = (zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
    entries = [(chance.choice(names) if chance.randint(0, 3) == 0 else name, content)]
    if chance.randint(0, 5) == 0:
        entries.append((chance.choice(names), chance.randbytes(20)))
    return _archive(
        entries, chance.choice(ways) if chance.randint(0, 3) == 0 else zipfile.ZIP_DEFLATED
    )


def _archive(entries: list[tuple[str, bytes]], way: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", way) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of two entries with one name, which is wanted here
        for name, content in entries:
            archive.writestr(zipfile.ZipInfo(name), content, way)
    return file.getvalue()


def _workbook(chance: Random, name: str, content: bytes) -> bytes:
    """A workbook of the table, its parts changed as XML and packed again."""
    book = samples()["z.xlsx"] if chance.random() < 0.5 else _book_of(content)
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        parts = [(entry.filename, archive.read(entry)) for entry in archive.infolist()]
    for _ in range(chance.randint(0, 4)):
        _change_part(chance, parts)
    return _archive(parts, chance.choice((*[zipfile.ZIP_DEFLATED] * 3, zipfile.ZIP_BZIP2)))


def _change_part(chance: Random, parts: list[tuple[str, bytes]]) -> None:
    sheets = [place for place, (part, _) in enumerate(parts) if "sheet" in part]
    place = chance.choice(sheets or [0]) if chance.random() < 0.4 else chance.randrange(len(parts))
    part, inside = parts[place]
    kind = chance.choice(("xml", "xml", "xml", "xml", "drop", "twice", "name", "octets"))
    if kind == "xml":
        parts[place] = (part, _xml(chance, inside))
    elif kind == "drop" and len(parts) > 1:
        del parts[place]
    elif kind == "twice":
        parts.append((part, inside))
    elif kind == "name":
        names = ("a.xml", part.upper(), "xl/\u00e9.xml", "/" + part, "[Content_Types].xml")
        parts[place] = (chance.choice(names), inside)
    else:
        parts[place] = (part, damaged(chance, inside))


def _book_of(content: bytes) -> bytes:
    text = decoded(content)
    delimiter = max(",;\t", key=text.count)
    rows = [line.split(delimiter) for line in text.splitlines()[:30]]
    file = io.BytesIO()
    book = Workbook(file, {"in_memory": True})
    book.set_properties({"created": _LONG_AGO})  # else no two of them are equal
    sheet = book.add_worksheet()
    for number, row in enumerate(rows):
        for column, cell in enumerate(row[:30]):
            sheet.write_string(number, column, cell[:30_000].encode("utf-8", "replace").decode())
    book.close()
    return file.getvalue()


_ATTRIBUTE = re.compile(rb'="([^"]*)"')
_BETWEEN = re.compile(rb">([^<]+)<")
_TAG = re.compile(rb"<[^>]*>")
_ODD_ATTRIBUTES = (
    b"",
    b"0",
    b"-1",
    b"1048577",
    b"9999999",
    b"4294967296",
    b"9" * 30,
    b"9" * 4299,
    b"9" * 5000,
    b"A1",
    b"XFD1048576",
    b"ZZZ9999999",
    b"A0",
    b"A1:XFD1048576",
    b"B2:A1",
    b"d",
    b"e",
    b"b",
    b"s",
    b"str",
    b"inlineStr",
    b"1e400",
    b"\xff",
    b"&#0;",
    b"&bad;",
    b"yyyy",
    b"[h]:mm:ss",
    b"\xc3\xa9",
)
_ODD_VALUES = (
    *_ODD_ATTRIBUTES,
    b"1e308",
    b"-1e308",
    b"NaN",
    b"2958465.99999999",
    b"2958466",
    b"-693594",
    b"-1000000",
    b"45000.123456789",
    b"9999-12-31T23:59:59.999",
    b"0000-00-00T00:00:00",
    b"PT1H",
    b"P9999999999Y",
    b"_x0000_",
    b"&#xD800;",
    b"]]>",
    b"a" * 40_000,
)


def _xml(chance: Random, content: bytes) -> bytes:
    """XML with another attribute, another text, a tag too many or too few."""
    kind = chance.choice(("attribute", "attribute", "value", "value", "tag", "head"))
    pattern = {"attribute": _ATTRIBUTE, "value": _BETWEEN, "tag": _TAG, "head": _TAG}[kind]
    found = list(pattern.finditer(content))
    if not found:
        return content
    hit = found[chance.randint(0, len(found) - 1)]
    if kind in ("attribute", "value"):
        odd = chance.choice(_ODD_ATTRIBUTES if kind == "attribute" else _ODD_VALUES)
        return content[: hit.start(1)] + odd + content[hit.end(1) :]
    if kind == "tag":
        times = chance.choice((0, 2, 50))
        return content[: hit.start()] + hit[0] * times + content[hit.end() :]
    head = chance.choice(
        (b'<!DOCTYPE a [<!ENTITY b "c">]>', b"<!--", b"<![CDATA[", b"<?xml?>", b"\0")
    )
    return content[: hit.end()] + head + content[hit.end() :]
