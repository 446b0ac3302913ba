"""What the readers of platforms' reports share: from stays as they are written to sessions.

A report is made for people: local times, no session ids, often no e-mail addresses. So a person
is known by the e-mail address where there is one, else by the platform's id, else by the name
that was shown, and a session by its room, its person and the moment of joining.
"""

import hashlib
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import chain, islice

from rollbook.domain import fields
from rollbook.domain.errors import InvalidInput
from rollbook.domain.events import Joined, Participant, Role, Room
from rollbook.domain.period import time_zone
from rollbook.domain.values import value
from rollbook.sources.files.date_orders import check_year, order_of, refuse_mixed
from rollbook.sources.files.local_times import Clock
from rollbook.sources.files.rows import (
    ImportedSession,
    ImportRow,
    ReadOptions,
    RejectedRow,
    hashed_id,
    imported,
    rejected,
)

_LOOK_AHEAD = 10_000
"""Rows that may show in which order dates are written, before the first is given back."""

_REMEMBERED = 100_000
"""Sessions among which an equal one is noticed; more than fit into any meeting."""


@value
class ReportedStay:
    """One stay of one person as a report tells it, nothing of it checked yet.

    `left` is empty where the report knows of no leave; then the stay is over when the meeting is
    (`ends`), and after as many seconds as somebody is said to have been there (`lasted`). `utc` is
    set where the report says that its times are UTC.
    """

    line: int
    raw: str
    room: Room
    person: str
    name: str
    role: Role | None
    joined: str
    left: str
    utc: bool = False
    ends: str = ""
    lasted: int | None = None


def person(email: str, platform_id: str, name: str) -> str:
    """Who this is: addresses are compared without case, names are taken as they are."""
    known = email or platform_id
    return known.lower() if "@" in known else known or name


def room_named(platform: str, title: str) -> str:
    """A room id for a title: the same in every report, however the title is spaced or cased."""
    spelled = unicodedata.normalize("NFKC", title).casefold()
    return f"{platform}-{hashlib.sha256(spelled.encode()).hexdigest()[:16]}"


def sessions(
    platform: str, stays: Iterator[ReportedStay | RejectedRow], options: ReadOptions
) -> Iterator[ImportRow]:
    """The stays as sessions, rejects in their places.

    Raises InvalidInput, before anything is given back, where the time zone is unknown or the
    dates can be read two ways.
    """
    zone = time_zone(options.time_zone, "timeZone")
    beginning = list(islice(stays, _LOOK_AHEAD))
    if not beginning:
        raise InvalidInput(
            "the file has the header of a report, and nobody under it: export it when the meeting is over"
        )
    dates = list(_dates(beginning))
    refuse_mixed(dates)
    order = options.date_order or order_of(dates, options.now)
    reading = _Reading(Clock(zone, order), Clock(time_zone("UTC"), order), options.now)
    ids = _Ids(platform)
    for stay in chain(beginning, stays):
        yield stay if isinstance(stay, RejectedRow) else _session(stay, reading, ids)


@value
class _Reading:
    """How the times of one file are read."""

    local: Clock
    utc: Clock
    now: int | None

    def moment(self, stay: ReportedStay, text: str, field: str, not_before: int = 0) -> int:
        clock = self.utc if stay.utc else self.local
        instant = clock.instant(text, field, not_before)
        check_year(instant, field, self.now)
        return fields.moment(instant, field)


def _dates(stays: Iterable[ReportedStay | RejectedRow]) -> Iterator[str]:
    for stay in stays:
        if isinstance(stay, ReportedStay):
            yield stay.joined
            yield stay.left


def _session(stay: ReportedStay, reading: _Reading, ids: "_Ids") -> ImportRow:
    try:
        return _checked(stay, reading, ids)
    except InvalidInput as problem:
        return rejected(stay.line, problem.message, stay.raw)


def _checked(stay: ReportedStay, reading: _Reading, ids: "_Ids") -> ImportedSession:
    participant = _participant(stay)
    room_id = fields.identifier(stay.room.room_id, "roomId")
    room = Room(room_id, fields.label(stay.room.title, "roomTitle"))
    joined_at = reading.moment(stay, stay.joined, "join time")
    left_at = _leave(stay, reading, joined_at)
    presence_id = ids.next_for(room_id, participant.uid, joined_at)
    return imported(stay.line, Joined(presence_id, room, participant, joined_at), left_at)


def _participant(stay: ReportedStay) -> Participant:
    if not stay.person:
        raise InvalidInput("row must have a name or an e-mail address", field="name")
    uid = fields.identifier(stay.person, "uid")
    return Participant(uid, fields.label(stay.name, "name"), stay.role)


def _leave(stay: ReportedStay, reading: _Reading, joined_at: int) -> int:
    if not stay.left.strip("-\u2013\u2014 "):
        return _latest_leave(stay, reading, joined_at)
    left_at = reading.moment(stay, stay.left, "leave time", joined_at)
    if left_at < joined_at:
        raise InvalidInput("leave time must not be before join time", field="leave time")
    return left_at


def _latest_leave(stay: ReportedStay, reading: _Reading, joined_at: int) -> int:
    """When a stay without a leave was over: its meeting is, so it must not run for ever."""
    ends = [] if stay.lasted is None else [joined_at + 1000 * stay.lasted]
    with suppress(InvalidInput):
        end = reading.moment(stay, stay.ends, "end time", joined_at)
        ends += [end] if end >= joined_at else []
    if not ends:
        problem = (
            "leave time is missing, and neither a duration nor the meeting's end stands for it"
        )
        raise InvalidInput(f"{problem}: put in when they left", field="leave time")
    return fields.moment(min(ends), "leave time")


class _Ids:
    """Presence ids; the second of two equal sessions in one file has another one.

    Reports tell seconds only: two guests called iPhone may well come in the same second.
    """

    def __init__(self, platform: str) -> None:
        self._platform = platform
        self._counts: dict[str, int] = {}

    def next_for(self, room_id: str, uid: str, joined_at: int) -> str:
        key = hashed_id(self._platform, room_id, uid, str(joined_at))
        ordinal = self._counts.pop(key, 0)
        if len(self._counts) >= _REMEMBERED:
            del self._counts[next(iter(self._counts))]
        self._counts[key] = ordinal + 1
        return hashed_id(self._platform, key, str(ordinal)) if ordinal else key
