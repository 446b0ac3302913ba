"""The page of sources: connect a platform, see what it brings and what is refused, pause it."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from ingest.streams import Told
from ingest.webhooks import body, signed
from playwright.sync_api import Locator, Page, expect
from support.signing import secret_for

from rollbook.domain.events import Joined, Participant, Room
from rollbook.service.platforms import SecretPart
from rollbook.sources.table import SOURCE_KINDS

SECRET = "t" * 40


def connect(page: Page, name: str) -> Locator:
    """Connect LiveKit under this name; answers its part of the page."""
    page.goto("/sources")
    page.get_by_role("link", name="Connect a platform").click()
    page.get_by_role("link", name="LiveKit").click()
    page.get_by_label("What to call it").fill(name)
    page.get_by_label("API key").fill("APIofThisTest")
    page.get_by_label("API secret").fill(SECRET)
    page.get_by_role("button", name="Add this source").click()
    expect(page.get_by_role("status")).to_contain_text("One step is left")
    assert SECRET not in page.content()
    return page.get_by_role("region", name=name)


def address_in(section: Locator) -> str:
    snippet = section.locator("pre").inner_text()
    return next(line.split("- ")[1] for line in snippet.splitlines() if "/v1/webhooks/" in line)


def deliver(address: str, number: int, secret: str = SECRET) -> int:
    now = int(datetime.now(UTC).timestamp() * 1000)
    fact = Joined(f"PA_s{number}", Room("s-room"), Participant("s-1"), now)
    content = body(Told(f"EV_s{number}", (fact,)))
    headers = signed(content, "APIofThisTest", secret)
    return httpx.post(address, content=content, headers=headers).status_code


def reloaded(page: Page, section: Locator, text: str) -> None:
    """What the group commit writes behind the answer shows within moments."""
    for _ in range(20):
        page.reload()
        if text in section.inner_text():
            return
        page.wait_for_timeout(100)
    pytest.fail(f"{text!r} does not show")


def test_every_platform_can_be_chosen_by_its_name(signed_in: Page) -> None:
    signed_in.goto("/sources/new")
    names = signed_in.locator(".choices").get_by_role("link").all_inner_texts()
    assert names == [platform.title for platform in SOURCE_KINDS.values()]


@pytest.mark.parametrize("kind", SOURCE_KINDS)
def test_every_part_of_a_secret_is_asked_for_with_where_it_is_found(
    signed_in: Page, kind: str
) -> None:
    platform, secret = SOURCE_KINDS[kind], secret_for(kind)
    signed_in.goto(f"/sources/new?kind={kind}")
    for part in platform.secret_parts:
        field = signed_in.get_by_label(part.label, exact=True)
        expect(field).to_have_accessible_description(part.help)
        expect(field).to_have_js_property("type", field_type(part))
        field.fill(secret[part.name])
    signed_in.get_by_role("button", name="Add this source").click()
    section = signed_in.locator(signed_in.url[signed_in.url.index("#") :])
    expect(section).to_contain_text(platform.steps)
    expect(section.locator("pre")).to_contain_text(f"/v1/webhooks/{kind}/")
    for part in platform.secret_parts:
        assert part.shown or secret[part.name] not in signed_in.content()


def test_a_secret_that_can_prove_nothing_is_refused_with_what_to_do(signed_in: Page) -> None:
    signed_in.goto("/sources/new?kind=daily")
    signed_in.get_by_label("What to call it").fill("Our Daily")
    signed_in.get_by_label("Secret", exact=True).fill("pass word!")
    signed_in.get_by_role("button", name="Add this source").click()
    expect(signed_in.get_by_text("secret is not base64")).to_be_visible()
    expect(signed_in.get_by_text("openssl rand -base64 32")).to_be_visible()
    expect(signed_in.get_by_label("What to call it")).to_have_value("Our Daily")
    assert "pass word!" not in signed_in.content()


def field_type(part: SecretPart) -> str:
    if part.many_lines:
        return "textarea"
    return "text" if part.shown else "password"


def test_no_page_sets_a_server_that_rollbook_would_call(signed_in: Page, school: Any) -> None:
    """Who has a key of an organization could otherwise have any address asked from in here."""
    signed_in.goto("/sources/new?kind=livekit")
    signed_in.locator("form.stack").evaluate(
        """form => form.insertAdjacentHTML(
            "beforeend", '<input name="server_url" value="http://127.0.0.1:1">')"""
    )
    signed_in.get_by_label("API key").fill("APIofThisTest")
    signed_in.get_by_label("API secret").fill(SECRET)
    signed_in.get_by_role("button", name="Add this source").click()
    source_id = signed_in.url.rpartition("#source-")[2]
    assert school.rollbook("source", "configure", source_id, "--org", school.key) == "{}\n"


def test_a_platform_is_connected_delivers_and_is_refused_with_a_reason(signed_in: Page) -> None:
    section = connect(signed_in, "LiveKit of the east wing")
    expect(section).to_contain_text("nothing received yet")
    address = address_in(section)
    assert deliver(address, 1) == 200
    reloaded(signed_in, section, "last event just now")
    assert deliver(address, 2, secret="u" * 40) == 401
    reloaded(signed_in, section, "latest delivery refused")
    section.locator("summary").filter(has_text="Refused deliveries").click()
    expect(section.get_by_role("row").filter(has_text="No secret of this source")).to_be_visible()


def test_a_paused_source_takes_nothing_until_it_goes_on(signed_in: Page) -> None:
    section = connect(signed_in, "LiveKit that pauses")
    address = address_in(section)
    section.get_by_role("button", name="Pause this source").click()
    expect(section).to_contain_text("paused just now")
    signed_in.wait_for_timeout(2_100)  # how long a source's look-up may be remembered
    assert deliver(address, 3) == 404
    section.get_by_role("button", name="Take its events again").click()
    expect(section).to_contain_text("nothing received yet")
    signed_in.wait_for_timeout(2_100)
    assert deliver(address, 3) == 200


def test_a_new_secret_works_beside_the_old_one_or_in_its_place(signed_in: Page) -> None:
    section = connect(signed_in, "LiveKit with a new secret")
    address = address_in(section)
    section.get_by_text("Rotate the secret").click()
    section.get_by_label("New: API key").fill("APIofThisTest")
    section.get_by_label("New: API secret").fill("v" * 40)
    section.get_by_role("button", name="Take the new secret").click()
    expect(signed_in.get_by_role("status")).to_contain_text("The new secret is taken")
    assert "v" * 40 not in signed_in.content()
    signed_in.wait_for_timeout(2_100)
    assert [deliver(address, 4, secret) for secret in (SECRET, "v" * 40)] == [200, 200]


def test_own_events_need_no_secret(signed_in: Page, school: Any) -> None:
    signed_in.goto("/sources/new")
    signed_in.get_by_role("button", name="Show what to send").click()
    section = signed_in.get_by_role("region", name="own events")
    expect(section).to_contain_text("/v1/events")
    with school.api() as client:
        client.post("/v1/events", json={"events": [{"id": "e1", "type": "nonsense"}]})
    reloaded(signed_in, section, "latest delivery refused")
    expect(section).to_contain_text("type must be one of")


def test_what_is_missing_is_named_and_hostile_names_do_no_harm(signed_in: Page) -> None:
    signed_in.on("dialog", lambda dialog: pytest.fail(dialog.message))
    signed_in.goto("/sources/new?kind=100ms")
    signed_in.locator("form.stack").evaluate("form => { form.noValidate = true }")
    signed_in.get_by_label("Name of the header").fill("X-Secret")
    signed_in.get_by_role("button", name="Add this source").click()
    expect(signed_in.get_by_text("Fill in: Value of the header.")).to_be_visible()
    hostile = "<script>alert(1)</script>" + "W" * 150
    section = connect(signed_in, hostile)
    expect(section.get_by_role("heading")).to_contain_text(hostile)
    signed_in.set_viewport_size({"width": 390, "height": 844})
    assert signed_in.evaluate("document.documentElement.scrollWidth") <= 390
    signed_in.goto("/sources/new?kind=nonsense")
    expect(signed_in.get_by_text("Where do your classes run?")).to_be_visible()


def test_counts_of_late_stand_beside_those_of_ever_and_the_latest_events_are_shown(
    signed_in: Page,
) -> None:
    section = connect(signed_in, "LiveKit that is counted")
    address = address_in(section)
    assert [deliver(address, number) for number in (31, 32)] == [200, 200]
    assert deliver(address, 33, secret="u" * 40) == 401
    reloaded(signed_in, section, "latest delivery refused")
    counts = section.get_by_role("table", name="Deliveries of LiveKit that is counted")
    for name, count in (("Accepted", "2"), ("Refused", "1")):
        row = counts.get_by_role("row").filter(has_text=name)
        assert row.get_by_role("cell").all_inner_texts() == [count] * 4
    section.locator("summary").filter(has_text="Latest events").click()
    event = section.get_by_role("row").filter(has_text="participant_joined").first
    expect(event).to_contain_text("s-1 joined s-room")


def test_a_test_tells_how_it_stands_and_what_arrives_meanwhile(signed_in: Page) -> None:
    section = connect(signed_in, "LiveKit under test")
    address = address_in(section)
    assert deliver(address, 41) == 200
    section.get_by_role("link", name="Test").click()
    checks = signed_in.locator(".checks li")
    expect(checks.filter(has_text="Secret.")).to_contain_text("right")
    expect(checks.filter(has_text="Address.")).to_contain_text("no platform outside reaches it")
    expect(signed_in.get_by_text("Nothing yet.")).to_be_visible()
    assert deliver(address, 42) == 200
    expect(signed_in.get_by_text("Taken: 1 event")).to_be_visible(timeout=10_000)
    assert deliver(address, 43, secret="u" * 40) == 401
    expect(signed_in.get_by_text("Refused: No secret of this source")).to_be_visible(timeout=10_000)
    assert SECRET not in signed_in.content()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1024])
def test_sources_and_their_test_are_legible(signed_in: Page, scheme: Any, width: int) -> None:
    signed_in.emulate_media(color_scheme=scheme)
    signed_in.set_viewport_size({"width": width, "height": 900})
    section = connect(signed_in, f"LiveKit {scheme} {width}")
    address, number = address_in(section), width + len(scheme)
    assert deliver(address, number) == 200
    assert deliver(address, number + 1, secret="u" * 40) == 401
    reloaded(signed_in, section, "latest delivery refused")
    for summary in signed_in.locator("summary").all():
        summary.click()
    legible(signed_in, width)
    section.get_by_role("link", name="Test").click()
    assert deliver(address, number + 2) == 200
    expect(signed_in.get_by_text("Taken: 1 event")).to_be_visible(timeout=10_000)
    legible(signed_in, width)


def legible(page: Page, width: int) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    found = Axe().run(page).response["violations"]
    assert not found, [(one["id"], one["nodes"][0]["html"]) for one in found]
