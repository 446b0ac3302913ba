"""Reads sessions as one JSON text: an array of them, or a single one over several lines."""

import re
from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from rollbook.domain.errors import InvalidInput
from rollbook.sources.files.jsonl import row_of
from rollbook.sources.files.rows import ImportRow, ReadOptions
from rollbook.sources.files.text import utf8

MAX_BYTES = 64 * 1024 * 1024
"""Longest file that is read: JSON has its end at its end, so the whole of it is in memory."""

_array = msgspec.json.Decoder(list[msgspec.Raw])
_object = msgspec.json.Decoder(dict[str, msgspec.Raw])
_BEGINS = re.compile(r"\s*(?:\[\s*(?:\{|\]|$)|\{(?:[^\n]*,)?[ \t\r]*\n)")


def read_json(stream: BinaryIO, options: ReadOptions) -> Iterator[ImportRow]:
    """Each object as a session or a reject, with the line on which it begins.

    Raises InvalidInput where the file is no JSON: nothing of one that is cut off is imported. Of the
    options only the encoding counts: here every session names its room and its offsets.
    """
    source = utf8(stream, options.encoding)
    content = source.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        limit = f"{MAX_BYTES // (1024 * 1024)} MiB"
        raise InvalidInput(f"a JSON array must be at most {limit}: put one session on each line")
    place, line = 0, 1
    for item in _items(content):
        begins = content.index(item, place)
        line += content.count(b"\n", place, begins)
        yield row_of(line, item, source.encoding)
        line += item.count(b"\n")
        place = begins + len(item)


def recognizes(text: str) -> bool:
    """Whether a file that begins like this is an array of objects, or an object in several lines."""
    return _BEGINS.match(text) is not None


def _items(content: bytes) -> list[bytes]:
    try:
        if content.lstrip().startswith(b"["):
            return [bytes(item) for item in _array.decode(content)]
        _object.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        message = f"the file must be a JSON array of sessions, or have one session on each line: {problem}"
        raise InvalidInput(message) from None
    return [content.strip()]
