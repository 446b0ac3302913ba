"""The statements behind every report are one range scan on their index, in its order."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import product
from typing import Any

import asyncpg
import pytest
from support.days import written
from support.visits import Visit, facts_of, told

from rollbook.domain.organizations import Organization
from rollbook.domain.sources import OwnKind
from rollbook.service.organizations.keys import create_organization
from rollbook.service.organizations.sources import ensure_source
from rollbook.store.engine.database import Row, Table
from rollbook.store.engine.opening import database_for
from rollbook.store.engine.statements import Statement, statements
from rollbook.stores import Stores

HOT = ("sessions_newest_first", "sessions_oldest_first")
INDEX = "session_of_person"
PEOPLE, SESSIONS, ROOMS = 100, 100, 20
BEGIN, HOUR, DAY = 1_704_067_200_000, 3_600_000, 86_400_000

_TERMS: dict[str, tuple[Organization, list[tuple[Table, list[Row]]]]] = {}
"""The rows of that organization by engine: to write them again takes a tenth of telling it anew."""


@pytest.fixture
async def term(stores: Stores, engine: str) -> Organization:
    """An organization after a term: each of its people had a class on each of a hundred days."""
    if engine not in _TERMS:
        organization = await _told_a_term(stores)
        async with stores.database.bulk() as bulk:
            tables = [table for table in await bulk.tables() if table.name != "schema_migration"]
            kept = [(one, [row async for some in bulk.rows(one) for row in some]) for one in tables]
        _TERMS[engine] = organization, kept
        return organization
    organization, kept = _TERMS[engine]
    async with stores.database.bulk() as bulk:
        # What others refer to comes first.
        for table, rows in sorted(kept, key=lambda one: one[0].name != "organization"):
            if rows:
                await bulk.add(table, rows)
    return organization


async def _told_a_term(stores: Stores) -> Organization:
    made, _ = await create_organization(stores.organizations, "Riverside", "UTC", BEGIN)
    await ensure_source(stores.organizations, made.org_id, OwnKind.IMPORT, None, BEGIN)
    for person in range(PEOPLE):
        visits = [_visit(person, day) for day in range(SESSIONS)]
        await told(stores.ledger, made, facts_of(visits))
    return made


def _visit(person: int, day: int) -> Visit:
    begin, room = BEGIN + day * DAY, f"room-{(person + day) % ROOMS}"
    end, uid = written(begin + HOUR), f"student-{person}"
    return Visit(written(begin), end, uid=uid, room=room, id=f"{person}-{day}")


def questions(organization: Organization) -> Iterator[tuple[str, dict[str, Any]]]:
    """A page of JSON and a whole CSV of one month, of all rooms and of one."""
    for name, room_id, most in product(HOT, (None, "room-3"), (1001, 2**62)):
        yield (
            name,
            {
                "org_id": organization.org_id,
                "participant_id": "student-17",
                "range_start": BEGIN,
                "range_end": BEGIN + 30 * DAY,
                "room_id": room_id,
                "most": most,
            },
        )


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_sqlite_reads_one_range_of_the_index(term: Organization, database_url: str) -> None:
    with closing(sqlite3.connect(database_url.removeprefix("sqlite:///"))) as connection:
        connection.execute("ANALYZE")
        for name, values in questions(term):
            found = statements("sqlite")[name]
            rows = connection.execute(
                f"EXPLAIN QUERY PLAN {found.sql}", found.arguments(values)
            ).fetchall()
            steps = [step for *_, step in rows]
            condition = "(org_id=? AND participant_id=? AND joined_at>? AND joined_at<?)"
            assert f"SEARCH s USING INDEX {INDEX} {condition}" in steps
            assert not [step for step in steps if step.startswith(("SCAN", "USE TEMP B-TREE"))]


@pytest.mark.parametrize("engine", ["postgres"])
@pytest.mark.parametrize("plan", ["force_custom_plan", "force_generic_plan"])
async def test_postgres_reads_one_range_of_the_index(
    term: Organization, connection: asyncpg.Connection, plan: str
) -> None:
    await connection.execute(f"ANALYZE; SET plan_cache_mode = {plan}")
    for name, values in questions(term):
        nodes = list(nodes_of(await explain(connection, statements("postgres")[name], values)))
        assert not [node for node in nodes if "Sort" in node["Node Type"]], nodes
        (scan,) = [node for node in nodes if node.get("Relation Name") == "session"]
        assert (scan["Node Type"], scan["Index Name"]) == ("Index Scan", INDEX)
        for part in ("org_id =", "participant_id =", "joined_at >=", "joined_at <"):
            assert part in scan["Index Cond"]


@pytest.mark.parametrize("engine", ["postgres"])
async def test_after_an_import_the_server_knows_what_it_holds(
    term: Organization, stores: Stores, connection: asyncpg.Connection
) -> None:
    await stores.database.take_stock()
    known = await connection.fetchval("SELECT reltuples FROM pg_class WHERE relname = 'session'")
    assert known == PEOPLE * SESSIONS


PAGES = {
    "page_of_person": "session_of_person",
    "page_of_room": "session_in_room",
    "page_of_everybody": "session_by_join",
    "page_of_running": "session_running",
}
"""The statements behind pages of sessions, and the index that each of them reads."""


def page_in_the_middle(organization: Organization) -> dict[str, Any]:
    """What a page is asked for that goes on in the middle of a month."""
    place = BEGIN + 15 * DAY
    return {
        "org_id": organization.org_id,
        "participant_id": "student-17",
        "room_id": "room-3",
        "range_start": BEGIN,
        "range_end": place + 1,
        "before_at": place,
        "before_id": "8" * 32,
        "ended": None,
        "most": 51,
    }


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize("name", PAGES)
async def test_sqlite_reads_a_page_of_sessions_from_one_index_and_sorts_ties_at_most(
    term: Organization, stores: Stores, database_url: str, name: str
) -> None:
    now = written(BEGIN + SESSIONS * DAY)
    running = [Visit(now, None, uid=f"student-{person}") for person in range(20)]
    await told(stores.ledger, term, facts_of(running))
    with closing(sqlite3.connect(database_url.removeprefix("sqlite:///"))) as connection:
        connection.execute("ANALYZE")
        found = statements("sqlite")[name]
        arguments = found.arguments(page_in_the_middle(term))
        rows = connection.execute(f"EXPLAIN QUERY PLAN {found.sql}", arguments).fetchall()
    steps = [step for *_, step in rows]
    assert [step for step in steps if step.startswith(f"SEARCH s USING INDEX {PAGES[name]} (")]
    assert not [step for step in steps if step.startswith("SCAN")]
    # Those that run are few, and not in the order of a page.
    ordered = name != "page_of_running"
    assert not ordered or "USE TEMP B-TREE FOR ORDER BY" not in steps


@pytest.mark.parametrize("engine", ["postgres"])
@pytest.mark.parametrize("plan", ["force_custom_plan", "force_generic_plan"])
@pytest.mark.parametrize("name", PAGES)
async def test_postgres_reads_a_page_of_sessions_from_one_index_and_sorts_ties_at_most(
    term: Organization, connection: asyncpg.Connection, plan: str, name: str
) -> None:
    await connection.execute(f"ANALYZE; SET plan_cache_mode = {plan}")
    values = page_in_the_middle(term)
    nodes = list(nodes_of(await explain(connection, statements("postgres")[name], values)))
    (scan,) = [node for node in nodes if node.get("Relation Name") == "session"]
    assert (scan["Node Type"], scan["Index Name"]) == ("Index Scan", PAGES[name])
    assert "joined_at >=" in scan["Index Cond"]
    assert "joined_at <" in scan["Index Cond"]
    if name != "page_of_running":
        assert not [node for node in nodes if node["Node Type"] == "Sort"]


BROWSED: dict[str, dict[str, object]] = {
    "stays_of_person": {"participant_id": "student-17", "most": 20_001},
    "stays_in_room": {"room_id": "room-3", "most": 50_001},
    "stays_running": {"most": 2_001},
    "sharing_addresses": {"participant_id": "student-17", "most": 50, "longest": "12 hours"},
}


@pytest.mark.parametrize("engine", ["postgres"])
@pytest.mark.parametrize("plan", ["force_custom_plan", "force_generic_plan"])
@pytest.mark.parametrize("name", BROWSED)
async def test_names_and_titles_are_looked_up_one_by_one_even_before_an_analyze(
    term: Organization, connection: asyncpg.Connection, plan: str, name: str
) -> None:
    await connection.execute(f"SET enable_seqscan = off; SET plan_cache_mode = {plan}")
    statement = statements("postgres")[name]
    instants = {"range_start": BEGIN, "range_end": BEGIN + 30 * DAY}
    values = {"org_id": term.org_id, **instants, **BROWSED[name]}
    nodes = list(nodes_of(await explain(connection, statement, values)))
    for table, key in (("participant", "participant_id ="), ("room", "room_id =")):
        for node in nodes:
            if node.get("Relation Name") == table:
                # Joined, all people may be read for each session, whatever this plan says.
                assert node["Parent Relationship"] in {"InitPlan", "SubPlan"}
                assert "org_id =" in node["Index Cond"]
                assert key in node["Index Cond"]


async def explain(
    connection: asyncpg.Connection, statement: Statement, values: dict[str, Any]
) -> dict[str, Any]:
    """The plan that the server would use for a prepared statement."""
    instants = {"range_start", "range_end", "before_at", "now"}
    literals = {
        name: written(values[name]) if name in instants else values[name] for name in values
    }
    quoted = ["NULL" if literals[n] is None else f"'{literals[n]}'" for n in statement.parameters]
    await connection.execute(f"PREPARE hot AS {statement.sql}")
    plan = await connection.fetchval(f"EXPLAIN (FORMAT JSON) EXECUTE hot ({', '.join(quoted)})")
    await connection.execute("DEALLOCATE hot")
    (only,) = json.loads(plan)
    explained: dict[str, Any] = only["Plan"]
    return explained


def nodes_of(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes_of(part)


SUMS = {
    "use_by_role": "session_of_person",
    "use_by_room": "session_in_room",
    "use_by_step": "session_in_room",
    "people_found": "session_of_person",
    "rooms_found": "session_in_room",
}
"""Statements that add up everybody's sessions, and the index that has all that they need of them."""


def of_a_month(organization: Organization) -> dict[str, Any]:
    return {
        "org_id": organization.org_id,
        "range_start": BEGIN,
        "range_end": BEGIN + 30 * DAY,
        "now": BEGIN + 30 * DAY,
        "minimum_seconds": 0,
        "added_seconds": 59,
        "credit_seconds": 60,
        "most": 50,
        "words": "[]",
        "teacher": "",
        "role": "",
        "there": 0,
        "seen": 0,
        "sort": "seen",
        "descending": True,
        "skipped": 0,
        "last": 25,
        "few": 0,
        "step": DAY,
        "spans": json.dumps([[BEGIN + day * DAY, BEGIN + (day + 1) * DAY] for day in range(30)]),
    }


async def sqlite_steps(database_url: str, name: str, values: dict[str, Any]) -> list[str]:
    database = database_for(database_url)
    await database.open()
    try:
        found = statements("sqlite")[name]
        with closing(database._connect()) as connection:  # type: ignore[attr-defined]  # SQLite's own
            rows = connection.execute(
                f"EXPLAIN QUERY PLAN {found.sql}", found.arguments(values)
            ).fetchall()
    finally:
        await database.close()
    return [step for *_, step in rows]


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize("name", SUMS)
async def test_sqlite_adds_up_what_one_index_has_and_sorts_no_session(
    term: Organization, database_url: str, name: str
) -> None:
    steps = await sqlite_steps(database_url, name, of_a_month(term))
    in_order, of_the_range, *others = [step for step in steps if step.startswith("SEARCH s ")]
    assert in_order.startswith(f"SEARCH s USING COVERING INDEX {SUMS[name]} (org_id=?")
    by_join = "SEARCH s USING INDEX session_by_join (org_id=? AND joined_at>? AND joined_at<?)"
    assert of_the_range == by_join
    # People are also sorted by when they were last there, and narrowed by who taught them.
    assert len(others) == 2 * (name == "people_found")
    assert all("USING COVERING INDEX" in step for step in others)
    # The way by the range sorts its sessions; so do both by steps, and groups of people by role.
    groups = [step for step in steps if step == "USE TEMP B-TREE FOR GROUP BY"]
    assert len(groups) == 1 + (name in {"use_by_role", "use_by_step"})


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_sqlite_looks_each_span_up_by_itself(term: Organization, database_url: str) -> None:
    steps = await sqlite_steps(database_url, "use_by_span", of_a_month(term))
    condition = "(org_id=? AND joined_at>? AND joined_at<?)"
    assert f"SEARCH s USING INDEX session_by_join {condition}" in steps
    assert steps.index(next(step for step in steps if step.startswith("SCAN d"))) < steps.index(
        f"SEARCH s USING INDEX session_by_join {condition}"
    )


@pytest.mark.parametrize("engine", ["postgres"])
@pytest.mark.parametrize("name", SUMS)
async def test_postgres_can_add_up_what_one_index_has(
    term: Organization, connection: asyncpg.Connection, name: str
) -> None:
    # What is not on disk yet is not known to be seen by all.
    await connection.execute("CHECKPOINT")
    await connection.execute("VACUUM ANALYZE session, participant, room")
    # Of few sessions it may as well read the table; of many, among others' as many, it must not.
    await connection.execute("SET enable_seqscan = off; SET enable_bitmapscan = off")
    nodes = list(
        nodes_of(await explain(connection, statements("postgres")[name], of_a_month(term)))
    )
    (scan,) = [node for node in nodes if node.get("Relation Name") == "session"]
    assert scan["Node Type"] == "Index Only Scan"
    # Both have all that is needed, and of so few sessions the smaller one may do.
    assert scan["Index Name"] in SUMS.values()


@pytest.mark.parametrize("engine", ["postgres"])
async def test_postgres_looks_each_span_up_by_itself(
    term: Organization, connection: asyncpg.Connection
) -> None:
    await connection.execute("VACUUM ANALYZE session")
    found = statements("postgres")["use_by_span"]
    nodes = list(nodes_of(await explain(connection, found, of_a_month(term))))
    (scan,) = [node for node in nodes if node.get("Relation Name") == "session"]
    condition = scan.get("Index Cond") or next(
        node["Index Cond"] for node in nodes if node["Node Type"] == "Bitmap Index Scan"
    )
    for part in ("org_id =", "joined_at >=", "joined_at <"):
        assert part in condition


def of_a_day(organization: Organization) -> dict[str, Any]:
    day = {"range_start": BEGIN + 15 * DAY, "range_end": BEGIN + 16 * DAY}
    return of_a_month(organization) | day


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_sqlite_reads_the_sums_of_a_day_from_its_range(
    term: Organization, database_url: str
) -> None:
    steps = await sqlite_steps(database_url, "use_of_all", of_a_day(term))
    assert [step for step in steps if step.startswith(("SEARCH s", "SCAN s"))] == [
        "SEARCH s USING INDEX session_by_join (org_id=? AND joined_at>? AND joined_at<?)"
    ]


@pytest.mark.parametrize("engine", ["postgres"])
@pytest.mark.parametrize("plan", ["force_custom_plan", "force_generic_plan"])
async def test_postgres_reads_the_sums_of_a_day_from_its_range(
    term: Organization, connection: asyncpg.Connection, plan: str
) -> None:
    await connection.execute(f"ANALYZE; SET plan_cache_mode = {plan}")
    found = statements("postgres")["use_of_all"]
    nodes = list(nodes_of(await explain(connection, found, of_a_day(term))))
    (scan,) = [node for node in nodes if node.get("Index Name")]
    assert scan["Index Name"] == "session_by_join"
    for part in ("org_id =", "joined_at >=", "joined_at <"):
        assert part in scan["Index Cond"]


OF_A_TEACHER = {"participant_id": "student-17", "most": 20_000, "most_rooms": 2_000}


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_sqlite_reads_the_rooms_of_a_teacher_from_their_sessions_alone(
    term: Organization, database_url: str
) -> None:
    values = {"org_id": term.org_id, **OF_A_TEACHER}
    steps = await sqlite_steps(database_url, "rooms_taught_by", values)
    (of_session,) = [step for step in steps if " s " in step]
    condition = "(org_id=? AND participant_id=? AND joined_at>?)"
    assert of_session == f"SEARCH s USING INDEX {INDEX} {condition}"


@pytest.mark.parametrize("engine", ["postgres"])
@pytest.mark.parametrize("plan", ["force_custom_plan", "force_generic_plan"])
async def test_postgres_reads_the_rooms_of_a_teacher_from_their_sessions_alone(
    term: Organization, connection: asyncpg.Connection, plan: str
) -> None:
    await connection.execute(f"ANALYZE; SET plan_cache_mode = {plan}")
    values = {"org_id": term.org_id, **OF_A_TEACHER}
    found = await explain(connection, statements("postgres")["rooms_taught_by"], values)
    (scan,) = [node for node in nodes_of(found) if node.get("Relation Name") == "session"]
    assert "participant_id =" in scan["Index Cond"] if "Index Cond" in scan else scan
    assert scan.get("Index Name") == INDEX, scan
