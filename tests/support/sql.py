"""Which tables a statement touches, and whether each is held to one organization."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_ACCESS = re.compile(r"\b(FROM|JOIN|UPDATE|INTO)\s+(\w+)(?:\s+(?:AS\s+)?(\w+))?", re.IGNORECASE)
_NO_ALIAS = {"set", "where", "on", "left", "join", "order", "group", "limit", "values", "using"}
_EQUAL = re.compile(r"(?:(\w+)\.)?org_id\s*=\s*(?:(\w+)\.org_id|[?$](\d+))")
_INNERMOST = re.compile(r"\(([^()]*)\)")
_GROUP = re.compile(r"#(\d+)")
_SELECT = re.compile(r"\s*(?:SELECT|WITH)\b", re.IGNORECASE)
_OR = re.compile(r"\bOR\b", re.IGNORECASE)
_AND = re.compile(r"\bAND\b", re.IGNORECASE)
_CONDITION = re.compile(
    r"\b(?:WHERE|ON(?!\s+CONFLICT))\b(.*?)"
    r"(?=\b(?:WHERE|ON|JOIN|LEFT|GROUP|ORDER|LIMIT|RETURNING|UNION|DO|SET|FOR)\b|$)",
    re.IGNORECASE | re.DOTALL,
)


@dataclass
class _Text:
    """A statement, or what is in a pair of its parentheses; inner ones are numbers in `sql`."""

    sql: str
    inner: list["_Text"] = field(default_factory=list)


def unheld(sql: str, parameters: tuple[str, ...], tables: set[str]) -> list[str]:
    """The accesses to these tables that are not held to the organization of a parameter.

    An access is held by a condition of its own SELECT that must be true of every row. So it may
    not be one side of an OR, and a name that is held elsewhere holds nothing here.
    """
    org_number = parameters.index("org_id") + 1 if "org_id" in parameters else 0
    return list(_unheld(_read(sql), org_number, tables, set()))


def _unheld(text: _Text, org_number: int, tables: set[str], outer: set[str]) -> Iterator[str]:
    accesses = list(_accesses(text.sql, tables))
    held = _held_names(text, org_number, outer - {alias for _, _, alias in accesses if alias})
    bare = sum(1 for one, _, number in _equalities(text) if not one and number == org_number)
    for verb, table, alias in accesses:
        if verb == "into":
            fine = org_number > 0 and "org_id" in _inserted_columns(text, table)
        elif alias in held or table in held:
            fine = True
        else:
            # Each plain `org_id = :org_id` holds one table that has no other name.
            fine = alias is None and bare > 0
            bare -= 1
        if not fine:
            yield f"{verb} {table}"
    for inner in _selects_within(text):
        yield from _unheld(inner, org_number, tables, held)


def _read(sql: str) -> _Text:
    inner: list[_Text] = []
    while found := _INNERMOST.search(sql):
        sql = f"{sql[: found.start()]} #{len(inner)} {sql[found.end() :]}"
        inner.append(_Text(found[1], inner))
    return _Text(sql, inner)


def _selects_within(text: _Text) -> Iterator[_Text]:
    """The SELECTs inside, however deep in other parentheses."""
    for number in _GROUP.findall(text.sql):
        inner = text.inner[int(number)]
        if _SELECT.match(inner.sql):
            yield inner
        else:
            yield from _selects_within(inner)


def _accesses(sql: str, tables: set[str]) -> Iterator[tuple[str, str, str | None]]:
    for verb, table, alias in _ACCESS.findall(sql):
        if table in tables:
            yield verb.lower(), table, None if alias.lower() in {"", *_NO_ALIAS} else alias


def _equalities(text: _Text) -> Iterator[tuple[str, str, int]]:
    for condition in _CONDITION.findall(text.sql):
        for part in _must_hold(condition, text.inner):
            if equal := _EQUAL.fullmatch(part):
                yield equal[1] or "", equal[2] or "", int(equal[3] or -1)


def _must_hold(condition: str, inner: list[_Text]) -> Iterator[str]:
    """The parts of a condition that nothing but AND joins."""
    if _OR.search(condition):
        return
    for part in map(str.strip, _AND.split(condition)):
        group = _GROUP.fullmatch(part)
        if group:
            yield from _must_hold(inner[int(group[1])].sql, inner)
        else:
            yield part


def _held_names(text: _Text, org_number: int, outer: set[str]) -> set[str]:
    """Names that equal the parameter, at once or by way of each other."""
    equalities = list(_equalities(text))
    held = outer | {one for one, _, number in equalities if one and number == org_number}
    for _ in equalities:
        for one, other, _ in equalities:
            if one in held or other in held:
                held |= {name for name in (one, other) if name}
    return held


def _inserted_columns(text: _Text, table: str) -> set[str]:
    found = re.search(rf"INTO\s+{table}\s+#(\d+)", text.sql, re.IGNORECASE)
    columns = text.inner[int(found[1])].sql if found else ""
    return {column.strip() for column in columns.split(",")}
