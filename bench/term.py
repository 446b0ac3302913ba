"""Large organizations: six months of sessions of people in rooms, as chance has it."""

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from functools import partial
from typing import Any

from bench.rows import PERSON, ROOM, Table, written
from bench.scale import Size
from rollbook.domain.instants import from_datetime

DAYS = 181
FIRST_DAY = datetime.combine(datetime.now(UTC), time(), UTC) - timedelta(days=DAYS - 1)
"""Six months that end today, as month against month is asked for those before this moment."""

_MINUTE = 60_000
_NAMES = ("Jane Doe", "Jürgen Groß", "O'Brien, Siobhán", "王小明", "Amélie Dupont", "Ömer İnce")
SESSION = (
    *("org_id", "session_id", "source_id", "presence_id", "room_id", "participant_id"),
    *("joined_at", "joined_by", "told_left_at", "told_left_by", "left_at", "left_by"),
)


def made_in(url: str, size: Size) -> str:
    """A new organization of this size in a database: its `VF-ORG-ID`."""
    return written(url, size.name, partial(_tables, size=size))


def _tables(org_id: str, size: Size) -> Iterator[Table]:
    yield Table("session", SESSION, _sessions(org_id, size))
    yield from people_and_rooms(org_id, size)


def people_and_rooms(org_id: str, size: Size) -> Iterator[Table]:
    """What is known of them beside their sessions."""
    yield Table("participant", PERSON, _people(org_id, size))
    yield Table("room", ROOM, _rooms(org_id, size))


def _sessions(org_id: str, size: Size) -> Iterator[Sequence[Any]]:
    """Day after day; some people and rooms have far more of them than others, as in schools."""
    chance = random.Random(1)
    for number in range(size.sessions):
        day, minute = divmod(number * DAYS * 800 // size.sessions, 800)
        joined = from_datetime(FIRST_DAY + timedelta(days=day, minutes=420 + minute))
        joined += chance.randrange(_MINUTE)
        left = joined + chance.randrange(_MINUTE // 2, 90 * _MINUTE)
        person = int(size.people * chance.random() ** 1.5)
        room = int(size.rooms * chance.random() ** 2)
        session_id = f"{chance.getrandbits(128):032x}"
        ends = (joined, 2, left, 5, left, 5)
        yield (org_id, session_id, "bench", session_id[:20], _room(room), _uid(person), *ends)


def _people(org_id: str, size: Size) -> Iterator[Sequence[Any]]:
    for person in range(size.people):
        name = f"{_NAMES[person % len(_NAMES)]} {person}"
        yield (org_id, _uid(person), name, 0, "STUDENT" if person % 25 else "TEACHER", 0)


def _rooms(org_id: str, size: Size) -> Iterator[Sequence[Any]]:
    for room in range(size.rooms):
        yield (org_id, _room(room), f"Room {room}: Классы", 0)


def _uid(person: int) -> str:
    return f"student-{person}"


def _room(room: int) -> str:
    return f"room-{room}"
