"""A migration says in its first line which programs work with its result, and that is true."""

import pytest
from support.additions import beyond_adding, cannot_be_run_again, wrongly_promised
from support.migrations import OWN, migration

from rollbook.store.engine.migrations import Migration, migrations, read_migration

SAID = "-- Compatible with programs of schema 0002 on; runs in a transaction.\n"
TABLE = "CREATE TABLE thing (a integer);\n"
COLUMN = "ALTER TABLE session ADD COLUMN"
INDEX = "CREATE INDEX {{concurrently}} IF NOT EXISTS session_by_thing ON session (org_id, left_at);"


def test_a_migration_is_what_its_first_line_says() -> None:
    read = read_migration("0003_things.sql", SAID + TABLE)
    assert (read.version, read.name, read.compatible_from, read.alone) == (3, "things", 2, False)
    alone = SAID.replace("in a transaction", "alone")
    assert read_migration("0003_things.sql", alone + TABLE).alone


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("0003_things.sql", TABLE),
        ("0003_things.sql", f"-- Things.\n{SAID}{TABLE}"),
        ("0003_things.sql", f"\n{SAID}{TABLE}"),
        ("0003_things.sql", SAID.replace("0002", "2") + TABLE),
        ("0003_things.sql", SAID.replace("0002", "0000") + TABLE),
        ("0003_things.sql", SAID.replace("0002", "0004") + TABLE),
        ("0003_things.sql", SAID.replace("in a transaction", "at night") + TABLE),
        ("0003_things.sql", SAID.replace(".", "") + TABLE),
        ("0003_things.sql", SAID),
        ("0003_things.sql", SAID + TABLE.replace(";", "")),
        ("0003_things.sql", SAID + TABLE + "DROP TABLE thing"),
        ("3_things.sql", SAID + TABLE),
        ("things.sql", SAID + TABLE),
    ],
)
def test_a_migration_that_does_not_say_what_it_is_is_refused(name: str, text: str) -> None:
    with pytest.raises(ValueError, match=r"things\.sql|ends within a statement"):
        read_migration(name, text)


def test_migrations_from_before_the_first_line_counted_suit_no_older_program() -> None:
    early = [step for step in migrations() if step.version <= 7]
    assert [step.compatible_from for step in early] == [1, 2, 3, 4, 5, 6, 7]
    assert not any(step.alone for step in early)


@pytest.mark.parametrize("step", migrations(), ids=lambda step: step.name)
def test_a_migration_that_suits_older_programs_only_adds(step: Migration) -> None:
    assert wrongly_promised(step) == []


def test_what_is_wrongly_promised_to_older_programs_is_found() -> None:
    taken = "DROP TABLE sighting;"
    assert wrongly_promised(migration(OWN + 1, taken, compatible_from=OWN)) == [taken]
    assert wrongly_promised(migration(OWN + 1, taken)) == []


@pytest.mark.parametrize("step", migrations(), ids=lambda step: step.name)
def test_a_migration_that_runs_alone_can_be_run_again(step: Migration) -> None:
    assert cannot_be_run_again(step) == []


def test_what_cannot_be_run_again_is_found() -> None:
    assert cannot_be_run_again(migration(OWN + 1, INDEX, alone=True)) == []
    assert cannot_be_run_again(migration(OWN + 1, TABLE, alone=True)) != []
    assert cannot_be_run_again(migration(OWN + 1, INDEX)) != []


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE thing (org_id {{id}} NOT NULL, n integer CHECK (n > 0)){{strict}};",
        "CREATE TABLE thing (a integer);\nCREATE UNIQUE INDEX thing_by_a ON thing (a);",
        f"{COLUMN} note text;",
        f"{COLUMN} told_at {{{{instant}}}};",
        f"{COLUMN} note text NOT NULL DEFAULT '';",
        f"-- A comment; DROP TABLE session;\n{COLUMN} note integer DEFAULT 0;",
        "ALTER TABLE organization ADD COLUMN days integer NOT NULL DEFAULT 0 CHECK (days >= 0);",
    ],
)
def test_what_only_adds_is_known(sql: str) -> None:
    assert beyond_adding(migration(OWN + 1, sql, compatible_from=OWN)) == []


def test_an_index_beside_those_who_write_only_adds() -> None:
    assert beyond_adding(migration(OWN + 1, INDEX, compatible_from=OWN, alone=True)) == []


@pytest.mark.parametrize(
    "sql",
    [
        "DROP TABLE sighting;",
        "DROP INDEX session_by_join;",
        "ALTER TABLE session DROP COLUMN user_agent;",
        "ALTER TABLE session RENAME COLUMN user_agent TO browser;",
        "ALTER TABLE session RENAME TO visit;",
        "ALTER TABLE session ALTER COLUMN user_agent TYPE integer;",
        "ALTER TABLE session ALTER COLUMN user_agent SET NOT NULL;",
        "ALTER TABLE session ADD CONSTRAINT early CHECK (joined_at < left_at);",
        f"{COLUMN} note text NOT NULL;",
        f"{COLUMN} note text UNIQUE;",
        f"{COLUMN} note text, DROP COLUMN user_agent;",
        f"{COLUMN} told_at {{{{instant}}}} NOT NULL DEFAULT now();",
        f"{COLUMN} note integer CHECK (note > 0);",
        f"{COLUMN} note text REFERENCES room (title);",
        INDEX,
        INDEX.replace("{{concurrently}} IF NOT EXISTS ", ""),
        "CREATE TABLE thing (a integer);\nCREATE UNIQUE INDEX early ON session (joined_at);",
        "UPDATE session SET left_at = NULL;",
        "DELETE FROM event;",
        "INSERT INTO room (org_id) VALUES ('a');",
        "TRUNCATE session;",
        "CREATE TABLE thing (a integer) INHERITS (session);",
        "ALTER TABLE term ADD COLUMN n integer CHECK (n > 0), ADD CHECK (first_day <> '');",
    ],
)
def test_what_takes_something_from_older_programs_or_holds_them_up_is_found(sql: str) -> None:
    assert beyond_adding(migration(OWN + 1, sql, compatible_from=OWN)) != []


@pytest.mark.parametrize(
    "sql",
    [
        INDEX.replace("CREATE INDEX", "CREATE UNIQUE INDEX"),
        INDEX.replace("{{concurrently}} IF NOT EXISTS ", ""),
        INDEX.replace(" IF NOT EXISTS", ""),
    ],
)
def test_an_index_that_others_would_wait_for_is_found_in_what_runs_alone_too(sql: str) -> None:
    assert beyond_adding(migration(OWN + 1, sql, compatible_from=OWN, alone=True)) != []
