"""What the readers of platforms' reports share: from stays as they are written to sessions.

A report is made for people: local times, no session ids, often no e-mail addresses. So a person
is known by the e-mail address where there is one, else by the platform's id, else by the name
that was shown, and a session by its room, its person and the moment of joining.
"""

import hashlib
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice

from rollbook.domain import fields
from rollbook.domain.errors import InvalidInput
from rollbook.domain.events import Joined, Participant, Role, Room
from rollbook.domain.period import time_zone
from rollbook.sources.files.local_times import Clock, order_of
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


@dataclass(frozen=True, slots=True)
class ReportedStay:
    """One stay of one person as a report tells it, nothing of it checked yet.

    `left` is empty where the report knows of no leave. `utc` is set where it says that its
    times are UTC.
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
    order = options.date_order or order_of(_dates(beginning))
    utc, local = Clock(time_zone("UTC"), order), Clock(zone, order)
    ids = _Ids(platform)
    for stay in chain(beginning, stays):
        if isinstance(stay, RejectedRow):
            yield stay
        else:
            yield _session(stay, utc if stay.utc else local, ids)


def _dates(stays: Iterable[ReportedStay | RejectedRow]) -> Iterator[str]:
    for stay in stays:
        if isinstance(stay, ReportedStay):
            yield stay.joined
            yield stay.left


def _session(stay: ReportedStay, clock: Clock, ids: "_Ids") -> ImportedSession | RejectedRow:
    try:
        return _checked(stay, clock, ids)
    except InvalidInput as problem:
        return rejected(stay.line, problem.message, stay.raw)


def _checked(stay: ReportedStay, clock: Clock, ids: "_Ids") -> ImportedSession:
    participant = _participant(stay)
    room_id = fields.identifier(stay.room.room_id, "roomId")
    room = Room(room_id, fields.label(stay.room.title, "roomTitle"))
    joined_at = fields.moment(clock.instant(stay.joined, "join time"), "join time")
    left_at = _leave(stay, clock, joined_at)
    presence_id = ids.next_for(room_id, participant.uid, joined_at)
    return imported(stay.line, Joined(presence_id, room, participant, joined_at), left_at)


def _participant(stay: ReportedStay) -> Participant:
    if not stay.person:
        raise InvalidInput("row must have a name or an e-mail address", field="name")
    uid = fields.identifier(stay.person, "uid")
    return Participant(uid, fields.label(stay.name, "name"), stay.role)


def _leave(stay: ReportedStay, clock: Clock, joined_at: int) -> int | None:
    if not stay.left:
        return None
    left_at = fields.moment(clock.instant(stay.left, "leave time", joined_at), "leave time")
    if left_at < joined_at:
        raise InvalidInput("leave time must not be before join time", field="leave time")
    return left_at


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
