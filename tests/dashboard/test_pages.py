"""What pages show, in a real browser."""

import csv
import io
import re
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from openpyxl import load_workbook
from playwright.sync_api import BrowserContext, Page, expect

_IMAGES = Path(__file__).parents[2] / "docs" / "images"
PATHS = ("/", "/people", "/people?range=today&who=there", "/person/print?uid=jane&range=term",
         "/room/print?id=math-101", "/room/sheet/print?id=math-101&range=term", "/room?id=math-101&range=term",
         "/rooms?range=term&sort=title", "/usage?from=2026-02-03&to=2026-02-01", "/person?uid=jane&range=term", "/person?uid=jane&room=math-101&range=term",
         "/person?uid=nobody", "/rooms?range=term", "/room?id=math-101", "/room?id=never",
         "/room/sheet?id=math-101&range=term", "/room/roster?id=math-101", "/room/schedule?id=math-101",
         "/person/excuses?uid=jane", "/person/erase?uid=jane",
         "/?view=compact", "/?q=nobody", "/absences?range=term", "/absences?verdict=absent",
         "/at-risk?range=term&below=100", "/person?uid=teacher-4&range=term",
         "/person/taught?uid=teacher-4&range=term",
         "/overview", "/overview/missing", "/overview/two-places?range=month",
         "/overview/addresses?range=month", "/overview/without-teacher",
         "/usage?range=term", "/usage/rooms?range=term", "/usage/months", "/sources", "/sources/new", "/sources/new?kind=zoom",
         "/sources/new?kind=realtimekit", "/settings", "/settings?saved=yes", "/users", "/account", "/changes", "/nowhere")  # fmt: skip


def _today() -> datetime:
    return datetime.now(ZoneInfo("Europe/Paris"))


def _range() -> tuple[str, str]:
    today = _today().date()
    return str(today - timedelta(days=20)), str(today)


def _ask(school: Any, **question: Any) -> Any:
    with school.api() as client:
        return client.post("/v1/participant/sessions", json=question)


def _first_session(page: Page) -> None:
    page.goto("/person?uid=jane&range=term")
    page.get_by_role("link", name="Explain the session").first.click()
    page.get_by_role("heading", name="Explain this session").wait_for()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_accessible_and_as_wide_as_the_screen(signed_in: Page, scheme: Any, width: int) -> None:
    signed_in.emulate_media(color_scheme=scheme)
    signed_in.set_viewport_size({"width": width, "height": 844})
    for path in (*PATHS, "explain"):
        if path == "explain":
            _first_session(signed_in)
        else:
            answer = signed_in.goto(path)
            assert answer
            refused = {"/nowhere": 404, "/usage?from=2026-02-03&to=2026-02-01": 400}
            assert answer.status == refused.get(path, 200)
            assert len(answer.body()) < 500_000
        assert signed_in.evaluate("document.documentElement.scrollWidth") <= width, path
        found = Axe().run(signed_in).response["violations"]
        serious = [v for v in found if v["impact"] in {"serious", "critical"}]
        assert not serious, (path, [(v["id"], v["nodes"][0]["html"]) for v in serious])


def test_a_newer_search_takes_the_place_of_the_one_before(signed_in: Page) -> None:
    given_up: list[str] = []
    signed_in.on("requestfailed", lambda request: given_up.append(request.url))
    signed_in.goto("/people?range=term")
    signed_in.route(
        "**/people",
        # What is slow is never answered.
        lambda route: None if "q=slow" in (route.request.post_data or "") else route.continue_(),
    )
    search = signed_in.get_by_role("searchbox")
    with signed_in.expect_request("**/people"):
        search.fill("slow")
    search.fill("jane d")
    expect(signed_in.locator("#found tbody tr")).to_have_count(1)
    assert given_up == [signed_in.url.partition("?")[0]]


def test_search_as_you_type_and_without_script(
    signed_in: Page, context: BrowserContext, school: Any
) -> None:
    signed_in.goto("/people?range=term")
    signed_in.get_by_role("searchbox").press_sequentially("jane d")
    expect(signed_in.locator("#found tbody tr")).to_have_count(1)
    assert "q=~" in signed_in.url
    assert "jane" not in signed_in.url
    signed_in.reload()
    expect(signed_in.get_by_role("searchbox")).to_have_value("jane d")
    browser = context.browser
    assert browser
    with browser.new_context(
        base_url=school.url, java_script_enabled=False, storage_state=context.storage_state()
    ) as plain:
        page = plain.new_page()
        page.goto("/people?range=term")
        page.get_by_role("searchbox").fill("JANE")
        page.get_by_role("button", name="Search").click()
        expect(page.locator("#found tbody tr")).to_have_count(1)


def test_people_are_sorted_and_paged(signed_in: Page) -> None:
    signed_in.goto("/people?range=term")
    signed_in.get_by_role("link", name="Credits").click()
    cells = signed_in.locator('td[data-label="Credits"]').all_inner_texts()
    costs = [int(cell.split()[-1].replace("\u202f", "")) for cell in cells]
    assert costs == sorted(costs, reverse=True)
    assert len(costs) == 25
    signed_in.get_by_role("link", name="Next").click()
    expect(signed_in.get_by_text("26\u2013")).to_be_visible()
    signed_in.go_back()
    expect(signed_in.get_by_text("1\u201325 of")).to_be_visible()


def test_person_shows_what_the_api_does_not(signed_in: Page) -> None:
    today = _today().date()
    signed_in.goto(f"/person?uid=jane&from={today - timedelta(days=6)}&to={today}")
    signed_in.get_by_text("Two places at once").click()
    expect(signed_in.locator(".flags")).to_contain_text("Room physics-101")
    assert "Reconnects\n1" in signed_in.locator(".pairs").inner_text()
    expect(signed_in.locator(".timeline .lane:not(.axis)")).to_have_count(3)


@pytest.mark.parametrize("room", [None, "math-101"])
def test_csv_is_the_api_s_byte_for_byte(signed_in: Page, school: Any, room: str | None) -> None:
    first, last = _range()
    chosen = f"uid=jane&from={first}&to={last}" + (f"&room={room}" if room else "")
    question = {"uid": "jane", "startDate": first, "endDate": last, "export": "csv"}
    if room:
        question["roomId"] = room
    for suffix, form in (("", {}), ("&for=excel", {"csv": {"delimiter": ";", "bom": True}})):
        page = signed_in.request.get(f"/person.csv?{chosen}{suffix}")
        api = _ask(school, **question, **form)
        assert page.body() == api.content
        assert page.headers["content-disposition"] == api.headers["content-disposition"]


def test_downloads_from_the_page(signed_in: Page, tmp_path: Path) -> None:
    first, last = _range()
    signed_in.goto(f"/person?uid=jane&from={first}&to={last}")
    with signed_in.expect_download() as waiting:
        signed_in.get_by_role("link", name="Excel (.xlsx)").click()
    file = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(file)
    book = load_workbook(file)
    summary = {row[0].value: row[1].value for row in book["Summary"].iter_rows()}
    assert summary["Sessions"] == 5
    assert book["Sessions"].max_row == 6
    assert isinstance(book["Sessions"]["C2"].value, datetime)


def test_hostile_names_do_no_harm(signed_in: Page, hostile: dict[str, str], tmp_path: Path) -> None:
    signed_in.on("dialog", lambda dialog: pytest.fail(dialog.message))
    for uid, name in hostile.items():
        signed_in.goto("/people?range=term")
        signed_in.get_by_role("searchbox").fill(uid)
        signed_in.get_by_role("link", name=uid).first.click()
        expect(signed_in.get_by_role("heading", level=1)).to_have_text(name)
        signed_in.get_by_role("link", name="The room's classes").click()
        expect(signed_in.get_by_role("heading", level=1)).to_have_text(name)
        assert signed_in.evaluate("document.images.length") == 1
        body = signed_in.request.get("/room.csv", params={"id": uid}).text()
        cells = [cell for row in csv.reader(io.StringIO(body)) for cell in row]
        assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)
        file = tmp_path / "person.xlsx"
        file.write_bytes(
            signed_in.request.get("/person.xlsx", params={"uid": uid, "range": "term"}).body()
        )
        assert load_workbook(file)["Summary"]["B1"].value == uid
        assert load_workbook(file)["Summary"]["B1"].data_type == "s"
    signed_in.set_viewport_size({"width": 390, "height": 844})
    for path in ("/people?range=term", "/rooms?range=term", "/usage?range=term"):
        signed_in.goto(path)
        assert signed_in.evaluate("document.documentElement.scrollWidth") <= 390


def test_room_with_its_rule_and_csv(signed_in: Page) -> None:
    signed_in.goto("/room?id=math-101")
    expect(signed_in.get_by_text("Who was there")).to_be_visible()
    signed_in.get_by_label("Present from").fill("99")
    signed_in.get_by_label("Late beyond").fill("5")
    signed_in.get_by_role("button", name="Apply").click()
    assert "share=99&late=5" in signed_in.url
    shown = signed_in.locator("tbody tr th[scope=row]").count()
    link = signed_in.get_by_role("link", name="CSV", exact=True).get_attribute("href")
    assert link
    rows = list(csv.reader(io.StringIO(signed_in.request.get(link).text())))
    assert ["Minimum Share (%)", "99"] in rows
    people = [row for row in rows if row[0].startswith(("student-", "jane"))]
    expect(signed_in.locator(".timeline .lane:not(.axis)")).to_have_count(len(people))
    assert len(people) <= shown


def test_the_times_of_a_class_can_be_set_and_stand_in_the_address(signed_in: Page) -> None:
    signed_in.goto("/room?id=art-301")
    signed_in.get_by_label("Class from").fill("10:05")
    signed_in.get_by_label("to", exact=True).last.fill("10:20")
    signed_in.get_by_role("button", name="Apply").click()
    expect(signed_in.locator(".bar strong")).to_have_text(re.compile("10:05 . 10:20"))
    expect(signed_in.get_by_text("as set below")).to_be_visible()
    signed_in.reload()
    expect(signed_in.get_by_label("Class from")).to_have_value("10:05")
    signed_in.goto("/room?id=art-301&began=soon")
    expect(signed_in.get_by_text("The class began at a time like 08:30")).to_be_visible()


def test_every_class_of_a_term_can_be_reached_and_has_its_date(signed_in: Page) -> None:
    signed_in.goto("/room?id=art-301&range=term")
    classes = signed_in.get_by_role("navigation", name="Classes")
    links = classes.get_by_role("link", include_hidden=True)
    (counted,) = re.findall(r"(\d+) classes", signed_in.locator(".head").inner_text())
    expect(links).to_have_count(int(counted))
    for text in links.all_text_contents():
        assert re.fullmatch(r"\w{3} \d{1,2} \w{3}, \d\d:\d\d", text), text


def test_usage_adds_up(signed_in: Page) -> None:
    rows = list(csv.reader(io.StringIO(signed_in.request.get("/usage.csv?range=term").text())))
    total = rows[1][1:]
    for part in ("Day", "Room", "Role"):
        parts = [list(map(int, row[3:])) for row in rows if row[0] == part]
        assert sum(row[0] for row in parts) == int(total[0])
        assert sum(row[2] for row in parts) == int(total[2])
    signed_in.goto("/usage?range=term")
    shown = signed_in.locator(".figure").first.inner_text().replace("\u202f", "")
    assert shown.split() == ["Credits", total[2]]


def test_rooms_of_usage_are_asked_for_apart_and_add_up(signed_in: Page) -> None:
    signed_in.goto("/usage?range=term")
    total = signed_in.locator(".figure dd").first.inner_text()
    signed_in.locator("#rooms").scroll_into_view_if_needed()
    cells = signed_in.locator('#rooms td[data-label="Credits"]')
    expect(cells.first).to_be_visible()
    credits_of = [int(cell.replace("\u202f", "")) for cell in cells.all_inner_texts()]
    assert credits_of == sorted(credits_of, reverse=True)
    assert sum(credits_of) == int(total.replace("\u202f", ""))
    assert f"{len(credits_of)} rooms" in signed_in.locator("#rooms").inner_text()
    # In the range that is shown, and by a link where there is no script.
    signed_in.goto("/usage/rooms?from=2020-01-01&to=2020-01-02")
    expect(signed_in.locator("#rooms")).to_contain_text("No room was used in these days.")


def test_months_are_asked_for_apart_when_their_place_is_seen(signed_in: Page) -> None:
    asked: list[str] = []
    signed_in.on("request", lambda request: asked.append(request.url))
    signed_in.set_viewport_size({"width": 800, "height": 300})
    signed_in.goto("/usage?range=term")
    assert not [url for url in asked if url.endswith("/usage/months")]
    signed_in.locator("#months").scroll_into_view_if_needed()
    expect(signed_in.locator("#months tbody tr")).to_have_count(6)


def test_months_are_a_link_away_without_script(
    context: BrowserContext, signed_in: Page, school: Any
) -> None:
    del signed_in  # whose cookie is used
    browser = context.browser
    assert browser
    with browser.new_context(
        base_url=school.url, java_script_enabled=False, storage_state=context.storage_state()
    ) as plain:
        page = plain.new_page()
        page.goto("/usage?range=today")
        page.get_by_role("link", name="Show the last six months").click()
        expect(page.locator("#months tbody tr")).to_have_count(6)


def test_settings_change_reports(signed_in: Page, school: Any) -> None:
    signed_in.goto("/settings")
    rule = signed_in.locator("form").filter(has_text="Credit rule")
    rule.get_by_label("costs nothing", exact=True).check()
    rule.get_by_role("button", name="Save").click()
    expect(signed_in.get_by_text("Saved.")).to_be_visible()
    time.sleep(2.1)  # how long a key's look-up may be remembered
    assert "rounding=down" in _ask(school, uid="jane").headers["credit-rule"]
    rule.get_by_label("costs a credit", exact=True).check()
    rule.get_by_role("button", name="Save").click()
    signed_in.get_by_label("First day").fill("2026-01-07")
    signed_in.get_by_label("Last day").fill("2026-01-01")
    signed_in.get_by_role("button", name="Save").nth(1).click()
    expect(signed_in.get_by_text("must not be before")).to_be_visible()


def test_retention_is_set_and_refused_in_plain_words(signed_in: Page) -> None:
    signed_in.goto("/settings")
    kept = signed_in.locator("#kept")
    expect(kept.get_by_label("IP addresses")).to_have_value("0")
    kept.get_by_label("IP addresses").fill("90")
    kept.get_by_label("Events as the platforms sent them").fill("400")
    kept.get_by_role("button", name="Save").click()
    expect(signed_in.get_by_text("Saved.")).to_be_visible()
    expect(kept.get_by_label("IP addresses")).to_have_value("90")
    expect(kept.get_by_label("Events as the platforms sent them")).to_have_value("400")
    for typed, told in (("90000", "must be from 0 to"), ("1.5", "must be a whole number")):
        signed_in.goto("/settings")
        # As a browser that checks nothing by itself would send it.
        signed_in.locator("#kept").evaluate("form => { form.noValidate = true }")
        signed_in.locator("#address-days").evaluate("input => { input.type = 'text' }")
        signed_in.locator("#address-days").fill(typed)
        kept.get_by_role("button", name="Save").click()
        expect(signed_in.get_by_text(told)).to_be_visible()
        expect(signed_in.get_by_label("Events as the platforms sent them")).to_have_value("400")
    # Mended where it was told, and saved with all that the form had.
    signed_in.get_by_label("IP addresses").fill("90")
    signed_in.get_by_role("button", name="Send it again").click()
    expect(signed_in.get_by_text("Saved.")).to_be_visible()
    expect(kept.get_by_label("IP addresses")).to_have_value("90")


def test_keys_are_made_shown_once_and_revoked(signed_in: Page) -> None:
    signed_in.goto("/settings")
    signed_in.get_by_label("One more key, for").fill("the office")
    signed_in.get_by_role("button", name="Make a key").click()
    assert signed_in.locator("#new-key").inner_text().startswith("rb_")
    signed_in.goto("/settings")
    expect(signed_in.locator("#new-key")).to_have_count(0)
    row = signed_in.get_by_role("row").filter(has_text="the office")
    row.get_by_role("button", name="Revoke").click()
    expect(row.get_by_text("revoked")).to_be_visible()


def test_the_first_stop_of_the_tab_key_leads_past_the_menu(signed_in: Page) -> None:
    signed_in.goto("/people")
    signed_in.keyboard.press("Tab")
    expect(signed_in.get_by_role("link", name="Skip to the content")).to_be_focused()
    signed_in.keyboard.press("Enter")
    expect(signed_in.locator("main")).to_be_focused()


def test_errors_in_human_words(signed_in: Page) -> None:
    for path, status, words in (
        ("/person?uid=jane&from=2026-02-30", 400, "The first day must be a date"),
        ("/person?uid=jane&from=2026-02-02&to=2026-02-01", 400, "must not be before"),
        ("/person", 400, "Say which person"),
        ("/session?id=" + "0" * 32, 404, "There is no such session"),
    ):
        answer = signed_in.goto(path)
        assert answer
        assert answer.status == status
        expect(signed_in.get_by_text(words)).to_be_visible()
    assert signed_in.goto("/person?uid=jane&page=x&range=nonsense")
    expect(signed_in.get_by_role("heading", name="Jane Doe")).to_be_visible()


def test_pictures_of_the_readme(signed_in: Page, tmp_path: Path) -> None:
    """Taken each time; kept in docs/images where there are none: delete them to renew them."""
    signed_in.set_viewport_size({"width": 1100, "height": 900})
    for name, path in (("person", "/person?uid=jane&range=term"), ("room", "/room?id=art-301")):
        signed_in.goto(path)
        assert len(signed_in.screenshot(path=tmp_path / f"{name}.png")) < 150_000
        kept = _IMAGES / f"{name}.png"
        if not kept.exists():
            kept.write_bytes((tmp_path / f"{name}.png").read_bytes())


def test_a_session_is_corrected_and_the_correction_taken_back(signed_in: Page) -> None:
    _first_session(signed_in)
    left = signed_in.locator("dl.figures").inner_text()
    signed_in.get_by_label("It never was").check()
    signed_in.get_by_label("Why").fill("a test of the microphone")
    signed_in.get_by_role("button", name="Correct").click()
    expect(signed_in.get_by_text("Somebody said that this session never was")).to_be_visible()
    expect(signed_in.get_by_text("session.corrected", exact=True)).to_be_visible()
    signed_in.get_by_label("Take the correction back").check()
    signed_in.get_by_label("Why").fill("it was a class after all")
    signed_in.get_by_role("button", name="Correct").click()
    expect(signed_in.get_by_text("session.corrected", exact=True)).to_have_count(2)
    assert signed_in.locator("dl.figures").inner_text() == left


def test_a_correction_without_a_time_says_so(signed_in: Page) -> None:
    _first_session(signed_in)
    signed_in.get_by_label("Why").fill("hung up")
    signed_in.get_by_role("button", name="Correct").click()
    expect(signed_in.get_by_text("Say when it ended, as a date and a time.")).to_be_visible()
    expect(signed_in.get_by_label("Why")).to_have_value("hung up")
