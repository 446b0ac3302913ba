"""Live in a browser: it renews what changed, and nothing else, and tells how long people are there."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, Response, expect

from rollbook.web.dashboard import words


def event(kind: str, uid: str, name: str, seconds_ago: float) -> dict[str, Any]:
    moment = datetime.now(UTC) - timedelta(seconds=seconds_ago)
    return {
        "id": f"{uid}-{kind}",
        "type": f"participant.{kind}",
        "time": moment.isoformat(),
        "roomId": "live-room",
        "roomTitle": "Live room",
        "sessionId": uid,
        "participant": {"uid": uid, "name": name, "role": "STUDENT"},
    }


@pytest.fixture
def somebody(school: Any) -> Any:
    """Somebody who has been in a room for some five minutes, and leaves when the test is over."""
    uid = f"live-{time.time_ns()}"
    school.send(event("joined", uid, "Ola Nordmann", 300))
    time.sleep(1.1)  # what others were shown a second ago is shown to all
    yield uid
    school.send(event("left", uid, "Ola Nordmann", 0))


def test_only_what_changed_is_sent(signed_in: Page, school: Any, somebody: str) -> None:
    renewals: list[Response] = []
    signed_in.on("response", lambda r: renewals.append(r) if r.url.endswith("/live") else None)
    signed_in.goto("/")
    expect(signed_in.locator("#live").get_by_text("Ola Nordmann")).to_be_visible()
    signed_in.wait_for_timeout(7_000)
    # The sums of the day may change once meanwhile, as time goes on for who is there.
    assert [r.status for r in renewals].count(304) >= 1
    other = f"{somebody}-too"
    school.send(event("joined", other, "Kari Nordmann", 1))
    try:
        expect(signed_in.locator("#live").get_by_text("Kari Nordmann")).to_be_visible(timeout=9_000)
        assert renewals[-1].headers["content-encoding"] == "gzip"
    finally:
        school.send(event("left", other, "Kari Nordmann", 0))


def test_how_long_somebody_is_there_goes_on_without_the_server(
    signed_in: Page, somebody: str
) -> None:
    signed_in.route("**/live", lambda route: route.abort())
    signed_in.goto("/")
    row = signed_in.locator("#live li", has_text=somebody)
    expect(row.locator("time")).to_have_text(words.duration(305), timeout=8_000)
    expect(row.locator("time")).to_have_text(words.duration(308), timeout=8_000)
    expect(signed_in.get_by_text("The connection is lost")).to_be_visible(timeout=8_000)


def test_without_script_it_says_since_when(context: Any, school: Any, somebody: str) -> None:
    browser = context.browser
    plain = browser.new_context(base_url=school.url, java_script_enabled=False)
    page = plain.new_page()
    page.goto("/")
    page.get_by_label("Organization key").fill(school.key)
    page.get_by_role("button", name="Sign in").click()
    row = page.locator("#live li", has_text=somebody)
    expect(row.locator("time")).to_contain_text("since ")
    plain.close()


def test_the_browser_writes_durations_as_the_server_does(signed_in: Page) -> None:
    seconds = [*range(700), *range(700, 100_000, 17), 3_599, 3_600, 3_629, 3_630]
    signed_in.goto("/")
    assert signed_in.evaluate("all => all.map(lasted)", seconds) == list(
        map(words.duration, seconds)
    )


@pytest.mark.parametrize("width", [390, 820, 1280])
def test_it_is_as_wide_as_the_screen(signed_in: Page, somebody: str, width: int) -> None:
    signed_in.set_viewport_size({"width": width, "height": 844})
    signed_in.goto("/")
    expect(signed_in.locator("#live").get_by_text(somebody)).to_be_visible()
    assert signed_in.evaluate("document.documentElement.scrollWidth") <= width
