"""Every column of the schema is known to tell of people or not, and the page on privacy has all that do."""

import re
from collections.abc import Iterator
from importlib.resources import files
from itertools import chain
from pathlib import Path

from rollbook.store.engine.statements import statements
from rollbook.store.personal import (
    LEFT_TO_PEOPLE,
    PERSONAL,
    TAKEN_OUT,
    TAKEN_OUT_OF_EVENTS,
    TELLS_OF_NOBODY,
    Of,
)
from rollbook.store.upkeep.deleting import OF_ORGANIZATIONS, OF_SOURCES

KEYS = {"org_id", "source_id", "import_id"}
PAGE = Path(__file__).parents[2] / "docs" / "privacy.md"
_TABLE = re.compile(r"^CREATE TABLE (\w+) \(\n(.*?)^\)", re.MULTILINE | re.DOTALL)
_COLUMN = re.compile(r"^    ([a-z]\w*) ", re.MULTILINE)


def columns() -> Iterator[tuple[str, str]]:
    schema = files("rollbook.store").joinpath("schema.sql").read_text(encoding="utf-8")
    for table, body in _TABLE.findall(schema):
        yield from ((table, column) for column in _COLUMN.findall(body))


def test_every_column_is_declared_to_tell_of_people_or_of_nobody() -> None:
    there = {(table, column) for table, column in columns() if column not in KEYS}
    personal = {(table, column) for table, some in PERSONAL.items() for column in some}
    others = {(table, column) for table, some in TELLS_OF_NOBODY.items() for column in some}
    assert ("session", "participant_id") in there
    assert personal & others == set()
    # A new column belongs in store/personal.py; one that tells of people in docs/privacy.md, and its
    # table into an erasure, too.
    assert there - personal - others == set()
    assert personal | others == there


def test_a_person_is_taken_out_of_every_table_that_tells_of_people() -> None:
    assert PERSONAL.keys() == TAKEN_OUT.keys() | TAKEN_OUT_OF_EVENTS | LEFT_TO_PEOPLE
    for table, names in TAKEN_OUT.items():
        gone = statements("sqlite")[names[-1]].sql
        assert gone.startswith(f"DELETE FROM {table} ")
        assert f"{_whose(table)} = " in gone
    assert {table for table in LEFT_TO_PEOPLE if Of.WHO in PERSONAL[table].values()} == set()


def test_every_table_of_an_organization_goes_with_it_and_with_its_sources() -> None:
    there = {table for table, column in columns() if column == "org_id"}
    own = {"organization", "key_owner", "email_owner"}
    assert set(OF_ORGANIZATIONS) == there - own
    brought = {table for table, column in columns() if column == "source_id"}
    assert set(OF_SOURCES) == brought - {"source", "session"}
    for table in OF_ORGANIZATIONS:
        words = statements("sqlite")[f"delete_from_{table}"].sql.split()
        assert words[:3] == ["DELETE", "FROM", table]


def _whose(table: str) -> str:
    return next(column for column, of in PERSONAL[table].items() if of is Of.WHO)


def test_the_page_on_privacy_names_every_column_that_tells_of_people() -> None:
    said = set(re.findall(r"`(\w+\.\w+)`", PAGE.read_text(encoding="utf-8")))
    personal = {f"{table}.{column}" for table, some in PERSONAL.items() for column in some}
    assert personal - said == set()
    known = {f"{table}.{column}" for table, column in columns()}
    tables = set(chain(PERSONAL, TELLS_OF_NOBODY))
    assert {one for one in said if one.split(".")[0] in tables} - known == set()
