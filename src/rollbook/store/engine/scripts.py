"""SQL scripts, one statement after another."""

import re
import sqlite3
from collections.abc import Iterator

_COMMENT = re.compile(r"--.*")


def statements_of(script: str) -> Iterator[str]:
    """Each statement with the comments before it; every one ends with its line.

    Raises ValueError where the last one does not end.
    """
    part = ""
    for line in script.splitlines(keepends=True):
        part += line
        # SQLite's parser knows texts and comments, and its rule holds for PostgreSQL's SQL too.
        if sqlite3.complete_statement(part):
            yield part
            part = ""
    if rest := _COMMENT.sub("", part).strip():
        message = f"a script ends within a statement: {rest}"
        raise ValueError(message)
