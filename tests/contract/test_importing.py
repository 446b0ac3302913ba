"""Files into the ledger: again, in parts, in any order and at the same time."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from support.school import School
from support.visits import Visit, facts_of, import_source, told

from rollbook.domain.errors import RollbookError
from rollbook.domain.events import PresenceFact
from rollbook.service.ingest.importing import BATCH, ImportCount, import_rows, new_import

MANY = [
    Visit(f"2024-01-15T{n // 60 % 12:02}:{n % 60:02}:00Z", None, id=f"stay-{n}", room=f"r-{n % 7}")
    for n in range(2 * BATCH + 500)
]


async def test_the_same_file_again_changes_nothing(school: School) -> None:
    visits = (
        Visit(),
        Visit(left=None, id="running", ip="192.0.2.1"),
        Visit(id="mapped", ip="::ffff:192.0.2.1"),
        Visit(id="old", ip="::192.0.2.1"),
        Visit("2024-01-15T09:00:00.123Z", "2024-01-15T09:00:00.124Z", id="=cmd|' 語\r\n"),
    )
    assert await school.saw(*visits) == ImportCount(added=5)
    before = (await school.json(), await school.csv())
    assert await school.saw(*visits) == ImportCount(unchanged=5)
    assert (await school.json(), await school.csv()) == before


async def test_a_file_says_after_every_batch_how_much_is_committed(school: School) -> None:
    source, rows = import_source(school.organization), facts_of(MANY)
    told_so_far = []
    file = new_import(source, "visits.jsonl", "jsonl", 0)
    async for count in import_rows(school.stores.ledger, source, rows, file):
        told_so_far.append(count.added)
        assert (await school.answer())["summary"]["totalSessions"] == count.added
    assert told_so_far == [BATCH, 2 * BATCH, 2 * BATCH + 500]


async def test_an_interrupted_import_keeps_whole_batches_and_can_be_run_again(
    school: School,
) -> None:
    def torn() -> Iterator[Sequence[PresenceFact]]:
        yield from list(facts_of(MANY))[: BATCH + 10]
        message = "the file cannot be read any further"
        raise RollbookError(message)

    with pytest.raises(RollbookError):
        await told(school.stores.ledger, school.organization, torn())
    assert (await school.answer())["summary"]["totalSessions"] == BATCH
    assert await school.saw(*MANY) == ImportCount(added=BATCH + 500, unchanged=BATCH)


async def test_a_file_told_twice_at_the_same_time_is_told_once(school: School) -> None:
    visits = MANY[:300]
    counts = await asyncio.gather(*[school.saw(*visits) for _ in range(4)])
    assert sum(count.added for count in counts) == 300
    assert sum(count.unchanged for count in counts) == 3 * 300
    assert (await school.answer())["summary"]["totalSessions"] == 300


async def test_the_parts_of_a_session_may_come_in_any_order_at_the_same_time(
    school: School,
) -> None:
    running = [replace(visit, uid=f"student-{n % 3}") for n, visit in enumerate(MANY[:60])]
    complete = [replace(visit, left="2024-01-15T11:59:00Z") for visit in running]
    # Each person's latest name is told by another file.
    renamed = [replace(visit, name="Jane Roe") for visit in complete]
    await asyncio.gather(*[school.saw(*part) for part in (renamed, complete, running)])
    for n in range(3):
        answer = await school.answer(uid=f"student-{n}")
        assert answer["summary"]["totalSessions"] == 20
        assert answer["participant"]["name"] == "Jane Roe"
        sessions = [s for group in answer["roomGroups"] for s in group["sessions"]]
        assert not any(session["isActive"] for session in sessions)


async def test_one_line_twice_in_a_file_is_one_session(school: School) -> None:
    count = await school.saw(Visit(), Visit(), Visit(id="another"))
    assert (count.added, count.rows) == (2, 3)
    assert (await school.answer())["summary"]["totalSessions"] == 2
