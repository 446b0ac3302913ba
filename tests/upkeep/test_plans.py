"""What upkeep and a rebuild ask again and again is found by an index, however large the ledger."""

import sqlite3
from contextlib import closing

import pytest

from rollbook.store.engine.statements import statements

INDEX = {
    "open_sessions": "session_running",
    "overdue_sessions": "session_running",
    "rooms_after": "event_of_room",
    "events_of_rooms": "event_of_room",
    "old_events_of_rooms": "event_of_room",
    "events_elsewhere": "event_by_session",
    "sessions_told": "event_by_session",
    "join_after": "session_by_join",
    "forget_session_addresses": "session_by_join",
    "adrift_with_old_address": "session_adrift",
    "forget_context_addresses": "context_with_address",
    "arrival_after": "event_by_arrival",
    "events_that_arrived": "event_by_arrival",
    "forget_payloads": "event_by_arrival",
    "presences": "sqlite_autoindex_session_1 (org_id=? AND session_id=?)",
    "sessions_after": "sqlite_autoindex_session_1 (org_id=? AND session_id>?)",
}


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize("name", INDEX)
def test_it_is_found_by_its_index(name: str, database_url: str) -> None:
    found = statements("sqlite")[name]
    values = dict.fromkeys(found.parameters, "[]")
    with closing(sqlite3.connect(database_url.removeprefix("sqlite:///"))) as connection:
        rows = connection.execute(f"EXPLAIN QUERY PLAN {found.sql}", found.arguments(values))
        plan = [step for *_, step in rows]
    assert any(f"INDEX {INDEX[name]}" in step for step in plan), plan
    assert not [step for step in plan if step.startswith("SCAN") and "json_each" not in step]
