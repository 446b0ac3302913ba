"""A room's schedule out of CSV: a line for each class, or for what is otherwise on some day.

Columns: `weekdays` (`mon wed`) or `day`, `from`, `to`, and where they are needed `since`, `until`,
`title`. A line whose `cancelled` is `yes` says that on its day (and `until` another) no weekly class
is; one with `at` says that the weekly class that begins then is at other times on its day.
"""

import csv
from collections.abc import Callable, Iterator
from datetime import date

from rollbook.domain import schedule_entries as entries
from rollbook.domain.errors import InvalidInput
from rollbook.domain.schedule_entries import Told
from rollbook.domain.schedules import MOST_ENTRIES, Cancelled, Moved, Schedule, Single, Weekly

_COLUMNS = ("weekdays", "day", "from", "to", "since", "until", "title", "cancelled", "at")
_YES = {"yes", "y", "true", "1", "x"}
_NO = {"", "no", "n", "false", "0"}

Entry = Weekly | Single | Cancelled | Moved


def schedule_from_csv(text: str, since: date) -> Schedule:
    """The schedule; its weekly classes are from `since` on where their line tells no day.

    Raises InvalidInput, naming the line and the column.
    """
    found = [entry for number, told in _lines(text) for entry in _entries(told, number, since)]
    if not found:
        raise InvalidInput("CSV must have a line for a class below its header", field="body")
    return Schedule(
        [one for one in found if isinstance(one, Weekly)],
        [one for one in found if isinstance(one, Single)],
        [one for one in found if isinstance(one, Cancelled)],
        [one for one in found if isinstance(one, Moved)],
    )


def _lines(text: str) -> Iterator[tuple[int, Told]]:
    """Each line that tells anything, by its columns, with its number."""
    lines = text.removeprefix("\ufeff").splitlines()
    delimiter = next((mark for mark in "\t;" if lines and mark in lines[0]), ",")
    reader = csv.reader(lines, delimiter=delimiter)
    try:
        columns = [_column(name) for name in next(reader, [])]
        if not {"weekdays", "day"} & set(columns) or "from" not in columns:
            message = "CSV must have a header with the columns weekdays or day, from and to"
            raise InvalidInput(message, field="body")
        for row in reader:
            told = {name: cell.strip() for name, cell in zip(columns, row, strict=False) if name}
            if reader.line_num > MOST_ENTRIES * 2:
                raise InvalidInput(
                    f"CSV must have at most {MOST_ENTRIES * 2:,} lines", field="body"
                )
            if any(told.values()):
                yield reader.line_num, told
    except csv.Error:
        raise InvalidInput(f"line {reader.line_num} cannot be read as CSV", field="body") from None


def _column(name: str) -> str:
    name = name.strip().casefold()
    return {"weekday": "weekdays"}.get(name, name if name in _COLUMNS else "")


def _entries(told: Told, number: int, since: date) -> list[Entry]:
    def where(name: str) -> str:
        return f"{name} in line {number}"

    if told.get("weekdays"):
        return [*entries.weekly(told, entries.names_of_days(told["weekdays"] or ""), since, where)]
    if _flag(told, where):
        return [entries.cancelled(told, where)]
    return [entries.moved(told, where) if told.get("at") else entries.single(told, where)]


def _flag(told: Told, where: Callable[[str], str]) -> bool:
    text = (told.get("cancelled") or "").casefold()
    if text not in _YES | _NO:
        field = where("cancelled")
        raise InvalidInput(f"{field} must be yes, or empty", field=field)
    return text in _YES
