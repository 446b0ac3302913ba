"""When classes of a room are planned, typed and pasted on a page, and the classes that come of it."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # it comes without types
from playwright.sync_api import FilePayload, Page, expect

ZONE = ZoneInfo("Europe/Paris")
WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
CUT = """[...document.querySelectorAll("main *")].filter(one => one.clientWidth
  && one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).display !== "inline"
  && !one.matches(".unseen, textarea, input, .fold thead, .fold thead *")).map(one => one.outerHTML.slice(0, 120))"""


def days_from_now(count: int) -> str:
    return (datetime.now(ZONE) + timedelta(days=count)).date().isoformat()


def open_schedule(page: Page, room: str) -> None:
    page.set_default_timeout(10_000)
    page.goto(f"/room/schedule?id={room}")


def add_weekly(page: Page, *days: str, times: tuple[str, str], title: str = "") -> None:
    form = page.locator("form").filter(has=page.get_by_role("heading", name="Every week"))
    for day in days:
        form.get_by_label(day.capitalize()[:3]).check()
    form.get_by_label("From").fill(times[0])
    form.get_by_label("to", exact=True).fill(times[1])
    form.get_by_label("Title").fill(title)
    form.get_by_role("button", name="Add").click()
    expect(page.get_by_text("Saved.")).to_be_visible()


def add_exception(page: Page, heading: str, **fields: str) -> None:
    form = page.locator("form").filter(has=page.get_by_role("heading", name=heading))
    for name, value in fields.items():
        form.locator(f"[name={name.strip('_')}]").fill(value)
    form.get_by_role("button").click()


def test_a_week_is_typed_and_taken_away_again(signed_in: Page) -> None:
    open_schedule(signed_in, "plan-1")
    expect(signed_in.get_by_text("Nothing is planned from today on")).to_be_visible()
    add_weekly(signed_in, "monday", "wednesday", times=("08:00", "08:45"), title="Calculus")
    week = signed_in.locator(".week")
    expect(week.get_by_text("08:00 \N{EN DASH} 08:45")).to_have_count(2)
    expect(week.get_by_text("Calculus")).to_have_count(2)
    signed_in.get_by_role("button", name="Remove Monday 08:00 to 08:45").click()
    expect(signed_in.locator(".week").get_by_text("08:00 \N{EN DASH} 08:45")).to_have_count(1)


def test_days_are_cancelled_and_classes_moved(signed_in: Page) -> None:
    open_schedule(signed_in, "plan-2")
    add_weekly(signed_in, *WEEKDAYS, times=("22:00", "01:00"))
    first, last, moved = days_from_now(10), days_from_now(12), days_from_now(20)
    add_exception(signed_in, "Cancel days", day=first, until=last)
    add_exception(signed_in, "Move a class", day=moved, at="22:00", from_="20:00", to="21:30")
    add_exception(
        signed_in, "On a single day", day=days_from_now(5), from_="09:00", to="10:00", title="Exam"
    )
    told = signed_in.get_by_role("table")
    expect(told.get_by_text("cancelled")).to_have_count(1)
    expect(told.get_by_text("moved to 20:00 \N{EN DASH} 21:30")).to_be_visible()
    expect(told.get_by_text("Exam")).to_be_visible()
    signed_in.get_by_role("button", name="Remove what is said of").first.click()
    expect(signed_in.get_by_text("cancelled", exact=True)).to_have_count(0)


def test_two_classes_at_one_time_are_refused_by_their_names(signed_in: Page) -> None:
    open_schedule(signed_in, "plan-3")
    add_weekly(signed_in, "monday", times=("08:00", "09:00"), title="Calculus")
    form = signed_in.locator("form").filter(has=signed_in.get_by_role("heading", name="Every week"))
    form.get_by_label("Mon").check()
    form.get_by_label("From").fill("08:30")
    form.get_by_label("to", exact=True).fill("09:30")
    form.get_by_role("button", name="Add").click()
    expect(signed_in.get_by_text("08:00 to 09:00 (Calculus)")).to_be_visible()
    # What was typed stays, in its own form alone, to be mended.
    expect(form.get_by_label("Mon")).to_be_checked()
    expect(form.get_by_label("Tue")).not_to_be_checked()
    expect(form.get_by_label("From")).to_have_value("08:30")
    expect(signed_in.locator("#s-from")).to_have_value("")
    form.get_by_label("From").fill("09:00")
    form.get_by_label("to", exact=True).fill("09:30")
    form.get_by_role("button", name="Add").click()
    expect(signed_in.get_by_text("Saved.")).to_be_visible()


@pytest.mark.parametrize("by", ["file", "text"])
def test_a_whole_timetable_is_taken_from_a_file_or_a_paste(signed_in: Page, by: str) -> None:
    told = "weekdays,from,to,title\nmon wed,08:00,08:45,Calculus\nfri,09:00,09:45,Álgebra\n"
    open_schedule(signed_in, f"plan-{by}")
    form = signed_in.locator("form[enctype]")
    if by == "file":
        file: FilePayload = {
            "name": "plan.csv",
            "mimeType": "text/csv",
            "buffer": told.encode(),
        }
        form.get_by_label("File").set_input_files(file)
    else:
        form.get_by_label("or paste").fill(told)
    form.get_by_role("button", name="Replace").click()
    expect(signed_in.locator(".week").get_by_text("Álgebra")).to_be_visible()
    expect(signed_in.locator(".week li")).to_have_count(3)
    open_schedule(signed_in, f"plan-{by}")
    form.get_by_label("or paste").fill("weekdays,from,to\nmon,8,9\n")
    form.get_by_role("button", name="Replace").click()
    expect(signed_in.get_by_text("from in line 2 must be a time")).to_be_visible()


def test_a_planned_class_has_its_times_and_one_that_is_cancelled_is_none(signed_in: Page) -> None:
    signed_in.goto("/room?id=art-301")
    when = signed_in.locator(".bar strong").inner_text()
    signed_in.get_by_role("link", name="When classes are planned").click()
    day = datetime.strptime(when.split(",")[0], "%a %d %b %Y").date()  # noqa: DTZ007 - a day on the wall
    single = {"day": day.isoformat(), "from_": "00:10", "to": "23:50", "title": "Open studio"}
    add_exception(signed_in, "On a single day", **single)
    expect(signed_in.get_by_text("Saved.")).to_be_visible()
    signed_in.goto(f"/room?id=art-301&from={day}&to={day}")
    expect(signed_in.locator(".bar strong")).to_contain_text("00:10 \N{EN DASH} 23:50")
    expect(signed_in.locator(".bar")).to_contain_text("as planned · Open studio")
    signed_in.get_by_role("link", name="When classes are planned").click()
    signed_in.get_by_role("button", name="00:10").click()
    expect(signed_in.get_by_text("Saved.")).to_be_visible()
    signed_in.goto(f"/room?id=art-301&from={day}&to={day}")
    expect(signed_in.locator(".bar strong")).to_have_text(when)


@pytest.mark.parametrize(("scheme", "width"), [("light", 390), ("dark", 1024), ("light", 1440)])
def test_nothing_of_a_full_plan_is_cut(signed_in: Page, scheme: Any, width: int) -> None:
    signed_in.emulate_media(color_scheme=scheme)
    signed_in.set_viewport_size({"width": width, "height": 900})
    room = f"plan-{width}"
    open_schedule(signed_in, room)
    title = "Introduction to differential equations " + "x" * 60
    add_weekly(signed_in, "monday", "sunday", times=("08:00", "08:45"), title=title)
    add_weekly(signed_in, "monday", times=("22:00", "01:00"))
    add_exception(signed_in, "Cancel days", day=days_from_now(8), until=days_from_now(18))
    single = {"day": days_from_now(30), "from_": "09:00", "to": "10:00", "title": title}
    add_exception(signed_in, "On a single day", **single)
    expect(signed_in.get_by_role("table")).to_have_count(2)
    assert signed_in.evaluate("document.documentElement.scrollWidth") <= width
    assert signed_in.evaluate(CUT) == []
    found = Axe().run(signed_in).response["violations"]
    assert [one["id"] for one in found if one["impact"] in {"serious", "critical"}] == []


def test_it_works_without_script(signed_in: Page, school: Any) -> None:
    browser = signed_in.context.browser
    assert browser
    with browser.new_context(
        base_url=school.url,
        java_script_enabled=False,
        storage_state=signed_in.context.storage_state(),
    ) as plain:
        page = plain.new_page()
        open_schedule(page, "plan-plain")
        add_weekly(page, "tuesday", times=("08:00", "08:45"))
        page.get_by_role("button", name="Remove Tuesday 08:00 to 08:45").click()
        expect(page.get_by_text("Nothing is planned from today on")).to_be_visible()
