"""What a reader of files gives back, and the check that every row of it has passed."""

import hashlib
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import BinaryIO

import msgspec

from rollbook.domain import fields
from rollbook.domain.errors import InvalidInput
from rollbook.domain.events import Joined, Left, Participant, Room
from rollbook.domain.instants import from_text
from rollbook.domain.values import value
from rollbook.sources.files.local_times import DateOrder

MAX_RAW = 10_000
"""Longest text of a rejected row that is kept, in characters."""

# Rows repeat people, rooms and addresses; checking each of them once is most of the speed.
_REMEMBERED = 32_768


@value
class ImportedSession:
    """A row that passed every check. `line` is where it begins in the file, from 1."""

    line: int
    presence_id: str
    joined: Joined
    left: Left | None
    """None: the row tells of a session that is still running."""


@value
class RejectedRow:
    """A row that cannot be imported, the sentence that says why, and its text."""

    line: int
    reason: str
    raw: str


ImportRow = ImportedSession | RejectedRow


@value
class ReadOptions:
    """What the person who imports knows and the file does not say.

    `time_zone` is the IANA zone of times without an offset. `room_id` and `room_title` stand
    for what a platform's report says of its room. `date_order` tells whether 03/04/2024 is
    the fourth of March ("mdy") or the third of April ("dmy"), or 22/7/11 in 2022 ("ymd"); None:
    the file must show it. `encoding` is that of a file which has no byte order mark; None: one of
    Unicode. `now` (ms UTC) bounds what a report may tell of; None: nothing does.
    """

    time_zone: str = "UTC"
    room_id: str | None = None
    room_title: str | None = None
    date_order: DateOrder | None = None
    encoding: str | None = None
    now: int | None = None


Reader = Callable[[BinaryIO, ReadOptions], Iterator[ImportRow]]


class SessionFields(msgspec.Struct, rename="camel"):
    """The fields of one row in Rollbook's own formats, not yet checked."""

    uid: str | None = None
    name: str | None = None
    role: str | None = None
    room_id: str | None = None
    room_title: str | None = None
    joined_at: str | None = None
    left_at: str | None = None
    ip_address: str | None = None
    session_id: str | None = None


def rejected(line: int, reason: str, raw: str) -> RejectedRow:
    """A rejected row that keeps no more of its text than MAX_RAW."""
    return RejectedRow(line, reason, raw[:MAX_RAW])


def checked_session(line: int, row: SessionFields) -> ImportedSession:
    """The session of one row; raises InvalidInput for the first field that breaks a rule."""
    participant = _participant(row.uid, row.name, row.role)
    room = _room(row.room_id, row.room_title)
    at = _instant(row.joined_at, "joinedAt")
    left_at = None if row.left_at is None else _instant(row.left_at, "leftAt")
    presence_id = (
        hashed_id("row", participant.uid, room.room_id, str(at))
        if row.session_id is None
        else fields.identifier(row.session_id, "sessionId")
    )
    address = None if row.ip_address is None else _address(row.ip_address)
    return imported(line, Joined(presence_id, room, participant, at, address), left_at)


def imported(line: int, joined: Joined, left_at: int | None) -> ImportedSession:
    """The session that began with `joined`; raises InvalidInput where it ended before."""
    if left_at is None:
        return ImportedSession(line, joined.presence_id, joined, None)
    if left_at < joined.at:
        raise InvalidInput("leftAt must not be before joinedAt", field="leftAt")
    left = Left(joined.presence_id, joined.room, joined.participant, left_at, joined.at)
    return ImportedSession(line, joined.presence_id, joined, left)


def require_end(left_at: str | None, *, active: bool) -> None:
    """Raises InvalidInput for a session that is said to be over, without a word of when."""
    if left_at is None and not active:
        raise InvalidInput("leftAt is required of a session that is not active", field="leftAt")


def hashed_id(prefix: str, *parts: str) -> str:
    """An id that the same parts always give, so that a second import finds the first."""
    digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()
    return f"{prefix}-{digest[:32]}"


def _required(value: str | None, field: str) -> str:
    if value is None:
        raise InvalidInput(f"{field} is required", field=field)
    return fields.identifier(value, field)


@lru_cache(_REMEMBERED)
def _participant(uid: str | None, name: str | None, role: str | None) -> Participant:
    return Participant(_required(uid, "uid"), fields.label(name, "name"), fields.role(role))


@lru_cache(_REMEMBERED)
def _room(room_id: str | None, title: str | None) -> Room:
    return Room(_required(room_id, "roomId"), fields.label(title, "roomTitle"))


@lru_cache(_REMEMBERED)
def _address(text: str) -> str | None:
    return fields.ip_address(text)


def _instant(text: str | None, field: str) -> int:
    if text is None:
        raise InvalidInput(f"{field} is required", field=field)
    try:
        return fields.moment(from_text(text), field)
    except ValueError:
        expected = "an ISO 8601 instant with an offset, like 2024-01-15T09:05:30Z"
        raise InvalidInput(f"{field} must be {expected}", field=field) from None
