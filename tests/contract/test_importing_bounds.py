"""Imports that somebody waits for: in small transactions, cut off in between, and the latest of them."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator, Sequence

import pytest
from support.school import School
from support.visits import Visit, facts_of, import_source

from rollbook.domain.events import PresenceFact
from rollbook.service.ingest.importing import (
    ImportCount,
    import_rows,
    new_import,
    preview_import,
    stocked,
    undo_import,
)

VISITS = [Visit(f"2024-01-15T10:{n:02}:00Z", None, id=f"stay-{n}") for n in range(7)]


async def test_rows_go_in_and_out_so_many_at_once(school: School) -> None:
    imports, source = school.stores.ledger, import_source(school.organization)
    file = new_import(source, "a.csv", "csv", 0)
    looks = [look.count.rows async for look in preview_import(imports, source, facts_of(VISITS), 3)]
    assert looks == [3, 6, 7]
    counts = [one.added async for one in import_rows(imports, source, facts_of(VISITS), file, 3)]
    assert counts == [3, 6, 7]
    taken = [count async for count in undo_import(imports, source, file.import_id, 1, 3)]
    assert taken == [3, 6, 7]
    assert (await school.answer())["summary"]["totalSessions"] == 0


async def test_who_is_cancelled_leaves_when_the_file_is_read_no_more(school: School) -> None:
    """No thread can be stopped, and the file is closed by whoever leaves."""
    reading, go_on, over = threading.Event(), threading.Event(), list[bool]()

    def slow() -> Iterator[Sequence[PresenceFact]]:
        reading.set()
        assert go_on.wait(60)
        yield from facts_of(VISITS)
        over.append(True)

    async def bring() -> None:
        source = import_source(school.organization)
        file = new_import(source, "a.csv", "csv", 0)
        async for _ in import_rows(school.stores.ledger, source, slow(), file):
            pytest.fail("it was cancelled before")

    bringing = asyncio.create_task(bring())
    await asyncio.to_thread(reading.wait, 60)
    bringing.cancel()
    await asyncio.sleep(0.01)
    assert not bringing.done()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await bringing
    assert over == [True]
    assert (await school.answer())["summary"]["totalSessions"] == 0


async def test_the_latest_imports_are_the_first_of_all(school: School) -> None:
    imports, source = school.stores.ledger, import_source(school.organization)
    for at in range(4):
        file = new_import(source, f"{at}.csv", "csv", at)
        async for _ in import_rows(imports, source, facts_of([VISITS[at]]), file):
            pass
    org_id = school.organization.org_id
    latest = await imports.latest_imports(org_id, 2)
    assert [one.file_name for one in latest] == ["3.csv", "2.csv"]
    assert latest == (await imports.imports(org_id))[:2]


@pytest.mark.parametrize(
    ("added", "least", "taken"),
    [
        ([5], 1, [5]),
        ([5, 40, 60, 70], 1, [5, 60, 70]),
        ([5, 40], 6, [40]),
        ([5], 6, []),
        ([], 1, []),
    ],
)
async def test_the_database_counts_anew_where_it_holds_many_times_more(
    added: list[int], least: int, taken: list[int]
) -> None:
    told, stock = [0], list[int]()

    async def counts() -> AsyncIterator[ImportCount]:
        for count in added:
            told[0] = count
            yield ImportCount(added=count)

    async def take_stock() -> None:
        stock.append(told[0])

    assert [one.added async for one in stocked(counts(), take_stock, least)] == added
    assert stock == taken
