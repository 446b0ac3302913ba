"""Reads Microsoft Teams' attendance reports, in the forms they have had since 2020.

What is known of the format, and where it was read:

* The report of today: UTF-16 with a byte order mark, tabs (re-saved: UTF-8 or commas), and
  sections `1. Summary` (pairs such as `Meeting title`), `2. Participants` (one row per person:
  `Name, First Join, Last Leave, In-Meeting Duration, Email, Participant ID (UPN), Role`, then
  perhaps `Engagement: ...`), `3. In-Meeting Activities` (each single stay: `Name, Join Time,
  Leave Time, Duration, Email, Role`) and perhaps `4. Meeting Engagement`. Times such as
  `9/22/26, 2:48:05 PM` or `14/11/22, 09:29:07`; texts with line breaks are quoted.
  (dvaneynde/teams-attendance data/*.csv; alsapalat/teams-attendance-consolidator
  src/ms-teams/validation.ts; engagement columns: brockwebb/ms-teams-attendance-reporter
  data/synthetic/; section 4: tests of another public program)
* Before: `Meeting Summary` with `Meeting Title` and `Meeting Id`, then one table `Full Name, Join
  Time, Leave Time, Duration, Email, Role, Participant ID (UPN)`. (From descriptions: no file of
  this kind was found. The column names are all that the reader counts on.)
* Lists of joining and leaving: see teams_events.py.
* Other languages: section numbers and the order of the columns stay, all words change
  (`2. Participantes`, `Nome, Primeiro ingresso, ...`; dates `22.7.2026 7.05.12`), seen in the
  tests of public programs only. So tables are found by words, then by number and place.
* Times are local without an offset, in the language of whoever downloaded the report; one
  program reads a column `First Join (UTC)`.
"""

import re
from collections.abc import Iterator
from typing import BinaryIO

from rollbook.domain.errors import InvalidInput
from rollbook.domain.events import Role, Room
from rollbook.sources.files.date_orders import ORDERS
from rollbook.sources.files.durations import seconds_of
from rollbook.sources.files.local_times import local_time
from rollbook.sources.files.reports import ReportedStay, room_named, sessions
from rollbook.sources.files.rows import ImportRow, ReadOptions, RejectedRow
from rollbook.sources.files.tables import (
    Record,
    delimiter_of,
    label,
    records,
    refuse_lost_heading,
    width_of,
)
from rollbook.sources.files.teams_events import (
    Event,
    EventColumns,
    event_columns,
    is_event,
    stays_of,
)
from rollbook.sources.files.teams_tables import (
    ACTIVITIES,
    PARTICIPANTS,
    Columns,
    Row,
    columns_by_place,
    columns_of,
    single_stays,
)
from rollbook.sources.files.text import utf8

_MAX_ROWS = 200_000
"""Rows of a report that are held until it is known which section counts; meetings are smaller."""

_LINES_OF_A_NOTICE = 3
_SUMMARY = 1
_SECTION = re.compile(r"\s*(\d)\. ?\S.*", re.DOTALL)
_ROLES = {
    Role.TEACHER: "organizer organiser co-organizer co-organiser coorganizer organizador "
    "organisateur organisator organizzatore",
    Role.MODERATOR: "presenter",
    Role.STUDENT: "attendee participante",
}
_ROLE_BY_WORD = {word: role for role, words in _ROLES.items() for word in words.split()}


def read_teams(stream: BinaryIO, options: ReadOptions) -> Iterator[ImportRow]:
    """Each stay in the report as a session: from section 3 where there is one.

    Raises InvalidInput where there is no table of participants, or no title and no room.
    """
    source = utf8(stream, options.encoding)
    delimiter = delimiter_of(source.peek(1).decode(errors="replace"))
    report = _Report(options, delimiter)
    for row in records(source, delimiter):
        report.take(row)
    yield from sessions("teams", report.stays(), options)


def recognizes(text: str) -> bool:
    """Whether a file that begins like this is a report of Teams'; a notice may stand before it."""
    lines = [label(line.replace('"', " ")) for line in text.splitlines()]
    begins = [line for line in lines if line][:_LINES_OF_A_NOTICE]
    section = bool(begins) and re.match(r"\d\. \S", begins[0]) is not None
    return section or any(map(_is_known_heading, begins))


def _is_known_heading(line: str) -> bool:
    table = line.startswith("full name") and ("user action" in line or "join time" in line)
    return table or line.startswith("meeting summary") or "utceventtimestamp" in line


class _Report:
    """Goes through a report once and keeps its rows by section."""

    def __init__(self, options: ReadOptions, delimiter: str) -> None:
        self._options = options
        self._delimiter = delimiter
        self._section: int | None = None
        self._columns: Columns | EventColumns | None = None
        self._summary: dict[str, str] = {}
        self._rows: list[Row] = []
        self._lists: list[list[Event]] = [[]]
        self._rejects: list[RejectedRow] = []
        self._found_table = False
        self._held = 0

    def take(self, row: Record | RejectedRow) -> None:
        self._held += 1
        if self._held >= _MAX_ROWS:
            raise InvalidInput(f"a report of Teams' must have fewer than {_MAX_ROWS:,} rows")
        if isinstance(row, RejectedRow):
            refuse_lost_heading(row, self._delimiter, self._may_be_heading)
            self._rejects.append(row)
        else:
            self._refuse_another_report(row)
            if not self._is_section(row) and not self._is_header(row):
                self._take_cells(row)

    def _refuse_another_report(self, row: Record) -> None:
        """Raise InvalidInput where another meeting's report begins: its people are not in this room."""
        begins = _SECTION.fullmatch(row.cells[0])
        heading = label(row.cells[0]) == "meeting summary" or (
            begins and int(begins[1]) == _SUMMARY
        )
        if self._found_table and heading and not any(map(row.cell, range(1, len(row.cells)))):
            raise InvalidInput(
                f"another report begins in line {row.line}: put each into a file of its own"
            )

    def stays(self) -> Iterator[ReportedStay | RejectedRow]:
        """What counts, in the order of the file."""
        if not self._found_table:
            message = "the file must have a table of participants with join and leave times"
            raise InvalidInput(message)
        room = self._room()
        # The summary tells when the meeting began and when it ended, in this order.
        times = [text for text in self._summary.values() if _is_time(text)]
        ends = times[-1] if len(times) > 1 else ""
        stays = [_stay(row, room, ends) for row in single_stays(self._rows)]
        told = stays_of(self._lists, room, _role, self._options)
        yield from sorted([*self._rejects, *stays, *told], key=lambda row: row.line)

    def _may_be_heading(self, labels: list[str]) -> bool:
        """Whether this is about the rows below it, as far as it can be read."""
        return self._columns is None or _SECTION.fullmatch(labels[0]) is not None

    def _is_section(self, row: Record) -> bool:
        begins = _SECTION.fullmatch(row.cells[0])
        if begins is None or any(map(row.cell, range(1, len(row.cells)))):
            return False
        self._section, self._columns = int(begins[1]), None
        return True

    def _is_header(self, row: Record) -> bool:
        labels = [label(cell) for cell in row.cells]
        header = columns_of(labels) or event_columns(labels)
        if self._columns is None:
            header = header or self._columns_in_another_language(labels)
            self._columns = EventColumns(0, 1, 2) if is_event(labels) else None
        self._columns = header or self._columns
        if isinstance(header, EventColumns) and self._lists[-1]:
            self._lists.append([])
        self._found_table = self._found_table or self._columns is not None
        return header is not None

    def _columns_in_another_language(self, labels: list[str]) -> Columns | None:
        width = width_of(labels)
        is_table = width >= 5 and self._section in (PARTICIPANTS, ACTIVITIES)
        return columns_by_place(width) if is_table else None

    def _take_cells(self, row: Record) -> None:
        if isinstance(self._columns, EventColumns):
            self._lists[-1].append(self._columns.event(row))
        elif self._columns is not None:
            self._rows.append(Row(self._section, self._columns, row))
        elif self._section in (None, _SUMMARY) and len(row.cells) > 1:
            self._summary.setdefault(label(row.cells[0]), row.cells[1].strip())

    def _room(self) -> Room:
        title = self._title()
        room_id = self._options.room_id or self._summary.get("meeting id")
        if not room_id and not title:
            raise InvalidInput("the file names no meeting: say which room it is, with --room")
        return Room(room_id or room_named("teams", title), self._options.room_title or title)

    def _title(self) -> str:
        # In every language the title comes first in section 1; without one, a number does.
        first = next(iter(self._summary.values()), "") if self._section else ""
        likely = first if any(map(str.isalpha, first)) and not _is_time(first) else ""
        return " ".join(self._summary.get("meeting title", likely).split())


def _stay(row: Row, room: Room, ends: str) -> ReportedStay:
    return ReportedStay(
        line=row.record.line,
        raw=row.record.raw,
        room=room,
        person=row.person,
        name=row.name,
        role=_role(row.record.cell(row.columns.role)),
        joined=row.joined,
        left=row.left,
        utc=row.columns.utc,
        ends=ends,
        lasted=seconds_of(row.lasted),
    )


def _is_time(text: str) -> bool:
    return any(local_time(text, order) for order in ORDERS)


def _role(word: str) -> Role | None:
    return _ROLE_BY_WORD.get(label(word))
