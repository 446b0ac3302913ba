"""`rollbook db copy`: all that there is, at the other place, and nowhere else."""

import asyncio
import re
from contextlib import suppress
from pathlib import Path

import pytest
from ingest.account import plain_rows
from moving.conftest import Way
from server.process import serving
from support.catalog import run_script

from rollbook.store import copying
from rollbook.store.engine.database import Row
from rollbook.store.engine.opening import database_for

DAYS = ("--from", "2024-01-01", "--to", "2024-12-31")
OWN = {"schema_migration", "ledger_move"}


def everything(url: str) -> dict[str, list[Row]]:
    """All rows of all tables, as the domain would have them."""
    return asyncio.run(_everything(url))


async def _everything(url: str) -> dict[str, list[Row]]:
    database = database_for(url)
    await database.open()
    try:
        async with database.bulk() as bulk:
            return {
                table.name: [row async for rows in bulk.rows(table) for row in rows]
                for table in await bulk.tables()
                if table.name not in OWN
            }
    finally:
        await database.close()


@pytest.mark.usefixtures("key")
def test_every_row_of_every_table_is_there(way: Way) -> None:
    before = everything(way.source.database_url)
    assert len(before["session"]) > 3
    assert len([table for table, rows in before.items() if rows]) > 10
    rows = sum(map(len, before.values()))
    said = way.copied()
    assert said.startswith(f"{rows} rows of {len(before)} tables copied, and compared.\n")
    assert everything(way.target.database_url) == before


def test_reports_are_the_same_and_the_ledger_goes_on(way: Way, key: str) -> None:
    asked = ("report", "student-123", "--org", key, *DAYS)
    before = [way.source.prints(*asked, form) for form in ("--json", "--csv")]
    way.copied()
    assert [way.target.prints(*asked, form) for form in ("--json", "--csv")] == before
    assert way.target.prints("db", "check").endswith(" 0 not as events tell.\n")
    assert "Schema: up to date\n" in way.target.prints("check")
    way.target.prints("org", "rename", key, "Another")


def test_the_place_that_it_left_is_used_by_nobody_by_mistake(way: Way, key: str) -> None:
    way.copied()
    for command in (["org", "list"], ["serve", "--port", "1"], ["db", "upgrade"], ["db", "status"]):
        line = way.source(*command).stderr.splitlines()[-1]
        assert re.search(
            r"this ledger was moved to .* at \d{4}-.*Z: set ROLLBOOK_DATABASE_URL", line
        )
    assert "this ledger was moved to" in way.refused()
    said = way.source.prints("db", "copy", "--release")
    assert said.startswith("The ledger takes writes again.")
    way.source.prints("org", "rename", key, "Still here")
    assert "is in no move" in way.source.fails("db", "copy", "--release")


@pytest.mark.usefixtures("key")
def test_a_target_that_holds_something_is_left_alone(way: Way) -> None:
    way.target.prints("db", "upgrade")
    way.target.prints("org", "create", "Somebody")
    before = way.target.prints("org", "list")
    assert "holds something already: rows of " in way.refused()
    assert way.target.prints("org", "list") == before
    # Nor has anything begun.
    way.source.prints("org", "create", "More")


@pytest.mark.usefixtures("key")
def test_a_target_with_tables_of_something_else_is_left_alone(way: Way) -> None:
    run_script(way.target.database_url, "CREATE TABLE cake (flour text NOT NULL PRIMARY KEY)")
    assert way.refused().endswith("holds something else: a table cake")
    way.source.prints("org", "create", "More")


@pytest.mark.usefixtures("key")
def test_a_target_that_a_service_works_on_is_left_alone(way: Way, tmp_path: Path) -> None:
    way.target.prints("db", "upgrade")
    with serving(way.target.database_url, tmp_path):
        assert "is in use: stop the service" in way.refused()
    assert "copied, and compared" in way.copied()


@pytest.mark.usefixtures("key")
def test_a_ledger_is_not_copied_to_itself(way: Way) -> None:
    same = way.source.fails("db", "copy", "--to", way.source.database_url)
    assert "holds something already" in same or "is in use" in same
    way.source.prints("org", "create", "More")


def test_what_cannot_be_a_target_is_told_without_its_password(way: Way) -> None:
    url = "mysql://rollbook:s3cret@db/rollbook"
    line = way.source.fails("db", "copy", "--to", url)
    assert line == "rollbook: --to must be sqlite:///path or postgresql://user@host/database"
    assert way.source("db", "copy").exit_code == 2
    assert way.source("db", "copy", "--to", url, "--release").exit_code == 2


class _Cut(Exception):
    """Stands for a process that is killed."""


def cut_after(rows: int) -> copying.Tell:
    def tell(what: str, done: int, every: int) -> None:
        del what, every
        if done >= rows:
            raise _Cut

    return tell


def begin(way: Way, tell: copying.Tell) -> None:
    """Copy, and do not come to the end of the move."""
    asyncio.run(_begin(way, tell))


async def _begin(way: Way, tell: copying.Tell) -> None:
    source, target = (database_for(cli.database_url) for cli in (way.source, way.target))
    await source.open()
    await copying.prepare(source, target, now=0)
    with suppress(_Cut):
        await copying.copy(source, target, tell)
    await target.close()
    await source.close()


@pytest.mark.usefixtures("key")
def test_a_part_of_a_copy_is_a_ledger_for_nobody(way: Way) -> None:
    begin(way, cut_after(1))
    for command in (["org", "list"], ["serve", "--port", "1"], ["db", "upgrade"]):
        assert "holds a part of the ledger" in way.target.fails(*command)
        assert "this ledger is being copied to" in way.source.fails(*command)
    assert way.target("check").exit_code == 1


def test_a_copy_that_was_cut_off_goes_on(way: Way, key: str) -> None:
    before = everything(way.source.database_url)
    begin(way, cut_after(2))
    said = way.copied()
    (there,) = re.findall(r"\((\d+) were there before\)", said)
    assert 0 < int(there) < sum(map(len, before.values()))
    assert everything(way.target.database_url) == before


def test_what_a_released_ledger_took_is_never_taken_for_copied(way: Way, key: str) -> None:
    begin(way, cut_after(2))
    way.source.prints("db", "copy", "--release")
    way.source.prints("org", "rename", key, "Another name")
    assert "is in another move: this database holds a part of the ledger" in way.refused()
    way.source.prints("org", "rename", key, "Nothing has begun")


SPOILS = {
    "another value": "UPDATE participant SET imported_name = 'Somebody else'",
    "a row less": "DELETE FROM event WHERE event_id = (SELECT MIN(event_id) FROM event)",
    "a row more": "INSERT INTO room (org_id, room_id) VALUES ('aaaaaaaaaa', 'of nobody')",
}


@pytest.mark.usefixtures("key")
@pytest.mark.parametrize("spoil", SPOILS.values(), ids=SPOILS)
def test_a_copy_that_differs_is_found_and_not_used(way: Way, spoil: str) -> None:
    begin(way, lambda *_: None)
    run_script(way.target.database_url, spoil)
    assert re.search(r"the copy differs: \w+ \(|has \d+ rows, and \d+ in the copy", way.refused())
    assert "holds a part of the ledger" in way.target.fails("org", "list")


@pytest.mark.usefixtures("key")
def test_no_row_of_any_table_can_be_written_while_it_moves(way: Way) -> None:
    """Past the program as well: the database itself says no."""
    way.copied()
    url = way.source.database_url
    tables = _tables(url)
    assert len(tables) > 20
    for table in tables:
        if not plain_rows(url, f'SELECT 1 FROM "{table}" LIMIT 1'):
            continue
        with pytest.raises(Exception, match="it moves to another database"):
            run_script(url, f'DELETE FROM "{table}"')


def _tables(url: str) -> list[str]:
    of_sqlite = "SELECT name FROM sqlite_master WHERE type = 'table'"
    of_postgres = (
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    )
    found = plain_rows(url, of_sqlite if url.startswith("sqlite") else of_postgres)
    return [str(name) for (name,) in found if name != "ledger_move"]
