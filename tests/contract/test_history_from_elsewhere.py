"""What the contract answers can be imported: the history comes along, and answers the same."""

import io
import json
from collections.abc import Iterable
from csv import reader, writer
from pathlib import Path
from typing import Any

import pytest
from support.school import School, opened_school
from support.visits import Visit, told

from rollbook.domain.errors import InvalidInput
from rollbook.sources.files import FORMATS, detect_format
from rollbook.sources.files.rows import ImportedSession, ImportRow, ReadOptions, RejectedRow
from rollbook.stores import Stores

SHOWN = Path(__file__).parents[1] / "golden" / "contract"
DAY = {"startDate": "2024-01-15"}
VISITS = (
    Visit(ip="203.0.113.7", name='=Jane "J" Doe', title="Calculus; I, morning"),
    Visit("2024-01-15T10:30:00.000Z", "2024-01-15T10:45:30.250Z", title="Calculus; I, morning"),
    Visit("2024-01-15T11:00:00.000Z", None, room="-art", title=None, name='=Jane "J" Doe'),
)


@pytest.fixture
async def other(stores: Stores) -> School:
    return await opened_school(stores)


def read(
    content: str | bytes,
    form: str | None = None,
    name: str = "history",
    encoding: str | None = None,
) -> list[ImportRow]:
    data = content.encode() if isinstance(content, str) else content
    found = form or detect_format(name, data[:4096], encoding)
    assert found is not None
    return list(FORMATS[found](io.BytesIO(data), ReadOptions(encoding=encoding)))


async def brought(school: School, rows: Iterable[ImportRow]) -> None:
    good = [row for row in rows if isinstance(row, ImportedSession)]
    facts = [(row.joined,) if row.left is None else (row.joined, row.left) for row in good]
    await told(school.stores.ledger, school.organization, facts)


async def same_answers(one: School, other: School) -> None:
    for asked in (DAY, {**DAY, "roomId": "math-101"}, {**DAY, "roomId": "-art"}):
        assert await one.json(**asked) == await other.json(**asked)
        assert await one.csv(**asked) == await other.csv(**asked)


@pytest.mark.parametrize("form", [{}, {"csv": {"bom": True, "delimiter": ";"}}])
async def test_the_csv_of_all_rooms_brings_everything(
    school: School, other: School, form: dict[str, Any]
) -> None:
    await school.saw(*VISITS)
    rows = read(await school.csv(**DAY, **form))
    assert not [row for row in rows if isinstance(row, RejectedRow)]
    await brought(other, rows)
    await same_answers(school, other)


async def test_the_csvs_of_single_rooms_bring_everything_in_one_file_too(
    school: School, other: School
) -> None:
    await school.saw(*VISITS)
    both = [await school.csv(**DAY, roomId=room) for room in ("math-101", "-art")]
    await brought(other, read("".join(both)))
    await same_answers(school, other)


async def test_the_json_brings_everything_grouped_or_of_single_rooms(
    school: School, other: School, stores: Stores
) -> None:
    await school.saw(*VISITS)
    await brought(other, read(await school.json(**DAY)))
    await same_answers(school, other)
    third = await opened_school(stores)
    single = [await school.json(**DAY, roomId=room) for room in ("math-101", "-art")]
    await brought(third, read(b"\n".join(single)))
    await same_answers(school, third)


async def test_a_session_is_the_same_in_either_form(school: School, other: School) -> None:
    await school.saw(*VISITS)
    await brought(other, read(await school.csv(**DAY)))
    before = await other.json(**DAY)
    await brought(other, read(await school.json(**DAY)))
    assert await other.json(**DAY) == before


async def test_a_grouped_answer_says_that_it_has_only_the_newest(school: School) -> None:
    await school.saw(*[Visit(f"2024-01-15T09:{n:02}:00.000Z") for n in range(12)])
    *sessions, last = read(await school.json(**DAY))
    assert len(sessions) == 10
    assert isinstance(last, RejectedRow)
    assert "math-101 has 12 sessions, of which the answer holds 10" in last.reason
    assert "CSV" in last.reason


async def test_a_page_without_the_next_one_says_so(school: School) -> None:
    await school.saw(*[Visit(room=f"room-{n:02}") for n in range(12)])
    first, second = [await school.json(**DAY, page=page) for page in (1, 2)]
    (missing,) = [row for row in read(first) if isinstance(row, RejectedRow)]
    assert "the next one is missing" in missing.reason
    assert not [row for row in read(first + second) if isinstance(row, RejectedRow)]


async def test_pages_in_an_array_or_a_file_of_lines_are_read_as_answers(school: School) -> None:
    await school.saw(*[Visit(room=f"room-{n:02}") for n in range(12)])
    pages = [await school.json(**DAY, page=page) for page in (1, 2)]
    array = read(b"[" + b",".join(pages) + b"]", name="history.json")
    assert len(array) == 12
    assert read(b"\n".join(pages), name="history.jsonl") == read(b"\n".join(pages))
    assert not [row for row in array if isinstance(row, RejectedRow)]


@pytest.mark.parametrize("room", [{}, {"roomId": "math-101"}])
async def test_a_csv_that_went_through_a_spreadsheet_is_read_as_before(
    school: School, room: dict[str, str]
) -> None:
    await school.saw(VISITS[0])
    csv = await school.csv(**DAY, **room)
    width = max(len(row) for row in reader(io.StringIO(csv)))
    filled = io.StringIO()
    writer(filled).writerows(row + [""] * (width - len(row)) for row in reader(io.StringIO(csv)))
    assert [told_by(row) for row in read(filled.getvalue())] == [told_by(row) for row in read(csv)]
    # So is one that names its delimiter, and one in another encoding that is named.
    semicolons = await school.csv(**DAY, **room, csv={"delimiter": ";"})
    assert told_by(read(f"sep=;\n{semicolons}")[0]) == told_by(read(csv)[0])
    (named,) = read(csv.replace("Jane", "Zoë").encode("cp1252"), encoding="cp1252")
    assert told_by(named)[1] == '=Zoë "J" Doe'


def told_by(row: ImportRow) -> tuple[object, ...]:
    assert isinstance(row, ImportedSession)
    who = row.joined.participant
    return who.uid, who.name, row.joined.room, row.joined.at, row.left and row.left.at


@pytest.mark.parametrize("lost", ["Participant UID,", "Participant Session Report"])
async def test_where_a_line_of_the_head_cannot_be_read_nothing_is(
    school: School, lost: str
) -> None:
    await school.saw(VISITS[0])
    csv = (await school.csv(**DAY)).encode()
    damaged = csv.replace(lost.encode(), lost.encode() + b"\xff", 1)
    with pytest.raises(InvalidInput, match=r"may be a heading, and cannot be read.*--encoding"):
        # The first of the two answers is whole, and goes in with the second or not at all.
        next(iter(FORMATS["contract-csv"](io.BytesIO(csv + damaged), ReadOptions())))


@pytest.mark.parametrize("name", ["grouped.json", "room.json", "all_rooms.csv", "one_room.csv"])
def test_what_the_contract_shows_is_read(name: str) -> None:
    rows = read((SHOWN / name).read_bytes())
    first = rows[0]
    assert isinstance(first, ImportedSession)
    assert first.joined.participant.uid == "student-123"
    assert first.joined.room.room_id == "math-101"
    assert first.joined.ip_address == "192.168.1.100"
    # Examples leave something out, in CSV by three dots and in JSON by what they count.
    assert all(isinstance(row, RejectedRow) for row in rows[1:])


@pytest.mark.parametrize(
    ("form", "content", "reason"),
    [
        ("contract-json", "{}", "no answer with a participant's sessions"),
        ("contract-json", '{"success": false, "message": "Unauthorized"}', "no answer"),
        ("contract-json", "[1", "must be JSON"),
        ("contract-json", '{"data": {"participant": "\\ud800"}}', "no answer"),
        ("contract-csv", "Participant Session Report\nParticipant UID,x\n", "must have a table"),
    ],
)
def test_what_is_no_answer_is_refused(form: str, content: str, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        read(content, form)


async def test_an_ended_session_without_its_end_is_rejected(school: School) -> None:
    await school.saw(VISITS[0])
    answer = json.loads(await school.json(**DAY))
    answer["data"]["roomGroups"][0]["sessions"][0]["leftAt"] = None
    csv = (await school.csv(**DAY)).replace("2024-01-15T10:00:00.000Z", "")
    for content in (json.dumps(answer), csv):
        (row,) = read(content)
        assert isinstance(row, RejectedRow)
        assert "leftAt is required" in row.reason
