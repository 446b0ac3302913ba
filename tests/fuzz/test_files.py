"""Importers: whatever a file is, it is read, rejected by the row, or refused with what to do."""

import io

from fuzz.files import File, text_file
from fuzz.hunt import Hunt
from fuzz.packed import packed_file
from support.storable import has_storable_fields

from rollbook.domain.errors import InvalidInput
from rollbook.sources.files import FORMATS, HEAD, format_of
from rollbook.sources.files.rows import MAX_RAW, ImportRow, RejectedRow
from rollbook.sources.files.unpacking import unpacked


def test_importers(hunt: Hunt) -> None:
    hunt.through(text_file, read)


def test_archives_and_workbooks(hunt: Hunt) -> None:
    hunt.through(packed_file, read)


def read(file: File) -> None:
    """As the command reads a file, up to the ledger."""
    try:
        with unpacked(io.BytesIO(file.content), file.name) as (stream, name):
            head = stream.read(HEAD)
            stream.seek(0)
            form = format_of(name, head, file.options.encoding, file.form)
            for row in FORMATS[form](stream, file.options):
                is_sound(row)
    except InvalidInput as refused:
        assert refused.message  # noqa: PT017 - either is right, and nothing else


def is_sound(row: ImportRow) -> None:
    assert row.line >= 1
    if isinstance(row, RejectedRow):
        assert row.reason
        assert len(row.raw) <= MAX_RAW
        return
    has_storable_fields(row.joined)
    if row.left is not None:
        has_storable_fields(row.left)
        assert row.left.at >= row.joined.at
