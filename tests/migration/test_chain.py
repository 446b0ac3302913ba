"""The migrations, one after another, make exactly the schema that people read."""

from dataclasses import fields
from importlib.resources import files

import pytest
from support.catalog import Catalog, catalog, run_script
from support.migrations import migration

from rollbook.store.engine import schema
from rollbook.store.engine.migrations import in_dialect, migrations
from rollbook.store.engine.opening import database_for
from rollbook.store.engine.statements import Dialect


def test_the_chain_makes_the_schema_that_people_read(
    engine: Dialect, bare_database_url: str, database_url: str
) -> None:
    text = files("rollbook.store").joinpath("schema.sql").read_text(encoding="utf-8")
    run_script(bare_database_url, in_dialect(text, engine))
    read, made = catalog(bare_database_url), without_history(catalog(database_url))
    for field in fields(Catalog):
        assert getattr(made, field.name) == getattr(read, field.name), field.name


def without_history(whole: Catalog) -> Catalog:
    """A catalog without the table of applied migrations, which is there before the first of them."""
    table = "schema_migration"
    return Catalog(
        frozenset(column for column in whole.columns if column[0] != table),
        frozenset(index for index in whole.indexes if index.table != table),
        whole.foreign_keys,
        whole.checks,
    )


def test_migrations_are_numbered_one_after_another_and_named_for_what_they_do() -> None:
    versions = [step.version for step in migrations()]
    assert versions == list(range(1, len(versions) + 1))
    folder = files("rollbook.store").joinpath("migrations")
    names = sorted(file.name for file in folder.iterdir() if not file.name.startswith("__"))
    assert names == [f"{m.version:04}_{m.name}.sql" for m in migrations()]


@pytest.mark.parametrize("dialect", ["sqlite", "postgres"])
def test_every_word_in_braces_has_a_type_in_each_engine(dialect: Dialect) -> None:
    for step in migrations():
        assert "{{" not in in_dialect(step.text, dialect)


async def test_a_migration_that_fails_leaves_nothing_of_itself(
    bare_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "CREATE TABLE half (a integer);\nSELECT no_such_thing;\n"
    broken = migration(9999, text)
    monkeypatch.setattr(schema, "migrations", lambda: [broken])
    database = database_for(bare_database_url)
    await database.open(make=True)
    with pytest.raises(Exception, match="no_such_thing"):
        await schema.upgrade(database, 0)
    assert await schema.applied_versions(database) == []
    await database.close()
