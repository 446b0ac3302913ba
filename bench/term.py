"""Large organizations, written as the rows that are left of their sessions: six months of classes.

To import millions of lines would take longer than everything that is measured of them.
"""

import asyncio
import random
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

import asyncpg

from bench.data import new_organization
from bench.scale import Size
from rollbook.domain.instants import from_datetime, to_datetime

DAYS = 181
FIRST_DAY = datetime.combine(datetime.now(UTC), time(), UTC) - timedelta(days=DAYS - 1)
"""Six months that end today, as month against month is asked for those before this moment."""

_MINUTE = 60_000
_NAMES = ("Jane Doe", "Jürgen Groß", "O'Brien, Siobhán", "王小明", "Amélie Dupont", "Ömer İnce")
_SESSION = (
    *("org_id", "session_id", "source_id", "presence_id", "room_id", "participant_id"),
    *("joined_at", "joined_by", "told_left_at", "told_left_by", "left_at", "left_by"),
)
_PERSON = ("org_id", "participant_id", "name", "name_told_at", "role", "role_told_at")
_ROOM = ("org_id", "room_id", "title", "title_told_at")

Rows = Iterable[Sequence[Any]]


def made_in(url: str, size: Size) -> str:
    """A new organization of this size in a database: its `VF-ORG-ID`."""
    key = new_organization(url, size.name)
    if url.startswith("sqlite:"):
        _into_sqlite(url.removeprefix("sqlite:///"), size)
    else:
        asyncio.run(_into_postgres(url, size))
    return key


def _into_sqlite(file: str, size: Size) -> None:
    connection = sqlite3.connect(file)
    org_id = connection.execute(_NEWEST, (size.name,)).fetchone()[0]
    for table, columns, rows in _tables(org_id, size):
        marks = ", ".join("?" * len(columns))
        sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608 - our own names
        connection.executemany(sql, rows)
    connection.commit()
    connection.close()


async def _into_postgres(url: str, size: Size) -> None:
    connection = await asyncpg.connect(url)
    org_id = await connection.fetchval(_NEWEST.replace("?", "$1"), size.name)
    for table, columns, rows in _tables(org_id, size):
        instants = [number for number, name in enumerate(columns) if name.endswith("_at")]
        records = (_with_instants(row, instants) for row in rows)
        await connection.copy_records_to_table(table, records=records, columns=columns)
    await connection.execute("VACUUM ANALYZE")
    await connection.close()


_NEWEST = "SELECT org_id FROM organization WHERE name = ? ORDER BY created_at DESC LIMIT 1"


def _with_instants(row: Sequence[Any], instants: Sequence[int]) -> Sequence[Any]:
    values = list(row)
    for number in instants:
        if values[number] is not None:
            values[number] = to_datetime(values[number])
    return values


def _tables(org_id: str, size: Size) -> Iterator[tuple[str, Sequence[str], Rows]]:
    yield "session", _SESSION, _sessions(org_id, size)
    yield "participant", _PERSON, _people(org_id, size)
    yield "room", _ROOM, _rooms(org_id, size)


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
