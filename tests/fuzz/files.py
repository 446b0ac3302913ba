"""Files as people import them, and as they come out of hands, spreadsheets and mail programs."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from fuzz.odd import ADDRESSES, MOMENTS, NUMBERS, TEXTS, any_text, changed, damaged, written

from rollbook.domain.instants import from_text
from rollbook.sources.files import FORMATS
from rollbook.sources.files.date_orders import ORDERS
from rollbook.sources.files.rows import ReadOptions

FIXTURES = Path(__file__).parents[1] / "fixtures" / "import"
NOW = from_text("2026-11-25T12:00:00Z")

_ENCODINGS = ("utf-8-sig", "utf-16", "utf-16-be", "utf-32", "cp1252", "shift_jis", "iso2022_jp")
_QUOTES = ('"', "", '" ')
_LINE_ENDS = ("\n", "\r\n", "\r", "\n\r", "\n\n", "\u2028", "\x0b", "\x85")
_CELLS: tuple[Sequence[str], ...] = (
    TEXTS,
    MOMENTS,
    ADDRESSES,
    [str(number) for number in NUMBERS],
    (
        "04/05/2024 10:00:00 AM",
        "31.12.9999 23:59:59",
        "1/1/1 0:00",
        "9999/12/31 23:59:59",
        "0000/00/00 00:00:00",
        "Feb 30, 2024 10:00:00",
        "3/10/24, 2:30:00 AM",
        "2565/1/1 10:00",
        "\u0661/\u0662/\u0662\u0660\u0662\u0664 10:00:00 AM",
        "12/31/9999 11:59:59 PM",
    ),
    (
        "",
        "9" * 5000 + "h",
        "99999999999999h 1m",
        "999999 mins",
        "-5m",
        "1h 2m 3s 4h",
        "\u0663h",
        "999:59:59",
    ),
    (
        "1E+10",
        "--",
        "sep=;",
        'sep="',
        "sep=\r",
        '"',
        '""',
        '"a\n',
        "a" * 140_000,
    ),
)


@dataclass(frozen=True)
class File:
    """A file, what it is called, in which format it is said to be, and what is said of it."""

    name: str
    content: bytes
    form: str | None
    options: ReadOptions

    @property
    def kind(self) -> str:
        return self.name


@cache
def samples() -> dict[str, bytes]:
    """Files as platforms export them, and as people save them again."""
    return {file.name: file.read_bytes() for file in sorted(FIXTURES.rglob("*.*"))}


def name_of_any(chance: Random) -> str:
    return chance.choice(_names())


@cache
def _names() -> list[str]:
    """Half of the times a file with all that its platform tells, and not one that shows a lack."""
    whole = [file.name for file in FIXTURES.iterdir() if file.is_file()]
    return sorted(whole) * (len(texts()) // len(whole)) + sorted(texts())


@cache
def texts() -> dict[str, bytes]:
    packed = (".zip", ".gz", ".xlsx")
    return {name: content for name, content in samples().items() if not name.endswith(packed)}


def text_file(chance: Random) -> File:
    """A text of any format, changed by its lines and cells or by its values."""
    name = name_of_any(chance)
    return File(name, content_of(chance, name), said(chance), options(chance))


def said(chance: Random) -> str | None:
    return chance.choice(sorted(FORMATS)) if chance.random() < 0.25 else None


def options(chance: Random) -> ReadOptions:
    return ReadOptions(
        time_zone=chance.choice(("UTC", "Europe/Paris", "Pacific/Apia", "Asia/Kathmandu")),
        room_id=chance.choice((None, None, "room", "x" * 300, "\0")),
        room_title=chance.choice((None, "=1+1")),
        date_order=chance.choice((None, None, None, *ORDERS)),
        encoding=chance.choice((*[None] * 6, "cp1252", "shift_jis", "utf-16", "iso2022_jp", "hz")),
        now=chance.choice((None, NOW)),
    )


def _cell(chance: Random) -> str:
    return chance.choice((any_text(chance), chance.choice(chance.choice(_CELLS))))


def content_of(chance: Random, name: str) -> bytes:
    """What such a file may have become on its way."""
    content = texts()[name]
    if name.endswith((".json", ".jsonl")) and chance.random() < 0.5:
        content = _json(chance, content)
    else:
        content = _table(chance, content)
    for _ in range(chance.choice((0, 0, 0, 1, 2))):
        content = damaged(chance, content)
    return content


def _json(chance: Random, content: bytes) -> bytes:
    """Values of sessions and answers, changed as events are."""
    lines = [line for line in content.decode("utf-8", "replace").splitlines() if line.strip()]
    told = [one for one in map(_read, lines) if one is not None] or [_read("\n".join(lines)) or {}]
    rows = [
        written(changed(chance, chance.choice([*told, *_ANSWERS])))
        for _ in range(chance.randint(1, 4))
    ]
    sign = chance.choice(("\n", "\r\n", "", ",", "\n\n"))
    text = sign.join(rows)
    return (f"[{text}]" if chance.random() < 0.5 else text).encode("utf-8", "surrogatepass")


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


_SESSION = {
    "joinedAt": "2024-01-15T09:05:30.000Z",
    "leftAt": "2024-01-15T10:05:30.000Z",
    "duration": 3600,
    "ipAddress": "203.0.113.9",
    "isActive": False,
    "creditsUsed": 60,
}
_ANSWERS = [
    {
        "success": True,
        "data": {
            "participant": {"uid": "student-123", "name": "Jane", "role": "STUDENT"},
            "roomGroups": [
                {"roomId": "math", "roomTitle": "Maths", "sessionCount": 1, "sessions": [_SESSION]}
            ],
            "pagination": {"page": 1, "limit": 10, "hasMore": False},
        },
    },
    {
        "success": True,
        "data": {
            "participant": {"uid": "student-123", "name": "Jane", "role": "STUDENT"},
            "room": {"roomId": "math", "roomTitle": "Maths"},
            "sessions": [_SESSION, _SESSION],
            "pagination": {"page": 2, "limit": 10, "hasMore": True},
        },
    },
]


def _table(chance: Random, content: bytes) -> bytes:
    """Lines and cells: others, gone, doubled, in other places, and quoted in other ways."""
    text = decoded(content)
    delimiter = max(",;\t", key=text.count)
    rows = [line.split(delimiter) for line in text.splitlines()] or [[""]]
    for _ in range(chance.randint(1, 6)):
        _change(chance, rows)
    mark = chance.choice((delimiter, delimiter, delimiter, ",", ";", "\t", "|"))
    ends = chance.choices(_LINE_ENDS, weights=(8, 8, 2, 1, 1, 1, 1, 1), k=chance.randint(1, 3))
    head = chance.choice(
        ("", "", "", f"sep={mark}\n", '"sep=;"\r\n', 'sep="\n', "sep=\r\n", "\n\n")
    )
    lines = (f"{mark.join(row)}{ends[place % len(ends)]}" for place, row in enumerate(rows))
    told = head + "".join(lines)
    encoding = chance.choice(("utf-8",) * 6 + _ENCODINGS)
    if encoding == "utf-8":
        return told.encode("utf-8", "surrogatepass")
    return told.encode(encoding, "replace")


def decoded(content: bytes) -> str:
    marked = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    return content.decode("utf-16" if marked else "utf-8-sig", "replace")


def _change(chance: Random, rows: list[list[str]]) -> None:
    place = chance.randint(0, len(rows) - 1)
    row = rows[place]
    cell = chance.randint(0, max(0, len(row) - 1))
    kind = chance.choice(
        ("cell", "cell", "cell", "quote", "drop", "twice", "swap", "short", "long")
    )
    if kind == "cell" and row:
        row[cell] = _cell(chance)
    elif kind == "quote" and row:
        inside = row[cell].replace('"', chance.choice(('""', '"')))
        row[cell] = f'"{inside}{chance.choice(_QUOTES)}'
    elif kind == "drop" and len(rows) > 1:
        del rows[place]
    elif kind == "twice":
        rows.insert(chance.randint(0, len(rows)), list(row))
    elif kind == "swap":
        other = chance.randint(0, len(rows) - 1)
        rows[place], rows[other] = rows[other], rows[place]
    elif kind == "short":
        del row[cell:]
    else:
        row.extend([_cell(chance)] * chance.randint(1, 3))
