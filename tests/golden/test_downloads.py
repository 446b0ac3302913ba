"""The dashboard's files to take away: their bytes, and what a spreadsheet finds in them."""

import io
import re
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from openpyxl import load_workbook
from support.organizations import add_organization
from support.visits import Visit, facts_of, import_source, told

from rollbook.domain.ids import new_org_id
from rollbook.domain.instants import from_text
from rollbook.domain.organizations import Organization, new_key
from rollbook.stores import Stores

DOWNLOADS = Path(__file__).parent / "downloads"
NOW = "2024-01-15T12:00:00Z"
FORM_TOKEN = re.compile(r'name="token" value="([^"]+)"')
DAYS = "from=2024-01-14&to=2024-01-15"
CLASS = "id=%2Bmath&share=80&grace=5"
TITLE = '=Say "hi"; or, not'

VISITS = [
    Visit("2024-01-14T23:30:00.000Z", "2024-01-15T00:10:29.500Z", "+math", title=TITLE),
    Visit("2024-01-15T10:00:00.250Z", "2024-01-15T10:20:00.000Z", "+math", title=TITLE),
    Visit("2024-01-15T10:25:00.000Z", "2024-01-15T10:55:31.000Z", "+math", title=TITLE),
    Visit("2024-01-14T09:00:00.000Z", "2024-01-14T09:00:20.000Z", "art-301", title=None),
    Visit("2024-01-15T11:30:00.000Z", None, "art-301", title=None, ip="2001:db8::1"),
    Visit("2024-01-15T10:00:00.000Z", None, "+math", "0123", "http://a.test/;", "TEACHER", TITLE),
    Visit(
        "2024-01-15T10:07:00.000Z", "2024-01-15T10:57:00.000Z", "+math", "late", None, None, TITLE
    ),
]

Download = Callable[[str], Awaitable[httpx.Response]]


@pytest.fixture
def download(stores: Stores, client_at: Any) -> Download:
    """Takes a file away, signed in at a school in Paris that has seen these visits."""

    async def taken(path: str) -> httpx.Response:
        organization = Organization(new_org_id(), "École", "Europe/Paris")
        key = new_key(organization.org_id)
        await add_organization(stores, organization, import_source(organization), key=key)
        await told(stores.ledger, organization, facts_of(VISITS))
        async with client_at(from_text(NOW)) as client:
            (token,) = FORM_TOKEN.findall((await client.get("/sign-in")).text)
            await client.post("/sign-in", data={"key": key, "token": token})
            answer: httpx.Response = await client.get(path)
            return answer

    return taken


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("room", f"/room.csv?{CLASS}"),
        ("room_excel", f"/room.csv?{CLASS}&for=excel"),
        ("room_empty", "/room.csv?id=nobody"),
        ("usage", f"/usage.csv?{DAYS}"),
        ("usage_excel", f"/usage.csv?{DAYS}&for=excel"),
        ("person", f"/person.csv?uid=student-123&{DAYS}"),
    ],
)
async def test_a_csv_of_the_dashboard_is_as_it_was(
    download: Download, name: str, path: str
) -> None:
    answer = await download(path)
    assert answer.content == (DOWNLOADS / f"{name}.csv").read_bytes()
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("person", f"uid=student-123&{DAYS}"),
        ("person_in_room", f"uid=student-123&room=%2Bmath&{DAYS}"),
        ("person_unknown", f"uid=%3D1%2B1&room=nowhere&{DAYS}"),
    ],
)
async def test_a_workbook_has_the_cells_that_it_had(
    download: Download, name: str, query: str
) -> None:
    answer = await download(f"/person.xlsx?{query}")
    cells = "".join(lines_of(answer.content))
    assert cells == (DOWNLOADS / f"{name}.txt").read_text(encoding="utf-8")
    assert answer.status_code == 200
    assert answer.headers["content-type"].endswith("spreadsheetml.sheet")
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("path", "file"),
    [
        (f"/room.csv?{CLASS}&{DAYS}", "attendance_-math_2024-01-14.csv"),
        (f"/usage.csv?{DAYS}", "usage_2024-01-14_2024-01-15.csv"),
        (f"/person.xlsx?uid=late&{DAYS}", "sessions_late_2024-01-14_2024-01-15.xlsx"),
        (
            f"/person.xlsx?uid=late&room=%2Bmath&{DAYS}",
            "sessions_late_-math_2024-01-14_2024-01-15.xlsx",
        ),
    ],
)
async def test_a_file_is_named_after_what_is_in_it(
    download: Download, path: str, file: str
) -> None:
    answer = await download(path)
    assert answer.headers["content-disposition"] == f'attachment; filename="{file}"'


def lines_of(workbook: bytes) -> Iterator[str]:
    """Every row of every sheet: what its cells hold, and how that is shown."""
    for sheet in load_workbook(io.BytesIO(workbook)):
        yield f"{sheet.title}\n"
        for row in sheet.iter_rows():
            yield " | ".join(map(shown, row)) + "\n"


def shown(cell: Any) -> str:
    if cell.value is None:
        return ""
    weight = "*" if cell.font.b else ""
    form = "" if cell.number_format == "General" else f" as {cell.number_format}"
    return f"{weight}{cell.value!r}{weight}{form}"
