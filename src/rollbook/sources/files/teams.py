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
from dataclasses import dataclass
from typing import BinaryIO

from rollbook.domain.errors import InvalidInput
from rollbook.domain.events import Role, Room
from rollbook.sources.files.reports import ReportedStay, person, room_named, sessions
from rollbook.sources.files.rows import ImportRow, ReadOptions, RejectedRow
from rollbook.sources.files.tables import Record, delimiter_of, label, place_of, records
from rollbook.sources.files.teams_events import (
    Event,
    EventColumns,
    event_columns,
    is_event,
    stays_of,
)
from rollbook.sources.files.text import utf8

_MAX_ROWS = 200_000
"""Rows of a report that are held until it is known which section counts; meetings are smaller."""

_SUMMARY, _PARTICIPANTS, _ACTIVITIES = 1, 2, 3
_SECTION = re.compile(r"\s*(\d)\. ?\S.*", re.DOTALL)
_JOINS = ("join time", "first join", "first join time")
_LEAVES = ("leave time", "last leave", "last leave time")
_UTC = " (utc)"
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
    source = utf8(stream)
    delimiter = delimiter_of(source.peek(1).decode(errors="replace"))
    report = _Report(options)
    for row in records(source, delimiter):
        report.take(row)
    yield from sessions("teams", report.stays(), options)


def recognizes(text: str) -> bool:
    """Whether a file that begins like this is a report of Teams'."""
    first_line = label(text.lstrip(' \r\n"').partition("\n")[0])
    section = re.match(r"\d\. \S", first_line) is not None
    list_header = first_line.startswith("full name") and "user action" in first_line
    table_header = first_line.startswith("full name") and "join time" in first_line
    other = first_line.startswith("meeting summary") or "utceventtimestamp" in first_line
    return section or list_header or table_header or other


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where the cells of a table stand; None for a column that it does not have."""

    name: int
    joined: int
    left: int
    email: int | None
    platform_id: int | None
    role: int | None
    utc: bool = False


class _Report:
    """Goes through a report once and keeps its rows by section."""

    def __init__(self, options: ReadOptions) -> None:
        self._options = options
        self._section: int | None = None
        self._columns: _Columns | EventColumns | None = None
        self._summary: dict[str, str] = {}
        self._rows: list[tuple[int | None, _Columns, Record]] = []
        self._events: list[Event] = []
        self._rejects: list[RejectedRow] = []
        self._found_table = False

    def take(self, row: Record | RejectedRow) -> None:
        held = (self._summary, self._rows, self._events, self._rejects)
        if sum(map(len, held)) >= _MAX_ROWS:
            raise InvalidInput(f"a report of Teams' must have fewer than {_MAX_ROWS:,} rows")
        if isinstance(row, RejectedRow):
            self._rejects.append(row)
        elif not self._is_section(row) and not self._is_header(row):
            self._take_cells(row)

    def stays(self) -> Iterator[ReportedStay | RejectedRow]:
        """What counts, in the order of the file."""
        if not self._found_table:
            message = "the file must have a table of participants with join and leave times"
            raise InvalidInput(message)
        room = self._room()
        # The participants of section 2 are the same people again, one row for all their stays.
        single = [row for row in self._rows if row[0] == _ACTIVITIES]
        stays = [_stay(row, columns, room) for _, columns, row in single or self._rows]
        told = stays_of(self._events, room, _role, self._options.date_order)
        yield from sorted([*self._rejects, *stays, *told], key=lambda row: row.line)

    def _is_section(self, row: Record) -> bool:
        begins = _SECTION.fullmatch(row.cells[0])
        if begins is None or any(row.cells[1:]):
            return False
        self._section, self._columns = int(begins[1]), None
        return True

    def _is_header(self, row: Record) -> bool:
        labels = [label(cell) for cell in row.cells]
        header = _columns(labels) or event_columns(labels)
        if self._columns is None:
            header = header or self._columns_by_place(len(labels))
            self._columns = EventColumns(0, 1, 2) if is_event(labels) else None
        self._columns = header or self._columns
        self._found_table = self._found_table or self._columns is not None
        return header is not None

    def _columns_by_place(self, width: int) -> _Columns | None:
        """The columns of a table whose words are of another language."""
        if width < 5 or self._section not in (_PARTICIPANTS, _ACTIVITIES):
            return None
        has_id = width > 6
        return _Columns(0, 1, 2, 4, 5 if has_id else None, 6 if has_id else width - 1)

    def _take_cells(self, row: Record) -> None:
        if isinstance(self._columns, EventColumns):
            self._events.append(self._columns.event(row))
        elif self._columns is not None:
            self._rows.append((self._section, self._columns, row))
        elif self._section in (None, _SUMMARY) and len(row.cells) > 1:
            self._summary.setdefault(label(row.cells[0]), row.cells[1].strip())

    def _room(self) -> Room:
        title = self._title()
        room_id = self._options.room_id or self._summary.get("meeting id")
        if not room_id and not title:
            raise InvalidInput("the file names no meeting: say which room it is, with --room")
        return Room(room_id or room_named("teams", title), self._options.room_title or title)

    def _title(self) -> str:
        # In every language the title comes first in section 1.
        first = next(iter(self._summary.values()), "") if self._section else ""
        return " ".join(self._summary.get("meeting title", first).split())


def _columns(labels: list[str]) -> _Columns | None:
    plain = [name.removesuffix(_UTC) for name in labels]
    name, joined, left = (
        place_of(plain, names) for names in (("name", "full name"), _JOINS, _LEAVES)
    )
    if name is None or joined is None or left is None:
        return None
    return _Columns(
        name=name,
        joined=joined,
        left=left,
        email=place_of(plain, ("email",)),
        platform_id=place_of(plain, ("participant id (upn)", "participant id")),
        role=place_of(plain, ("role",)),
        utc=labels[joined].endswith(_UTC),
    )


def _stay(row: Record, columns: _Columns, room: Room) -> ReportedStay:
    name = row.cell(columns.name)
    return ReportedStay(
        line=row.line,
        raw=row.raw,
        room=room,
        person=person(row.cell(columns.email), row.cell(columns.platform_id), name),
        name=name,
        role=_role(row.cell(columns.role)),
        joined=row.cell(columns.joined),
        left=row.cell(columns.left),
        utc=columns.utc,
    )


def _role(word: str) -> Role | None:
    return _ROLE_BY_WORD.get(label(word))
