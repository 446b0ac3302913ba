"""Every statement names the organization, and every key begins with it."""

import ast
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from support.catalog import Catalog, catalog
from support.sql import unheld

import rollbook
from rollbook.store.engine.statements import Dialect, statements

ENGINES: tuple[Dialect, ...] = ("sqlite", "postgres")

ACROSS_ORGANIZATIONS = {
    "all_organizations": "the operator's list at the command line; no route uses it",
    "open_sessions_of_all": "it is counted over all, and names none; only /metrics uses it",
    "sources_heard_of": "as above",
    "session_timeouts": "upkeep is the service's own work for all; no route uses it",
    "retentions": "as above",
    "organizations_erasing": "as above",
    "take_lease": "a lease is the service's own: one process works for all organizations",
    "give_up_lease": "as above",
    "owner_of_key": "it finds the organization that a key leads to, which is then asked by its id",
    "organizations_of_email": "as above, of those in which somebody is a user",
    "disown_key": "as above, when that organization is deleted",
    "installation_secret": "it tells of the key of the whole installation",
    "add_installation_secret": "as above",
    "set_installation_secret": "as above",
    "drop_installation_secret": "as above",
    "tables_about_it": "the schema is everybody's",
    "applied_migrations": "as above",
    "migrations_from": "as above",
    "note_migration": "as above",
    "note_compatible_programs": "as above",
    "bar_programs_before": "as above",
    "leave_mark": "a mark is the service's own, in the ledger of all",
    "mark_shown": "as above",
    "forget_marks": "as above",
    "move": "a ledger moves as a whole",
    "begin_move": "as above",
    "end_move": "as above",
}
"""Statements that name no organization, and why they need not."""

SERVICE_TABLES = {"schema_migration", "lease", "installation_secret", "key_owner", "email_owner"}
"""Tables that hold nothing of any organization, but for which one a key or an e-mail address leads to."""

SQL = re.compile(
    r"\b(SELECT\s.*\bFROM|INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|"
    r"(CREATE|ALTER|DROP|TRUNCATE)\s+(TABLE|INDEX|DATABASE|VIEW))\b",
    re.IGNORECASE | re.DOTALL,
)

SQL_IN_PYTHON = {
    "store/engine/schema.py": "its table must be there before any statement can be run",
    "store/engine/postgres_connecting.py": "it says how statements are planned, before any is run",
    "store/engine/postgres_upgrade.py": "it drops an index whose name a migration tells",
    "store/engine/moves.py": "its table is there only while a ledger moves, and no migration makes it",
    "store/engine/sqlite_bulk.py": "it moves tables that it finds, whatever they are called",
    "store/engine/postgres_bulk.py": "as above",
    "store/engine/postgres.py": "it asks the server who is connected",
    "store/engine/postgres_citus.py": "it asks Citus, and tells it what lies where",
    "store/engine/statements.py": "what the words in double braces of the .sql files stand for",
}
"""Modules that hold SQL themselves, and why it is in no .sql file."""


def tenant_tables() -> set[str]:
    text = files("rollbook.store").joinpath("schema.sql").read_text(encoding="utf-8")
    return set(re.findall(r"CREATE TABLE (\w+)", text)) - SERVICE_TABLES


@pytest.mark.parametrize("dialect", ENGINES)
def test_every_statement_is_held_to_one_organization(dialect: Dialect) -> None:
    tables = tenant_tables()
    assert "session" in tables
    loose = {
        statement.name: failing or ["names no organization"]
        for statement in statements(dialect).values()
        if (failing := unheld(statement.sql, statement.parameters, tables))
        or "org_id" not in statement.parameters
    }
    assert loose.keys() == ACROSS_ORGANIZATIONS.keys(), loose


@pytest.mark.parametrize(
    ("sql", "failing"),
    [
        ("SELECT * FROM session WHERE org_id = ?1", []),
        ("SELECT * FROM session s WHERE s.org_id = $1", []),
        ("SELECT * FROM session s JOIN room r ON r.org_id = s.org_id WHERE s.org_id = ?1", []),
        ("INSERT INTO room (org_id, room_id) VALUES (?1, ?2)", []),
        ("SELECT * FROM session WHERE session_id = ?2", ["from session"]),
        ("SELECT * FROM session WHERE org_id = ?2", ["from session"]),
        (
            "SELECT * FROM session s JOIN room r ON r.room_id = s.room_id WHERE s.org_id = ?1",
            ["join room"],
        ),
        (
            "SELECT * FROM session s JOIN room r ON r.org_id = s.org_id WHERE s.room_id = ?2",
            ["from session", "join room"],
        ),
        (
            "SELECT * FROM session WHERE org_id = ?1 AND room_id IN (SELECT room_id FROM room)",
            ["from room"],
        ),
        (
            "SELECT * FROM session s WHERE s.org_id = ?1 AND EXISTS (SELECT 1 FROM room r)",
            ["from room"],
        ),
        ("SELECT * FROM session WHERE (org_id = ?1) AND (room_id = ?2 OR room_id = ?3)", []),
        ("SELECT * FROM session WHERE org_id = ?1 OR true", ["from session"]),
        ("SELECT * FROM session WHERE org_id = ?1 AND room_id = ?2 OR true", ["from session"]),
        ("SELECT * FROM session WHERE (org_id = ?1 or true) AND room_id = ?2", ["from session"]),
        ("SELECT * FROM session WHERE (org_id = ?1 AND room_id = ?2) OR true", ["from session"]),
        ("SELECT * FROM session WHERE NOT (org_id = ?1)", ["from session"]),
        ("SELECT * FROM session WHERE NOT org_id = ?1", ["from session"]),
        ("SELECT org_id = ?1 FROM session", ["from session"]),
        ("SELECT * FROM session WHERE room_id = (SELECT max(org_id = ?1))", ["from session"]),
        (
            "SELECT * FROM session s JOIN room r ON r.org_id = s.org_id OR true WHERE s.org_id = ?1",
            ["join room"],
        ),
        (
            "SELECT (SELECT r.a FROM room r WHERE r.org_id = ?1), (SELECT r.b FROM room r)",
            ["from room"],
        ),
        ("DELETE FROM room WHERE org_id = ?1 OR true", ["from room"]),
        ("UPDATE room SET title = ?2 WHERE room_id = ?3", ["update room"]),
        ("DELETE FROM room WHERE room_id = ?2", ["from room"]),
        ("INSERT INTO room (room_id) VALUES (?2)", ["into room"]),
    ],
)
def test_a_statement_that_is_not_held_is_found_out(sql: str, failing: list[str]) -> None:
    assert unheld(sql, ("org_id", "a", "b"), {"session", "room"}) == failing


@pytest.mark.parametrize("dialect", ENGINES)
def test_no_condition_of_any_statement_can_be_loosened_unnoticed(dialect: Dialect) -> None:
    tables, loosened = tenant_tables(), 0
    for statement in statements(dialect).values():
        # What an insertion does in a conflict is held by the key of the row that it met.
        if statement.name in ACROSS_ORGANIZATIONS or statement.sql.startswith("INSERT"):
            continue
        if not statement.names(tables):
            continue  # of a table of the service, whose rows the condition finds by their key
        for found in re.finditer(r"\bWHERE\b", statement.sql):
            if OF_ROWS_ALREADY_HELD.search(statement.sql[: found.start()]):
                continue
            sql = f"{statement.sql[: found.end()]} true OR{statement.sql[found.end() :]}"
            assert unheld(sql, statement.parameters, tables), sql
            loosened += 1
    assert loosened > 50


@pytest.fixture
def made(database_url: str) -> Catalog:
    return catalog(database_url)


def test_every_key_and_index_of_an_organizations_table_begins_with_it(made: Catalog) -> None:
    tables = {table for table, _ in made.columns}
    assert tables - SERVICE_TABLES == tenant_tables()
    of_tenants = [index for index in made.indexes if index.table not in SERVICE_TABLES]
    assert [index for index in of_tenants if index.columns[0] != "org_id"] == []
    assert {index.table for index in of_tenants if index.unique} == tables - SERVICE_TABLES


def test_every_foreign_key_stays_within_its_organization(made: Catalog) -> None:
    assert made.foreign_keys
    for key in made.foreign_keys:
        pairs = zip(key.columns, key.other_columns, strict=True)
        assert ("org_id", "org_id") in pairs, key


@pytest.mark.parametrize("dialect", ENGINES)
def test_no_statement_asks_for_all_columns_since_a_newer_program_may_add_one(
    dialect: Dialect,
) -> None:
    everything = re.compile(r"(?:SELECT|RETURNING|,)\s+\*|\w\.\*")
    assert [one.name for one in statements(dialect).values() if everything.search(one.sql)] == []


def test_sql_stands_in_files_of_its_own() -> None:
    source = Path(rollbook.__file__).parent
    holding = {
        str(file.relative_to(source))
        for file in source.rglob("*.py")
        if any(SQL.search(text) for text in texts_in(ast.parse(file.read_text(encoding="utf-8"))))
    }
    assert holding == SQL_IN_PYTHON.keys()


def texts_in(tree: ast.AST) -> Iterator[str]:
    """Every string of a module that is not there to be read by people."""
    for node in ast.walk(tree):
        for child in ast.iter_child_nodes(node):
            if isinstance(node, ast.Expr):
                continue
            if isinstance(child, ast.Constant) and isinstance(child.value, str):
                yield child.value


OF_ROWS_ALREADY_HELD = re.compile(r"\)\s+(?!ON\b)\w+\s+$")
"""What comes before the condition of a SELECT from another one, which has no table to hold."""


REPORTS = ("participant.sql", "overviews.sql", "use.sql")
RUNNING_ONLY = {"stays_running": "what never was is closed, so it does not run"}
"""Statements of reports that need not leave out what never was, and why."""


def test_no_report_reads_a_session_that_never_was() -> None:
    folder = Path(rollbook.__file__).parent / "store" / "queries" / "reports"
    text = "".join((folder / name).read_text(encoding="utf-8") for name in REPORTS)
    names = re.findall(r"^-- name: (\w+)", text, re.MULTILINE)
    loose = set()
    for name in names:
        sql = statements("sqlite")[name].sql
        reads = len(re.findall(r"\b(?:FROM|JOIN) session\b", sql))
        if len(re.findall(r"\bvoided IS NULL\b", sql)) < reads:
            loose.add(name)
    assert loose == RUNNING_ONLY.keys()


@pytest.mark.parametrize("dialect", ENGINES)
def test_entries_of_the_audit_are_added_and_forgotten_and_never_changed(dialect: Dialect) -> None:
    writing = {
        statement.name: re.findall(r"(INSERT INTO|UPDATE|DELETE FROM) audit\b", statement.sql)
        for statement in statements(dialect).values()
    }
    assert {name: found for name, found in writing.items() if found} == {
        "add_entry": ["INSERT INTO"],
        "forget_entries": ["DELETE FROM"],
        # It goes with its organization; that this was deleted is noted of the whole service.
        "delete_from_audit": ["DELETE FROM"],
    }
    assert "ON CONFLICT" not in statements(dialect)["add_entry"].sql
