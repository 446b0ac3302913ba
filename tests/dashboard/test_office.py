"""What the office asks across rooms: Live in its two views, absences, at risk, Overview."""

from collections.abc import Iterator
from typing import Any

import pytest
from dashboard.looks import cut_in
from playwright.sync_api import BrowserContext, Page, expect

WIDTHS = (390, 768, 1024, 1440)
PATHS = (
    "/?view=compact",
    "/absences?range=term",
    "/at-risk?range=term&below=100",
    "/overview",
    "/overview/missing",
    "/overview/two-places?range=month",
    "/overview/addresses?range=month",
    "/overview/without-teacher?range=month",
    "/person/taught?uid=teacher-4&range=term",
    "/person?uid=teacher-4&range=term",
)


@pytest.fixture
def roster(school: Any) -> Iterator[None]:
    """Art has two people who never come, and Ingrid, who left early."""
    members = [{"uid": uid, "name": name} for uid, name in (
        ("missing-1", "Malik Absent"), ("missing-2", "Nora Away"), ("ingrid", "Ingrid"),
        ("jane", "Jane"))]  # fmt: skip
    with school.api() as client:
        path = "/v1/rooms/art-301/roster?from=2020-01-01"
        assert client.put(path, json={"members": members}).status_code == 200
        yield
        assert client.put(path, json={"members": []}).status_code == 200


@pytest.mark.parametrize("width", WIDTHS)
def test_pages_are_as_wide_as_the_screen_and_cut_nothing(
    signed_in: Page, roster: None, width: int
) -> None:
    signed_in.set_viewport_size({"width": width, "height": 844})
    for path in PATHS:
        answer = signed_in.goto(path)
        assert answer
        assert answer.status == 200, path
        assert signed_in.evaluate("document.documentElement.scrollWidth") <= width, path
        assert cut_in(signed_in) == [], path


def test_who_was_missed_stands_with_room_and_class(signed_in: Page, roster: None) -> None:
    signed_in.goto("/absences?range=term")
    row = signed_in.get_by_role("row").filter(has_text="Malik Absent").first
    expect(row).to_contain_text("Drawing from life")
    expect(row).to_contain_text("Absent")
    told = signed_in.request.get(
        str(signed_in.get_by_role("link", name="CSV", exact=True).get_attribute("href"))
    ).text()
    assert "missing-1,Malik Absent,absent" in told
    signed_in.get_by_role("link", name="Partly", exact=True).click()
    expect(signed_in.get_by_role("row").filter(has_text="Ingrid").first).to_contain_text("Partly")
    expect(signed_in.get_by_text("Malik Absent")).to_have_count(0)
    signed_in.get_by_role("link", name="At risk", exact=True).click()
    risk = signed_in.get_by_role("row").filter(has_text="Malik Absent")
    expect(risk).to_contain_text("0 %")
    # The range goes with it.
    assert "range=term" in signed_in.url


def test_a_range_that_is_too_long_says_so(signed_in: Page) -> None:
    signed_in.goto("/absences?from=2024-01-01&to=2025-06-01")
    expect(signed_in.get_by_text("Choose 366 days at most")).to_be_visible()
    signed_in.goto("/overview/addresses?from=2024-01-01&to=2024-06-01")
    expect(signed_in.get_by_text("Choose 62 days at most")).to_be_visible()


def test_overview_leads_to_the_lists_behind_its_numbers(signed_in: Page, roster: None) -> None:
    signed_in.goto("/overview")
    expect(signed_in.locator("#missing .findings li")).to_have_count(3)
    signed_in.get_by_role("link", name="without a teacher").click()
    expect(signed_in.get_by_role("heading", name="Rooms without a teacher")).to_be_visible()
    signed_in.goto("/overview/two-places?range=month")
    expect(signed_in.get_by_role("row").filter(has_text="Jane Doe").first).to_contain_text("math")


def test_a_teacher_has_rooms_and_weeks(signed_in: Page) -> None:
    signed_in.goto("/person?uid=teacher-4&range=term")
    signed_in.locator("#taught").scroll_into_view_if_needed()
    row = signed_in.locator("#taught tbody tr").first
    expect(row.locator('[data-label="Pupils"]')).to_contain_text("5")
    signed_in.goto("/person?uid=jane&range=term")
    expect(signed_in.get_by_role("heading", name="Week by week")).to_be_visible()
    assert signed_in.locator(".heat rect.heat-4").count() >= 1


def test_without_script_live_is_searched_and_compact(
    signed_in: Page, context: BrowserContext, school: Any
) -> None:
    browser = context.browser
    assert browser
    with browser.new_context(
        base_url=school.url, java_script_enabled=False, storage_state=context.storage_state()
    ) as plain:
        page = plain.new_page()
        page.goto("/")
        page.get_by_role("link", name="Compact").click()
        page.get_by_role("searchbox").fill("nobody at all")
        page.get_by_role("button", name="Search").click()
        assert "view=compact" in page.url
        assert "q=~" in page.url
        expect(page.get_by_role("searchbox")).to_have_value("nobody at all")
        page.goto("/overview")
        page.get_by_role("link", name="Count them").click()
        expect(page.locator(".findings li")).to_have_count(3)
