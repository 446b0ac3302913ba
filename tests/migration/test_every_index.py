"""No index is there for nothing: each names statements, and their plans on both engines use it."""

import json
import re
import sqlite3
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from importlib.resources import files

import asyncpg
import pytest
from migration.test_query_plans import nodes_of
from support.catalog import catalog
from support.days import written

from rollbook.domain.context import Context
from rollbook.domain.events import EndEvidence, Joined, JoinEvidence, Participant, Room
from rollbook.domain.organizations import Organization
from rollbook.domain.presences import Presence, session_id_for
from rollbook.service.ingest.ports import StoredEvent
from rollbook.store.engine.statements import Statement, statements
from rollbook.stores import Stores

SOURCE = "the-source"
SESSIONS, ROOMS, RUNS, PEOPLE = 4_000, 20, 200, 100
BEGIN, MINUTE, DAY = 1_704_067_200_000, 60_000, 86_400_000
TEXT = files("rollbook.store").joinpath("schema.sql").read_text(encoding="utf-8")
NAMED: Mapping[str, Sequence[str]] = {
    index: names.replace("\n--", " ").rstrip(".").split(", ")
    for names, index in re.findall(r"-- For: ([\w, \n-]+)\.\nCREATE INDEX (\w+)", TEXT)
}
PAIRS = [(index, name) for index, names in NAMED.items() for name in names]

INSTANTS: Mapping[str, int] = {
    "range_start": BEGIN,
    "range_end": BEGIN + DAY,
    "before_at": BEGIN + DAY // 2,
    "before": BEGIN + DAY,
    "since": BEGIN,
    "until": BEGIN + DAY // 10,
    "joined_until": BEGIN + DAY,
    "joined_at": BEGIN + 30 * MINUTE,
}
IDS = [session_id_for(SOURCE, f"presence-{number}") for number in range(5)]
OTHERS: Mapping[str, object] = {
    "source_id": SOURCE,
    "participant_id": "person-7",
    "room_id": "room-7",
    "instance_id": "run-7",
    "session_id": IDS[0],
    "before_id": "8" * 32,
    "ended": None,
    "most": 51,
    "among": 1000,
    "first_day": "2024-01-15",
    "last_day": "2024-01-16",
    "latest_end": "2025-01-16",
    "room_ids": ["room-7", "room-8"],
    "instance_ids": ["run-7"],
    "participant_ids": ["person-7"],
    "session_ids": IDS,
    "keys": IDS,
}


@pytest.fixture
async def ledger(stores: Stores, organization: Organization) -> Organization:
    """Sessions, one in a hundred of which runs, an event of each, and what applications told."""
    presences = [_presence(number) for number in range(SESSIONS)]
    async with stores.ledger.transaction(organization.org_id) as transaction:
        await transaction.save_presences(presences)
        await transaction.add_events(map(_event, presences))
        for number in range(200):
            context = Context(f"person-{number}", "room-7", BEGIN + number, "203.0.113.9", None)
            await transaction.add_context(
                replace(context, ip_address="203.0.113.9" if number % 9 else None)
            )
    return organization


def _presence(number: int) -> Presence:
    joined_at = BEGIN + number * MINUTE
    ends = number % 100 != 0
    left_at, left_by = (joined_at + 50 * MINUTE, EndEvidence.LEAVE) if ends else (None, None)
    return Presence(
        session_id_for(SOURCE, f"presence-{number}"),
        SOURCE,
        f"presence-{number}",
        f"room-{number % ROOMS}",
        f"run-{number % RUNS}" if number % 3 else None,
        f"person-{number % PEOPLE}",
        joined_at,
        JoinEvidence.SEEN,
        left_at,
        left_by,
        left_at,
        left_by,
        "203.0.113.9",
        joined_at,
        identity=f"identity-{number % PEOPLE}" if number % 2 else None,
    )


def _event(one: Presence) -> StoredEvent:
    at = one.joined_at or 0
    fact = Joined(one.presence_id, Room(one.room_id), Participant(one.participant_id or ""), at)
    return StoredEvent(
        SOURCE, one.presence_id, "x", at, at, "", (fact,), "{}", one.room_id, one.session_id
    )


def test_every_index_names_its_statements(database_url: str) -> None:
    plain = [index.definition for index in catalog(database_url).indexes if not index.unique]
    assert plain
    assert {re.search(r"INDEX (\w+)", one)[1] for one in plain} == NAMED.keys()  # type: ignore[index]  # each has a name


def values_of(found: Statement, organization: Organization) -> Iterator[tuple[str, object]]:
    for name in found.parameters:
        value = organization.org_id if name == "org_id" else {**OTHERS, **INSTANTS}[name]
        if found.name == "page_of_running" and name in {"participant_id", "room_id"}:
            value = None
        yield name, json.dumps(value) if isinstance(value, list) else value


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize("analyzed", [False, True])
async def test_sqlite_uses_it(ledger: Organization, database_url: str, *, analyzed: bool) -> None:
    with closing(sqlite3.connect(database_url.removeprefix("sqlite:///"))) as connection:
        if analyzed:
            connection.execute("ANALYZE")
        for index, name in PAIRS:
            found = statements("sqlite")[name]
            arguments = found.arguments(dict(values_of(found, ledger)))
            rows = connection.execute(f"EXPLAIN QUERY PLAN {found.sql}", arguments)
            plan = [step for *_, step in rows]
            assert re.search(rf"INDEX {index}\b", " ".join(plan)), (index, name, plan)


@pytest.fixture
async def analyzed(ledger: Organization, database_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database_url)
    await connection.execute("ANALYZE; SET enable_seqscan = off")
    yield connection
    await connection.close()


@pytest.mark.parametrize("engine", ["postgres"])
@pytest.mark.parametrize("plan", ["force_custom_plan", "force_generic_plan"])
async def test_postgres_uses_it(
    ledger: Organization, analyzed: asyncpg.Connection, plan: str
) -> None:
    await analyzed.execute(f"SET plan_cache_mode = {plan}")
    for index, name in PAIRS:
        found = statements("postgres")[name]
        quoted = ", ".join(
            "NULL" if value is None else f"'{written(value) if key in INSTANTS else value}'"  # type: ignore[arg-type]  # instants are numbers
            for key, value in values_of(found, ledger)
        )
        await analyzed.execute(f"PREPARE asked AS {found.sql}")
        told = await analyzed.fetchval(f"EXPLAIN (FORMAT JSON) EXECUTE asked ({quoted})")
        await analyzed.execute("DEALLOCATE asked")
        (only,) = json.loads(told)
        used = {node.get("Index Name") for node in nodes_of(only["Plan"])}
        assert index in used, (index, name, used)


@pytest.mark.parametrize("engine", ["postgres"])
async def test_who_runs_is_found_without_reading_all_sessions(
    ledger: Organization, analyzed: asyncpg.Connection
) -> None:
    """As the planner chooses by itself, where sequential scans are allowed too."""
    await analyzed.execute("RESET enable_seqscan")
    sql = statements("postgres")["stays_running"].sql
    await analyzed.execute(f"PREPARE asked AS {sql}")
    told = await analyzed.fetchval(f"EXPLAIN (FORMAT JSON) EXECUTE asked ('{ledger.org_id}', 2001)")
    (only,) = json.loads(told)
    used = {node.get("Index Name") for node in nodes_of(only["Plan"])}
    assert "session_running" in used
    assert not used & {"session_by_join", "session_by_participant"}
