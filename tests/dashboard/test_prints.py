"""What is printed holds all that it says it holds: the PDF that a browser makes is read back."""

import re
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dashboard.paper import dated_rows, printed
from playwright.sync_api import Page, expect

PARIS = ZoneInfo("Europe/Paris")


def _days(back: int) -> str:
    today = datetime.now(PARIS).date()
    return f"from={today - timedelta(days=back)}&to={today}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_person_is_printed_with_all_their_sessions(
    signed_in: Page, school: Any, scheme: Any
) -> None:
    signed_in.emulate_media(color_scheme=scheme)
    signed_in.goto(f"/person?uid=jane&{_days(70)}")
    signed_in.get_by_role("link", name="Print").click()
    expect(signed_in.get_by_role("button", name="Print")).to_be_visible()
    pages = printed(signed_in)
    with school.api() as client:
        listed = client.get("/v1/sessions", params={"uid": "jane", "limit": 100}).json()["data"]
    joined = [
        datetime.fromisoformat(one["joinedAt"]).astimezone(PARIS) for one in listed["sessions"]
    ]
    expected = [f"{one:%a} {one.day} {one:%b %Y} {one:%H:%M}" for one in sorted(joined)]
    assert len(expected) > 25
    assert [" ".join(row.split()[:5]) for row in dated_rows(pages)] == expected
    first = " ".join(pages[0].split())
    for told in ("Riverside School", "Jane Doe", "Europe/Paris", "every minute begun is a credit",
                 f"{len(expected)} sessions"):  # fmt: skip
        assert told in first
    assert len(pages) > 1
    for number, text in enumerate(pages, 1):
        assert f"Page {number} of {len(pages)}" in text
        assert "Jane Doe" in text
    assert "Signature" in pages[-1]


def test_a_print_of_too_many_sessions_says_so(signed_in: Page, school: Any) -> None:
    browser = signed_in.context.browser
    assert browser
    with browser.new_context(base_url=school.url) as other:
        page = other.new_page()
        page.goto("/sign-in")
        page.get_by_label("Organization key").fill(school.other_key)
        page.get_by_role("button", name="Sign in").click()
        page.goto(f"/person/print?uid=guest&{_days(60)}")
        expect(
            page.get_by_text(re.compile("Only the 5.000 latest of 10.000 sessions"))
        ).to_be_visible()
        expect(page.locator("tbody tr")).to_have_count(5_000)
        expect(page.locator("dl").get_by_text(re.compile("10.000 sessions"))).to_be_visible()


def test_a_class_is_printed_with_everybody(signed_in: Page) -> None:
    signed_in.goto("/room?id=math-101&range=term")
    people = int(signed_in.locator(".figure").first.inner_text().split()[-1])
    signed_in.get_by_role("link", name="Print").click()
    pages = printed(signed_in)
    text = " ".join(" ".join(pages).split())
    # A line may end after the hyphen.
    students = {re.sub(r"\s", "", uid) for uid in re.findall(r"student-\s?\d+", text)}
    assert len(students) + len(re.findall(r"\bjane\b", text)) == people
    for told in ("Riverside School", "Europe/Paris", "present from 75 %", "Signature", "Page 1 of"):
        assert told in text


def test_a_sheet_is_printed_with_all_classes_and_all_people(signed_in: Page) -> None:
    signed_in.goto(f"/room/sheet?id=math-101&{_days(38)}")
    (counted,) = re.findall(r"(\d+) classes", signed_in.locator(".head").inner_text())
    assert int(counted) > 31
    signed_in.get_by_role("link", name="Print").click()
    expect(signed_in.locator("table.block thead .c")).to_have_count(int(counted))
    pages = printed(signed_in)
    text = " ".join(" ".join(pages).split())
    blocks = -(-int(counted) // 14)
    # Everybody is in the sums and in each block of classes.
    for uid in (f"student-{number}" for number in range(30)):
        spelled = uid.replace("-", r"-\s?")  # a line may end there
        assert len(re.findall(rf"\b{spelled}\b", text)) == 1 + blocks, uid
    assert f"{counted} classes" in text
    assert f"Page {len(pages)} of {len(pages)}" in text


def test_the_page_itself_says_on_paper_that_it_is_a_part(signed_in: Page) -> None:
    signed_in.goto(f"/person?uid=jane&{_days(70)}")
    note = signed_in.get_by_text("This is a part of the sessions")
    expect(note).to_be_hidden()
    signed_in.emulate_media(media="print")
    expect(note).to_be_visible()
