"""Values that programs stumble over, and events that have them in the place of what they had."""

import copy
import json
from random import Random
from typing import Any

TEXTS = (
    "",
    " ",
    "\0",
    "a\0b",
    "\ud800",
    "\udfff\ud800",
    "\ufeff",
    "\ufffe\uffff",
    "\x01\x1f\x7f\x85",
    "\u2028\u2029\u202e",
    "e\u0301" * 50,
    "\N{LATIN SMALL LETTER SHARP S}\u0130\u0131",
    "x" * 257,
    "x" * 1001,
    "\U0001f600" * 1000,
    "9" * 5000,
    "=1+1",
    "+49 30 1234",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r\n",
    "'=1",
    '"',
    '","',
    "a;b,c\td|e",
    "<r></r>",
    "<script>alert(1)</script>",
    "]]>&amp;",
    "_x000D_",
    "{{7*7}}",
    "../../etc/passwd",
    "%s%n%00",
    "a.b.c.d.e.f",
    "true",
    "null",
    "NaN",
    "1e999",
    '{"role": "teacher"}',
    '{"a": {"a": {"a": 1}}}',
    '{"ipAddress": "10.0.0.1", "title": "\\u0000"}',
    "{",
    "[" * 2000,
    '{"a":' * 2000,
    '["' + "[" * 3000 + '"]',
    "?token=" + "a" * 3000,
    "://" * 2000,
    "rtmp://" + "a" * 3000,
    "&a=b" * 2000,
)
MOMENTS = (
    "0001-01-01T00:00:00Z",
    "0000-00-00T00:00:00Z",
    "1969-12-31T23:59:59.999Z",
    "1970-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59.999999999Z",
    "9999-12-31T23:59:60-12:00",
    "2016-12-31T23:59:60Z",
    "2024-02-30T10:00:00Z",
    "2024-06-01T24:00:00Z",
    "2024-06-01T10:00:00",
    "2024-06-01T10:00:00+25:00",
    "2024-06-01T10:00:00+05:30:15.5",
    "2024-W10-1T10:00:00Z",
    "2024-06-01T10:00:00.\u0661Z",
    "\u0662\u0660\u0662\u0664-06-01T10:00:00Z",
    "2026-11-23T09:00:01.342Z",
    "1795424401342",
    "1795424401",
    "1795424401342000000",
    "-1795424401",
    "0",
    "1e12",
)
ADDRESSES = (
    "203.0.113.57",
    "::ffff:203.0.113.57",
    "fe80::1%eth0",
    "fe80::1%",
    "2001:db8::1%\0",
    "1.2.3.4%=1+1",
    "256.1.1.1",
    "01.02.03.04",
    "1.2.3",
    "203.0.113.57:443",
    "[::1]",
    "\u0661.1.1.1",
    "::" + "1" * 500,
)
NUMBERS: tuple[Any, ...] = (
    0,
    -1,
    1,
    10**11,
    10**14,
    10**18,
    2**31,
    2**53 + 1,
    2**63,
    -(2**63) - 1,
    10**400,
    -(10**400),
    1e308,
    -1e308,
    5e-324,
    float("nan"),
    float("inf"),
    -0.0,
    1795424401.342,
)

# What `json` writes of no value, put in afterwards in the place of a text.
_LITERALS = {
    f"@literal {number}@": literal
    for number, literal in enumerate(
        (
            "1e999",
            "-1E400",
            "-0",
            "9" * 4300,
            "9" * 5000,
            "0." + "1" * 5000,
            "[" * 900 + "]" * 900,
            '{"a":' * 900 + "1" + "}" * 900,
            "[" * 20_000,
            '{"a":1,"a":2}',
            '"\\ud800\\udc00\\ud800"',
            '"\\u0000"',
            "1 2",
            "'a'",
            "01",
            "undefined",
        )
    )
}
_LITERAL_MARKS = tuple(_LITERALS)
_KEYS = ("role", "id", "name")


def any_text(chance: Random) -> str:
    """A text of those above, or of any code points, lone surrogates and NUL included."""
    kind = chance.random()
    if kind < 0.7:
        return chance.choice(chance.choice((TEXTS, MOMENTS, ADDRESSES)))
    return "".join(chr(_code(chance)) for _ in range(chance.randint(0, 12)))


def _code(chance: Random) -> int:
    return chance.randrange(0x110000) if chance.random() < 0.3 else chance.randrange(0x300)


def any_leaf(chance: Random) -> Any:
    """A value of JSON without parts."""
    kind = chance.randrange(8)
    if kind < 3:
        return any_text(chance)
    if kind < 5:
        return chance.choice(NUMBERS)
    if kind == 5:
        return chance.choice((None, True, False))
    if kind == 6:
        return chance.choice(_LITERAL_MARKS)
    return chance.choice((chance.randint(-(2**70), 2**70), chance.uniform(-1e15, 1e15)))


def any_value(chance: Random) -> Any:
    """A value of JSON."""
    kind = chance.randrange(4)
    if kind == 0:
        return [any_leaf(chance) for _ in range(chance.randint(0, 3))]
    if kind == 1:
        keys = (chance.choice((any_text(chance), *_KEYS)) for _ in range(chance.randint(0, 3)))
        return {key: any_leaf(chance) for key in keys}
    return any_leaf(chance)


def changed(chance: Random, event: Any, most: int = 5) -> Any:
    """An event in which some things are others, gone, doubled or of other types."""
    told = copy.deepcopy(event)
    for _ in range(chance.randint(1, most)):
        places = [place for place in _places(told) if place]
        if not places:
            return any_value(chance)
        _change(chance, told, chance.choice(places), places)
    return told


def written(event: Any, *, ascii_only: bool = True) -> str:
    """JSON as others may write it; what no `json` would write is put in here."""
    text = json.dumps(event, ensure_ascii=ascii_only)
    if "@literal" in text:
        for marker, literal in _LITERALS.items():
            text = text.replace(f'"{marker}"', literal)
    return text


def damaged(chance: Random, content: bytes) -> bytes:
    """Bytes as lines and disks change them, and programs that write otherwise than they say."""
    kind = chance.choice(("cut", "flip", "insert", "twice", "mark", "recode", "take"))
    start, stop = sorted(chance.randint(0, len(content)) for _ in range(2))
    noise = chance.choice((chance.randbytes(chance.randint(0, 8)), chance.choice(_NOISE)))
    if kind == "flip" and content:
        place = min(start, len(content) - 1)
        return (
            content[:place]
            + bytes([content[place] ^ (1 << chance.randint(0, 7))])
            + content[place + 1 :]
        )
    if kind == "recode":
        into = chance.choice(("utf-16", "utf-16-le", "utf-32", "cp1252", "utf-8-sig"))
        return content.decode("utf-8", "replace").encode(into, "replace")
    return {
        "cut": content[:start],
        "flip": content,
        "insert": content[:start] + noise + content[start:],
        "twice": content + content[start:stop] + content,
        "mark": b"\xef\xbb\xbf" + content,
        "take": content[:start] + noise + content[stop:],
    }[kind]


_NOISE = (b"\0", b"\xff\xfe", b"\r", b"\n\n", b'"', b"\x1f\x8b", b"\xed\xa0\x80", b"}" * 50)


def _places(thing: Any, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [place]
    for key, member in _members(thing):
        found += _places(member, (*place, key))
    return found


def _members(thing: Any) -> list[tuple[Any, Any]]:
    if isinstance(thing, dict):
        return list(thing.items())
    return list(enumerate(thing)) if isinstance(thing, list) else []


def _change(chance: Random, event: Any, place: tuple[Any, ...], others: Any) -> None:
    parent = _at(event, place[:-1])
    key, value = place[-1], parent[place[-1]]
    kind = chance.choice(("put", "put", "put", "drop", "other", "wrap", "name", "inside"))
    if kind == "drop":
        del parent[key]
    elif kind == "other":
        parent[key] = copy.deepcopy(_at(event, chance.choice(others)))
    elif kind == "wrap":
        parent[key] = chance.choice(([value], {str(key): value}, [[value], value]))
    elif kind == "name" and isinstance(parent, dict):
        parent[any_text(chance)] = parent.pop(key)
    elif kind == "inside" and isinstance(value, dict | list):
        # What applications put into fields that are their own is mostly JSON.
        parent[key] = json.dumps(value)
    elif kind == "inside" and isinstance(value, int):
        parent[key] = str(value) if abs(value) < 10**400 else "9" * 400
    else:
        parent[key] = any_value(chance)


def _at(event: Any, place: tuple[Any, ...]) -> Any:
    for key in place:
        event = event[key]
    return event
