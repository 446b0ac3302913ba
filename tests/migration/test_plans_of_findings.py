"""What an office asks across all rooms reads the sessions of its range, and rosters room by room."""

import json
from typing import Any

import asyncpg
import pytest
from migration.test_query_plans import BEGIN, DAY, explain, nodes_of, of_a_month, sqlite_steps
from migration.test_query_plans import term as term  # noqa: PLC0414 - a fixture, by its name

from rollbook.domain.organizations import Organization
from rollbook.store.engine.statements import statements

OF_THE_RANGE = "SEARCH s USING INDEX session_by_join (org_id=? AND joined_at>? AND joined_at<?)"
BY_RANGE = ("addresses_shared", "rooms_without_teacher", "seen_by_day")
OTHERS = ("people_by_span", "people_found")


def in_range_of(column: str) -> str:
    return f"(org_id=? AND {column}=? AND joined_at>? AND joined_at<?)"


def asked(organization: Organization) -> dict[str, Any]:
    days = [(BEGIN + n * DAY, BEGIN + (n + 1) * DAY, f"2024-01-{n + 1:02}") for n in range(28)]
    own = {"days": json.dumps(days), "share": 80, "longest": 43_200_000, "least": 60_000}
    return of_a_month(organization) | own


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_sqlite_reads_the_range_and_rosters_by_room(
    term: Organization, database_url: str
) -> None:
    values = asked(term) | {"teacher": "student-1"}
    steps = {name: await sqlite_steps(database_url, name, values) for name in (*BY_RANGE, *OTHERS)}
    for name in BY_RANGE:
        assert OF_THE_RANGE in steps[name]
        assert all("joined_at>?" in one for one in steps[name] if one.startswith("SEARCH s "))
        assert "SCAN s" not in steps[name]
    # Of the whole school's roster, each person would be compared with every class there was.
    by_room = "SEARCH m USING INDEX sqlite_autoindex_roster_1 (org_id=? AND room_id=?)"
    assert [one for one in steps["seen_by_day"] if one.startswith("SEARCH m ")] == [by_room]
    of_a_person = f"SEARCH s USING COVERING INDEX session_of_person {in_range_of('participant_id')}"
    assert [one for one in steps["people_by_span"] if one.startswith("SEARCH s ")] == [of_a_person]
    in_a_room = f"SEARCH s USING COVERING INDEX session_in_room {in_range_of('room_id')}"
    assert in_a_room in steps["people_found"]


@pytest.mark.parametrize("engine", ["postgres"])
async def test_postgres_reads_the_range_and_looks_people_up_in_a_table(
    term: Organization, connection: asyncpg.Connection
) -> None:
    await connection.execute("VACUUM ANALYZE session, participant, room")
    values = asked(term) | {"teacher": "student-1", "longest": "12 hours", "least": "1 minute"}
    plan = await explain(connection, statements("postgres")["people_found"], values)
    # Not hashed, the list of a teacher's people would be looked through for each of all people.
    assert "hashed SubPlan" in json.dumps(plan)
    # Of few sessions it may as well read the table; of many, among others' as many, it must not.
    await connection.execute("SET enable_seqscan = off")
    for name in (*BY_RANGE, "people_by_span"):
        nodes = list(nodes_of(await explain(connection, statements("postgres")[name], values)))
        found = [node for node in nodes if node.get("Index Name", "").startswith("session_")]
        conditions = [node["Index Cond"] for node in found]
        assert conditions
        assert all("joined_at >=" in one and "joined_at <" in one for one in conditions)
        assert not [node for node in nodes if node["Node Type"] == "Seq Scan"]
