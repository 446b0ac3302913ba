"""Reads the .sql files: every statement of the program, by name, in both engines' dialects.

A statement begins with `-- name: what_it_is_called` and a comment that says what it is for.
What several statements of a file share stands in it once, below `-- part: word`, and in each of
them as `{{word}}`. Where one text cannot serve both engines, `-- name: x (sqlite)` and `-- name: x (postgres)` stand
one under the other, and so do parts. Parameters are written `:like_this`; `{{in:ids}}` asks whether a value is in
the JSON array `:ids`, `{{rows:org_id text, ...}}` are the rows that an INSERT takes, with what each
value is: `Statement.sql` is for one of them, `Statement.many` for many,
`{{presence}}` stands for the columns of a session, `{{event}}` for those of an event, `{{shared}}`
for how much the ids of all stays of a presence have in common, `{{leave}}` for the rank of an end that was told
for certain, and `{{timedout}}` for that of the ledger's own. `{{name}}`, `{{role}}` of a participant `p` and `{{title}}` of a
room `r` are what was told last, by events or by imports. `{{plain:x.name}}` is a column without the
case of its letters and without accents, and `{{holds:x.id, x.name}}` asks whether all of the plain words in the JSON
array `:words` are in one of the columns.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from operator import itemgetter
from typing import Literal

from rollbook.domain.events import EndEvidence
from rollbook.domain.presences import SHARED
from rollbook.store.engine.folding import postgres_holds, postgres_plain

Dialect = Literal["sqlite", "postgres"]

_HEADER = re.compile(
    r"^-- (?P<sort>name|part): (?P<name>\w+)(?: \((?P<dialect>sqlite|postgres)\))?\n", re.MULTILINE
)
_PARAMETER = re.compile(r"(?<!:):([a-z_]+)")
_MEMBERSHIP = re.compile(r"\{\{in:([a-z_]+)\}\}")
_ARRAYS: Mapping[Dialect, str] = {
    "sqlite": r"IN (SELECT value FROM json_each(:\1))",
    "postgres": r"= ANY (ARRAY(SELECT jsonb_array_elements_text(CAST(:\1 AS jsonb))))",
}
_ROWS = re.compile(r"\{\{rows:([^}]+)\}\}")
_IN_COLUMNS: Mapping[str, tuple[str, str]] = {
    "text": ("text", "{0}"),
    "small": ("smallint", "{0}"),
    "count": ("bigint", "{0}"),
    # Seconds apart: to multiply an interval is to reckon with floating point, which would not do for
    # milliseconds after the year 2255.
    "instant": (
        "bigint",
        "timestamptz 'epoch' + {0} / 1000 * interval '1 second' + {0} % 1000 * interval '1 millisecond'",
    ),
    "address": ("text", "CAST({0} AS inet)"),
    "bytes": ("bytea", "{0}"),
}
"""How PostgreSQL is sent the values of a column, by what they are, and what it makes of each."""
_NAME = re.compile(r"\w+")
_WORD = re.compile(r"\{\{([a-z_]+)\}\}")
_TOLD_LATER = """CASE WHEN {alias}.imported_{what} IS NOT NULL AND ({alias}.{what} IS NULL
            OR ({alias}.imported_{what}_told_at, {alias}.imported_{what})
             > ({alias}.{what}_told_at, {alias}.{what}))
        THEN {alias}.imported_{what} ELSE {alias}.{what} END"""
_WORDS = {
    "presence": """session_id, source_id, presence_id, room_id, instance_id, participant_id,
       joined_at, joined_by, told_left_at, told_left_by, left_at, left_by,
       ip_address, ip_told_at, user_agent, user_agent_told_at, identity,
       corrected_at, corrected_left_at, voided""",
    "event": """source_id, event_id, event_type, occurred_at, received_at, body_hash,
       room_id, session_id, facts, payload, said, written""",
    "shared": str(SHARED),
    # Written out, since no index of some rows serves a statement that asks with a parameter.
    "leave": str(int(EndEvidence.LEAVE)),
    "timedout": str(int(EndEvidence.TIMED_OUT)),
    "name": _TOLD_LATER.format(alias="p", what="name"),
    "role": _TOLD_LATER.format(alias="p", what="role"),
    "title": _TOLD_LATER.format(alias="r", what="title"),
}
_PLAIN = re.compile(r"\{\{plain:([a-z_.]+)\}\}")
_HOLDS = re.compile(r"\{\{holds:([a-z_., ]+)\}\}")
_OVERWRITES = re.compile(r"DO UPDATE SET\s+(\w+ = excluded\.\w+,?\s*)+$")
_MARKS: Mapping[Dialect, str] = {"sqlite": "?", "postgres": "$"}


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement in one dialect: SQL with numbered parameters, and their names in order."""

    name: str
    sql: str
    parameters: tuple[str, ...]
    many: str | None = None
    """The same for many rows, of an INSERT that says what its rows are. To SQLite it is the text
    around the rows, with `%s` for them; PostgreSQL takes each column of them as one parameter."""
    overwrites: bool = field(init=False, repr=False)
    """Whether it is an INSERT that puts its rows in the place of others, whatever those say."""
    _pick: Callable[[Mapping[str, object]], Sequence[object]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_pick", _picking(self.parameters))
        object.__setattr__(self, "overwrites", _OVERWRITES.search(self.sql) is not None)

    @property
    def table(self) -> str:
        """The table that an INSERT writes."""
        return self.sql.split(maxsplit=3)[2]

    def arguments(self, values: Mapping[str, object]) -> Sequence[object]:
        """The values in the order of the numbers. KeyError where one is missing."""
        return self._pick(values)

    def names(self, tables: Collection[str]) -> bool:
        """Whether it names any of these tables, be it only in a word of another meaning."""
        return not _names_in(self.sql).isdisjoint(tables)


@cache
def _names_in(sql: str) -> frozenset[str]:
    return frozenset(_NAME.findall(sql))


def _picking(names: Sequence[str]) -> Callable[[Mapping[str, object]], Sequence[object]]:
    if len(names) > 1:
        # Much faster than a loop, and asked for every row of a file.
        return itemgetter(*names)
    return lambda values: [values[name] for name in names]


@cache
def statement(name: str, dialect: Dialect) -> Statement:
    """A statement of the program in one dialect, made when it is first asked for: most processes need few."""
    sql, words = _texts(dialect)[name]
    return _statement(name, _written_out(sql, words), dialect)


@cache
def statements(dialect: Dialect) -> Mapping[str, Statement]:
    """All statements of the program in one dialect, by name."""
    return {name: statement(name, dialect) for name in _texts(dialect)}


@cache
def _texts(dialect: Dialect) -> Mapping[str, tuple[str, Mapping[str, str]]]:
    """Every statement as its file has it, by name, and the words that stand for more of it."""
    found: dict[str, tuple[str, Mapping[str, str]]] = {}
    for file in _sql_files(files("rollbook.store").joinpath("queries")):
        texts, words = _parse(file.read_text(encoding="utf-8"), dialect)
        for name, sql in texts:
            if name in found:
                message = f"two statements are called {name}"
                raise ValueError(message)
            found[name] = sql, words
    return found


def _sql_files(folder: Traversable) -> Iterator[Traversable]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _sql_files(entry)
        elif entry.name.endswith(".sql"):
            yield entry


def _parse(text: str, dialect: Dialect) -> tuple[list[tuple[str, str]], Mapping[str, str]]:
    """The statements of a file, each with its name, and its words."""
    parts = _HEADER.split(text)[1:]
    every = zip(parts[0::4], parts[1::4], parts[2::4], parts[3::4], strict=True)
    chunks = [
        (sort, name, _sql(body)) for sort, name, only, body in every if only in {None, dialect}
    ]
    words = _WORDS | {name: sql for sort, name, sql in chunks if sort == "part"}
    return [(name, sql) for sort, name, sql in chunks if sort == "name"], words


def _sql(body: str) -> str:
    lines = body.strip().splitlines()
    return "\n".join(line for line in lines if not line.startswith("--")).strip().rstrip(";")


def _written_out(sql: str, words: Mapping[str, str]) -> str:
    """The SQL without words that stand for more of it; one may have others in it."""
    while _WORD.search(sql):
        sql = _WORD.sub(lambda match: words[match[1]], sql)
    return sql


def _statement(name: str, sql: str, dialect: Dialect) -> Statement:
    sql = _MEMBERSHIP.sub(_ARRAYS[dialect], sql)
    sql = _PLAIN.sub(lambda match: _plain(match[1], dialect), sql)
    sql = _HOLDS.sub(lambda match: _holds(match[1], dialect), sql)
    rows = _ROWS.search(sql)
    if rows is None:
        numbered, order = _numbered(sql, dialect)
        return Statement(name, numbered, order)
    before, after = sql[: rows.start()], sql[rows.end() :]
    one, order = _numbered(f"{before}{_row(rows[1])}{after}", dialect)
    if dialect == "sqlite":
        # One that may have to be undone by itself copies each page that it changes, which is a third of its
        # time. What fails undoes the transaction anyway (https://www.sqlite.org/lang_conflict.html).
        many = before.replace("INSERT INTO", "INSERT OR FAIL INTO", 1)
        return Statement(name, one, order, f"{many}VALUES %s{after}")
    return Statement(name, one, order, _numbered(f"{before}{_columns(rows[1])}{after}", dialect)[0])


def _numbered(sql: str, dialect: Dialect) -> tuple[str, tuple[str, ...]]:
    """SQL with numbers for its parameters, and their names in this order."""
    order: list[str] = []

    def number(match: re.Match[str]) -> str:
        if match[1] not in order:
            order.append(match[1])
        return f"{_MARKS[dialect]}{order.index(match[1]) + 1}"

    return _PARAMETER.sub(number, sql), tuple(order)


def _plain(column: str, dialect: Dialect) -> str:
    return f"plain({column})" if dialect == "sqlite" else postgres_plain().replace("{}", column)


def _holds(columns: str, dialect: Dialect) -> str:
    if dialect == "sqlite":
        return f"holds(:words, {columns})"
    return postgres_holds(columns.split(", "), ":words")


def _told(rows: str) -> list[tuple[str, str]]:
    """Names and kinds of the values of a row."""
    return [(name, kind) for name, kind in (one.split() for one in rows.split(","))]


def _row(rows: str) -> str:
    return f"VALUES ({', '.join(f':{name}' for name, _ in _told(rows))})"


def _columns(rows: str) -> str:
    told = _told(rows)
    columns = ",\n    ".join(f"CAST(:{name} AS {_IN_COLUMNS[kind][0]}[])" for name, kind in told)
    values = ",\n    ".join(_IN_COLUMNS[kind][1].format(f"x.{name}") for name, kind in told)
    names = ", ".join(name for name, _ in told)
    return f"SELECT\n    {values}\nFROM unnest(\n    {columns}\n) x ({names})"
