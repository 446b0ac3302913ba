"""Ways from page to page: what somebody looks at goes along, and mistakes and late forms lose nothing."""

import re
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

PARIS = ZoneInfo("Europe/Paris")


def _query(page: Page) -> dict[str, str]:
    return {name: values[-1] for name, values in parse_qs(urlsplit(page.url).query).items()}


def test_range_and_search_survive_the_way_to_a_person_and_back(signed_in: Page) -> None:
    signed_in.goto("/people?range=term&q=jane&sort=name&order=asc")
    signed_in.get_by_role("link", name="Jane Doe").click()
    assert _query(signed_in)["range"] == "term"
    signed_in.get_by_role("link", name="Last month").click()
    signed_in.locator(".trail").get_by_role("link", name="People").click()
    query = _query(signed_in)
    assert query.pop("q").startswith("~")
    assert query == {"sort": "name", "order": "asc", "range": "last-month"}
    expect(signed_in.get_by_role("searchbox")).to_have_value("jane")


def test_typing_and_then_choosing_a_range_keeps_what_was_typed(signed_in: Page) -> None:
    for role, name in (("link", "Term"), ("button", "Show")):
        signed_in.goto("/people?range=month")
        # Typed and not searched yet.
        signed_in.get_by_role("searchbox").evaluate("box => { box.value = 'jane d' }")
        signed_in.get_by_role(role, name=name, exact=True).first.click()  # type: ignore[arg-type]
        signed_in.wait_for_url(re.compile("q=~"))
        assert _query(signed_in).get("range", "month") == ("term" if role == "link" else "month")
        expect(signed_in.get_by_role("searchbox")).to_have_value("jane d")


def test_a_row_leads_to_its_class(signed_in: Page) -> None:
    signed_in.goto("/person?uid=jane&room=art-301&range=term")
    rows = signed_in.locator("table.sessions tbody tr")
    for number in (2, 5):
        day = rows.nth(number).locator("th").inner_text()
        rows.nth(number).get_by_role("link", name="Class of").click()
        expect(signed_in.locator(".bar strong")).to_contain_text(day)
        assert _query(signed_in)["range"] == "term"
        signed_in.get_by_role("link", name="Jane Doe").first.click()
        assert _query(signed_in)["range"] == "term"
        signed_in.goto("/person?uid=jane&room=art-301&range=term")


def test_who_came_too_early_is_led_to_the_class_that_followed(signed_in: Page) -> None:
    ten = (datetime.now(PARIS) - timedelta(days=1)).replace(hour=10, minute=0, second=0)
    early = int((ten - timedelta(seconds=0)).timestamp() * 1000) + 1
    signed_in.goto(f"/room?id=art-301&range=term&class={early}")
    expect(signed_in.locator(".bar strong")).to_contain_text(f"{ten:%a} {ten.day} {ten:%b %Y}")


def test_the_explanation_leads_back_to_the_same_days(signed_in: Page) -> None:
    signed_in.goto("/person?uid=jane&range=term")
    signed_in.get_by_role("link", name="Explain the session").first.click()
    assert _query(signed_in)["range"] == "term"
    signed_in.locator(".trail").get_by_role("link", name="jane").click()
    assert set(_query(signed_in)) == {"uid", "range"}
    assert _query(signed_in)["range"] == "term"
    expect(signed_in.get_by_role("heading", name="Jane Doe")).to_be_visible()


def test_days_weeks_and_months_before_and_after(signed_in: Page) -> None:
    today = datetime.now(PARIS).date()
    signed_in.goto("/usage?range=today")
    signed_in.get_by_role("link", name="Previous day").click()
    yesterday = str(today - timedelta(days=1))
    assert (_query(signed_in)["from"], _query(signed_in)["to"]) == (yesterday, yesterday)
    signed_in.get_by_role("link", name="Next day").click()
    assert _query(signed_in) == {"range": "today"}
    expect(signed_in.get_by_role("link", name="Next day")).to_have_count(0)
    signed_in.goto("/usage?range=week")
    signed_in.get_by_role("link", name="Previous week").click()
    monday = today - timedelta(days=today.weekday() + 7)
    assert _query(signed_in)["from"] == str(monday)
    assert _query(signed_in)["to"] == str(monday + timedelta(days=6))
    signed_in.goto("/usage?range=month")
    signed_in.get_by_role("link", name="Previous month").click()
    signed_in.get_by_role("link", name="Previous month").click()
    signed_in.get_by_role("link", name="Next month").click()
    signed_in.get_by_role("link", name="Next month").click()
    assert _query(signed_in) == {"range": "month"}


def test_classes_before_and_after_the_days_are_a_link_away(signed_in: Page) -> None:
    signed_in.goto("/room?id=art-301")
    latest = signed_in.locator(".bar strong").inner_text()
    signed_in.get_by_role("link", name="earlier classes").click()
    expect(signed_in.locator(".bar strong")).not_to_have_text(latest)
    signed_in.get_by_role("link", name="later classes").click()
    expect(signed_in.locator(".bar strong")).to_have_text(latest)
    signed_in.goto("/room?id=art-301&from=2020-01-01&to=2020-01-01")
    signed_in.get_by_role("link", name="The classes after").click()
    expect(signed_in.locator(".bar strong")).to_be_visible()


def test_a_mistake_in_a_range_stays_on_the_page_with_what_was_typed(signed_in: Page) -> None:
    signed_in.goto("/people?range=month&q=jane&sort=name")
    signed_in.get_by_label("From").fill("2026-03-02")
    signed_in.get_by_label("to", exact=True).fill("2026-02-01")
    signed_in.get_by_role("button", name="Show").click()
    expect(signed_in.get_by_role("alert")).to_contain_text("must not be before")
    expect(signed_in.get_by_role("heading", name="People")).to_be_visible()
    expect(signed_in.get_by_label("From")).to_have_value("2026-03-02")
    expect(signed_in.get_by_label("to", exact=True)).to_have_value("2026-02-01")
    signed_in.get_by_label("to", exact=True).fill("2026-03-31")
    signed_in.get_by_role("button", name="Show").click()
    expect(signed_in.get_by_role("searchbox")).to_have_value("jane")
    assert signed_in.request.get("/people.csv?from=2026-03-02&to=2026-02-01").status == 400


def test_a_form_after_the_session_ran_out_goes_on_after_sign_in(
    signed_in: Page, school: Any
) -> None:
    signed_in.goto("/room/roster?id=late-room")
    signed_in.get_by_label("A line for each").fill('late-1, Lou O\'Late & "Co"\nlate-2')
    signed_in.context.clear_cookies(name="rollbook_session")
    signed_in.get_by_role("button", name="Save").click()
    expect(signed_in.get_by_text("You were signed out meanwhile")).to_be_visible()
    signed_in.get_by_label("Organization key").fill("rb_wrong")
    signed_in.get_by_role("button", name="Sign in").click()
    expect(signed_in.get_by_text("No organization has this key")).to_be_visible()
    signed_in.get_by_label("Organization key").fill(school.key)
    signed_in.get_by_role("button", name="Sign in").click()
    expect(signed_in.get_by_text('Lou O\'Late & "Co"')).to_be_visible()
    signed_in.get_by_role("button", name="Send it").click()
    expect(signed_in.get_by_text("Saved.")).to_be_visible()
    lines = signed_in.get_by_label("A line for each").input_value().splitlines()
    assert sorted(lines) == ['late-1, Lou O\'Late & "Co"', "late-2"]


def test_an_expired_form_stays_with_what_was_typed(signed_in: Page, school: Any) -> None:
    signed_in.goto("/settings")
    signed_in.get_by_label("One more key, for").fill("a late label")
    other = signed_in.context.new_page()
    other.goto("/")
    other.get_by_role("button", name="Sign out").click()
    other.get_by_label("Organization key").fill(school.key)
    other.get_by_role("button", name="Sign in").click()
    other.get_by_role("heading", name="Live now").wait_for()
    signed_in.get_by_role("button", name="Make a key").click()
    expect(signed_in.get_by_text("Not sent yet")).to_be_visible()
    expect(signed_in.get_by_text("a late label")).to_be_visible()
    signed_in.get_by_role("button", name="Send it").click()
    expect(signed_in.locator("#new-key")).to_be_visible()


def test_nothing_of_another_site_is_kept_to_be_sent(signed_in: Page) -> None:
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {}):
        answer = signed_in.request.post(
            "/settings", form={"time_zone": "Asia/Tokyo", "token": "x"}, headers=headers
        )
        assert answer.status == 403
        assert "Asia/Tokyo" not in answer.text()


@pytest.mark.parametrize("sent", ['["//evil.example", {}]', '["/settings"]', "[1, 2]", "{", "[]"])
def test_a_form_brought_back_goes_nowhere_else(signed_in: Page, school: Any, sent: str) -> None:
    signed_in.context.clear_cookies(name="rollbook_session")
    signed_in.goto("/sign-in?next=/usage")
    signed_in.locator("form").evaluate(
        "(form, sent) => form.append(Object.assign(document.createElement('input'), {name: 'sent', value: sent}))",
        sent,
    )
    signed_in.get_by_label("Organization key").fill(school.key)
    signed_in.get_by_role("button", name="Sign in").click()
    expect(signed_in.get_by_role("heading", name="Usage")).to_be_visible()


def test_loading_a_new_key_again_makes_no_second_one(signed_in: Page) -> None:
    signed_in.goto("/settings")
    signed_in.get_by_label("One more key, for").fill("only one")
    signed_in.get_by_role("button", name="Make a key").click()
    expect(signed_in.locator("#new-key")).to_be_visible()
    signed_in.reload()
    expect(signed_in.locator("#new-key")).to_have_count(0)
    expect(signed_in.get_by_role("row").filter(has_text="only one")).to_have_count(1)
    assert not any(cookie["name"] == "rollbook_new_key" for cookie in signed_in.context.cookies())


def test_the_reference_has_a_way_back(signed_in: Page) -> None:
    signed_in.goto("/docs")
    signed_in.get_by_role("link", name="Back to the dashboard").click()
    expect(signed_in.get_by_role("heading", name="Live now")).to_be_visible()
