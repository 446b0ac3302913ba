"""Figures and charts: nothing is cut off and no label lies over another, however wide the page is."""

from typing import Any

import pytest
from dashboard.looks import faults_in
from playwright.sync_api import Page, expect

WIDTHS = (390, 720, 768, 1024, 1440)
PATHS = ("/", "/person?uid=jane&range=term", "/person?uid=jane&range=week", "/person?uid=jane&range=month",
         "/room?id=math-101&range=term", "/room?id=art-301", "/room/sheet?id=math-101&range=month", "/usage?range=term",
         "/usage?range=month", "/usage/rooms?range=term", "/usage/months", "/sources", "/rooms?range=term", "/people?range=term")  # fmt: skip


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_cut_off_and_no_label_lies_over_another(signed_in: Page, scheme: Any) -> None:
    signed_in.emulate_media(color_scheme=scheme)
    for path in PATHS:
        signed_in.goto(path)
        for width in WIDTHS:
            signed_in.set_viewport_size({"width": width, "height": 900})
            assert faults_in(signed_in) == [], (path, width)
            for big in ("9\u202f876\u202f543", "123\u202f456\u202f789"):
                assert faults_in(signed_in, big) == [], (path, width, big)
            signed_in.goto(path) if width != WIDTHS[-1] else None


def test_no_figure_leaves_a_grey_hole(signed_in: Page) -> None:
    signed_in.goto("/room?id=art-301")
    ground = signed_in.locator("dl.figures").evaluate("e => getComputedStyle(e).backgroundColor")
    card = signed_in.locator(".card").first.evaluate("e => getComputedStyle(e).backgroundColor")
    assert ground == card


def test_a_term_is_a_heat_map_and_a_week_has_slivers(signed_in: Page) -> None:
    signed_in.goto("/person?uid=jane&range=term")
    heat = signed_in.get_by_role("img", name="Time by day")
    expect(heat).to_be_visible()
    expect(signed_in.locator(".timeline:not(.heat)")).to_have_count(0)
    titles = heat.locator("rect title").all_text_contents()
    signed_in.get_by_text("As a table").first.click()
    days = signed_in.locator(".as-table").first.locator("tbody tr").all_inner_texts()
    told = {title for title in titles if not title.endswith(": 0 s")}
    assert {f"{row.split(chr(9))[0]}: {row.split(chr(9))[1].strip()}" for row in days} == told
    expect(heat.locator("rect.heat-4")).not_to_have_count(0)
    signed_in.goto("/person?uid=jane&range=week")
    expect(signed_in.locator(".timeline:not(.heat)")).to_have_count(1)
    expect(signed_in.get_by_role("img", name="Time by day")).to_have_count(0)


def test_many_classes_are_a_calendar(signed_in: Page) -> None:
    signed_in.goto("/room?id=math-101&range=term")
    month = signed_in.locator("table.month").first
    expect(month).to_be_visible()
    link = month.get_by_role("link").first
    when = link.text_content()
    assert when
    link.click()
    shown = signed_in.locator(".bar strong").inner_text()
    day, clock = when.split(", ")
    assert shown.startswith(day)
    assert clock in shown
    expect(signed_in.locator("table.month [aria-current]")).to_have_count(1)


def test_lines_of_many_people_fold(signed_in: Page) -> None:
    signed_in.goto("/room?id=math-101")
    lanes = signed_in.locator(".timeline .lane:not(.axis)")
    assert lanes.count() >= 30
    expect(lanes.filter(visible=True)).to_have_count(12)
    signed_in.locator(".lanes > summary").click()
    expect(lanes.filter(visible=True)).to_have_count(lanes.count())
