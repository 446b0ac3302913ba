"""Dates, times of day and numbers as a place writes them: CLDR's forms, and each place its own."""

import subprocess
import sys
from contextvars import copy_context
from datetime import UTC, date, datetime

import pytest
from playwright.sync_api import Page, expect

from rollbook.web.dashboard.notation import (
    first_weekday,
    is_place,
    notation,
    places,
    write_as_in,
)

DAY, AT = date(2026, 11, 24), datetime(2026, 11, 24, 21, 5, 30, tzinfo=UTC)


def told(place: str | None) -> list[str]:
    """Everything that can be written, as in a place."""

    def write() -> list[str]:
        write_as_in(place)
        way = notation()
        return [
            way.number(1234567),
            way.percent(83),
            way.day(DAY),
            way.day_of_year(DAY),
            way.day_of_month(DAY),
            way.days(DAY, DAY),
            way.days(date(2026, 10, 1), DAY),
            way.month(DAY),
            way.short_month(DAY),
            way.month_of_year(DAY),
            way.clock(AT),
            way.clock(AT, seconds=True),
            way.moment(AT),
        ]

    return [text.replace("\u202f", " ").replace("\xa0", " ") for text in copy_context().run(write)]


# The forms of CLDR 47 (https://cldr.unicode.org), by its charts of each locale.
@pytest.mark.parametrize(
    ("place", "number", "day", "clock"),
    [
        (None, "1 234 567", "Tue 24 Nov 2026", "21:05"),
        ("no_such", "1 234 567", "Tue 24 Nov 2026", "21:05"),
        ("en_US", "1,234,567", "Tue, Nov 24, 2026", "9:05 PM"),
        ("en_GB", "1,234,567", "Tue, 24 Nov 2026", "21:05"),
        ("de_DE", "1.234.567", "Di., 24. Nov. 2026", "21:05"),
        ("fr_FR", "1 234 567", "mar. 24 nov. 2026", "21:05"),
        ("ja_JP", "1,234,567", "2026年11月24日(火)", "21:05"),
    ],
)
def test_a_place_writes_as_its_people_do(
    place: str | None, number: str, day: str, clock: str
) -> None:
    written = told(place)
    assert (written[0], written[2], written[10]) == (number, day, clock)


@pytest.mark.parametrize(
    ("place", "first"), [(None, 0), ("de_DE", 0), ("en_US", 6), ("ar_EG", 5), ("no_such", 0)]
)
def test_weeks_begin_as_they_do_there(place: str | None, first: int) -> None:
    assert first_weekday(place) == first


def test_what_is_written_for_one_place_changes_no_other() -> None:
    # Each is asked alone in a process of its own, and here after others.
    alone = (
        "import sys; sys.path.insert(0, sys.argv[1]);"
        "from dashboard.test_notation import told; print(told(sys.argv[2]))"
    )
    for other in ("ja_JP", "he_IL", "th_TH", "fa_IR"):
        told(other)
    tests = __file__.removesuffix("/dashboard/test_notation.py")
    for place in ("th_TH", "no_NO", "pl_PL"):
        ran = subprocess.run(
            [sys.executable, "-c", alone, tests, place], capture_output=True, text=True, check=True
        )
        assert ran.stdout.strip() == str(told(place))


def test_a_list_of_places_to_choose_from() -> None:
    named = dict(places())
    assert named["de_DE"] == "German (Germany)"
    assert named["zh_Hans_CN"] == "Chinese (Simplified, China)"
    assert all(is_place(place) for place in named)
    assert not is_place("de")
    assert [name for _, name in places()] == sorted(named.values())


def test_the_school_chooses_and_a_browser_may_choose_for_itself(signed_in: Page) -> None:
    day = signed_in.locator(".head .muted").first

    def shows(text: str) -> None:
        signed_in.goto("/usage?from=2026-03-02&to=2026-03-02")
        expect(day).to_have_text(text)

    def choose(what: str, place: str) -> None:
        signed_in.goto("/settings")
        field = signed_in.get_by_label(what, exact=True)
        field.select_option(place)
        field.locator("xpath=ancestor::form").get_by_role("button", name="Save").click()
        expect(signed_in.get_by_text("Saved.")).to_be_visible()
        expect(signed_in.get_by_label(what, exact=True)).to_have_value(place)

    browser, school = "Dates and numbers written as in", "Written as in"
    shows("Mon 2 Mar 2026")
    choose(school, "en_US")
    try:
        shows("Mon, Mar 2, 2026")
        choose(browser, "de_DE")
        shows("Mo., 2. März 2026")
        choose(browser, "everywhere")
        shows("Mon 2 Mar 2026")
        choose(browser, "")
        shows("Mon, Mar 2, 2026")
    finally:
        choose(school, "")
