"""Files as lines of UTF-8, whatever Unicode encoding they came in, in bounded memory."""

import codecs
import io
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, BinaryIO, TypeVar

from rollbook.domain.errors import InvalidInput

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MAX_LINE = 1024 * 1024
"""Longest line that is read whole, in bytes of UTF-8, its end not counted."""

_CHUNK = 64 * 1024
_Row = TypeVar("_Row")
# Without a mark, which would have told.
_ORDER_OF_BYTES = {"utf-16": "utf-16-le", "utf-32": "utf-32-le"}
# Codecs of Python's that write names of hosts or source code, and no files; one that fails on some.
_NOT_OF_FILES = {
    *("idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "utf-7"),
    "iso2022_jp_ext",
}
_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    # Before UTF-16, whose mark they begin with.
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}


class Text(io.BufferedReader):
    """A text in UTF-8 without a byte order mark. `encoding` is what the file has, like UTF-16.

    What is no text in the one becomes what is no text in the other, so that only its line suffers.
    Lines end with a line feed, also those that ended with a carriage return alone.
    """

    def __init__(self, stream: BinaryIO, head: bytes, encoding: str) -> None:
        super().__init__(_Recoded(stream, head, encoding), _CHUNK)
        self.encoding = encoding.removesuffix("-le").removesuffix("-be").upper()


def utf8(stream: BinaryIO, encoding: str | None = None) -> Text:
    """The text of a file, in the encoding that its first bytes show, else in this one."""
    head = stream.read(4)
    for mark, marked in _MARKS.items():
        if head.startswith(mark):
            return Text(stream, head[len(mark) :], marked)
    told = _ORDER_OF_BYTES.get(encoding or "", encoding)
    return Text(stream, head, told or _without_mark(head))


def known_encoding(name: str) -> str:
    """The codec of this name. Raises InvalidInput where no text is written so."""
    try:
        b"a".decode(name, "replace")
        found = codecs.lookup(name).name
    except (LookupError, UnicodeError, ValueError):
        found = ""
    if not found or found in _NOT_OF_FILES:
        message = "--encoding must name a text encoding, like windows-1252, shift_jis or utf-16"
        raise InvalidInput(message, field="--encoding")
    return found


def all_or_nothing(stream: BinaryIO, read: Callable[[], Iterator[_Row]]) -> Iterator[_Row]:
    """What `read` makes of this stream, once it went through all of it without an error.

    What refuses a file may stand below any number of rows, which are too many to be held.
    """
    begins = stream.tell()
    for _ in read():
        pass
    stream.seek(begins)
    yield from read()


def numbered_lines(source: io.BufferedReader) -> Iterator[tuple[int, bytes]]:
    """Each line with its number from 1. Of a line over MAX_LINE only the beginning is kept."""
    number = 0
    while line := source.readline(MAX_LINE + 1):
        number += 1
        if is_cut(line):
            _skip_rest(source)
        yield number, line


def is_cut(line: bytes) -> bool:
    """Whether this is only the beginning of a line that is too long."""
    return len(line) > MAX_LINE and not line.endswith(b"\n")


def _skip_rest(source: io.BufferedReader) -> None:
    while (part := source.readline(_CHUNK)) and not part.endswith(b"\n"):
        pass


def _without_mark(head: bytes) -> str:
    """The encoding of a file without a mark: in UTF-16, Latin letters have a zero byte each."""
    zeros = [byte == 0 for byte in head]
    if zeros == [False, True, False, True]:
        return "utf-16-le"
    if zeros == [True, False, True, False]:
        return "utf-16-be"
    return "utf-8"


def _half_a_surrogate(error: UnicodeError) -> tuple[str, int]:
    """What stands for bytes that are no text: half of a character, which UTF-8 has no bytes for."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "\udcff", error.end


_NO_TEXT = "rollbook-no-text"
codecs.register_error(_NO_TEXT, _half_a_surrogate)


class _Recoded(io.RawIOBase):
    """Bytes of any of the known encodings, read as bytes of UTF-8."""

    def __init__(self, stream: BinaryIO, head: bytes, encoding: str) -> None:
        self._stream = stream
        self._waiting = head
        self._ready = b""
        self._ended = False
        self._old_line_ends: bool | None = None
        # UTF-8 passes as it is: each line is checked when it is read.
        decoder = codecs.getincrementaldecoder(encoding)
        self._decoder = None if encoding == "utf-8" else decoder(_NO_TEXT)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        room = memoryview(buffer).cast("B")
        while not self._ready and not self._ended:
            self._fill()
        part, self._ready = self._ready[: len(room)], self._ready[len(room) :]
        room[: len(part)] = part
        return len(part)

    def _fill(self) -> None:
        chunk = self._waiting + self._stream.read(_CHUNK)
        self._waiting = b""
        self._ended = not chunk
        ready = chunk if self._decoder is None else self._recode(self._decoder, chunk)
        if self._old_line_ends is None:
            # As the first Macs wrote, and programs on today's still can.
            self._old_line_ends = b"\r" in ready and b"\n" not in ready
        self._ready = ready.replace(b"\r", b"\n") if self._old_line_ends else ready

    @staticmethod
    def _recode(decoder: codecs.IncrementalDecoder, chunk: bytes) -> bytes:
        return decoder.decode(chunk, final=not chunk).encode("utf-8", "surrogatepass")
