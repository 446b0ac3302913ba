"""Bodies that break a rule, each with the field that its refusal must name."""

import json
import random
from collections.abc import Iterator
from typing import Any

Malformed = tuple[bytes, str]

GOOD: dict[str, Any] = {
    "uid": "student-123",
    "roomId": "math-101",
    "startDate": "2024-01-15",
    "endDate": "2024-01-20",
    "page": 1,
    "limit": 10,
    "export": "json",
    "timezone": "Europe/Paris",
    "csv": {"delimiter": ";", "bom": True},
}
FIELDS = tuple(GOOD)

_NO_TEXT: tuple[Any, ...] = (
    True,
    False,
    0,
    1,
    -1,
    1.5,
    10**30,
    [],
    ["x"],
    [None],
    {},
    {"uid": "x"},
)
_NO_NUMBER: tuple[Any, ...] = (True, False, "1", "ten", 1.5, -0.5, [], [1], {}, {"value": 1})
_NO_ID = (" ", "\t\n", "\u3000", "x" * 257, "ä" * 300, "a\0b", "\0")
_NO_DATE = (
    " ",
    "today",
    "2024",
    "2024-1-5",
    "2024-02-30",
    "2023-02-29",
    "2024-13-01",
    "2024-00-10",
    "0000-01-01",
    "10000-01-01",
    "+002024-01-15",
    "-2024-01-15",
    "2024-W03-1",
    "2024-015",
    "20240115",
    "15.01.2024",
    "01/15/2024",
    "\uff12\uff10\uff12\uff14-01-15",
    "2024-01-15 ",
    " 2024-01-15",
    "2024-01-15\n",
    "2024-01-15\0",
    "2024-01-15T",
    "2024-01-15T25:00:00Z",
    "2024-01-15T10:61:00Z",
    "2024-01-15T10:00:00+25:00",
    "2024-01-15T10:00:00Europe/Paris",
    "2024-01-15'; DROP TABLE session; --",
    "x" * 10_000,
)
_NO_ZONE = (
    " ",
    "../../etc/passwd",
    "/etc/localtime",
    "Europe/../Europe/Paris",
    "Europe",
    "Europe/Paris\0",
    "Europe/Paris ",
    "europe/paris",
    "Mars/Olympus",
    "+01:00",
    "UTC+1",
    "posixrules",
    "Europe\\Paris",
    "x" * 5000,
    "é" * 300,
)

_WRONG_VALUES: dict[str, tuple[Any, ...]] = {
    "uid": (*_NO_TEXT, *_NO_ID, "", None),
    "roomId": (*_NO_TEXT, *_NO_ID),
    "startDate": (*_NO_TEXT, *_NO_DATE, "", "9999-12-31"),
    "endDate": (*_NO_TEXT, *_NO_DATE, "2024-01-14", "0001-01-01"),
    "page": (*_NO_NUMBER, 0, -1, -(10**30)),
    "limit": (*_NO_NUMBER, 0, -1, 11, 10**6, 10**30, 1e300),
    "export": (*_NO_TEXT, "xml", "CSV", "Json", " csv", "csv\0", "x" * 1000),
    "timezone": (*_NO_TEXT, *_NO_ZONE),
    "csv": (
        *(value for value in _NO_TEXT if not isinstance(value, dict)),
        "semicolon",
        {"delimiter": "|"},
        {"delimiter": ",,"},
        {"delimiter": 1},
        {"delimiter": [","]},
        {"delimiter": {}},
        {"bom": 1},
        {"bom": "true"},
        {"bom": []},
    ),
}
# A start after the end is told as the end's fault.
_NAMED_INSTEAD = {("startDate", "9999-12-31"): "endDate"}

_NO_JSON = (
    b"",
    b" ",
    b"{",
    b"}",
    b"{}{}",
    b"{'uid': 'x'}",
    b"{uid: 1}",
    b'{"uid": "x",}',
    b'{"uid": }',
    b'{"uid": "x"',
    b'{"uid": "x}',
    b'{"uid": NaN}',
    b'{"uid": "x", "page": NaN}',
    b'{"uid": "x", "page": Infinity}',
    b'{"uid": "x", "page": -Infinity}',
    b'{"uid": "x", "page": 01}',
    b'{"uid": "x", "page": +1}',
    b'{"uid": "x", "page": 0x10}',
    b'{"uid": "x", "page": 1e99999}',
    b'{"uid": "x", "page": 1.}',
    b'{"uid": "\x00"}',
    b'{"uid": "\n"}',
    b'{"uid": "\xff\xfe"}',
    b'{"uid": "\xc3"}',
    b'{"uid": "\xed\xa0\x80"}',
    b'{"uid": "\xf4\x90\x80\x80"}',
    b'{"\xff": 1, "uid": "x"}',
    b'{"uid": "\\ud800"}',
    b'{"uid": "\\udc00\\ud800"}',
    b'{"uid": "\\u12"}',
    b'{"uid": "\\x41"}',
    b"\xef\xbb\xbf{}",
    '{"uid": "x"}'.encode("utf-16"),
    '{"uid": "x"}'.encode("utf-32"),
    b"uid=student-123",
    b"<uid>student-123</uid>",
    b"\x1f\x8b\x08\x00",
    b"\x00" * 100,
    b"[" * 30_000,
    b'{"uid":' * 8_000,
    b'{"uid": ' + b"[" * 20_000 + b"]" * 20_000 + b"}",
    b'{"x": ' + b'{"x": ' * 8_000 + b"1" + b"}" * 8_001,
    b"null",
    b"true",
    b"0",
    b"-1.5",
    b'"student-123"',
    b"[]",
    b'[{"uid": "student-123"}]',
    b"9" * 60_000,
)


def chances(seed: int) -> random.Random:
    """The same again with every run, so that what failed once can be looked at."""
    return random.Random(seed)  # noqa: S311 - for tests, not for secrets


def wrong_bodies() -> Iterator[Malformed]:
    """No JSON object at all; and for every field every wrong value, the others being right."""
    for body in _NO_JSON:
        yield body, "body"
    for field, values in _WRONG_VALUES.items():
        for value in values:
            named = _NAMED_INSTEAD.get((field, str(value)), field)
            yield json.dumps({**GOOD, field: value}).encode(), named
    without_start = {name: value for name, value in GOOD.items() if name != "startDate"}
    yield json.dumps(without_start).encode(), "startDate"


def mixed_bodies(count: int, seed: int) -> Iterator[bytes]:
    """Several fields wrong at once, some missing, some more that nobody knows."""
    chance = chances(seed)
    for _ in range(count):
        body = {name: value for name, value in GOOD.items() if chance.random() < 0.7}
        for field in chance.sample(FIELDS, chance.randint(1, 4)):
            body[field] = chance.choice(_WRONG_VALUES[chance.choice(FIELDS)])
        body[chance.choice(("x", "__proto__", "orgId", "\u0000", "uid "))] = chance.choice(_NO_TEXT)
        yield json.dumps(body).encode()


def broken_bodies(count: int, seed: int) -> Iterator[bytes]:
    """A right body with some of its bytes changed, doubled or cut."""
    chance = chances(seed)
    right = json.dumps(GOOD).encode()
    for _ in range(count):
        broken = bytearray(right)
        for _ in range(chance.randint(1, 6)):
            at = chance.randrange(len(broken))
            match chance.randrange(4):
                case 0:
                    broken[at] = chance.randrange(256)
                case 1:
                    broken[at:at] = broken[at : at + chance.randrange(20)]
                case 2:
                    del broken[at : at + chance.randrange(1, 5)]
                case _:
                    broken[at:at] = chance.choice((b'"', b"{", b"[", b"\\", b"\x00", b"\xf0"))
        yield bytes(broken)
