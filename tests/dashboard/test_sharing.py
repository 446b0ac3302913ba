"""A shared link in a browser: made in a few steps, and read without script by who never signed in."""

from typing import Any

import pytest
from dashboard.looks import look_at
from playwright.sync_api import Browser, Page, expect


def test_a_class_is_shared_and_read_by_a_stranger(
    signed_in: Page, browser: Browser, school: Any, request: pytest.FixtureRequest
) -> None:
    signed_in.goto("/room?id=math-101")
    signed_in.get_by_role("link", name="Share").click()
    look_at(signed_in)
    signed_in.get_by_role("button", name="Make a link").click()
    link = signed_in.locator("#new-link").inner_text()
    look_at(signed_in)
    context = browser.new_context(base_url=school.url, java_script_enabled=False)
    request.addfinalizer(context.close)
    page = context.new_page()
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 844})
        page.goto(link)
        expect(page.get_by_text("Riverside School").first).to_be_visible()
        expect(page.get_by_role("link", name="Back")).to_have_count(0)
        expect(page.get_by_role("table")).to_be_visible()
    assert context.cookies() == []
    signed_in.get_by_role("button", name="End").first.click()
    expect(signed_in.get_by_text("it leads nowhere from now on")).to_be_visible()
    page.goto(link)
    expect(page.get_by_role("heading", name="This link leads nowhere")).to_be_visible()
