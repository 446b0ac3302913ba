"""What is asked of each row of a file is found by an index, however large the ledger."""

import json
import sqlite3
from contextlib import closing

import asyncpg
import pytest
from support.visits import Visit, facts_of, told

from rollbook.domain.organizations import Organization
from rollbook.store.engine.statements import statements
from rollbook.stores import Stores

ROWS = 4_000
SOURCE, IDS = "files", [f"{number:032x}" for number in range(50)]
ASKED: dict[str, dict[str, object]] = {
    "stays_of_presences": {"beginnings": json.dumps([one[:20] for one in IDS])},
    "facts_of_sessions": {"session_ids": json.dumps(IDS)},
    "import_events": {"source_id": SOURCE, "first_id": "abc:", "end_id": "abc;", "most": 2_000},
    "owner_of_key": {"key_hash": "abc"},
}
SQLITE = {
    "stays_of_presences": "sqlite_autoindex_session_1 (org_id=? AND session_id>? AND session_id<?)",
    "facts_of_sessions": "event_by_session (org_id=? AND session_id=?)",
    "import_events": "sqlite_autoindex_event_1 (org_id=? AND source_id=? AND event_id>?",
    "owner_of_key": "sqlite_autoindex_key_owner_1 (key_hash=?)",
}
POSTGRES = {
    "stays_of_presences": ("session_pkey", ("org_id =", "session_id >=", "session_id <")),
    "facts_of_sessions": ("event_by_session", ("org_id =", "session_id =")),
    "import_events": ("event_pkey", ("org_id =", "source_id =", "event_id >", "event_id <")),
    "owner_of_key": ("key_owner_pkey", ("key_hash =",)),
}


@pytest.fixture
async def imported(stores: Stores, organization: Organization) -> Organization:
    """An organization that imported a file."""
    visits = (Visit(id=f"stay-{n}", uid=f"student-{n % 400}") for n in range(ROWS))
    await told(stores.ledger, organization, facts_of(visits))
    return organization


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize("name", ASKED)
@pytest.mark.parametrize("analyzed", [False, True])
async def test_sqlite_finds_it_by_its_index(
    imported: Organization, database_url: str, name: str, *, analyzed: bool
) -> None:
    found, values = statements("sqlite")[name], {"org_id": imported.org_id, **ASKED[name]}
    with closing(sqlite3.connect(database_url.removeprefix("sqlite:///"))) as connection:
        if analyzed:
            connection.execute("ANALYZE")
        rows = connection.execute(f"EXPLAIN QUERY PLAN {found.sql}", found.arguments(values))
        plan = [step for *_, step in rows]
    assert any(f"INDEX {SQLITE[name]}" in step for step in plan), plan
    scans = [step for step in plan if step.startswith(("SCAN", "USE TEMP B-TREE"))]
    assert not [step for step in scans if " b " not in f"{step} " and "json_each" not in step], plan


@pytest.mark.parametrize("engine", ["postgres"])
@pytest.mark.parametrize("name", ASKED)
@pytest.mark.parametrize("plan", ["force_custom_plan", "force_generic_plan"])
async def test_postgres_finds_it_by_its_index(
    imported: Organization, connection: asyncpg.Connection, name: str, plan: str
) -> None:
    await connection.execute(f"ANALYZE; SET plan_cache_mode = {plan}; SET enable_seqscan = off")
    found, values = statements("postgres")[name], {"org_id": imported.org_id, **ASKED[name]}
    quoted = ", ".join(f"'{values[parameter]}'" for parameter in found.parameters)
    await connection.execute(f"PREPARE asked AS {found.sql}")
    told_plan = await connection.fetchval(f"EXPLAIN (FORMAT JSON) EXECUTE asked ({quoted})")
    index, conditions = POSTGRES[name]
    (only,) = json.loads(told_plan)
    scans = [node for node in _nodes(only["Plan"]) if node.get("Index Name") == index]
    assert scans, only
    assert all(part in str(scans[0]["Index Cond"]) for part in conditions), scans


def _nodes(plan: dict[str, object]) -> list[dict[str, object]]:
    parts: list[dict[str, object]] = plan.get("Plans", [])  # type: ignore[assignment]  # a list by its name
    return [plan, *(node for part in parts for node in _nodes(part))]
