"""The dashboard's own CSV files."""

from collections.abc import Iterator

from rollbook.domain.attendance import AttendanceRule, Attended
from rollbook.domain.credits import rounded_quotient
from rollbook.domain.csv_cells import BYTE_ORDER_MARK, CsvForm
from rollbook.domain.instants import optional_text, to_text
from rollbook.domain.report import Totals
from rollbook.service.reports.room import RoomView
from rollbook.service.reports.usage import Slice, Usage


def room_lines(view: RoomView, rule: AttendanceRule, form: CsvForm) -> Iterator[str]:
    """A class: the rule, then everybody in it."""
    line = form.line
    yield (BYTE_ORDER_MARK if form.byte_order_mark else "") + line("Attendance Report")
    yield line("Room ID", form.text(view.room_id))
    yield line("Room Title", form.title(view.title))
    if view.shown is not None:
        yield line("Class Began", to_text(view.shown[0]))
        yield line("Class Ended", to_text(view.shown[1]))
    yield line("Minimum Share (%)", str(rule.share))
    yield line("Grace (min)", str(rule.grace))
    yield line("Peak Concurrency", str(view.peak[0]))
    yield line(
        "UID",
        "Name",
        "Role",
        "First Join",
        "Last Leave",
        "Joins",
        "Total Time (min)",
        "Merged Time (min)",
        "Share (%)",
        "Late (min)",
        "Left Early (min)",
        "Attendance",
        "Credits",
    )
    for one in view.people:
        yield _attended(one, form)


def _attended(one: Attended, form: CsvForm) -> str:
    return form.line(
        form.text(one.person.uid),
        form.text(one.person.name),
        one.person.role or "",
        to_text(one.first_join),
        optional_text(one.last_leave) or "",
        str(len(one.stays)),
        _minutes(one.raw),
        _minutes(one.merged),
        str(one.share),
        str(one.late),
        str(one.early),
        one.verdict.value,
        str(one.credits),
    )


def usage_lines(found: Usage, form: CsvForm) -> Iterator[str]:
    """A range by day, by room and by role; each part adds up to the same sums."""
    line = form.line
    yield (BYTE_ORDER_MARK if form.byte_order_mark else "") + line("Usage Report")
    yield line("Total", *_sums(found.totals))
    yield line("Part", "Key", "Title", "Sessions", "Total Time (min)", "Credits Consumed")
    for day, totals in found.days:
        yield line("Day", day.isoformat(), "", *_sums(totals))
    for part, slices in (("Room", found.rooms), ("Role", found.roles)):
        for one in slices:
            yield _slice(part, one, form)


def _slice(part: str, one: Slice, form: CsvForm) -> str:
    return form.line(part, form.text(one.key), form.text(one.label), *_sums(one.tally.totals))


def _sums(totals: Totals) -> tuple[str, str, str]:
    return str(totals.sessions), _minutes(totals.seconds), str(totals.credits)


def _minutes(seconds: int) -> str:
    return str(rounded_quotient(seconds, 60))
