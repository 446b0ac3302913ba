"""A file from its bytes to its rows: unpacked, recognized, and read by the reader of its format."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import BinaryIO

from rollbook.domain import fields
from rollbook.domain.errors import InvalidInput
from rollbook.domain.events import PresenceFact
from rollbook.domain.period import time_zone
from rollbook.domain.values import value
from rollbook.service.ingest.files import FileWords, OpenedFile, Reject
from rollbook.sources.files import FORMATS, HEAD, format_of
from rollbook.sources.files.date_orders import ORDERS
from rollbook.sources.files.local_times import DateOrder
from rollbook.sources.files.rows import ImportRow, ReadOptions, RejectedRow
from rollbook.sources.files.text import known_encoding
from rollbook.sources.files.unpacking import unpacked


@value
class FoundFile:
    """A file that is unpacked, at its beginning: its format, and whether there is nothing in it."""

    stream: BinaryIO
    form: str
    empty: bool


@contextmanager
def found_file(
    packed: BinaryIO, name: str, form: str | None, encoding: str | None
) -> Iterator[FoundFile]:
    """Unpack a file, and find out its format unless it is said. Raises InvalidInput."""
    with unpacked(packed, name) as (stream, inner):
        head = stream.read(HEAD)
        stream.seek(0)
        yield FoundFile(stream, format_of(inner, head, encoding, form), not head)


def read_options(words: FileWords, now: int) -> ReadOptions:
    """What a person says of a file, checked. Raises InvalidInput that names the option."""
    return ReadOptions(
        time_zone=time_zone(words.time_zone).key,
        room_id=None if words.room_id is None else fields.identifier(words.room_id, "--room"),
        room_title=fields.label(words.room_title, "--room-title"),
        date_order=_date_order(words.date_order),
        encoding=None if words.encoding is None else known_encoding(words.encoding),
        now=now,
    )


def _date_order(said: str | None) -> DateOrder | None:
    order = next((order for order in ORDERS if order == said), None)
    if order is None and said is not None:
        message = f"--date-order must be one of {', '.join(ORDERS)}"
        raise InvalidInput(message, field="--date-order")
    return order


def good_rows(rows: Iterable[ImportRow], reject: Reject) -> Iterator[Sequence[PresenceFact]]:
    """The facts of the rows that can be read; `reject` gets the others."""
    for row in rows:
        if isinstance(row, RejectedRow):
            reject(row)
        else:
            yield (row.joined,) if row.left is None else (row.joined, row.left)


class Files:
    """Every format of files (service.ingest.files.FileReader)."""

    forms: Sequence[str] = tuple(sorted(FORMATS))
    date_orders: Sequence[str] = ORDERS

    @contextmanager
    def opened(
        self, stream: BinaryIO, name: str, words: FileWords, now: int, reject: Reject
    ) -> Iterator[OpenedFile]:
        if words.form is not None and words.form not in FORMATS:
            message = f"--format must be one of {', '.join(self.forms)}"
            raise InvalidInput(message, field="--format")
        options = read_options(words, now)
        with found_file(stream, name, words.form, options.encoding) as found:
            rows = FORMATS[found.form](found.stream, options)
            yield OpenedFile(found.form, good_rows(rows, reject))
