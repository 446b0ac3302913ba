"""What a fold looks up is found by its index, however many sessions there are."""

import json
import sqlite3
from contextlib import closing
from typing import Any

import asyncpg
import pytest
from migration.test_query_plans import explain, nodes_of

from rollbook.domain.events import JoinEvidence, Room
from rollbook.domain.organizations import Organization
from rollbook.domain.presences import Presence, session_id_for
from rollbook.service.ingest.ports import RoomMark, StoredEvent
from rollbook.service.organizations.keys import create_organization
from rollbook.store.engine.statements import statements
from rollbook.stores import Stores

SOURCE = "the-source"
ROOMS, RUNS, PEOPLE = 20, 10, 50
BEGIN, HOUR, DAY = 1_704_067_200_000, 3_600_000, 86_400_000

LOOKED_UP: dict[str, tuple[dict[str, Any], dict[str, tuple[str, tuple[str, ...]]]]] = {
    "stays_in_instances": (
        {"instance_ids": ["run-3-4", "run-5-6"]},
        {"session_by_instance": ("session", ("org_id", "source_id", "instance_id"))},
    ),
    "stays_joined_between": (
        {"room_id": "room-3", "range_start": BEGIN + DAY, "range_end": BEGIN + 2 * DAY},
        {"session_in_room": ("session", ("org_id", "room_id", "joined_at"))},
    ),
    "room_marks": (
        {"room_ids": ["room-3", "room-4"]},
        {
            "room_end_pkey": ("room_end", ("org_id", "source_id", "room_id")),
            "room_start_pkey": ("room_start", ("org_id", "source_id", "room_id")),
        },
    ),
    "stays_of_people": (
        {"instance_ids": ["run-3-4"], "participant_ids": ["person-1", "identity-2"]},
        {
            "session_by_instance": (
                "session", ("org_id", "source_id", "instance_id", "participant_id"),
            ),
            "session_by_identity": ("session", ("org_id", "source_id", "instance_id", "identity")),
        },
    ),
}  # fmt: skip
"""Values, and the index that each part of the statement has to go by, with its columns."""

PRIMARY = {
    "room_end_pkey": "sqlite_autoindex_room_end_1",
    "room_start_pkey": "sqlite_autoindex_room_start_1",
}


@pytest.fixture
async def ledger(stores: Stores, organization: Organization) -> Organization:
    """An organization whose platform tells runs of rooms apart, and some people by another id."""
    presences = [
        _presence(room, run, person)
        for room in range(ROOMS)
        for run in range(RUNS)
        for person in range(PEOPLE)
    ]
    marks = [
        RoomMark(Room(f"room-{room}"), BEGIN + run * DAY, f"{room}-{run}", ended)
        for room in range(50 * ROOMS)
        for run in range(RUNS)
        for ended in (True, False)
    ]
    async with stores.ledger.transaction(organization.org_id) as transaction:
        await transaction.save_presences(presences)
        await transaction.add_room_marks(SOURCE, marks)
    return organization


def _presence(room: int, run: int, person: int) -> Presence:
    presence_id, at = f"{room}-{run}-{person}", BEGIN + run * DAY + person
    return Presence(
        session_id_for(SOURCE, presence_id),
        SOURCE,
        presence_id,
        f"room-{room}",
        f"run-{room}-{run}",
        f"person-{person}",
        at,
        JoinEvidence.SEEN,
        left_at=at + HOUR,
        identity=f"identity-{person}" if person % 2 else None,
    )


def values_for(name: str, organization: Organization) -> dict[str, Any]:
    asked, _ = LOOKED_UP[name]
    told = {key: json.dumps(one) if isinstance(one, list) else one for key, one in asked.items()}
    return {"org_id": organization.org_id, "source_id": SOURCE, **told}


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize("name", LOOKED_UP)
async def test_sqlite_finds_it_by_its_index(
    ledger: Organization, database_url: str, name: str
) -> None:
    found, expected = statements("sqlite")[name], LOOKED_UP[name][1]
    with closing(sqlite3.connect(database_url.removeprefix("sqlite:///"))) as connection:
        connection.execute("ANALYZE")
        arguments = found.arguments(values_for(name, ledger))
        rows = connection.execute(f"EXPLAIN QUERY PLAN {found.sql}", arguments)
        plan = [step for *_, step in rows]
    for index, (_, columns) in expected.items():
        (step,) = (one for one in plan if f" INDEX {PRIMARY.get(index, index)} " in one)
        assert [column for column in columns if f"{column}" not in step] == [], step
    assert not [step for step in plan if step.startswith("SCAN") and "json_each" not in step]


@pytest.mark.parametrize("engine", ["postgres"])
@pytest.mark.parametrize("plan", ["force_custom_plan", "force_generic_plan"])
@pytest.mark.parametrize("name", LOOKED_UP)
async def test_postgres_finds_it_by_its_index(
    ledger: Organization, connection: asyncpg.Connection, name: str, plan: str
) -> None:
    await connection.execute(f"ANALYZE; SET plan_cache_mode = {plan}")
    explained = await explain(connection, statements("postgres")[name], values_for(name, ledger))
    nodes = list(nodes_of(explained))
    tables = {table for table, _ in LOOKED_UP[name][1].values()}
    assert [n for n in nodes if n["Node Type"] == "Seq Scan" and n["Relation Name"] in tables] == []
    for index, (_, columns) in LOOKED_UP[name][1].items():
        (scan,) = (node for node in nodes if node.get("Index Name") == index)
        assert [column for column in columns if column not in scan["Index Cond"]] == [], scan


BY_KEY: dict[str, tuple[str, tuple[str, ...]]] = {
    "presences": ("session_pkey", ("org_id", "session_id")),
    "known_events": ("event_pkey", ("org_id", "source_id", "event_id")),
    "facts_of_sessions": ("event_by_session", ("org_id", "session_id")),
}
"""What is asked of every group of events, and the index that has to answer, with its columns."""


@pytest.mark.parametrize("engine", ["postgres"])
@pytest.mark.parametrize("name", BY_KEY)
async def test_an_organization_that_came_after_the_statistics_is_asked_by_keys_too(
    stores: Stores, name: str
) -> None:
    old, new = [
        (await create_organization(stores.organizations, called, "UTC", BEGIN))[0]
        for called in ("Old", "New")
    ]
    await _told(stores, old, 2_000)
    await stores.database.take_stock()
    await _told(stores, new, 20)
    index, columns = BY_KEY[name]
    ids = json.dumps([f"{number:032x}" for number in range(64)])
    values = {"org_id": new.org_id, "source_id": SOURCE, "session_ids": ids, "event_ids": ids}
    async with stores.database.writing() as writing:
        connection = writing._connection  # type: ignore[attr-defined]  # its settings are meant
        nodes = list(nodes_of(await explain(connection, statements("postgres")[name], values)))
    (scan,) = (node for node in nodes if "Index Name" in node)
    assert scan["Index Name"] == index
    assert [column for column in columns if column not in scan["Index Cond"]] == []


async def _told(stores: Stores, organization: Organization, many: int) -> None:
    presences = [_presence(0, 0, person) for person in range(many)]
    events = [
        StoredEvent(
            SOURCE, one.presence_id, "told", BEGIN, BEGIN, "", (), None, None, one.session_id
        )
        for one in presences
    ]
    async with stores.ledger.transaction(organization.org_id) as transaction:
        await transaction.add_events(events)
        await transaction.save_presences(presences)
