"""Users in a browser: invited, with a password of their own, seeing what is for them."""

from typing import Any

import pytest
from dashboard.looks import look_at
from dashboard.users import sign_in, take
from playwright.sync_api import Browser, BrowserContext, Page, expect


@pytest.fixture
def quiet(browser: Browser, school: Any) -> Any:
    """A browser whose script is switched off."""
    context = browser.new_context(base_url=school.url, java_script_enabled=False)
    yield context
    context.close()


def test_a_viewer_is_invited_and_sees_what_is_for_them(
    signed_in: Page, quiet: BrowserContext, browser: Browser, school: Any
) -> None:
    signed_in.goto("/users")
    signed_in.get_by_label("Name", exact=True).fill("Vera Viewer")
    signed_in.get_by_label("E-mail").fill("vera@school.example")
    signed_in.get_by_role("button", name="Make a link").click()
    link = signed_in.locator("#new-link").inner_text()
    signed_in.locator("details.more summary").first.click()
    look_at(signed_in)

    page = quiet.new_page()
    take(page, link)
    expect(page.get_by_text("Your password is set")).to_be_visible()
    sign_in(page, "Vera@School.example")
    expect(page.get_by_role("heading", name="Live now")).to_be_visible()
    pages = page.get_by_role("navigation", name="Pages")
    expect(pages.get_by_role("link", name="People")).to_be_visible()
    expect(pages.get_by_role("link", name="Settings")).to_have_count(0)
    page.goto("/room/roster?id=math-101")
    expect(page.get_by_role("button", name="Save")).to_have_count(0)
    answer = page.goto("/settings")
    assert answer is not None
    assert answer.status == 403
    expect(page.get_by_text("Who may: owner or office")).to_be_visible()
    page.goto("/account")
    page.get_by_role("button", name="Sign out everywhere").click()
    page.goto("/people")
    expect(page.get_by_label("E-mail")).to_be_visible()


def test_an_invitation_and_being_asked_again_are_accessible(
    signed_in: Page, context: BrowserContext
) -> None:
    signed_in.goto("/users")
    signed_in.get_by_label("Name", exact=True).fill("Nora")
    signed_in.get_by_label("E-mail").fill("nora@school.example")
    signed_in.get_by_role("button", name="Make a link").click()
    link = signed_in.locator("#new-link").inner_text()
    invited = context.new_page()
    invited.goto(link)
    look_at(invited)
    signed_in.goto("/account")
    signed_in.locator("form[action='/settings/browser']").evaluate(
        "form => form.action = '/confirm'"
    )
    with signed_in.expect_event("console"):  # the browser tells of the 401
        signed_in.get_by_role("button", name="Save").click()
    expect(signed_in.get_by_role("heading", name="Is it you?")).to_be_visible()
    look_at(signed_in)


def test_a_teacher_begins_with_their_rooms_and_excuses_from_a_class(
    signed_in: Page, quiet: BrowserContext
) -> None:
    signed_in.goto("/users")
    signed_in.get_by_label("Name", exact=True).fill("Camille Roy")
    signed_in.get_by_label("E-mail").fill("camille@school.example")
    signed_in.get_by_label("teacher: the rooms").check()
    signed_in.get_by_label("For a teacher").fill("teacher-4")
    signed_in.get_by_role("button", name="Make a link").click()
    link = signed_in.locator("#new-link").inner_text()
    look_at(signed_in)

    page = quiet.new_page()
    take(page, link)
    sign_in(page, "camille@school.example")
    expect(page.get_by_role("heading", name="My rooms")).to_be_visible()
    pages = page.get_by_role("navigation", name="Pages").get_by_role("link")
    expect(pages).to_have_text(["My rooms"])
    page.get_by_role("link", name="Drawing from life art-301").click()
    expect(page.get_by_role("link", name="Kwame Mensah")).to_have_count(0)
    page.get_by_role("link", name="Excuse ingrid").click()
    page.get_by_label("is excused, because").fill("ill")
    page.get_by_role("button", name="Excuse", exact=True).click()
    expect(page.get_by_role("row", name="Ingrid").get_by_text("Excused")).to_be_visible()
    page.get_by_role("button", name="Take back").click()
    expect(page.get_by_role("link", name="Excuse ingrid")).to_be_visible()

    signed_in.context.clear_cookies()
    signed_in.goto("/sign-in")
    sign_in(signed_in, "camille@school.example")
    for path in ("/my-rooms", "/room?id=art-301", "/room/sheet?id=art-301"):
        signed_in.goto(path)
        look_at(signed_in)
