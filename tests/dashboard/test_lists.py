"""Lists of people and rooms: found as they are typed, narrowed, sorted, and taken away whole."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook
from playwright.sync_api import BrowserContext, Page, expect

PARIS = ZoneInfo("Europe/Paris")


@pytest.fixture(scope="module")
def named(school: Any) -> None:
    """Two people with accents, in the drawing class with its teacher, but in none of its latest."""
    at = datetime.now(UTC) - timedelta(hours=200)
    for uid, name in (("zoe-1", "Zoë  Łindqvist"), ("jurgen-1", "Jürgen Groß")):
        ends = {"joined": at, "left": at + timedelta(minutes=30)}
        school.send(
            *(
                {"id": f"{uid}-{what}", "type": f"participant.{what}", "time": time.isoformat(),
                 "roomId": "art-301", "sessionId": f"visit-{uid}",
                 "participant": {"uid": uid, "name": name, "role": "STUDENT"}}
                for what, time in ends.items()
            )
        )  # fmt: skip


def _rows_of(workbook: bytes) -> list[list[object]]:
    """The cells of a workbook's first sheet."""
    (sheet, *_) = load_workbook(io.BytesIO(workbook)).worksheets
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def _names(page: Page) -> list[str]:
    return page.locator("#found tbody .name").all_inner_texts()


@pytest.mark.usefixtures("named")
@pytest.mark.parametrize(
    ("typed", "found"),
    [("zoe", "Zoë"), ("lindqvist zoe", "Zoë"), ("  JURGEN   gross ", "Jürgen Groß"),
     ("doe jane", "Jane Doe"), ("jane  doe", "Jane Doe")],
)  # fmt: skip
def test_people_are_found_without_accents_in_any_order(
    signed_in: Page, typed: str, found: str
) -> None:
    signed_in.goto("/people?range=term")
    signed_in.get_by_role("searchbox").fill(typed)
    expect(signed_in.locator("#found tbody tr")).to_have_count(1)
    assert found in _names(signed_in)[0]


@pytest.mark.usefixtures("named")
def test_people_are_narrowed_by_role_by_teacher_and_to_who_was_there(signed_in: Page) -> None:
    signed_in.goto("/people?range=term")
    everybody = signed_in.locator(".count").inner_text()
    signed_in.locator("select[name=role]").select_option("TEACHER")
    expect(signed_in.locator(".count")).not_to_have_text(everybody)
    assert "Camille Roy" in _names(signed_in)
    assert "Jane Doe" not in _names(signed_in)
    signed_in.locator("select[name=role]").select_option("")
    signed_in.locator("select[name=teacher]").select_option("teacher-4")
    expect(signed_in.locator("#found").get_by_text("Noor Haddad")).to_be_visible()
    expect(signed_in.locator(".count")).not_to_have_text(everybody)
    shown = set(_names(signed_in))
    assert {"Camille Roy", "Noor Haddad", "Jane Doe"} <= shown
    assert not any(name.startswith("Student") for name in shown)
    assert "teacher=~" in signed_in.url


def test_who_was_there_is_not_everybody_ever(signed_in: Page, school: Any) -> None:
    signed_in.goto("/")
    signed_in.get_by_role("link", name="Who was there").click()
    expect(signed_in.locator("select[name=who]")).to_have_value("there")
    assert "range=today" in signed_in.url
    counts = signed_in.locator('#found td[data-label="Sessions"]').all_inner_texts()
    assert all(int(count.split()[-1]) > 0 for count in counts)
    told = signed_in.request.get("/people.csv?range=today").text()
    ever = [row for row in csv.reader(io.StringIO(told)) if row[4:5] == ["0"]]
    assert ever, "somebody was never there today"
    assert not any(f"{row[0]}" in signed_in.locator("#found").inner_text().split() for row in ever)


def test_lists_are_sorted_on_a_phone_without_script(
    signed_in: Page, context: BrowserContext, school: Any
) -> None:
    browser = context.browser
    assert browser
    with browser.new_context(
        base_url=school.url,
        java_script_enabled=False,
        storage_state=context.storage_state(),
        viewport={"width": 390, "height": 844},
    ) as plain:
        page = plain.new_page()
        page.goto("/rooms?range=term")
        page.locator("select[name=sort]").select_option("title")
        page.locator("select[name=order]").select_option("asc")
        page.get_by_role("button", name="Apply").click()
        assert "sort=title" in page.url
        names = [name.casefold() for name in _names(page) if name.isascii()]
        assert names == sorted(names)
        page.locator("select[name=sort]").select_option("people")
        page.locator("select[name=order]").select_option("desc")
        page.get_by_role("button", name="Apply").click()
        told = page.locator('td[data-label="People"]').all_inner_texts()
        counts = [int(one.split()[-1]) for one in told]
        assert counts == sorted(counts, reverse=True)
        assert counts[0] > counts[-1]
    signed_in.goto("/rooms?range=term")
    expect(signed_in.locator("select[name=sort]")).to_be_hidden()
    signed_in.get_by_role("link", name="Sessions").click()
    assert "sort=sessions" in signed_in.url


@pytest.mark.parametrize("path", ["/people", "/rooms", "/usage"])
def test_tables_are_taken_away_whole_in_the_schools_time(signed_in: Page, path: str) -> None:
    signed_in.goto(f"{path}?range=term")
    files = signed_in.locator(".files")
    link = files.get_by_role("link", name="CSV", exact=True).get_attribute("href")
    rows = list(csv.reader(io.StringIO(signed_in.request.get(str(link)).text())))
    assert ["Time Zone", "Europe/Paris"] in rows
    link = files.get_by_role("link", name="Excel (.xlsx)").get_attribute("href")
    sheet = _rows_of(signed_in.request.get(str(link)).body())
    assert len(sheet) == len(rows) - 1  # the first line of a CSV is the table's name
    if path == "/usage":
        return
    (counted,) = re.findall(r"^([\d\u202f]+) ", signed_in.locator(".count").inner_text())
    head = next(n for n, row in enumerate(rows) if row[0] in {"UID", "Room ID"})
    assert len(rows) - head - 1 == int(counted.replace("\u202f", ""))
    assert rows[head][2 if path == "/rooms" else 3].endswith("(Europe/Paris)")
    seen = datetime.fromisoformat(rows[head + 1][2 if path == "/rooms" else 3])
    assert timedelta(0) <= datetime.now(PARIS).replace(tzinfo=None) - seen < timedelta(hours=60)


def test_a_class_and_a_sheet_are_workbooks_too(signed_in: Page) -> None:
    for path in ("/room", "/room/sheet"):
        signed_in.goto(f"{path}?id=art-301&range=term")
        link = signed_in.get_by_role("link", name="Excel (.xlsx)").get_attribute("href")
        rows = _rows_of(signed_in.request.get(str(link)).body())
        values = [value for row in rows for value in row]
        assert "Camille Roy" in values
    text = signed_in.request.get("/room.csv?id=art-301&range=term").text()
    assert "Class Began (Europe/Paris)" in text
    assert "First Join (Europe/Paris)" in text


def test_a_long_name_list_of_an_empty_search_says_what_is_missing(signed_in: Page) -> None:
    signed_in.goto("/people?range=term&q=jane+nobodyhere")
    expect(signed_in.get_by_text("Nobody found")).to_be_visible()
    signed_in.get_by_role("link", name="Show everybody").click()
    expect(signed_in.locator("#found tbody tr")).to_have_count(25)
