"""What the use cases need of readers of files, as Protocols, and what passes while one is read."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import BinaryIO, Protocol

from rollbook.domain.errors import InvalidInput
from rollbook.domain.values import value
from rollbook.service.ingest.importing import Row


@value
class FileWords:
    """What a person says of a file, as they typed it; None: the file is to show it."""

    time_zone: str
    form: str | None = None
    room_id: str | None = None
    room_title: str | None = None
    date_order: str | None = None
    encoding: str | None = None


class Rejected(Protocol):
    """A row that cannot be imported: where it begins (from 1), the sentence that says why, its text."""

    @property
    def line(self) -> int: ...

    @property
    def reason(self) -> str: ...

    @property
    def raw(self) -> str: ...


Reject = Callable[[Rejected], None]
"""Takes a row that cannot be read; called wherever the rows are read, so maybe in a thread."""


@value
class OpenedFile:
    """A file whose format is known, and its good rows, read as they are asked for."""

    form: str
    rows: Iterator[Row]


MOST_ROWS = 100_000
"""Rows of a file that somebody waits for in front of a page; the command takes any number."""

SHOWN_ROWS, SHOWN_REJECTS = 10, 20


def _nowhere(row: Rejected) -> None:
    del row


@dataclass(slots=True)
class Passing:
    """What passes while a file is read: its first rows, and those that cannot be read.

    `keep` gets each of the latter. Raises InvalidInput for a file with more rows than MOST_ROWS.
    """

    keep: Reject = _nowhere
    rows: list[Row] = field(default_factory=list)
    rejects: list[Rejected] = field(default_factory=list)
    rejected: int = 0
    _passed: int = 0

    def reject(self, row: Rejected) -> None:
        """Take a row that cannot be read."""
        self._count()
        self.rejected += 1
        if len(self.rejects) < SHOWN_REJECTS:
            self.rejects.append(row)
        self.keep(row)

    def through(self, rows: Iterator[Row]) -> Iterator[Row]:
        """The same rows."""
        for row in rows:
            self._count()
            if len(self.rows) < SHOWN_ROWS:
                self.rows.append(row)
            yield row

    def _count(self) -> None:
        self._passed += 1
        if self._passed > MOST_ROWS:
            raise InvalidInput(
                f"The file has more than {MOST_ROWS:,} rows: take it in parts, or let who runs the "
                "server import it with `rollbook import`"
            )


class FileReader(Protocol):
    """Reads files of sessions, packed or not."""

    @property
    def forms(self) -> Sequence[str]:
        """The formats that can be said."""
        ...

    @property
    def date_orders(self) -> Sequence[str]:
        """The orders of dates that can be said."""
        ...

    def opened(
        self, stream: BinaryIO, name: str, words: FileWords, now: int, reject: Reject
    ) -> AbstractContextManager[OpenedFile]:
        """Unpack a file and find out its format: work for a thread, and so is reading its rows.

        Both raise InvalidInput for a file that cannot be read. `now` (ms UTC) bounds what a report
        may tell of.
        """
        ...
