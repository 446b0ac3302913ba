"""The contract's CSV reports, line by line, without limit and in bounded memory.

Two looks at one snapshot: in the first the database adds up, the second writes the rows, so that the
summary at the top always agrees with the rows below it.
"""

import re
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing

from rollbook.domain.credits import CreditRule, rounded_quotient
from rollbook.domain.csv_cells import CsvForm
from rollbook.domain.instants import to_text
from rollbook.domain.organizations import Organization
from rollbook.domain.report import (
    Profile,
    RoomTotals,
    StoredSessions,
    Totals,
    by_time_spent,
    session_line,
    totals_of,
)
from rollbook.domain.values import value
from rollbook.service.reports.participant import ReportQuestion
from rollbook.service.reports.ports import Reports, SessionQuery, SessionReader

_UNSAFE_IN_FILE_NAME = re.compile(r"[^\w.@-]+")
_LONGEST_PART = 90
"""Bytes of a uid or room in a file's name: with both and a range it stays under the 255 bytes that
file systems allow."""


@value
class CsvReport:
    """A CSV on its way: a name for the file, and its text in chunks of many lines."""

    file_name: str
    chunks: AsyncGenerator[str, None]


def csv_report(
    reports: Reports,
    organization: Organization,
    question: ReportQuestion,
    form: CsvForm,
    now: int,
) -> CsvReport:
    """The CSV that answers a question; pages do not apply to it.

    Its chunks raise StoreUnavailable, the first of them where the database is away.
    """
    writer = _Writer(form, organization.credit_rule, now)
    chunks = _chunks(reports, question.sessions(organization.org_id), writer)
    return CsvReport(f"{file_stem(question)}.csv", chunks)


def file_stem(question: ReportQuestion) -> str:
    """The name of a file: participant, room and range, without what systems give a meaning."""
    room_id, days = question.room_id, question.days
    parts = ["sessions", safe_part(question.uid), *([safe_part(room_id)] if room_id else [])]
    return "_".join(parts + [str(day) for day in dict.fromkeys((days.first, days.last))])


def safe_part(text: str) -> str:
    """Letters and digits of any script and a few signs, and no more than a name can hold."""
    safe = _UNSAFE_IN_FILE_NAME.sub("-", text)
    return safe.encode()[:_LONGEST_PART].decode(errors="ignore")


async def _chunks(
    reports: Reports, query: SessionQuery, writer: "_Writer"
) -> AsyncGenerator[str, None]:
    async with reports.snapshot(export=True) as snapshot:
        # Who takes it sees that it is on its way, while the database still adds up.
        yield writer.opening(await snapshot.profile(query.org_id, query.uid), query.room_id)
        rooms = await snapshot.room_totals(query, writer.rule, writer.now)
        yield await _head(snapshot, query, writer, rooms)
        number = 1
        # Closed with this one: what reads must have ended before its snapshot does.
        async with aclosing(snapshot.oldest_first(query)) as batches:
            async for batch in batches:
                if query.room_id is None:
                    yield "".join(writer.detailed_rows(batch.sessions))
                else:
                    yield "".join(writer.numbered_rows(batch.sessions, number))
                    number += len(batch.sessions)


async def _head(
    snapshot: SessionReader,
    query: SessionQuery,
    writer: "_Writer",
    rooms: Sequence[RoomTotals],
) -> str:
    if query.room_id is None:
        return "".join(writer.head_of_all_rooms(rooms))
    title = await snapshot.room_title(query.org_id, query.room_id)
    return "".join(writer.head_of_room(query.room_id, title, totals_of(rooms)))


@value
class _Writer:
    """Writes the contract's lines."""

    form: CsvForm
    rule: CreditRule
    now: int

    def opening(self, profile: Profile, room_id: str | None) -> str:
        line, text = self.form.line, self.form.text
        heading = "Participant Session Report" + (" - Single Room" if room_id else "")
        return "".join(
            [
                self.form.first_line(heading),
                line("Participant UID", text(profile.uid)),
                line("Participant Name", text(profile.name)),
                line("Role", profile.role or ""),
            ]
        )

    def head_of_all_rooms(self, rooms: Sequence[RoomTotals]) -> Iterator[str]:
        line = self.form.line
        yield line("Summary")
        yield line("Total Rooms Attended", str(len(rooms)))
        yield from self._sums(totals_of(rooms))
        yield line("Room Summary")
        yield line(
            "Room ID",
            "Room Title",
            "Sessions",
            "Total Time (min)",
            "Credits Consumed",
            "Avg Session (min)",
        )
        for room in by_time_spent(rooms):
            yield self._room_row(room)
        yield line("Detailed Sessions")
        yield line(
            "Room ID",
            "Room Title",
            "Joined At",
            "Left At",
            "Duration (min)",
            "Credits",
            "Status",
            "IP Address",
        )

    def head_of_room(self, room_id: str, title: str | None, totals: Totals) -> Iterator[str]:
        line, form = self.form.line, self.form
        yield line("Room ID", form.text(room_id))
        yield line("Room Title", form.title(title))
        yield line("Summary")
        yield from self._sums(totals)
        yield line("Sessions")
        yield line(
            "Session #",
            "Joined At",
            "Left At",
            "Duration (minutes)",
            "Credits Consumed",
            "Status",
            "IP Address",
        )

    def detailed_rows(self, sessions: StoredSessions) -> Iterator[str]:
        line, form = self.form.line, self.form
        for room_id, title, joined_at, left_at, ip_address, _, _ in sessions:
            cells = self._cells(joined_at, left_at, ip_address)
            yield line(form.text(room_id), form.title(title), *cells)

    def numbered_rows(self, sessions: StoredSessions, first: int) -> Iterator[str]:
        for number, (_, _, joined_at, left_at, ip_address, _, _) in enumerate(sessions, first):
            yield self.form.line(str(number), *self._cells(joined_at, left_at, ip_address))

    def _sums(self, totals: Totals) -> Iterator[str]:
        line = self.form.line
        yield line("Total Sessions", str(totals.sessions))
        yield line("Total Time (minutes)", _minutes(totals.seconds))
        yield line("Total Credits Consumed", str(totals.credits))
        yield line("Average Session Duration (minutes)", str(totals.average_minutes))

    def _room_row(self, room: RoomTotals) -> str:
        totals = room.totals
        return self.form.line(
            self.form.text(room.room_id),
            self.form.title(room.title),
            str(totals.sessions),
            _minutes(totals.seconds),
            str(totals.credits),
            str(totals.average_minutes),
        )

    def _cells(self, joined_at: int, left_at: int | None, ip_address: str | None) -> list[str]:
        _, left_at, seconds, spent, _ = session_line(
            joined_at, left_at, ip_address, self.rule, self.now
        )
        return [
            to_text(joined_at),
            "" if left_at is None else to_text(left_at),
            _minutes(seconds),
            str(spent),
            "Active" if left_at is None else "Completed",
            ip_address or "",
        ]


def _minutes(seconds: int) -> str:
    return str(rounded_quotient(seconds, 60))
