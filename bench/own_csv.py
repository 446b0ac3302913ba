"""A person's sessions as a database itself writes them as CSV: the columns of Rollbook's, as it formats them.

PostgreSQL by COPY, SQLite by its program `sqlite3`, where that is installed.
"""

import asyncio
import shutil
import subprocess
from collections.abc import Callable
from functools import partial

import asyncpg

from rollbook.domain.organizations import org_id_of_key

_BLOCK = 1 << 18
_SECONDS = {
    "sqlite": "(s.left_at - s.joined_at) / 1000",
    "postgres": "extract(epoch FROM s.left_at - s.joined_at)::integer",
}
_ROWS = """
    SELECT s.room_id, coalesce(r.title, r.imported_title), s.joined_at, s.left_at,
           {seconds} / 60, ({seconds} + 59) / 60,
           CASE WHEN s.left_at IS NULL THEN 'Active' ELSE 'Completed' END, s.ip_address
    FROM session s
    LEFT JOIN room r ON r.org_id = s.org_id AND r.room_id = s.room_id
    WHERE s.org_id = '{org_id}' AND s.participant_id = '{uid}' AND s.voided IS NULL
    ORDER BY s.joined_at, s.session_id
"""


def export(url: str, key: str, uid: str) -> Callable[[], int] | None:
    """What writes a person's sessions and counts the lines; None where no program does."""
    if not url.startswith("sqlite:"):
        query = _ROWS.format(seconds=_SECONDS["postgres"], org_id=org_id_of_key(key), uid=uid)
        return lambda: asyncio.run(_copied(url, query))
    program = shutil.which("sqlite3")
    if program is None:
        return None
    query = _ROWS.format(seconds=_SECONDS["sqlite"], org_id=org_id_of_key(key), uid=uid)
    return partial(_written, [program, "-csv", url.removeprefix("sqlite:///"), query])


async def _copied(url: str, query: str) -> int:
    lines = 0

    async def count(block: bytes) -> None:
        nonlocal lines
        lines += block.count(b"\n")

    connection = await asyncpg.connect(url)
    try:
        await connection.copy_from_query(query, output=count, format="csv")
    finally:
        await connection.close()
    return lines


def _written(command: list[str]) -> int:
    lines = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None  # noqa: S101 - it was asked for
        while block := process.stdout.read(_BLOCK):
            lines += block.count(b"\n")
    if process.returncode:
        message = f"{command[0]} failed"
        raise RuntimeError(message)
    return lines
