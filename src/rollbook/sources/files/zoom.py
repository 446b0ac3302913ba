"""Reads Zoom's participant reports (Reports > Usage > Participants > Export), in English.

What is known of the format, and where it was read:

* A table `Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes)`, later with
  `Guest`, `Recording Consent`, `In Waiting Room`; times like `04/15/2020 03:42:15 PM`. Above it,
  where "with meeting data" was ticked, `Meeting ID,Topic,Start Time,End Time,User Email,...,`
  with one line of values, the host's address among them, and a blank line or one of commas only.
  (5l1v3r1/zoomcsv participants_123456789.csv; Lightbridge-KS/zoomclass inst/extdata/
  participants_heroes.csv and participants_heroes_full.csv)
* Since about 2024: `Name (original name),Email,Join time,Leave time,Duration (minutes),Guest,
  Recording disclaimer response,In waiting room` under `Topic,ID,...`, the host's address in a
  column of its own or in brackets behind the name. (Headers in the code of several public
  programs, cjbarth/zoom-attendance-report among them; no real file was at hand.)
* Reports of a whole account repeat the meeting on every row: `Topic`, `Meeting ID` with spaces,
  the host's `User Name` and `User Email`, then the participant's columns.
  (microsoft/vivainsights_zoom_int Admin/input/zoom_reports/README.md)
* Webinars: tables under `Host Details`, `Panelist Details`, `Attendee Details` that begin with
  `Attended`, whose `No` rows have `--` for times. (Samples in tests of public programs.)
* Times are local, without an offset. Which zone and which order of day and month they have
  depends on settings of the Zoom account that the file does not tell: a Japanese export has
  `2020/12/08 08:35:00 AM`. (yu-9824/zoom_participant main.py)
* Nobody is marked as the host; no "(Host)" was seen in any export.
"""

import re
from collections.abc import Iterator
from typing import BinaryIO

from rollbook.domain.errors import InvalidInput
from rollbook.domain.events import Role, Room
from rollbook.domain.values import value
from rollbook.sources.files.durations import seconds_of_minutes
from rollbook.sources.files.reports import ReportedStay, person, sessions
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
from rollbook.sources.files.text import all_or_nothing, utf8

_NAMES = ("name (original name)", "user name (original name)", "name", "user name")
_EMAILS = ("user email", "email")
_HOSTS = ("host email", "host", *_EMAILS)
_MEETINGS = ("meeting id", "webinar id", "id")
_DURATIONS = ("duration (minutes)", "time in session (minutes)", "duration")
_SECTIONS = {
    "host details": Role.TEACHER,
    "panelist details": Role.MODERATOR,
    "attendee details": None,
    "other attended": None,
}
# A column of its own: other platforms have a "Meeting Topic".
_TOPIC = re.compile(r'(?:^|[,;\t])"?topic"?\s*[,;\t]', re.MULTILINE)
_ADDRESS_BEHIND_NAME = re.compile(r"\(([^()\s]+@[^()\s]+)\)$")
# What a spreadsheet makes of a meeting's number: the number itself is lost.
_ROUNDED = re.compile(r"\d(?:[.,]\d+)?E\+\d+", re.IGNORECASE)


def read_zoom(stream: BinaryIO, options: ReadOptions) -> Iterator[ImportRow]:
    """Each stay in the report as a session; who never left the waiting room is passed over.

    Raises InvalidInput, before anything is given back, where there is no table of participants or no
    meeting, and where a heading cannot be read.
    """
    return sessions("zoom", all_or_nothing(stream, lambda: _stays(stream, options)), options)


def recognizes(text: str) -> bool:
    """Whether a file that begins like this is a report of Zoom's."""
    lowered = text.casefold()
    named = "(original name)" in lowered or _TOPIC.search(lowered) is not None
    return "join time" in lowered and named


def _stays(stream: BinaryIO, options: ReadOptions) -> Iterator[ReportedStay | RejectedRow]:
    source = utf8(stream, options.encoding)
    delimiter = delimiter_of(source.peek(1).decode(errors="replace"))
    return _Report(options, delimiter).stays(records(source, delimiter))


@value
class _Columns:
    """Where the cells of a table stand; None for a column that it does not have."""

    width: int
    name: int
    joined: int
    left: int
    email: int | None
    waiting: int | None
    attended: int | None
    meeting: int | None
    topic: int | None
    host: int | None
    ends: int | None
    lasted: int | None


class _Report:
    """Goes through a report and knows which meeting and which table it is in."""

    def __init__(self, options: ReadOptions, delimiter: str) -> None:
        self._options = options
        self._delimiter = delimiter
        self._meeting = ("", "")
        self._ends = ""
        self._host = ""
        self._role: Role | None = None
        self._columns: _Columns | None = None
        self._block: list[str] = []

    def stays(self, rows: Iterator[Record | RejectedRow]) -> Iterator[ReportedStay | RejectedRow]:
        found_table = False
        for row in rows:
            if isinstance(row, RejectedRow):
                refuse_lost_heading(row, self._delimiter, self._may_be_heading)
                yield row
            elif not self._is_heading(row) and self._columns is not None:
                yield from self._stay(row, self._columns)
            found_table = found_table or self._columns is not None
        if not found_table:
            needed = "Name (Original Name), Join Time and Leave Time"
            raise InvalidInput(f"the file must have a table with the columns {needed}, in English")

    def _may_be_heading(self, labels: list[str]) -> bool:
        """Whether this is about the rows below it, as far as it can be read."""
        known = _columns(labels) is not None or "topic" in labels or labels[0] in _SECTIONS
        return known or self._columns is None or bool(self._block)

    def _is_heading(self, row: Record) -> bool:
        """Take in a row that is about the rows below it."""
        labels = [label(cell) for cell in row.cells]
        if columns := _columns(labels):
            self._columns, self._block = columns, []
        elif "topic" in labels and place_of(labels, _MEETINGS) is not None:
            self._block = labels
        elif self._block:
            self._take_meeting(dict(zip(self._block, row.cells, strict=False)))
        elif labels[0] in _SECTIONS:
            self._role = _SECTIONS[labels[0]]
        else:
            return False
        return True

    def _take_meeting(self, values: dict[str, str]) -> None:
        self._block = []
        number = next((values[name] for name in _MEETINGS if name in values), "")
        self._meeting = (number, values.get("topic", ""))
        hosts = [values[name] for name in _HOSTS if "@" in values.get(name, "")]
        self._host = _address(hosts[0]) if hosts else ""
        self._ends = values.get("end time", "")

    def _stay(self, row: Record, columns: _Columns) -> Iterator[ReportedStay | RejectedRow]:
        if len(row.cells) > columns.width and any(row.cells[columns.width :]):
            reason = f"row must have at most {columns.width} cells like its header"
            yield rejected(row.line, reason, row.raw)
        # Who only waited, or was only registered, was not in the room.
        elif row.cell(columns.waiting).lower() != "yes" and row.cell(columns.attended) != "No":
            yield self._stay_of(row, columns)

    def _stay_of(self, row: Record, columns: _Columns) -> ReportedStay:
        email, name = row.cell(columns.email), _shown_name(row.cell(columns.name))
        host = self._host if columns.host is None else _address(row.cell(columns.host))
        return ReportedStay(
            line=row.line,
            raw=row.raw,
            room=self._room(row, columns),
            person=person(email, "", name),
            name=name,
            role=Role.TEACHER if email and email.lower() == host else self._role,
            joined=row.cell(columns.joined),
            left=row.cell(columns.left),
            ends=self._ends if columns.ends is None else row.cell(columns.ends),
            lasted=seconds_of_minutes(row.cell(columns.lasted)),
        )

    def _room(self, row: Record, columns: _Columns) -> Room:
        number, topic = self._meeting
        if columns.meeting is not None:
            number, topic = row.cell(columns.meeting), row.cell(columns.topic)
        return Room(
            self._options.room_id or _meeting_id("".join(number.split())),
            self._options.room_title or " ".join(topic.split()),
        )


def _columns(labels: list[str]) -> _Columns | None:
    if "join time" not in labels or "leave time" not in labels:
        return None
    name = place_of(labels, _NAMES)
    if name is None:
        return None
    return _Columns(
        width=width_of(labels),
        name=name,
        joined=labels.index("join time"),
        left=labels.index("leave time"),
        email=_behind(name, labels, _EMAILS),
        waiting=place_of(labels, ("in waiting room",)),
        attended=place_of(labels, ("attended",)),
        meeting=place_of(labels[:name], _MEETINGS),
        topic=place_of(labels[:name], ("topic",)),
        host=place_of(labels[:name], _HOSTS),
        ends=place_of(labels[:name], ("end time",)),
        lasted=_behind(name, labels, _DURATIONS),
    )


def _behind(name: int, labels: list[str], names: tuple[str, ...]) -> int | None:
    """Where a column stands that is about the participant: those before the name are not."""
    place = place_of(labels[name:], names)
    return None if place is None else name + place


def _address(cell: str) -> str:
    """The address of a host, which may stand in brackets behind the name."""
    found = _ADDRESS_BEHIND_NAME.search(cell.strip())
    return (found[1] if found else cell.strip()).lower()


def _meeting_id(number: str) -> str:
    if not number:
        raise InvalidInput("the file names no meeting: say which room it is, with --room")
    if _ROUNDED.fullmatch(number):
        problem = "a spreadsheet has rounded the meeting's number"
        raise InvalidInput(f"{problem}: say which room it is, with --room")
    return number


def _shown_name(cell: str) -> str:
    """The name that others saw; after it, who renamed themselves has the first name in brackets."""
    if not cell.endswith(")"):
        return cell
    depth = 0
    for place in reversed(range(len(cell))):
        depth += (cell[place] == ")") - (cell[place] == "(")
        if depth == 0:
            return cell[:place].rstrip() or cell
    return cell
