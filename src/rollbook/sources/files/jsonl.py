"""Reads JSON Lines: one session per line, in Rollbook's own field names."""

from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from rollbook.domain.errors import InvalidInput
from rollbook.sources.files.rows import (
    MAX_RAW,
    ImportedSession,
    ImportRow,
    ReadOptions,
    RejectedRow,
    SessionFields,
    checked_session,
    rejected,
)
from rollbook.sources.files.text import is_cut, numbered_lines, utf8

_decode = msgspec.json.Decoder(SessionFields).decode
_NAMES = SessionFields.__struct_encode_fields__


def read_jsonl(stream: BinaryIO, options: ReadOptions) -> Iterator[ImportRow]:
    """Each line as a session or a reject; blank lines are passed over.

    Of the options only the encoding counts: here every line names its room and its offsets.
    """
    source = utf8(stream, options.encoding)
    for number, line in numbered_lines(source):
        if not line.isspace():
            yield row_of(number, line, source.encoding)


def recognizes(text: str) -> bool:
    """Whether a file that begins like this is JSON Lines."""
    return text.lstrip().startswith("{")


def row_of(number: int, line: bytes, encoding: str) -> ImportedSession | RejectedRow:
    """The session that this JSON object tells of, or a reject."""
    try:
        return checked_session(number, _fields(line, encoding))
    except InvalidInput as problem:
        return rejected(number, problem.message, line[: 4 * MAX_RAW].decode(errors="replace"))


def _fields(line: bytes, encoding: str) -> SessionFields:
    if is_cut(line):
        raise InvalidInput("line must be at most 1 MiB long")
    try:
        # Decoded here, since msgspec looks at no text that it has no field for.
        return _decode(line.decode())
    except UnicodeDecodeError:
        raise InvalidInput(f"line must be valid {encoding} text") from None
    except msgspec.ValidationError:
        raise InvalidInput(_wrong_type(line)) from None
    except (msgspec.DecodeError, RecursionError) as problem:
        raise InvalidInput(f"line must be a JSON object: {problem}") from None


def _wrong_type(line: bytes) -> str:
    try:
        value = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        return f"line must be a JSON object: {problem}"
    if not isinstance(value, dict):
        return "line must be a JSON object"
    wrong = [name for name in _NAMES if not isinstance(value.get(name), str | None)]
    return f"{wrong[0]} must be a string"
