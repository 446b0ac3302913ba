"""Files that are packed: .gz, .zip with one file in it, and workbooks, as the text in them.

They are unpacked onto disk before anything is read, so that a damaged one is imported in no part;
and only to a bound, since a small file can unpack to more than any disk holds.
"""

import errno
import gzip
import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePath
from tempfile import TemporaryFile
from typing import IO, BinaryIO

from rollbook.domain.errors import InvalidInput
from rollbook.sources.files.workbooks import (
    MAX_RATIO,
    MAX_UNPACKED,
    USUAL_WAYS,
    write_table,
)

_CHUNK = 64 * 1024
_DEPTH = 2
"""A workbook in a .zip is two deep; nobody packs deeper."""

_SMALL = 16 * 1024 * 1024
"""Bytes up to which a file may be as regular as it likes."""

_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
_DAMAGE = (
    *(EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile, NotImplementedError),
    # Of names that are no text, of lengths that cannot be, and of places before the beginning.
    *(ValueError, OverflowError, struct.error),
)
_OF_NO_PLACE = (None, errno.EINVAL)
"""The numbers of an OSError that says nothing of the disk: it is the file that leads nowhere."""


@contextmanager
def unpacked(stream: BinaryIO, name: str, depth: int = _DEPTH) -> Iterator[tuple[BinaryIO, str]]:
    """A file that can be read from its beginning, and its name: this one, or what is packed in it.

    Raises InvalidInput where it is damaged, too large, or has several files in it.
    """
    head = stream.read(4)
    stream.seek(0)
    unpack = {_GZIP: _gunzip, _ZIP: _unzip}.get(head if head == _ZIP else head[:2])
    if unpack is None:
        yield stream, name
        return
    if depth == 0:
        raise InvalidInput(f"{name} is packed several times: unpack it, and import what is in it")
    with TemporaryFile() as target:
        with _damage_told(name):
            inner = unpack(stream, name, target)
        target.seek(0)
        with unpacked(target, inner, depth - 1) as result:
            yield result


@contextmanager
def _damage_told(name: str) -> Iterator[None]:
    """Raises InvalidInput where a file cannot be unpacked, and leaves trouble with disks alone."""
    message = f"{name} is damaged and cannot be unpacked"
    try:
        yield
    except _DAMAGE as problem:
        raise InvalidInput(f"{message}: {problem}") from None
    except OSError as problem:
        if problem.errno not in _OF_NO_PLACE:
            raise
        raise InvalidInput(f"{message}: {problem}") from None


def _gunzip(stream: BinaryIO, name: str, target: IO[bytes]) -> str:
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    with gzip.open(stream) as packed:
        _copy(packed, target, size, name)
    return PurePath(name).stem if name.lower().endswith(".gz") else name


def _unzip(stream: BinaryIO, name: str, target: IO[bytes]) -> str:
    with zipfile.ZipFile(stream) as archive:
        entries = [entry for entry in archive.infolist() if _is_content(entry.filename)]
        if any(entry.filename == "[Content_Types].xml" for entry in entries):
            write_table(archive, name, target)
            return name
        entry = _only(entries, name)
        with archive.open(entry) as packed:
            _copy(packed, target, entry.compress_size, name)
        return entry.filename


def _is_content(name: str) -> bool:
    """Whether this is a file that somebody packed: macOS adds its own."""
    return not name.endswith(("/", ".DS_Store")) and not name.startswith("__MACOSX/")


def _only(entries: list[zipfile.ZipInfo], name: str) -> zipfile.ZipInfo:
    if any(entry.filename == "mimetype" for entry in entries):
        raise InvalidInput(
            f"{name} is an OpenDocument file: save its sheet as CSV UTF-8, or as .xlsx"
        )
    if len(entries) != 1:
        problem = f"{name} has {len(entries)} files in it"
        raise InvalidInput(f"{problem}: unpack it, and import them one by one")
    if entries[0].flag_bits & 1:
        raise InvalidInput(f"{name} is locked with a password: unpack it, and import what is in it")
    if entries[0].compress_type not in USUAL_WAYS:
        raise InvalidInput(f"{name} is packed in a rare way: unpack it, and import what is in it")
    return entries[0]


def _copy(
    packed: IO[bytes] | gzip.GzipFile, target: IO[bytes], packed_size: int, name: str
) -> None:
    limit = min(MAX_UNPACKED, max(_SMALL, MAX_RATIO * packed_size))
    size = 0
    while chunk := packed.read(_CHUNK):
        size += len(chunk)
        if size > limit:
            problem = f"{name} unpacks to more than {limit // (1024 * 1024):,} MiB"
            raise InvalidInput(f"{problem}: unpack it, and import what is in it")
        target.write(chunk)
