"""The CSV answers that the second reading (support/oracle.py) expects."""

from collections.abc import Iterable
from fractions import Fraction

from support.oracle import (
    Body,
    Ledger,
    Sums,
    address,
    by_room,
    cost,
    duration,
    end_of,
    half_up,
    instant,
    matching,
    name_and_role,
    sums_of,
    title,
)
from support.visits import Visit

Row = list[str]


class Title(str):
    """A cell that is always quoted."""

    __slots__ = ()


def text(value: str | None) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{value}" if value and value[0] in "=+-@\t\r" else value or ""


def expected_rows(ledger: Ledger, body: Body) -> list[Row]:
    """Every line as its cells."""
    return list(_one_room(ledger, body) if body.get("roomId") else _all_rooms(ledger, body))


def expected_text(rows: Iterable[Row], delimiter: str, mark: str) -> str:
    """The lines as they are written."""
    lines = [delimiter.join(_cell(cell, delimiter) for cell in row) + "\r\n" for row in rows]
    return mark + "".join(lines)


def _cell(cell: str, delimiter: str) -> str:
    """RFC 4180, and quotes around what begins or ends with a space: some readers trim it."""
    inside = any(mark in cell for mark in (delimiter, '"', "\r", "\n"))
    if isinstance(cell, Title) or inside or cell[:1] == " " or cell[-1:] == " ":
        return '"{}"'.format(cell.replace('"', '""'))
    return cell


def _all_rooms(ledger: Ledger, body: Body) -> Iterable[Row]:
    newest = matching(ledger, body)
    rooms = {room: sums_of(ledger, visits) for room, visits in by_room(newest).items()}
    yield ["Participant Session Report"]
    yield from _participant(ledger, body)
    yield ["Summary"]
    yield ["Total Rooms Attended", str(len(rooms))]
    yield from _sums(sums_of(ledger, newest))
    yield ["Room Summary"]
    yield _split("Room ID,Room Title,Sessions,Total Time (min),Credits Consumed,Avg Session (min)")
    for room in sorted(rooms, key=lambda room: (-rooms[room].seconds, room)):
        yield _room(ledger, room, rooms[room])
    yield ["Detailed Sessions"]
    yield _split("Room ID,Room Title,Joined At,Left At,Duration (min),Credits,Status,IP Address")
    for visit in reversed(newest):
        yield [text(visit.room), _title(ledger, visit.room), *_session(ledger, visit)]


def _one_room(ledger: Ledger, body: Body) -> Iterable[Row]:
    newest = matching(ledger, body)
    yield ["Participant Session Report - Single Room"]
    yield from _participant(ledger, body)
    yield ["Room ID", text(body["roomId"])]
    yield ["Room Title", _title(ledger, body["roomId"])]
    yield ["Summary"]
    yield from _sums(sums_of(ledger, newest))
    yield ["Sessions"]
    yield _split(
        "Session #,Joined At,Left At,Duration (minutes),Credits Consumed,Status,IP Address"
    )
    for number, visit in enumerate(reversed(newest), start=1):
        yield [str(number), *_session(ledger, visit)]


def _split(header: str) -> Row:
    return header.split(",")


def _participant(ledger: Ledger, body: Body) -> Iterable[Row]:
    name, role = name_and_role(ledger, body["uid"])
    yield ["Participant UID", text(body["uid"])]
    yield ["Participant Name", text(name)]
    yield ["Role", role or ""]


def _sums(sums: Sums) -> Iterable[Row]:
    yield ["Total Sessions", str(sums.count)]
    yield ["Total Time (minutes)", _minutes(sums.seconds)]
    yield ["Total Credits Consumed", str(sums.credits)]
    yield ["Average Session Duration (minutes)", str(sums.average_in_minutes)]


def _room(ledger: Ledger, room: str, sums: Sums) -> Row:
    return [
        text(room),
        _title(ledger, room),
        str(sums.count),
        _minutes(sums.seconds),
        str(sums.credits),
        str(sums.average_in_minutes),
    ]


def _session(ledger: Ledger, visit: Visit) -> Row:
    left = end_of(ledger, visit)
    return [
        instant(visit.joined),
        "" if left is None else instant(left),
        _minutes(duration(ledger, visit)),
        str(cost(ledger, visit)),
        "Active" if left is None else "Completed",
        address(visit.ip) or "",
    ]


def _title(ledger: Ledger, room: str) -> str:
    return Title(text(title(ledger, room)))


def _minutes(seconds: int) -> str:
    return str(half_up(Fraction(seconds, 60)))
