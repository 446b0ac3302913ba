"""Organizations of up to ten million sessions in PostgreSQL, which makes their rows itself.

Each has a database of its own. Who is when where is reckoned from a session's number, so that pgbench
can ask for the day of any session too.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial

import asyncpg

from bench.pgbench import statement_of_a_page
from bench.rows import Table, written
from bench.scale import Size
from bench.school import Question
from bench.term import DAYS, FIRST_DAY, SESSION, people_and_rooms
from rollbook.domain.organizations import org_id_of_key

_SOURCE = ("org_id", "source_id", "kind", "name", "created_at")
_PRIME = 1_000_003
_SPREAD = "{count} * ({n} * {one} % {prime}) / {prime} * ({n} * {other} % {prime}) / {prime}"
"""A number below a count, of which small ones come far more often than large ones; in the SQL of
PostgreSQL and in the words of pgbench."""

_INSERT = """
    INSERT INTO session ({columns})
    SELECT '{org_id}', md5(n::text), 'bench', left(md5(n::text), 20), 'room-' || {room},
           'student-' || {person}, joined.at, 2, gone.at, 5, gone.at, 5
    FROM generate_series(0::bigint, {sessions} - 1) n,
    LATERAL (SELECT timestamptz '{first_day}' + n * {days} / {sessions} * interval '1 day'
        + (420 + n * {days} % {sessions} * 800 / {sessions}) * interval '1 minute'
        + n * 48271 % 60000 * interval '1 ms' AS at) joined,
    LATERAL (SELECT joined.at + (30000 + n * 69621 % 5370000) * interval '1 ms' AS at) gone
"""
_INDEXES = """
    SELECT coalesce('ALTER TABLE session DROP CONSTRAINT ' || c.conname,
                    'DROP INDEX ' || i.indexrelid::regclass),
           coalesce('ALTER TABLE session ADD ' || pg_get_constraintdef(c.oid),
                    pg_get_indexdef(i.indexrelid))
    FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.contype = 'p'
    WHERE i.indrelid = 'session'::regclass
"""
_ASKED = """
    SELECT participant_id, (joined_at AT TIME ZONE 'UTC')::date FROM session
    WHERE org_id = $1 AND session_id = ANY (SELECT md5(n::text) FROM unnest($2::bigint[]) n)
    ORDER BY session_id
"""


def made_in(url: str, size: Size) -> str:
    """A new organization of this size in a database without others: its `VF-ORG-ID`."""
    key = written(url, size.name, partial(_tables, size=size))
    asyncio.run(_insert(url, key, size))
    return key


def _tables(org_id: str, size: Size) -> Iterator[Table]:
    yield Table("source", _SOURCE, [(org_id, "bench", "import", "Bench", 0)])
    yield from people_and_rooms(org_id, size)


def day_questions(url: str, key: str, size: Size, count: int) -> list[Question]:
    """One-day pages: the days of sessions chosen by chance, whose answers stay the same."""
    over = range(_before_today(size))
    numbers = random.Random(2).sample(over, min(count, len(over)))
    rows = asyncio.run(_fetch(url, key, numbers))
    return [{"uid": uid, "startDate": str(day)} for uid, day in rows]


def pgbench_script(key: str, size: Size) -> str:
    """The statement behind such pages."""
    return (
        f"\\set n random(0, {_before_today(size) - 1})\n"
        f"\\set person {_person(':n', size)}\n"
        f"\\set day :n * {DAYS} / {size.sessions}\n"
        f"{statement_of_a_page(key, FIRST_DAY.date())}"
    )


def _before_today(size: Size) -> int:
    """How many sessions are of days that are over: those of today may still run."""
    return size.sessions * (DAYS - 1) // DAYS


def _person(n: str, size: Size) -> str:
    return _SPREAD.format(n=n, count=size.people, one=7_919, other=104_729, prime=_PRIME)


def _room(n: str, size: Size) -> str:
    return _SPREAD.format(n=n, count=size.rooms, one=15_485_863, other=32_452_843, prime=_PRIME)


async def _insert(url: str, key: str, size: Size) -> None:
    insert = _INSERT.format(
        columns=", ".join(SESSION),
        org_id=org_id_of_key(key),
        room=_room("n", size),
        person=_person("n", size),
        sessions=size.sessions,
        first_day=FIRST_DAY,
        days=DAYS,
    )
    connection = await asyncpg.connect(url)
    try:
        async with _without_indexes(connection):
            await connection.execute(insert)
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


@asynccontextmanager
async def _without_indexes(connection: asyncpg.Connection) -> AsyncIterator[None]:
    """To make them afterwards takes a fraction of what it takes to keep them meanwhile."""
    indexes = await connection.fetch(_INDEXES)
    for drop, _ in indexes:
        await connection.execute(drop)
    yield
    await connection.execute("SET maintenance_work_mem = '1GB'")
    for _, make in indexes:
        await connection.execute(make)


async def _fetch(url: str, key: str, numbers: list[int]) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(url)
    try:
        return list(await connection.fetch(_ASKED, org_id_of_key(key), numbers))
    finally:
        await connection.close()
