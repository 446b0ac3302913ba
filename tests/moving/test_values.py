"""Values keep what they are on their way from one engine to the other."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from importlib.resources import files

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from server.process import run
from support.catalog import run_script
from support.examples import examples

from rollbook.domain.errors import Conflict
from rollbook.store.engine.database import Bulk, Row, Table
from rollbook.store.engine.opening import database_for

ORG = "aaaaaaaaaa"
FIRST_MS, LAST_MS = -62_135_596_800_000, 253_402_300_799_999
"""The first and the last millisecond of the years 1 to 9999."""

# No halves of surrogates, which are no text, and no NUL, which PostgreSQL does not keep.
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
long_texts = st.builds(lambda part, times: part * times, texts, st.integers(1, 20_000))
instants = st.integers(FIRST_MS, LAST_MS) | st.sampled_from([FIRST_MS, -1, 0, 1, LAST_MS])
addresses = st.ip_addresses().map(str).filter(lambda text: "." not in text or ":" not in text)
KINDS: Mapping[str, st.SearchStrategy[object]] = {
    "text": texts | long_texts,
    "{{id}}": texts,
    "{{instant}}": instants,
    "{{address}}": addresses,
    "{{bytes}}": st.binary(max_size=64),
    "{{small}}": st.integers(-(2**15), 2**15 - 1),
    "integer": st.integers(-(2**31), 2**31 - 1),
    "{{count}}": st.integers(-(2**63), 2**63 - 1),
}
_COLUMN = re.compile(
    r"^    (\w+) (text|integer|\{\{\w+\}\})( NOT NULL)?(.*?),?(?:\s*--.*)?$", re.MULTILINE
)
UNCHECKED = ("session", "event", "participant", "context", "source_health", "retention")
"""Tables with every type of column there is; most have no CHECK."""


def columns_of(table: str) -> list[tuple[str, str, bool]]:
    """Name and kind of each column, and whether it may be NULL, by schema.sql."""
    schema = files("rollbook.store").joinpath("schema.sql").read_text(encoding="utf-8")
    (body,) = re.findall(rf"CREATE TABLE {table} \((.*?)\n\)", schema, re.DOTALL)
    return [(name, kind, not needed) for name, kind, needed, _ in _COLUMN.findall(body)]


def rows_of(table: str) -> st.SearchStrategy[dict[str, object]]:
    def values(name: str, kind: str, may_be_null: bool) -> st.SearchStrategy[object]:
        if name == "org_id":
            return st.just(ORG)
        if name.endswith("_days"):
            return st.integers(0, 2**31 - 1)
        return KINDS[kind] | st.none() if may_be_null else KINDS[kind]

    return st.fixed_dictionaries(
        {name: values(name, kind, may_be_null) for name, kind, may_be_null in columns_of(table)}
    )


class Pair:
    """A database of each engine, and a table of both."""

    def __init__(self, sqlite: Bulk, postgres: Bulk) -> None:
        self.bulks = {"sqlite": sqlite, "postgres": postgres}

    async def table(self, name: str) -> Table:
        (found,) = (table for table in await self.bulks["sqlite"].tables() if table.name == name)
        return found

    async def read(self, engine: str, table: Table) -> list[Row]:
        return [row async for rows in self.bulks[engine].rows(table) for row in rows]


@asynccontextmanager
async def opened(urls: Mapping[str, str]) -> AsyncIterator[Pair]:
    sqlite, postgres = (database_for(urls[engine]) for engine in ("sqlite", "postgres"))
    await sqlite.open()
    try:
        async with sqlite.bulk() as one, postgres.bulk() as other:
            yield Pair(one, other)
    finally:
        await sqlite.close()


@pytest.fixture(scope="module")
def urls(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    found = {
        "sqlite": f"sqlite:///{tmp_path_factory.mktemp('values') / 'ledger.db'}",
        "postgres": request.getfixturevalue("postgres_server").new_database(),
    }
    for url in found.values():
        run(url, "db", "upgrade")
    return found


def emptied(urls: Mapping[str, str], table: str) -> None:
    for url in urls.values():
        run_script(url, f"DELETE FROM {table}")


async def there_and_back(
    urls: Mapping[str, str], name: str, rows: Sequence[dict[str, object]]
) -> None:
    async with opened(urls) as pair:
        table = await pair.table(name)
        told = [tuple(row[column] for column in table.columns) for row in rows]
        await pair.bulks["sqlite"].add(table, told)
        before = await pair.read("sqlite", table)
        assert sorted(before, key=repr) == sorted(told, key=repr)
        await pair.bulks["postgres"].add(table, before)
        assert await pair.read("postgres", table) == before
    emptied({"": urls["sqlite"]}, name)
    async with opened(urls) as pair:
        await pair.bulks["sqlite"].add(table, await pair.read("postgres", table))
        assert await pair.read("sqlite", table) == before
        # What goes on after a key is what follows it, on both.
        after = [before[len(before) // 2][table.columns.index(column)] for column in table.key]
        rest = before[len(before) // 2 + 1 :]
        for bulk in pair.bulks.values():
            assert [row async for part in bulk.rows(table, after) for row in part] == rest
            assert await bulk.last_key(table) == tuple(
                before[-1][table.columns.index(column)] for column in table.key
            )


@pytest.mark.parametrize("table", UNCHECKED)
def test_rows_are_the_same_on_both_engines_and_in_the_same_order(
    urls: dict[str, str], table: str
) -> None:
    key = {"session": "session_id", "event": "event_id", "participant": "participant_id"}.get(table)

    def distinct(row: dict[str, object]) -> object:
        if table == "retention":
            return row["org_id"]
        return row[key or {"context": "told_at", "source_health": "source_id"}[table]]

    @settings(max_examples=examples(15), suppress_health_check=list(HealthCheck))
    @given(rows=st.lists(rows_of(table), min_size=1, max_size=30, unique_by=distinct))
    def holds(rows: list[dict[str, object]]) -> None:
        emptied(urls, table)
        asyncio.run(there_and_back(urls, table, rows))

    holds()


def test_bytes_and_strange_columns(urls: dict[str, str]) -> None:
    """A column that a later schema may have, and one that nobody taught the engines."""
    kinds = {"sqlite": ("", "BLOB", "REAL"), "postgres": ('COLLATE "C"', "bytea", "float8")}
    for engine, url in urls.items():
        order, kind, odd = kinds[engine]
        run_script(
            url,
            f"CREATE TABLE pack (org_id text {order} NOT NULL PRIMARY KEY, body {kind});"
            f"CREATE TABLE odd (org_id integer NOT NULL PRIMARY KEY, weight {odd});",
        )
    rows: list[dict[str, object]] = [
        {"org_id": ORG, "body": bytes(range(256))},
        {"org_id": "b", "body": None},
    ]
    try:
        asyncio.run(there_and_back(urls, "pack", rows))
        why = asyncio.run(_unmovable(urls, "odd"))
        assert why == {f"has a column of another type than Rollbook's: weight {odd}" for odd in
                       ("REAL", "float8")}  # fmt: skip
    finally:
        for url in urls.values():
            run_script(url, "DROP TABLE pack; DROP TABLE odd;")


async def _unmovable(urls: Mapping[str, str], name: str) -> set[str | None]:
    async with opened(urls) as pair:
        tables = [table for bulk in pair.bulks.values() for table in await bulk.tables()]
    return {table.unmovable for table in tables if table.name == name}


def test_an_instant_between_two_milliseconds_is_refused(urls: dict[str, str]) -> None:
    emptied(urls, "context")
    for instant in ("2024-01-15 10:00:00.0005+00", "infinity", "-infinity"):
        run_script(
            urls["postgres"],
            f"DELETE FROM context; INSERT INTO context VALUES ('{ORG}', 'a', 'b', '{instant}')",
        )
        with pytest.raises(Conflict, match="between two milliseconds"):
            asyncio.run(_read(urls, "context"))
    emptied(urls, "context")


async def _read(urls: Mapping[str, str], name: str) -> list[Row]:
    async with opened(urls) as pair:
        return await pair.read("postgres", await pair.table(name))


UNFIT = {
    "a number that is too large": ("joined_by", 70_000),
    "text with a NUL": ("room_id", "a\0b"),
    "an address that is none": ("ip_address", "at home"),
    "an instant that PostgreSQL has not": ("joined_at", 10**17),
}


@pytest.mark.parametrize(("column", "value"), UNFIT.values(), ids=UNFIT)
def test_a_value_that_does_not_fit_is_refused_with_its_key_and_without_its_content(
    urls: dict[str, str], column: str, value: object
) -> None:
    row: dict[str, object] = {name: None for name, *_ in columns_of("session")}
    ids = ("session_id", "source_id", "presence_id", "room_id")
    row |= dict.fromkeys(ids, "s-1")
    row |= {"org_id": ORG, "joined_by": 1, "user_agent": "a secret"}
    row[column] = value

    async def add() -> None:
        async with opened(urls) as pair:
            table = await pair.table("session")
            await pair.bulks["postgres"].add(table, [tuple(row[name] for name in table.columns)])

    with pytest.raises(Conflict, match=rf"^a row of session from \({ORG}, s-1\)") as refused:
        asyncio.run(add())
    assert "secret" not in refused.value.message
