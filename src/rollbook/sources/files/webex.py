"""Reads Webex's attendee report (Webex site > Reports > Attendees, Export), in English.

What is known of the format: a table in UTF-16 with tabs, or in CSV, one row for each stay, with
`Meeting Name` (or `Meeting Topic`), `Display Name` (or `Name`), `Attendee Email` (or `Email`),
`Role`, `Join Time` and `Leave Time`, and some columns more. Times are local, without an offset:
`2024-02-22 09:00:00` or `02/22/2024 09:00 am`. Some
have `Meeting End Time`, and `Attendance Duration` or `Duration` such as `60 mins`. Nobody publishes the
format; the columns were seen in samples and in code of programs that read it.
"""

import re
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from rollbook.domain.errors import InvalidInput
from rollbook.domain.events import Role, Room
from rollbook.sources.files.durations import seconds_of_minutes
from rollbook.sources.files.reports import ReportedStay, person, room_named, sessions
from rollbook.sources.files.rows import ImportRow, ReadOptions, RejectedRow, rejected
from rollbook.sources.files.tables import (
    Record,
    delimiter_of,
    label,
    place_of,
    records,
    refuse_lost_heading,
    width_of,
)
from rollbook.sources.files.text import utf8

_MEETINGS = ("meeting name", "meeting topic")
_NAMES = ("display name", "name")
_EMAILS = ("attendee email", "email")
_DURATIONS = ("attendance duration", "duration")
_ROLES = {
    "host": Role.TEACHER,
    "cohost": Role.TEACHER,
    "co-host": Role.TEACHER,
    "panelist": Role.MODERATOR,
    "attendee": Role.STUDENT,
}


def read_webex(stream: BinaryIO, options: ReadOptions) -> Iterator[ImportRow]:
    """Each stay in the report as a session. Raises InvalidInput where it is none in English."""
    source = utf8(stream, options.encoding)
    delimiter = delimiter_of(source.peek(1).lstrip().partition(b"\n")[0].decode(errors="replace"))
    rows = records(source, delimiter)
    labels = _header(next(rows, None), delimiter)
    return sessions("webex", _stays(rows, labels, options), options)


def recognizes(text: str) -> bool:
    """Whether a file that begins like this is a report of Webex's."""
    first_line = text.lstrip().partition("\n")[0]
    return _is_header([label(cell.strip(' "')) for cell in re.split(r"[,;\t|]", first_line)])


def _is_header(labels: Sequence[str]) -> bool:
    needed = (_MEETINGS, _NAMES, _EMAILS, ("join time",), ("leave time",))
    return all(place_of(labels, names) is not None for names in needed)


def _header(header: Record | RejectedRow | None, delimiter: str) -> list[str]:
    if isinstance(header, RejectedRow):
        refuse_lost_heading(header, delimiter, lambda _: True)
    labels = [label(cell) for cell in header.cells] if isinstance(header, Record) else []
    if not _is_header(labels):
        needed = "Meeting Name, Display Name, Attendee Email, Join Time and Leave Time"
        raise InvalidInput(f"the first line must name the columns {needed}, in English")
    return labels


def _stays(
    rows: Iterator[Record | RejectedRow], labels: Sequence[str], options: ReadOptions
) -> Iterator[ReportedStay | RejectedRow]:
    for row in rows:
        yield row if isinstance(row, RejectedRow) else _stay(row, labels, options)


def _stay(row: Record, labels: Sequence[str], options: ReadOptions) -> ReportedStay | RejectedRow:
    width = width_of(labels)
    if any(row.cells[width:]):
        return rejected(row.line, f"row must have at most {width} cells like its header", row.raw)

    def cell(*names: str) -> str:
        return row.cell(place_of(labels, names))

    name = cell(*_NAMES)
    title = " ".join(cell(*_MEETINGS).split())
    if not title and not options.room_id:
        return rejected(
            row.line, "row names no meeting: say which room it is, with --room", row.raw
        )
    return ReportedStay(
        line=row.line,
        raw=row.raw,
        room=Room(options.room_id or room_named("webex", title), options.room_title or title),
        person=person(cell(*_EMAILS), "", name),
        name=name,
        role=_ROLES.get(label(cell("role"))),
        joined=cell("join time"),
        left=cell("leave time"),
        ends=cell("meeting end time"),
        lasted=seconds_of_minutes(cell(*_DURATIONS)),
    )
