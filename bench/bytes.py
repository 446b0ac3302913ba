"""Bytes on disk of a session with its events, by table and by index, on both databases.

Everything that tables and indexes take counts, also what lies in half-full pages. The file of SQLite
is as such writes leave it, and was never vacuumed. PostgreSQL is vacuumed now and then, as autovacuum
does it, which comes once a minute and so hardly while this is measured.

`python -m bench.bytes` measures this alone, and says what each table and index takes.
"""

import argparse
import asyncio
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

from bench.classes import Stay, livekit_events, own_events, stays
from bench.data import Ledger, new_organization, rollbook_says
from bench.figures import Figure, table
from bench.postgres import fresh_database
from bench.scale import FULL, Scale
from bench.services import rollbook_environment
from rollbook.domain.ids import OrgId
from rollbook.domain.sources import OwnKind, Source
from rollbook.service.ingest.record import Arrival, record
from rollbook.service.organizations.sources import own_source
from rollbook.service.platforms import Delivery, presences_of
from rollbook.settings import read_settings
from rollbook.sources.livekit.webhooks import LiveKit
from rollbook.stores import opened_stores

_TOGETHER = 50
"""Events that are committed together."""

_VACUUM_EVERY = 100
"""Commits after which PostgreSQL is vacuumed."""

_SQLITE_SIZES = "SELECT name, sum(pgsize) FROM dbstat GROUP BY name"
_POSTGRES_SIZES = """
    SELECT relname, pg_table_size(oid) FROM pg_class
    WHERE relkind IN ('r', 'i') AND relnamespace = current_schema()::regnamespace
"""

Sizes = Mapping[str, int]
"""Bytes of each table and each index."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of events, and how many bytes a session with two of them may take."""

    name: str
    told: Callable[[Sequence[Stay]], Iterator[tuple[int, Delivery]]]
    source: Callable[[OrgId], Source]
    most: Mapping[str, float]


def _of_livekit(org_id: OrgId) -> Source:
    return Source(org_id, f"{org_id}abcdefghij", LiveKit.kind, "LiveKit", 0)


def _of_our_own(org_id: OrgId) -> Source:
    return own_source(org_id, OwnKind.EVENTS, None, 0)


_KINDS = (
    _Kind("own events", own_events, _of_our_own, {"SQLite": 1_300, "PostgreSQL": 1_850}),
    _Kind("LiveKit's events", livekit_events, _of_livekit, {"SQLite": 2_200, "PostgreSQL": 2_200}),
)


def measure(scale: Scale, ledger: Ledger) -> list[Figure]:
    """Both kinds of events on both databases, each in a database of its own."""
    return asyncio.run(_measure(scale.counted_sessions, ledger.postgres_url, say=False))


async def _measure(sessions: int, server: str, *, say: bool) -> list[Figure]:
    figures: list[Figure] = []
    for kind in _KINDS:
        for engine, database in (("SQLite", _in_a_file()), ("PostgreSQL", _on(server))):
            async with database as url:
                empty = await _sizes(url)
                await _tell(url, kind, stays(sessions))
                sizes = _grown(empty, await _sizes(url), sessions)
            if say:
                print(f"\n{kind.name}, {engine}\n{_listed(sizes)}")
            figures.append(_figure(kind, engine, sizes))
    return figures


@asynccontextmanager
async def _in_a_file() -> AsyncIterator[str]:
    with tempfile.TemporaryDirectory(prefix="rollbook-bytes-") as folder:
        url = f"sqlite:///{Path(folder) / 'ledger.db'}"
        await asyncio.to_thread(rollbook_says, url, "db", "upgrade")
        yield url


@asynccontextmanager
async def _on(server: str) -> AsyncIterator[str]:
    name = f"{urlsplit(server).path[1:]}_bytes"
    await _run(server, f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
    try:
        url = urlsplit(server)._replace(path=f"/{name}").geturl()
        await asyncio.to_thread(rollbook_says, url, "db", "upgrade")
        yield url
    finally:
        await _run(server, f"DROP DATABASE {name} WITH (FORCE)")


async def _tell(url: str, kind: _Kind, sessions: Sequence[Stay]) -> None:
    """Take in the events of these sessions, in the order in which they happened."""
    key = await asyncio.to_thread(new_organization, url, "Bench School")
    org_id = OrgId(key[:10])
    source = kind.source(org_id)
    rules = presences_of(source, LiveKit() if source.kind == LiveKit.kind else None)
    events, commits = kind.told(sessions), 0
    async with opened_stores(read_settings(rollbook_environment(url))) as stores:
        while some := list(islice(events, _TOGETHER)):
            arrivals = [Arrival(source, [told], at + 300, rules) for at, told in some]
            await record(stores.ledger, arrivals)
            commits += 1
            if commits % _VACUUM_EVERY == 0:
                await _vacuum(url)
    await _vacuum(url)


async def _vacuum(url: str) -> None:
    if not url.startswith("sqlite"):
        await _run(url, "VACUUM ANALYZE")


async def _sizes(url: str) -> Sizes:
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as file:
            return dict(file.execute(_SQLITE_SIZES).fetchall())
    connection = await asyncpg.connect(url)
    try:
        return {row[0]: row[1] for row in await connection.fetch(_POSTGRES_SIZES)}
    finally:
        await connection.close()


def _grown(before: Sizes, after: Sizes, sessions: int) -> Mapping[str, float]:
    """By how much each has grown, for one session."""
    grown = {name: (size - before.get(name, 0)) / sessions for name, size in after.items()}
    return {name: size for name, size in grown.items() if size}


def _figure(kind: _Kind, engine: str, sizes: Mapping[str, float]) -> Figure:
    events = sum(size for one, size in sizes.items() if "event" in one)
    note = f"of these the events {events:,.0f}"
    name = f"a session with {kind.name}, {engine}"
    return Figure(name, sum(sizes.values()), "bytes", at_most=kind.most[engine], note=note)


def _listed(sizes: Mapping[str, float]) -> str:
    ordered = sorted(sizes.items(), key=lambda one: -one[1])
    return "\n".join(f"  {name:<36}{size:>8,.1f}" for name, size in ordered)


async def _run(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def main() -> None:
    """Measure, and print all sizes and the figures."""
    parser = argparse.ArgumentParser(prog="python -m bench.bytes", description=__doc__)
    parser.add_argument("--sessions", type=int, default=FULL.counted_sessions)
    with fresh_database() as server:
        figures = asyncio.run(_measure(parser.parse_args().sessions, server, say=True))
    print(f"\n{table(figures)}")


if __name__ == "__main__":
    main()
