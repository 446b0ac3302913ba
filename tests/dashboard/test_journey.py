"""The whole way through the dashboard, by mouse, on a phone and by keyboard alone.

What happens live is told by LiveKit's webhooks, signed by its own SDK.
"""

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import httpx
import pytest
from ingest.streams import Told
from ingest.webhooks import body, signed
from playwright.sync_api import BrowserContext, Locator, Page, ViewportSize, expect

from rollbook.domain.events import Joined, Left, Participant, Role, Room

LIVEKIT = "APIk4v", "a-secret-of-livekit-that-only-tests-know"
"""The key and secret of the school's LiveKit source (conftest)."""

WIDE: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
MOST_TABS = 400


class Hands(Protocol):
    """How somebody uses a page."""

    def follow(self, what: Locator) -> None: ...

    def write(self, where: Locator, text: str) -> None: ...

    def choose_day(self, where: Locator, day: str) -> None: ...


class Pointer:
    """Clicks and types."""

    def follow(self, what: Locator) -> None:
        what.first.click()

    def write(self, where: Locator, text: str) -> None:
        where.press_sequentially(text)

    def choose_day(self, where: Locator, day: str) -> None:
        where.fill(day)


class Keyboard:
    """Goes everywhere with the tab key, and never touches anything else."""

    def follow(self, what: Locator) -> None:
        self._go_to(what)
        what.page.keyboard.press("Enter")

    def write(self, where: Locator, text: str) -> None:
        self._go_to(where)
        where.page.keyboard.type(text)

    def choose_day(self, where: Locator, day: str) -> None:
        year, month, number = day.split("-")
        self.write(where, f"{month}{number}{year}")

    def _go_to(self, what: Locator) -> None:
        what.first.wait_for()
        for _ in range(MOST_TABS):
            if what.first.evaluate("element => element === document.activeElement"):
                # Whoever goes by the keyboard must see where they are.
                assert (
                    what.first.evaluate("element => getComputedStyle(element).outlineWidth")
                    != "0px"
                )
                return
            what.page.keyboard.press("Tab")
        pytest.fail(f"the tab key never comes to {what}")


@pytest.fixture(params=["mouse", "phone", "keyboard"])
def hands(request: pytest.FixtureRequest) -> Hands:
    return Keyboard() if request.param == "keyboard" else Pointer()


@pytest.fixture
def page(context: BrowserContext, request: pytest.FixtureRequest, hands: Hands) -> Iterator[Page]:
    page = context.new_page()
    phone = request.node.callspec.params["hands"] == "phone"
    size = PHONE if phone else WIDE
    page.set_viewport_size(size)
    yield page
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


@pytest.fixture
def webhook(school: Any) -> str:
    """The address of the school's LiveKit source."""
    with school.api() as client:
        sources = client.get("/v1/sources").json()["data"]["sources"]
    source = next(one["sourceId"] for one in sources if one["kind"] == "livekit")
    return f"{school.url}/v1/webhooks/livekit/{source}"


def deliver(webhook: str, fact: Joined | Left) -> None:
    content = body(Told(f"EV_{fact.presence_id}_{type(fact).__name__}", (fact,)))
    answer = httpx.post(webhook, content=content, headers=signed(content, *LIVEKIT))
    assert answer.status_code == 200, answer.text


def link(page: Page, name: str, *, exact: bool = False) -> Locator:
    return page.get_by_role("link", name=name, exact=exact)


def test_the_whole_way(page: Page, hands: Hands, school: Any, webhook: str) -> None:
    page.goto("/")
    hands.write(page.get_by_label("Organization key"), school.key)
    hands.follow(page.get_by_role("button", name="Sign in"))
    expect(page.get_by_role("heading", name="Live now")).to_be_visible()

    hands.follow(link(page, "People", exact=True))
    hands.follow(link(page, "Term", exact=True))
    hands.write(page.get_by_role("searchbox"), "jane")
    expect(page.locator("#found tbody tr")).to_have_count(1)
    hands.follow(link(page, "Jane Doe"))
    expect(page.get_by_role("heading", name="Jane Doe")).to_be_visible()

    first, last = _three_weeks()
    hands.choose_day(page.get_by_label("From"), first)
    hands.choose_day(page.get_by_label("to", exact=True), last)
    hands.follow(page.get_by_role("button", name="Show"))
    expect(page).to_have_url(re.compile(f"from={first}&to={last}"))
    _shows_what_the_api_answers(page, school, first, last)
    _downloads_what_the_api_answers(page, hands, school, first, last)

    hands.follow(link(page, "Explain the session"))
    expect(page.get_by_role("heading", name="Explain this session")).to_be_visible()
    expect(page.get_by_text("How the number comes about")).to_be_visible()
    page.go_back()
    expect(page.get_by_label("From")).to_have_value(first)

    hands.follow(link(page, "Live now", exact=True))
    _watches_somebody_come_and_go(page, webhook)
    hands.follow(link(page, "Sources", exact=True))
    expect(page.get_by_role("region", name="livekit")).to_contain_text("last event")
    hands.follow(page.get_by_role("button", name="Sign out"))
    expect(page.get_by_label("Organization key")).to_be_visible()
    page.go_back()
    expect(page.get_by_label("Organization key")).to_be_visible()


def _three_weeks() -> tuple[str, str]:
    today = datetime.now(ZoneInfo("Europe/Paris")).date()
    return str(today - timedelta(days=20)), str(today)


def _shows_what_the_api_answers(page: Page, school: Any, first: str, last: str) -> None:
    question = {"uid": "jane", "startDate": first, "endDate": last}
    with school.api() as client:
        summary = client.post("/v1/participant/sessions", json=question).json()["data"]["summary"]
    figures = [
        text.replace("\u202f", "") for text in page.locator("#sums .figure").all_inner_texts()
    ]
    assert figures[0].split()[-1] == str(summary["totalSessions"])
    assert figures[1].split()[-2:] == [str(summary["totalDuration"]), "s"]
    assert figures[2].split()[-1] == str(summary["totalCredits"])
    assert figures[3].split()[-1] == str(summary["roomsAttended"])


def _downloads_what_the_api_answers(
    page: Page, hands: Hands, school: Any, first: str, last: str
) -> None:
    with page.expect_download() as waiting:
        hands.follow(link(page, "CSV", exact=True))
    question = {"uid": "jane", "startDate": first, "endDate": last, "export": "csv"}
    with school.api() as client:
        asked = client.post("/v1/participant/sessions", json=question)
    assert waiting.value.path().read_bytes() == asked.content
    assert waiting.value.suggested_filename in asked.headers["content-disposition"]


def _watches_somebody_come_and_go(page: Page, webhook: str) -> None:
    sid = f"PA_{time.time_ns()}"
    room, zora = (
        Room("studio-9", "Studio nine", f"RM_{sid}"),
        Participant("zora", "Zora Quill", Role.TEACHER),
    )
    now = int(datetime.now(UTC).timestamp() * 1000)
    expect(link(page, "Zora Quill")).to_have_count(0)
    deliver(webhook, Joined(sid, room, zora, now - 5_000, "192.0.2.44"))
    expect(page.locator("#live").get_by_text("Studio nine")).to_be_visible(timeout=15_000)
    expect(link(page, "Zora Quill")).to_be_visible()
    deliver(webhook, Left(sid, room, zora, now, now - 5_400, "192.0.2.44"))
    expect(link(page, "Zora Quill")).to_have_count(0, timeout=15_000)
