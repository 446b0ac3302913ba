"""The ledger to measure on: imported into SQLite as anybody would, then copied to PostgreSQL.

Every row is the work of `rollbook import`. Copying saves a second long import, and makes sure
that both databases hold the same.
"""

import asyncio
import json
import sqlite3
import subprocess
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import msgspec

from bench.figures import Figure
from bench.scale import Scale
from bench.school import Line, guest_lines, term_lines
from bench.services import ROLLBOOK, rollbook_environment
from rollbook.domain.instants import to_datetime

_TABLES = ("organization", "organization_key", "source", "participant", "room", "session")


@dataclass(frozen=True, slots=True)
class Ledger:
    """The same sessions in two databases, and the `VF-ORG-ID` that opens them."""

    sqlite_url: str
    postgres_url: str
    key: str

    @property
    def engines(self) -> Sequence[tuple[str, str]]:
        """What each engine is called in figures, and the URL of its database."""
        return [("SQLite", self.sqlite_url), ("PostgreSQL", self.postgres_url)]


def build(scale: Scale, folder: Path, postgres_url: str) -> tuple[Ledger, list[Figure]]:
    """The ledger of a scale, and how fast it was imported."""
    file = folder / "ledger.db"
    sqlite_url = f"sqlite:///{file}"
    key = new_organization(sqlite_url, "Bench School")
    import_lines(sqlite_url, key, folder / "term.jsonl", term_lines(scale))
    figure = import_lines(sqlite_url, key, folder / "guest.jsonl", guest_lines(scale))
    rollbook_says(postgres_url, "db", "upgrade")
    asyncio.run(_copy(file, postgres_url))
    return Ledger(sqlite_url, postgres_url, key), [figure]


def new_organization(url: str, name: str, command: Path = ROLLBOOK) -> str:
    """A new organization's `VF-ORG-ID`."""
    said = rollbook_says(url, "org", "create", name, "--json", command=command)
    key: str = json.loads(said)["orgId"]
    return key


def import_lines(
    url: str, key: str, file: Path, lines: Iterable[Line], command: Path = ROLLBOOK
) -> Figure:
    """Import lines through a file, and how fast that was."""
    encode = msgspec.json.encode
    with file.open("wb") as output:
        output.writelines(encode(line) + b"\n" for line in lines)
    begun = time.perf_counter()
    arguments = ("import", str(file), "--org", key, "--json")
    said = json.loads(rollbook_says(url, *arguments, command=command))
    seconds = time.perf_counter() - begun
    file.unlink()
    if said["added"] != said["rows"]:
        message = f"the import went wrong: {said}"
        raise RuntimeError(message)
    rows: int = said["rows"]
    return Figure("import, SQLite", rows / seconds, "rows/s", note=f"{rows:,} rows of JSONL")


def rollbook_says(url: str, *arguments: str, command: Path = ROLLBOOK) -> str:
    """What a command of Rollbook prints."""
    done = subprocess.run(
        [command, *arguments],
        env=dict(rollbook_environment(url)),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        message = f"rollbook {arguments[0]} failed: {done.stderr}"
        raise RuntimeError(message)
    return done.stdout


async def _copy(file: Path, postgres_url: str) -> None:
    """Copy the tables from one engine to the other."""
    source = sqlite3.connect(file)
    target = await asyncpg.connect(postgres_url)
    try:
        for table in _TABLES:
            cursor = source.execute(f"SELECT * FROM {table}")  # noqa: S608 - our own names
            columns = [column[0] for column in cursor.description]
            rows = _with_instants(columns, cursor)
            await target.copy_records_to_table(table, records=rows, columns=columns)
        await target.execute("VACUUM ANALYZE")
    finally:
        await target.close()
        source.close()


def _with_instants(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[list[Any]]:
    """Rows of SQLite with the milliseconds as the instants that PostgreSQL keeps."""
    instants = [number for number, name in enumerate(columns) if name.endswith("_at")]
    for row in rows:
        values = list(row)
        for number in instants:
            if values[number] is not None:
                values[number] = to_datetime(values[number])
        yield values
