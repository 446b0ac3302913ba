"""`rollbook import`: files of sessions into the ledger."""

import gc
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from itertools import chain
from pathlib import Path
from typing import BinaryIO, TextIO

import click

from rollbook.cli.import_preview import tell_preview
from rollbook.cli.opening import note_import, opened_stores
from rollbook.cli.options import json_option, org_option
from rollbook.cli.output import open_for_owner, printable
from rollbook.cli.program import EXIT_SOME_REJECTED
from rollbook.cli.progress import Report, progress_for
from rollbook.cli.running import command_body, find_organization, trouble_with
from rollbook.domain.audit import Action
from rollbook.domain.errors import InvalidInput
from rollbook.domain.events import PresenceFact
from rollbook.domain.organizations import Organization
from rollbook.domain.period import time_zone as known_time_zone
from rollbook.domain.sources import OwnKind
from rollbook.domain.values import value
from rollbook.service.ingest.files import Rejected
from rollbook.service.ingest.importing import (
    ImportCount,
    Preview,
    import_rows,
    new_import,
    preview_import,
    stocked,
)
from rollbook.service.organizations.sources import ensure_source, own_source
from rollbook.settings import read_settings
from rollbook.sources.files import FORMATS
from rollbook.sources.files.date_orders import ORDERS
from rollbook.sources.files.local_times import DateOrder
from rollbook.sources.files.reading import FoundFile, found_file, good_rows
from rollbook.sources.files.rows import ImportRow, ReadOptions
from rollbook.sources.files.text import known_encoding
from rollbook.stores import Stores, clock

_SHOWN_REJECTS = 10

_TURN_SECONDS = 0.001
"""How long rows are made before the thread that writes others, and is done with some, may go on."""


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@org_option
@click.option("--format", "form", type=click.Choice(sorted(FORMATS)), help="Default: detected.")
@click.option("--timezone", metavar="ZONE", help="Zone of times without one; default the org's.")
@click.option("--room", metavar="ID", help="Room of a file that names none.")
@click.option("--room-title", metavar="TITLE", help="Title of that room.")
@click.option(
    "--date-order",
    type=click.Choice(ORDERS),
    help="Whether 03/04/24 is in March, in April or in 2003, where the file does not show it.",
)
@click.option(
    "--encoding", metavar="NAME", help="Of a file that is not in Unicode, such as windows-1252."
)
@click.option(
    "--rejects",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where unreadable rows go; default FILE.rejects.jsonl.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would go in; change nothing.")
@json_option
@command_body
async def import_(  # noqa: PLR0913 - one parameter for each option
    *,
    file: Path,
    org_reference: str,
    form: str | None,
    timezone: str | None,
    room: str | None,
    room_title: str | None,
    date_order: DateOrder | None,
    encoding: str | None,
    rejects: Path | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Import the sessions in FILE.

    Reads Rollbook's own JSONL, JSON and CSV, the contract's own answers, Zoom's participant
    report, Microsoft Teams' attendance report and Webex's attendee report, also as .xlsx, .gz
    or .zip. Importing a file again changes nothing; an interrupted import can be run
    again. Rows that cannot be read are reported and written to a file; the rest goes in.
    `rollbook imports undo` takes an import back by the id that is told here.

    \b
    Examples:
      rollbook import sessions.jsonl --org gtjoozxa3j
      rollbook import participants_85746065432.csv --org gtjoozxa3j --format zoom
    """
    kept = None if dry_run else _rejects_path(file, rejects)
    async with opened_stores(read_settings()) as stores:
        organization = await find_organization(stores.organizations, org_reference)
        options = ReadOptions(
            time_zone=known_time_zone(timezone or organization.time_zone).key,
            room_id=room,
            room_title=room_title,
            date_order=date_order,
            encoding=None if encoding is None else known_encoding(encoding),
            now=clock(),
        )
        with (
            file.open("rb") as packed,
            _found(file, packed, form, options) as found,
            _Rejects(kept) as rejected,
        ):
            rows = good_rows(_rows(file, found, options), rejected.keep)
            bring = _preview if dry_run else _import
            tell = await bring(stores, organization, rows, _File(file.name, found))
    if rejects is None and kept is not None and not rejected.count:
        _remove_former(kept)
    tell(rejected, as_json)
    if rejected.count:
        raise SystemExit(EXIT_SOME_REJECTED)


def _rejects_path(file: Path, told: Path | None) -> Path:
    """Where unreadable rows go. Raises InvalidInput where that is the file that is read."""
    path = told or file.with_name(f"{file.name}.rejects.jsonl")
    # By what it is and not by its name: a link would be written to as well.
    if path.exists() and path.samefile(file):
        message = f"{path} is FILE itself: rejected rows need another --rejects"
        raise InvalidInput(message, field="--rejects")
    return path


def _remove_former(kept: Path) -> None:
    """Take away the rejects of an earlier import: what it could not read is in by now."""
    try:
        if kept.is_file():
            kept.unlink()
    except OSError as error:
        # The import itself is done, so this is no failure of it.
        message = f"{kept} is of an earlier import and cannot be removed: {error.strerror}"
        click.echo(message, err=True)


def _rows(file: Path, found: FoundFile, options: ReadOptions) -> Iterator[ImportRow]:
    with trouble_with(file):
        yield from FORMATS[found.form](found.stream, options)


@contextmanager
def _found(
    file: Path, packed: BinaryIO, form: str | None, options: ReadOptions
) -> Iterator[FoundFile]:
    """What a file is, that may be packed."""
    with ExitStack() as stack:
        with trouble_with(file):
            found = stack.enter_context(found_file(packed, file.name, form, options.encoding))
        if found.empty:
            click.echo(f"{file.name} is empty", err=True)
        yield found


@value
class _File:
    """A file that is read, and its name."""

    name: str
    found: FoundFile

    def progress(self) -> AbstractContextManager[Report]:
        return progress_for(self.name, os.fstat(self.found.stream.fileno()).st_size)


async def _import(
    stores: Stores,
    organization: Organization,
    rows: Iterator[Sequence[PresenceFact]],
    file: _File,
) -> "_Telling":
    """Take in the rows of a file of this name and format; answers what tells of it."""
    count = ImportCount()
    with file.progress() as progress, _made_for_many_rows():
        # An organization is not set up by a file of which nothing can be read.
        first = next(rows, None)
        if first is None:
            return partial(_tell, count, None)
        source = await ensure_source(
            stores.organizations, organization.org_id, OwnKind.IMPORT, None, clock()
        )
        record = new_import(source, _storable(file.name), file.found.form, clock())
        counts = import_rows(stores.ledger, source, chain([first], rows), record)
        take_stock = partial(stores.database.take_stock, organization.org_id)
        async for count in stocked(counts, take_stock):
            progress(file.found.stream.tell(), count.rows)
        if count.told:
            await note_import(stores, organization.org_id, Action.IMPORTED, record.import_id)
    # Where nothing new was told, there is nothing that could be taken back.
    return partial(_tell, count, record.import_id if count.told else None)


@contextmanager
def _made_for_many_rows() -> Iterator[None]:
    """Let Python look for no rings of objects, and let the thread that writes have its turn soon.

    Rows are in no rings. To look for some among thousands, again and again, takes a tenth of the
    time; and SQLite would wait five times as long as it works.
    """
    seconds = sys.getswitchinterval()
    gc.disable()
    sys.setswitchinterval(_TURN_SECONDS)
    try:
        yield
    finally:
        sys.setswitchinterval(seconds)
        gc.enable()


async def _preview(
    stores: Stores,
    organization: Organization,
    rows: Iterator[Sequence[PresenceFact]],
    file: _File,
) -> "_Telling":
    """What `_import` would do; an organization without a source is left so."""
    preview = Preview()
    source = own_source(organization.org_id, OwnKind.IMPORT, None, clock())
    with file.progress() as progress:
        async for preview in preview_import(stores.ledger, source, rows):
            progress(file.found.stream.tell(), preview.count.rows)
    return lambda rejected, as_json: tell_preview(preview, rejected.count, as_json)


def _storable(name: str) -> str:
    """The name of a file as text: it may be of any bytes, and a database keeps only text."""
    return printable(name.encode(errors="backslashreplace").decode())


class _Rejects:
    """The rows that could not be read: counted, shown in part, and written to a file, if to any."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.count = 0
        self._file: TextIO | None = None

    def __enter__(self) -> "_Rejects":
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None and self.path is not None:
            with trouble_with(self.path):
                self._file.close()

    def keep(self, row: Rejected) -> None:
        """Count a row that could not be read, and write it down."""
        self.count += 1
        if self.count <= _SHOWN_REJECTS:
            click.echo(f"line {row.line}: {row.reason}", err=True)
        if self.path is not None:
            self._write(self.path, {"line": row.line, "reason": row.reason, "raw": row.raw})

    def _write(self, path: Path, line: Mapping[str, object]) -> None:
        with trouble_with(path):
            if self._file is None:
                self._file = open_for_owner(path)
            self._file.write(json.dumps(line, ensure_ascii=False) + "\n")


_Telling = Callable[[_Rejects, bool], None]
"""Says what became of a file, as JSON or not."""


def _tell(count: ImportCount, import_id: str | None, rejected: _Rejects, as_json: bool) -> None:
    if as_json:
        summary = {
            "importId": import_id,
            "rows": count.rows + rejected.count,
            "added": count.added,
            "changed": count.changed,
            "unchanged": count.unchanged,
            "rejected": rejected.count,
            "rejects": str(rejected.path) if rejected.count else None,
        }
        click.echo(json.dumps(summary))
        return
    click.echo(
        f"{count.rows} rows: {count.added} added, {count.changed} changed, "
        f"{count.unchanged} unchanged; {rejected.count} rejected"
    )
    if import_id is not None:
        click.echo(f"Import {import_id}: `rollbook imports undo` takes it back.")
    if rejected.count:
        click.echo(f"The rejected rows and their reasons are in {rejected.path}.", err=True)
