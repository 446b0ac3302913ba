"""The migrations: steps of the schema, each a file that is applied once and says what it is.

The first line of each file is one of these two:

    -- Compatible with programs of schema 0007 on; runs in a transaction.
    -- Compatible with programs of schema 0007 on; runs alone.

The schema of a program is the number of its newest migration. Programs of the schema that is named,
and all later ones, work on a database that has this migration, whether they know of it or not:
docs/decisions/0014-upgrades-beside-services.md. What runs alone runs outside of any transaction,
statement by statement, and can be run again wherever it was cut off.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

from rollbook.domain.values import value
from rollbook.store.engine.scripts import statements_of
from rollbook.store.engine.statements import Dialect

_TYPES: Mapping[Dialect, Mapping[str, str]] = {
    "sqlite": {
        "id": "TEXT",
        "instant": "INTEGER",
        "address": "TEXT",
        "small": "INTEGER",
        "count": "INTEGER",
        "bytes": "BLOB",
        "strict": " STRICT",
        "array": "json_array",
        "object": "json_object",
        "concurrently": "",
        "covering": ", ",
    },
    "postgres": {
        "id": 'text COLLATE "C"',
        "instant": "timestamptz",
        "address": "inet",
        "small": "smallint",
        "count": "bigint",
        "bytes": "bytea",
        "strict": "",
        "array": "json_build_array",
        "object": "json_build_object",
        "concurrently": "CONCURRENTLY",
        "covering": ") INCLUDE (",
    },
}
_WORD = re.compile(r"\{\{(\w+)\}\}")
_CALLS: Mapping[Dialect, Mapping[str, str]] = {
    "sqlite": {"milliseconds": "{}", "plain": "{}"},
    "postgres": {
        "milliseconds": "CAST(round(extract(epoch FROM {}) * 1000) AS bigint)",
        "plain": "host({})",
    },
}
_CALL = re.compile(r"\{\{(\w+):([\w.]+)\}\}")
_FILE_NAME = re.compile(r"(\d{4})_(\w+)\.sql")
_FIRST_LINE = re.compile(
    r"-- Compatible with programs of schema (\d{4}) on; runs (alone|in a transaction)\."
)


@value
class Migration:
    """One step of the schema. Never edited once released: the next step corrects it.

    `compatible_from` is the schema of the oldest programs that work with the result.
    """

    version: int
    name: str
    text: str
    compatible_from: int
    alone: bool


@cache
def migrations() -> Sequence[Migration]:
    """Every migration, in order."""
    found = (
        read_migration(file.name, file.read_text(encoding="utf-8"))
        for file in files("rollbook.store").joinpath("migrations").iterdir()
        if file.name.endswith(".sql")
    )
    return sorted(found, key=lambda migration: migration.version)


def read_migration(file_name: str, text: str) -> Migration:
    """The migration in a file. Raises ValueError where name, first line or end are not right."""
    named = _FILE_NAME.fullmatch(file_name)
    said = _FIRST_LINE.fullmatch(text.partition("\n")[0])
    if named is None or said is None:
        message = f"{file_name}: name and first line of a migration must say what it is"
        raise ValueError(message)
    version, compatible_from = int(named[1]), int(said[1])
    if not 1 <= compatible_from <= version:
        message = f"{file_name} cannot be compatible with programs of schema {said[1]} on"
        raise ValueError(message)
    if not list(statements_of(text)):
        message = f"{file_name} holds no statement"
        raise ValueError(message)
    return Migration(version, named[2], text, compatible_from, alone=said[2] == "alone")


def in_dialect(text: str, dialect: Dialect) -> str:
    """Schema text with the words of one engine in place of those in double braces."""
    text = _CALL.sub(lambda match: _CALLS[dialect][match[1]].format(match[2]), text)
    return _WORD.sub(lambda match: _TYPES[dialect][match[1]], text)
