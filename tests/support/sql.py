"""Which tables a statement touches, and whether each is held to one organization."""

import re
from collections.abc import Iterator

_ACCESS = re.compile(r"\b(FROM|JOIN|UPDATE|INTO)\s+(\w+)(?:\s+(?:AS\s+)?(\w+))?", re.IGNORECASE)
_NO_ALIAS = {"set", "where", "on", "left", "join", "order", "group", "limit", "values", "using"}
_EQUAL = re.compile(r"(?<![\w.])(?:(\w+)\.)?org_id\s*=\s*(?:(\w+)\.org_id\b|[?$](\d+))")
_INSERTED = re.compile(r"INTO\s+(\w+)\s*\(([^)]*)\)", re.IGNORECASE)


def unheld(sql: str, parameters: tuple[str, ...], tables: set[str]) -> list[str]:
    """The accesses to these tables that are not held to the organization of a parameter."""
    org_number = parameters.index("org_id") + 1 if "org_id" in parameters else 0
    held = _held_names(sql, org_number)
    bare = sum(1 for one, _, number in _equalities(sql) if not one and number == org_number)
    failing = []
    for verb, table, alias in _accesses(sql, tables):
        if verb == "into":
            fine = org_number > 0 and "org_id" in _inserted_columns(sql, table)
        elif alias in held or table in held:
            fine = True
        else:
            # Each plain `org_id = :org_id` holds one table that has no other name.
            fine = alias is None and bare > 0
            bare -= 1
        if not fine:
            failing.append(f"{verb} {table}")
    return failing


def _accesses(sql: str, tables: set[str]) -> Iterator[tuple[str, str, str | None]]:
    for verb, table, alias in _ACCESS.findall(sql):
        if table in tables:
            yield verb.lower(), table, None if alias.lower() in {"", *_NO_ALIAS} else alias


def _equalities(sql: str) -> Iterator[tuple[str, str, int]]:
    for one, other, number in _EQUAL.findall(sql):
        yield one, other, int(number or -1)


def _held_names(sql: str, org_number: int) -> set[str]:
    """Names that equal the parameter, at once or by way of each other."""
    equalities = list(_equalities(sql))
    held = {one for one, _, number in equalities if one and number == org_number}
    for _ in equalities:
        for one, other, _ in equalities:
            if one in held or other in held:
                held |= {name for name in (one, other) if name}
    return held


def _inserted_columns(sql: str, table: str) -> set[str]:
    for name, columns in _INSERTED.findall(sql):
        if name == table:
            return {column.strip() for column in columns.split(",")}
    return set()
