"""Whether a migration takes nothing from programs that do not know it, nor holds them up."""

import re

from rollbook.store.engine.migrations import Migration
from rollbook.store.engine.scripts import statements_of

GROWING = {"session", "event", "room_end", "participant", "room", "context", "sighting"}
"""Tables that may be so large that nobody can wait until all of their rows were read."""

_PARENTHESES = r"\((?:[^()]|\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))*\)"
"""One pair of them, with up to three within each other inside."""

_NEW_TABLE = re.compile(rf"CREATE TABLE (\w+) {_PARENTHESES}(?:\{{\{{strict\}}\}})?;")
_INDEX = re.compile(
    r"CREATE (?P<unique>UNIQUE )?INDEX (?P<again>\{\{concurrently\}\} IF NOT EXISTS )?"
    rf"\w+ ON (?P<table>\w+) {_PARENTHESES}(?: WHERE .*)?;"
)
_COLUMN = re.compile(
    # A default that is written out: any other would have every row written anew.
    r"ALTER TABLE (?P<table>\w+) ADD COLUMN \w+ (?:\{\{\w+\}\}|\w+)"
    rf"(?: (?:NOT NULL )?DEFAULT (?:'[^']*'|-?\d+))?(?P<check> CHECK {_PARENTHESES})?;"
)


def wrongly_promised(migration: Migration) -> list[str]:
    """The statements of a migration that older programs would not bear, though it says they do."""
    return beyond_adding(migration) if migration.compatible_from < migration.version else []


def beyond_adding(migration: Migration) -> list[str]:
    """The statements of a migration that do more than add. What is not known here is one of them."""
    statements = [_plain(one) for one in statements_of(migration.text)]
    new = {made[1] for one in statements if (made := _NEW_TABLE.fullmatch(one))}
    return [one for one in statements if not _only_adds(one, new, alone=migration.alone)]


def cannot_be_run_again(migration: Migration) -> list[str]:
    """Where a migration runs alone, its statements that fail when they are run twice.

    Of any other, those that fail within a transaction.
    """
    statements = [_plain(one) for one in statements_of(migration.text)]
    if not migration.alone:
        return [one for one in statements if "{{concurrently}}" in one]
    return [one for one in statements if not ((made := _INDEX.fullmatch(one)) and made["again"])]


def _plain(statement: str) -> str:
    """A statement on one line, without comments."""
    return " ".join(re.sub(r"--.*", "", statement).split())


def _only_adds(statement: str, new: set[str], *, alone: bool) -> bool:
    if _NEW_TABLE.fullmatch(statement):
        return True
    if index := _INDEX.fullmatch(statement):
        # On a table that others write, an index that is not made beside them keeps them waiting,
        # and a unique one refuses what they write.
        beside = alone and bool(index["again"]) and not index["unique"]
        return beside or (index["table"] in new and not index["again"])
    if column := _COLUMN.fullmatch(statement):
        return not (column["check"] and column["table"] in GROWING)
    return False
