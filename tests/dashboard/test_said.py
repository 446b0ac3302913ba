"""What a school says on the pages: a rule, when a class was, and who is excused."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, expect

ROOM = "/room?id=art-301"
NOTE = "<b>the bell</b> rang late"


@pytest.fixture(params=[390, 1024])
def page(request: pytest.FixtureRequest, signed_in: Page) -> Page:
    width: int = request.param
    signed_in.set_viewport_size({"width": width, "height": 900})
    return signed_in


def looked_at(page: Page) -> None:
    """Nothing is wider than the screen, and axe finds nothing that matters."""
    width = page.viewport_size["width"] if page.viewport_size else 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    found = Axe().run(page).response["violations"]
    serious = [v for v in found if v["impact"] in {"serious", "critical"}]
    assert not serious, [(v["id"], v["nodes"][0]["html"]) for v in serious]


def test_a_rule_is_seen_then_kept_for_the_room_and_taken_back(page: Page, school: Any) -> None:
    page.goto(ROOM)
    expect(page.locator("#kept")).to_contain_text("the rule of all who have none of their own")
    page.get_by_label("Present from").fill("40")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("#kept")).to_contain_text("This rule stands in the address alone")
    page.get_by_role("button", name="Keep it for this room").click()
    expect(page.locator("#kept")).to_contain_text("This is the rule of this room")
    assert "share=" not in page.url
    expect(page.get_by_label("Present from")).to_have_value("40")
    looked_at(page)
    with school.api() as client:
        told = client.get("/v1/rooms/art-301/attendance-rule").json()["data"]
    assert (told["rule"]["share"], told["rule"]["from"]) == (40, "room")
    page.get_by_role("button", name="Follow the organization again").click()
    expect(page.get_by_label("Present from")).to_have_value("75")


def test_times_are_kept_with_a_note_followed_and_taken_back(page: Page) -> None:
    page.goto(ROOM)
    times = page.locator(".bar strong")
    before = times.inner_text()
    people = page.locator("tbody").first.inner_text()
    page.get_by_label("Class from").fill("10:10")
    page.get_by_label("to", exact=True).last.fill("10:50")
    page.get_by_role("button", name="Apply").click()
    expect(times).to_contain_text("10:10 \N{EN DASH} 10:50")
    page.get_by_label("because").fill(NOTE)
    page.get_by_role("button", name="Keep these times").click()
    expect(times).to_contain_text("10:10 \N{EN DASH} 10:50")
    assert "began=" not in page.url
    kept = page.locator("#kept")
    expect(kept).to_contain_text(f"10:10 \N{EN DASH} 10:50 was kept: {NOTE}")
    looked_at(page)
    page.goto(ROOM)
    expect(times).to_contain_text("10:10 \N{EN DASH} 10:50")
    assert "10:10" in page.request.get("/room/sheet.csv?id=art-301&range=term").text()
    page.get_by_role("button", name="Take back").click()
    page.goto(ROOM)
    assert times.inner_text() == before
    assert page.locator("tbody").first.inner_text() == people
    # It no longer holds, and can still be seen, with who took it back.
    page.get_by_role("link", name="What was said").click()
    row = page.get_by_role("row").filter(has_text=NOTE).first
    expect(row).to_contain_text("times kept")
    expect(row).to_contain_text("taken back")
    looked_at(page)


def test_no_class_is_said_and_taken_back(page: Page) -> None:
    page.goto(ROOM)
    before = page.locator(".bar strong").inner_text()
    page.get_by_label("because").fill("the room was only tried out")
    page.get_by_role("button", name="It was no class").click()
    expect(page.get_by_text("No class in these days")).to_be_visible()
    expect(page.locator(".note.said")).to_contain_text("the room was only tried out")
    looked_at(page)
    page.get_by_role("button", name="Take back").click()
    expect(page.locator(".bar strong")).to_have_text(before)


def test_somebody_is_excused_beside_their_name_and_no_longer(page: Page) -> None:
    page.goto(ROOM)
    row = page.get_by_role("row").filter(has_text="Kwame Mensah")
    before = row.inner_text()
    priya = page.get_by_role("row").filter(has_text="Priya Raman")
    expect(priya).to_contain_text("Partly")
    priya.get_by_role("link", name="Excuse").click()
    page.get_by_label("is excused, because").fill(NOTE)
    looked_at(page)
    page.get_by_role("button", name="Excuse", exact=True).click()
    priya = page.get_by_role("row").filter(has_text="Priya Raman")
    expect(priya).to_contain_text("Excused")
    expect(priya).to_contain_text(NOTE)
    assert page.get_by_role("row").filter(has_text="Kwame Mensah").inner_text() == before
    looked_at(page)
    file = page.request.get("/room.csv?id=art-301").text()
    assert "excused" in next(line for line in file.splitlines() if line.startswith("priya,"))
    page.goto("/room/sheet?id=art-301&range=term")
    expect(page.locator("td.excused")).to_have_count(1)
    looked_at(page)
    page.goto(ROOM)
    page.get_by_role("button", name="Take back the excuse of priya").click()
    expect(page.get_by_role("row").filter(has_text="Priya Raman")).to_contain_text("Partly")


def test_days_are_excused_on_the_page_of_a_person(page: Page, school: Any) -> None:
    page.goto("/person?uid=ingrid")
    page.get_by_role("link", name="Excuses").click()
    page.get_by_label("First day").fill("2026-01-10")
    page.get_by_label("Last day").fill("2026-01-02")
    page.get_by_label("Why").fill(NOTE)
    page.get_by_role("button", name="Excuse").click()
    expect(page.get_by_role("alert")).to_contain_text("The last day must not be before")
    expect(page.get_by_label("Why")).to_have_value(NOTE)
    page.get_by_label("Last day").fill("2026-01-12")
    page.get_by_role("button", name="Excuse").click()
    row = page.get_by_role("row").filter(has_text=NOTE)
    expect(row).to_contain_text("all classes in all rooms")
    looked_at(page)
    with school.api() as client:
        told = client.get("/v1/participants/ingrid/excuses").json()["data"]["excuses"]
    assert [(one["from"], one["to"]) for one in told] == [("2026-01-10", "2026-01-12")]
    row.get_by_role("button", name="Take back").click()
    expect(page.get_by_role("row")).to_have_count(0)


def test_the_organization_s_rule_is_a_setting(page: Page) -> None:
    page.goto("/settings")
    form = page.locator("#attendance")
    form.get_by_label("Present from").fill("55")
    form.get_by_role("button", name="Save").click()
    page.goto(ROOM)
    expect(page.locator("#kept")).to_contain_text(
        "the organization\N{RIGHT SINGLE QUOTATION MARK}s rule"
    )
    expect(page.get_by_label("Present from")).to_have_value("55")
    page.goto("/settings")
    form.get_by_role("button", name="Back to the usual rule").click()
    page.goto(ROOM)
    expect(page.get_by_label("Present from")).to_have_value("75")


def test_it_all_works_without_script_and_from_no_other_site(
    browser: Browser, school: Any, sign_in: Any
) -> None:
    context = browser.new_context(base_url=school.url, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, school.key)
    page.goto(ROOM)
    page.get_by_role("row").filter(has_text="Priya Raman").get_by_role(
        "link", name="Excuse"
    ).click()
    page.get_by_label("is excused, because").fill("ill")
    page.get_by_label("from all classes of this room until").check()
    page.get_by_role("button", name="Excuse", exact=True).click()
    expect(page.get_by_role("row").filter(has_text="Priya Raman")).to_contain_text("Excused")
    page.get_by_role("button", name="Take back the excuse of priya").click()
    for path in ("/room/rule", "/room/class", "/room/class/take-back", "/person/excuses"):
        form: dict[str, str | float | bool] = {"id": "art-301", "token": "forged"}
        assert page.request.post(path, form=form).status == 403
    context.close()
