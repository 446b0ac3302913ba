"""What a file on its way in is like: looked at, then imported, and what is told of both."""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager
from functools import partial
from itertools import chain
from typing import BinaryIO, TypeVar

import msgspec

from rollbook.domain.errors import InvalidInput
from rollbook.domain.events import Joined, Left
from rollbook.domain.ids import OrgId
from rollbook.domain.sources import OwnKind
from rollbook.domain.values import value
from rollbook.service.ingest.files import FileWords, OpenedFile, Passing, Rejected
from rollbook.service.ingest.importing import (
    BATCH,
    ImportCount,
    Preview,
    Row,
    import_rows,
    new_import,
    preview_import,
    stocked,
)
from rollbook.service.organizations.ports import Organizations
from rollbook.service.organizations.sources import ensure_source, own_source
from rollbook.web.dashboard.services import FileServices
from rollbook.web.http.threads import in_a_thread
from rollbook.web.http.uploads import Owner, Upload

T = TypeVar("T")

AT_ONCE = 500
"""Rows per transaction, fewer than the command's: others are waited for in this process."""

_MOST_REJECTS = 64 * 1024 * 1024
"""Bytes of the file with what could not be read."""

_SHOWN_ROOMS = 12
_SHOWN_RAW = 300


class ShownRow(msgspec.Struct):
    """A row as it would go in. Instants in ms UTC."""

    uid: str
    name: str | None
    role: str | None
    room_id: str
    room_title: str | None
    joined_at: int
    left_at: int | None


class ShownReject(msgspec.Struct):
    """A row that cannot be read, its text cut."""

    line: int
    reason: str
    raw: str


class Look(msgspec.Struct):
    """What a file would bring."""

    form: str
    added: int
    changed: int
    unchanged: int
    rejected: int
    people: int
    rooms: int
    first_rooms: list[str]
    first_join: int | None
    last_join: int | None
    rows: list[ShownRow]
    rejects: list[ShownReject]


class Result(msgspec.Struct):
    """What a file brought; no `import_id` where nothing new was told."""

    import_id: str | None
    added: int
    changed: int
    unchanged: int
    rejected: int
    written: int
    """Rejected rows that are in the file of them."""


class Progress(msgspec.Struct):
    """How far a file is: what somebody said of it, and what came of that."""

    words: FileWords
    looked_at: int = 0
    problem: str | None = None
    look: Look | None = None
    result: Result | None = None


@value
class Bringing:
    """A file of somebody, and what it takes to bring it in."""

    services: FileServices
    organizations: Organizations
    owner: Owner
    upload: Upload

    @property
    def org_id(self) -> OrgId:
        return self.owner.org_id

    def progress(self, time_zone: str) -> Progress:
        """How far it is; before all with times in this zone."""
        if not self.upload.said:
            return Progress(FileWords(time_zone))
        return msgspec.json.decode(self.upload.said, type=Progress)

    async def note(self, progress: Progress) -> None:
        """Keep how far it is."""
        said = msgspec.json.encode(progress).decode()
        await in_a_thread(self.services.uploads.say, self.upload, self.owner, said)

    async def look(self, words: FileWords, now: int) -> Progress:
        """Find out what it would bring; changes nothing in the ledger."""
        passing = Passing()
        source = own_source(self.org_id, OwnKind.IMPORT, None, now)
        progress = Progress(words, now)
        try:
            async with self._opened(words, now, passing) as file:
                rows = passing.through(file.rows)
                looks = preview_import(self.services.imports, source, rows, AT_ONCE)
                preview = await _last(looks, Preview())
                progress.look = _look(file.form, preview, passing)
        except InvalidInput as error:
            progress.problem = error.message
        return progress

    async def bring(self, words: FileWords, now: int) -> Result:
        """Take its rows in, as `look` told. Raises InvalidInput."""
        with _RejectsFile(self._open_rejects) as rejects:
            passing = Passing(rejects.keep)
            async with self._opened(words, now, passing) as file:
                count, import_id = await self._take_in(file.form, passing.through(file.rows), now)
            told = import_id if count.told else None
            return Result(
                told, count.added, count.changed, count.unchanged, passing.rejected, rejects.written
            )

    async def _take_in(
        self, form: str, rows: Iterator[Row], now: int
    ) -> tuple[ImportCount, str | None]:
        # An organization is not set up by a file of which nothing can be read.
        first = await in_a_thread(next, rows, None)
        if first is None:
            return ImportCount(), None
        source = await ensure_source(self.organizations, self.org_id, OwnKind.IMPORT, None, now)
        record = new_import(source, self.upload.name, form, now)
        counts = import_rows(self.services.imports, source, chain([first], rows), record, AT_ONCE)
        counts = stocked(counts, partial(self.services.take_stock, self.org_id), BATCH)
        return await _last(counts, ImportCount()), record.import_id

    @asynccontextmanager
    async def _opened(
        self, words: FileWords, now: int, passing: Passing
    ) -> AsyncIterator[OpenedFile]:
        with ExitStack() as stack:
            yield await in_a_thread(self._open, stack, words, now, passing)

    def _open(self, stack: ExitStack, words: FileWords, now: int, passing: Passing) -> OpenedFile:
        content = stack.enter_context(self.services.uploads.open(self.upload))
        opened = self.services.reader.opened(content, self.upload.name, words, now, passing.reject)
        return stack.enter_context(opened)

    def _open_rejects(self) -> BinaryIO:
        return self.services.uploads.open_rejects(self.upload)


async def _last(told: AsyncIterator[T], nothing: T) -> T:
    """What is told last; `nothing` where nothing is."""
    async for one in told:
        nothing = one
    return nothing


class _RejectsFile:
    """The rows that cannot be read, as lines of JSON: with a file as soon as there is one, and a bound."""

    def __init__(self, open_file: Callable[[], BinaryIO]) -> None:
        self._open_file = open_file
        self._file: BinaryIO | None = None
        self._size = 0
        self.written = 0

    def __enter__(self) -> "_RejectsFile":
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def keep(self, row: Rejected) -> None:
        if self._file is None:
            self._file = self._open_file()
        told = {"line": row.line, "reason": row.reason, "raw": row.raw}
        line = (json.dumps(told, ensure_ascii=False) + "\n").encode(errors="replace")
        self._size += len(line)
        if self._size <= _MOST_REJECTS:
            self._file.write(line)
            self.written += 1


def _look(form: str, preview: Preview, passing: Passing) -> Look:
    count, rooms = preview.count, sorted(preview.rooms)
    return Look(
        form,
        count.added,
        count.changed,
        count.unchanged,
        passing.rejected,
        len(preview.people),
        len(rooms),
        rooms[:_SHOWN_ROOMS],
        preview.first_join,
        preview.last_join,
        [shown for row in passing.rows if (shown := _shown(row))],
        [ShownReject(row.line, row.reason, row.raw[:_SHOWN_RAW]) for row in passing.rejects],
    )


def _shown(row: Row) -> ShownRow | None:
    joined, last = row[0], row[-1]
    if not isinstance(joined, Joined):
        return None
    person, room = joined.participant, joined.room
    left_at = last.at if isinstance(last, Left) else None
    return ShownRow(
        person.uid, person.name, person.role, room.room_id, room.title, joined.at, left_at
    )
